"""Requests for which somebody is still looked for, why nobody has come yet, and who would fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.matching import Asking, AskingState, Offer, OfferState
from models.people import Member
from models.requests import Request, RequestState
from services import audit, policy
from services.context import Context
from services.matching.columns import Columns
from services.matching.ranking import rank
from services.matching.requests import tasks_of
from services.matching.shown import record_shown
from services.matching.suggesting import suggest
from services.matching.tasks import Candidate, Ranking, Reason, Relaxation
from services.policy import Decision, Subject
from services.queries.branch.desks import (
    Desk,
    books_of,
    desk,
    home_of,
    homes_of,
    service_name,
)
from services.queries.volunteer.places import STEP_M
from services.requests.pauses import Pause, pause_of
from services.requests.reviewing import subject_of
from services.requests.sentences import RequestUnknown, StateChanged
from services.rules.names import Name
from services.visits.fitness import coming_to

#: Requests on a page, codes told of each, and people shown for one.
PAGE, CODES_TOLD, PEOPLE_SHOWN = 15, 3, 20
#: What the page lets somebody do, where the policy agrees.
ACTS = ("match.ask",)


@dataclass(frozen=True, slots=True)
class Search:
    """How asking stands: how many were asked, how many of them said no, and what comes next."""

    asked: int = 0
    declined: int = 0
    waiting: int = 0
    state: AskingState | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unfilled:
    """A request that still looks for somebody. Counts of people are those of the snapshot."""

    book: str
    id: UUID
    reference: str
    service: Name
    starts_at: datetime
    booked_minutes: int
    elder_name: str
    #: Where the elder is at home who only stays here.
    home: Name | None
    #: Since the branch let it through.
    since: datetime
    missing: int
    search: Search
    eligible: int
    #: What turned most people away, and how many it did.
    refused: tuple[tuple[str, int], ...]
    relaxation: Relaxation | None


@dataclass(frozen=True, slots=True)
class UnfilledList:
    """A page of them, the earliest start first."""

    desk: Desk
    lines: tuple[Unfilled, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who fits, and why so well. The distance is rounded up to a hundred metres."""

    place: int
    id: UUID
    name: str
    number: str
    distance_m: int | None
    travel_minutes: int
    reasons: tuple[Reason, ...]
    #: By term, in thousandths of a minute; the sum decides the order.
    terms: Mapping[str, int]
    cost_milliminutes: int
    #: What came of asking this person already.
    asked: OfferState | None


@dataclass(frozen=True, slots=True)
class MatchingFile:
    """One request with the people who fit it, and why the others do not."""

    book: str
    id: UUID
    reference: str
    service: Name
    starts_at: datetime
    booked_minutes: int
    remote: bool
    elder_id: UUID
    elder_name: str
    home: Name | None
    #: Why nobody of this county can be asked for somebody who only stays here.
    pause: Pause | None
    elder_phone: str | None
    since: datetime
    missing: int
    search: Search
    people: tuple[Person, ...]
    eligible: int
    refused: tuple[tuple[str, int], ...]
    relaxations: tuple[Relaxation, ...]
    may: Mapping[str, Decision]


def unfilled(ctx: Context, columns: Columns, branch_id: UUID, *, offset: int = 0) -> UnfilledList:
    """The branch's requests that still look for somebody. Names nobody who would fit."""
    here = desk(ctx, branch_id)
    policy.require(
        ctx.actor,
        "match.read",
        Subject(book=here.book, region_code=here.region_code, branch_id=here.id),
    )
    books = books_of(ctx, here, ctx.now)
    wanted = [
        Request.book.in_(books),
        Request.branch_id == here.id,
        Request.state == RequestState.OPEN,
        Request.starts_at > ctx.now,
    ]
    total = ctx.session.scalar(sa.select(sa.func.count()).select_from(Request).where(*wanted))
    rows = ctx.session.execute(
        sa.select(Request, Member.name)
        .join(Member, Member.id == Request.elder_id)
        .where(*wanted)
        .order_by(Request.starts_at, Request.id)
        .limit(PAGE)
        .offset(offset)
    ).all()
    searches = _searches(ctx, books, [row.id for row, _ in rows])
    homes = homes_of(ctx, here, {row.book for row, _ in rows})
    tasks = tasks_of(ctx, [row for row, _ in rows])
    lines = []
    for (row, name), task in zip(rows, tasks, strict=True):
        found = rank(columns, task, now=ctx.now, limit=1)
        lines.append(
            Unfilled(
                book=row.book,
                id=row.id,
                reference=row.reference,
                service=service_name(ctx, row.rule_set_version, row.service_code),
                starts_at=row.starts_at,
                booked_minutes=row.booked_minutes,
                elder_name=name,
                home=homes.get(row.book),
                since=row.decided_at or row.submitted_at,
                missing=task.people_missing,
                search=searches.get(row.id, Search()),
                eligible=found.eligible,
                refused=most_of(found, CODES_TOLD),
                relaxation=next(iter(found.relaxations), None),
            )
        )
    return UnfilledList(here, tuple(lines), total or 0)


