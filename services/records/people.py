"""Who serves (article 5), what was learnt (8), given (9) and thought (10)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from models.honours import Honour
from models.people import Member
from models.ratings import Rating
from models.requests import Visit
from models.training import Course, CourseSession, Enrolment, EnrolmentState
from services import audit, rates
from services.clock import local_date
from services.context import Context
from services.people.texts import masked_digits
from services.places.regions import full_name
from services.records.activities import Span
from services.records.lines import (
    EvaluationRecord,
    HonourRecord,
    PersonRecord,
    TrainingRecord,
)
from services.rules.names import Name

#: How much of an ID number and of a telephone a page shows: head and tail.
ID_SHOWN, PHONE_SHOWN = (6, 2), (3, 4)
#: What a training that ended may have come to.
ENDED = (
    EnrolmentState.ATTENDED,
    EnrolmentState.PASSED,
    EnrolmentState.FAILED,
)


def person_record(ctx: Context, member: Member, *, whole: bool = False) -> PersonRecord:
    """Who a member is; ``whole`` opens the sealed columns, which only an export does.

    That it did is on the member's own record: call it in a unit of work then.
    """
    if whole:
        after = {"shown": "id_number"}
        audit.record(ctx, "member.read", "member", member.id, book=member.home_book, after=after)
    today = local_date(ctx.now)
    catalogue = rates.rule_set_on(ctx.session, today).services
    id_number = ctx.vault.open("member.id_number", member.id_number_sealed)
    phone = (
        None if member.phone_sealed is None else ctx.vault.open("member.phone", member.phone_sealed)
    )
    return PersonRecord(
        member_id=member.id,
        number=member.number,
        name=member.name,
        sex=member.sex.value,
        born_on=member.born_on,
        id_number=id_number if whole else masked_digits(id_number, *ID_SHOWN) or "",
        region=Name(*full_name(ctx.session, member.region_code, today)),
        phone=phone if whole else masked_digits(phone, *PHONE_SHOWN),
        skills=tuple(str(each) for each in member.skills),
        services=tuple(catalogue[code].name for code in member.service_codes if code in catalogue),
        joined_on=local_date(member.joined_at),
    )


def trainings_of(
    ctx: Context, books: Sequence[str], span: Span, member_id: UUID | None = None
) -> tuple[TrainingRecord, ...]:
    """Trainings that somebody was at, by the day on which they ended."""
    query = (
        sa.select(Enrolment, CourseSession, Course)
        .join(
            CourseSession,
            sa.and_(CourseSession.book == Enrolment.book, CourseSession.id == Enrolment.session_id),
        )
        .join(
            Course, sa.and_(Course.book == CourseSession.book, Course.id == CourseSession.course_id)
        )
        .where(
            Enrolment.book.in_(books),
            Enrolment.state.in_(ENDED),
            *span.bounds(CourseSession.ends_at),
        )
        .order_by(CourseSession.ends_at, CourseSession.id, Enrolment.member_id)
    )
    if member_id is not None:
        query = query.where(Enrolment.member_id == member_id)
    return tuple(
        TrainingRecord(
            book=row.Enrolment.book,
            session_id=row.CourseSession.id,
            member_id=row.Enrolment.member_id,
            name=Name(row.Course.name, row.Course.name_en),
            contents=row.Course.contents,
            study_minutes=row.Course.study_minutes,
            organiser=row.Course.organiser,
            day=local_date(row.CourseSession.ends_at),
            result=row.Enrolment.state.value,
        )
        for row in ctx.session.execute(query)
    )


def honours_of(
    ctx: Context, books: Sequence[str], span: Span, member_id: UUID | None = None
) -> tuple[HonourRecord, ...]:
    """Honours that stand, by the day on which they were given."""
    query = (
        sa.select(Honour)
        .where(Honour.book.in_(books), Honour.withdrawn_at.is_(None))
        .order_by(Honour.given_on, Honour.id)
    )
    if span.first is not None:
        query = query.where(Honour.given_on >= span.first)
    if span.last is not None:
        query = query.where(Honour.given_on <= span.last)
    if member_id is not None:
        query = query.where(Honour.member_id == member_id)
    return tuple(
        HonourRecord(
            book=row.book,
            id=row.id,
            member_id=row.member_id,
            name=row.name,
            given_on=row.given_on,
            given_by=row.given_by,
        )
        for row in ctx.session.scalars(query)
    )


def evaluations_of(
    ctx: Context, books: Sequence[str], span: Span, member_id: UUID | None = None
) -> tuple[EvaluationRecord, ...]:
    """What elders thought of visits whose posting stands, by the day on which they said it."""
    query = (
        sa.select(Rating)
        .join(
            Visit,
            sa.and_(
                Visit.book == Rating.book, Visit.id == Rating.visit_id, Visit.reversed_at.is_(None)
            ),
        )
        .where(Rating.book.in_(books), *span.bounds(Rating.rated_at))
        .order_by(Rating.rated_at, Rating.visit_id)
    )
    if member_id is not None:
        query = query.where(Rating.provider_id == member_id)
    catalogue = rates.rule_set_on(ctx.session, local_date(ctx.now)).services
    return tuple(
        EvaluationRecord(
            book=row.book,
            visit_id=row.visit_id,
            member_id=row.provider_id,
            service=catalogue[row.service_code].name
            if row.service_code in catalogue
            else Name(row.service_code, row.service_code),
            score=row.score,
            day=local_date(row.rated_at),
        )
        for row in ctx.session.scalars(query)
    )
