"""Which course would open which waiting requests: counted over the people who are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.people import Certificate, Member, MemberStatus
from models.requests import Request, RequestState
from models.training import Course, CourseSession, SessionState
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.requests.hosted import books_at
from services.rules.levels import has_training, provider_level
from services.rules.names import Name
from services.rules.rule_set import RuleSet
from services.training.courses import at_branch, course_name

#: What somebody brings along: certificates that hold today, and minutes served.
Skill = tuple[frozenset[str], int]


@dataclass(frozen=True, slots=True)
class Opening:
    """A course, the requests that wait for what it teaches, and who could learn it."""

    course_id: UUID
    course: Name
    #: Requests that look for somebody and which one more of these people could take.
    requests: int
    services: tuple[Name, ...]
    #: Volunteers who lack nothing but this.
    people: int
    next_session_id: UUID | None


def openings(ctx: Context, branch_id: UUID) -> tuple[Opening, ...]:
    """For each course of the region, most requests first; courses that open nothing are left out.

    A request is opened by a course if somebody who may not take its service now, for want of
    training alone, could take it with the course's certificate. Minutes served do not change by
    a course, so a level that asks for hours stays shut.
    """
    subject = at_branch(ctx, branch_id)
    policy.require(ctx.actor, "course.read", subject)
    book = str(subject.book)
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    waiting = _waiting(ctx, book, branch_id)
    skills = _skills(ctx, book)
    following = _following(ctx, book)
    found = [
        _opening(course, waiting, skills, rules, following.get(course.id))
        for course in ctx.session.scalars(
            sa.select(Course).where(Course.book == book, Course.ended_on.is_(None))
        )
    ]
    useful = [each for each in found if each.requests]
    return tuple(sorted(useful, key=lambda each: (-each.requests, -each.people, each.course.zh)))


def _opening(
    course: Course,
    waiting: Mapping[str, int],
    skills: Mapping[Skill, int],
    rules: RuleSet,
    next_session_id: UUID | None,
) -> Opening:
    opened: Counter[str] = Counter()
    learners: set[Skill] = set()
    for service in waiting:
        line = rules.services.get(service)
        if line is None:
            continue
        for codes, served in skills:
            more = codes | {course.certificate_code}
            before = has_training(line, provider_level(codes, served, rules), codes, rules)
            after = has_training(line, provider_level(more, served, rules), more, rules)
            if after and not before:
                opened[service] = waiting[service]
                learners.add((codes, served))
    return Opening(
        course_id=course.id,
        course=course_name(course),
        requests=sum(opened.values()),
        services=tuple(rules.services[code].name for code in sorted(opened)),
        people=sum(skills[each] for each in learners),
        next_session_id=next_session_id,
    )


def _waiting(ctx: Context, book: str, branch_id: UUID) -> dict[str, int]:
    """Requests of the branch that look for somebody, by service."""
    rows = ctx.session.execute(
        sa.select(Request.service_code, sa.func.count())
        .where(
            Request.book.in_(books_at(ctx.session, book, ctx.now)),
            Request.branch_id == branch_id,
            Request.state == RequestState.OPEN,
            Request.starts_at > ctx.now,
        )
        .group_by(Request.service_code)
    )
    return {row[0]: int(row[1]) for row in rows}


def _skills(ctx: Context, book: str) -> Counter[Skill]:
    """How many volunteers of the book bring along the same: few kinds, whatever their number."""
    today = local_date(ctx.now)
    held = sa.and_(
        Certificate.member_id == Member.id,
        Certificate.valid_from <= today,
        sa.or_(Certificate.valid_to.is_(None), Certificate.valid_to >= today),
    )
    rows = ctx.session.execute(
        sa.select(Member.id, Member.served_minutes, Certificate.code)
        .join(Certificate, held, isouter=True)
        .where(
            Member.home_book == book,
            Member.is_provider,
            Member.status == MemberStatus.ACTIVE,
            Member.identity_checked_at.is_not(None),
        )
        .execution_options(yield_per=5000)
    )
    codes: dict[UUID, set[str]] = {}
    served: dict[UUID, int] = {}
    for row in rows:
        codes.setdefault(row.id, set()).update({row.code} if row.code else ())
        served[row.id] = row.served_minutes
    rules = rates.rule_set_on(ctx.session, today)
    steps = sorted({level.served_hours * 60 for level in rules.levels.values()})
    return Counter(
        (frozenset(codes[member]), max(step for step in steps if step <= served[member]))
        for member in codes
    )


def _following(ctx: Context, book: str) -> dict[UUID, UUID]:
    """The next session of each course."""
    rows = ctx.session.execute(
        sa.select(CourseSession.course_id, CourseSession.id)
        .where(
            CourseSession.book == book,
            CourseSession.state == SessionState.PLANNED,
            CourseSession.starts_at > ctx.now,
        )
        .order_by(CourseSession.starts_at.desc())
    )
    return {row.course_id: row.id for row in rows}