def matching_file(ctx: Context, columns: Columns, book: str, request_id: UUID) -> MatchingFile:
    """Who would fit a request. That it was shown is recorded: call it in a unit of work."""
    row = open_request(ctx, book, request_id)
    subject = subject_of(row)
    ranking = suggest(ctx, columns, row, PEOPLE_SHOWN)
    record_shown(ctx, row, ranking)
    elder = ctx.session.get_one(Member, row.elder_id)
    is_staff = "staff" in policy.relations(ctx.actor, subject)
    if is_staff:
        after = {"shown": "phone"}
        audit.record(ctx, "request.read", "request", row.id, book=book, after=after)
    coming = sum(not visit.extra for visit in coming_to(ctx, [row]).get(row.id, ()))
    return MatchingFile(
        book=book,
        id=row.id,
        reference=row.reference,
        service=service_name(ctx, row.rule_set_version, row.service_code),
        starts_at=row.starts_at,
        booked_minutes=row.booked_minutes,
        remote=row.remote,
        elder_id=elder.id,
        elder_name=elder.name,
        home=home_of(ctx, row),
        pause=pause_of(ctx, row),
        elder_phone=ctx.vault.open_or_none("member.phone", elder.phone_sealed)
        if is_staff
        else None,
        since=row.decided_at or row.submitted_at,
        missing=max(0, row.people_needed - coming),
        search=_searches(ctx, (book,), [row.id]).get(row.id, Search()),
        people=_people(ctx, row, ranking.candidates),
        eligible=ranking.eligible,
        refused=most_of(ranking, len(ranking.refused)),
        relaxations=ranking.relaxations,
        may={act: policy.can(ctx.actor, act, subject) for act in ACTS},
    )


def open_request(ctx: Context, book: str, request_id: UUID) -> Request:
    """A request that looks for somebody, for whoever may see who would fit."""
    row = ctx.session.get(Request, (book, request_id))
    if row is None:
        raise RequestUnknown
    policy.require(ctx.actor, "match.read", subject_of(row))
    if row.state is not RequestState.OPEN or row.starts_at <= ctx.now:
        raise StateChanged
    return row


def most_of(ranking: Ranking, most: int) -> tuple[tuple[str, int], ...]:
    """The codes that turned most people away."""
    found = sorted(ranking.refused.items(), key=lambda each: (-each[1], each[0]))
    return tuple(found[:most])


def rounded_m(distance_m: int | None) -> int | None:
    """A distance from which no door is found: rounded up to a hundred metres."""
    return None if distance_m is None else -(-distance_m // STEP_M) * STEP_M


def _searches(ctx: Context, books: Sequence[str], ids: Sequence[UUID]) -> dict[UUID, Search]:
    """How asking stands, by request."""
    counts: dict[UUID, dict[OfferState, int]] = {}
    for row in ctx.session.execute(
        sa.select(Offer.request_id, Offer.state, sa.func.count().label("n"))
        .where(Offer.book.in_(books), Offer.request_id.in_(ids))
        .group_by(Offer.request_id, Offer.state)
    ):
        counts.setdefault(row.request_id, {})[row.state] = row.n
    askings: dict[UUID, Any] = {
        row.request_id: row
        for row in ctx.session.execute(
            sa.select(Asking.request_id, Asking.state, Asking.next_wave_at).where(
                Asking.book.in_(books), Asking.request_id.in_(ids)
            )
        )
    }
    return {
        each: Search(
            asked=sum(counts.get(each, {}).values()),
            declined=counts.get(each, {}).get(OfferState.DECLINED, 0),
            waiting=counts.get(each, {}).get(OfferState.OPEN, 0),
            state=askings[each].state if each in askings else None,
            next_at=askings[each].next_wave_at if each in askings else None,
        )
        for each in ids
    }


def _people(ctx: Context, request: Request, candidates: Sequence[Candidate]) -> tuple[Person, ...]:
    ids = [each.provider_id for each in candidates]
    names = {
        row.id: row
        for row in ctx.session.execute(
            sa.select(Member.id, Member.name, Member.number).where(Member.id.in_(ids))
        )
    }
    asked = {
        row.provider_id: row.state
        for row in ctx.session.execute(
            sa.select(Offer.provider_id, Offer.state)
            .where(
                Offer.book == request.book,
                Offer.request_id == request.id,
                Offer.provider_id.in_(ids),
            )
            .order_by(Offer.offered_at)
        )
    }
    return tuple(
        Person(
            place=place,
            id=each.provider_id,
            name=names[each.provider_id].name,
            number=names[each.provider_id].number,
            distance_m=rounded_m(each.distance_m),
            travel_minutes=each.travel_minutes,
            reasons=each.reasons,
            terms=each.terms,
            cost_milliminutes=each.cost_milliminutes,
            asked=asked.get(each.provider_id),
        )
        for place, each in enumerate(candidates, start=1)
    )
