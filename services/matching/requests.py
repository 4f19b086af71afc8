"""Requests as the scorer sees them: wishes, who has been there, who may not come, who is coming.

Read in sets: a fixed number of statements for any number of requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import Accompaniment, CheckKind, ElderWish, SafeguardingCheck
from models.people import Kinship
from models.requests import Request, RequestState, Visit, VisitState
from models.schedule import Series
from services import rates
from services.availability.barred import barred_by_elder
from services.availability.facts import been_to_a_home
from services.clock import local_date, whole_minutes
from services.context import Context
from services.matching.tasks import Task
from services.requests.hosted import doors
from services.requests.pauses import pauses_of
from services.rules.eligibility import CLOSE_KIN
from services.visits.fitness import coming_to, trained_among

#: So many requests to a statement; engines bound the number of parameters.
CHUNK = 1000
#: How far back a visit counts as having been there.
KNOWN_DAYS = 365


def open_requests(ctx: Context, *where: sa.ColumnElement[bool]) -> list[Request]:
    """Requests that still look for somebody, the earliest first; ``where`` names the book."""
    return list(
        ctx.session.scalars(
            sa.select(Request)
            .where(Request.state == RequestState.OPEN, Request.starts_at > ctx.now, *where)
            .order_by(Request.starts_at, Request.id)
        )
    )


def tasks_of(ctx: Context, requests: Iterable[Request]) -> list[Task]:
    """The scorer's view of requests, in their order."""
    wanted = list(requests)
    found: list[Task] = []
    for start in range(0, len(wanted), CHUNK):
        found += _tasks(ctx, wanted[start : start + CHUNK])
    return found


@dataclass(frozen=True, slots=True)
class _Elders:
    """What holds of the elders whatever the request."""

    barred: Mapping[UUID, frozenset[UUID]]
    kin: Mapping[UUID, frozenset[UUID]]
    known: Mapping[UUID, Mapping[UUID, int]]


@dataclass(frozen=True, slots=True)
class _Company:
    """In whose company a first home visit can be made."""

    #: Those who come already and have been to a home.
    experienced: frozenset[UUID]
    #: By request, for whom a branch has named a companion.
    companions: Mapping[UUID, frozenset[UUID]]


def _tasks(ctx: Context, requests: Sequence[Request]) -> Iterator[Task]:
    if not requests:
        return
    session = ctx.session
    ids = sorted({each.elder_id for each in requests})
    elders = _Elders(
        barred=barred_by_elder(session, ids),
        kin=_close_kin(session, ids),
        known=_known(session, ids, ctx.now),
    )
    coming = coming_to(ctx, requests)
    rules = rates.rule_set_on(session, local_date(ctx.now))
    trained = trained_among(ctx, requests, coming, rules)
    company = _company(session, requests, coming)
    regulars = _regulars(session, requests)
    ways, paused = doors(session, requests), pauses_of(ctx, requests)
    for each in requests:
        visits = coming.get(each.id, [])
        task = _task(ctx.now, each, elders, visits, trained, company, regulars.get(each.id))
        if not each.remote:
            latitude, longitude = ways[each.id]
            task = replace(task, latitude_e6=latitude, longitude_e6=longitude)
        host = None if each.id in paused else each.place_book
        yield replace(task, away=each.place_book is not None, host_book=host)


def _task(
    now: datetime,
    request: Request,
    elders: _Elders,
    visits: Sequence[Visit],
    trained: frozenset[UUID],
    company: _Company,
    regular_id: UUID | None,
) -> Task:
    elder_id = request.elder_id
    counted = [visit for visit in visits if not visit.extra]
    return Task(
        request_id=request.id,
        book=request.book,
        service_code=request.service_code,
        starts_at=request.starts_at,
        booked_minutes=request.booked_minutes,
        remote=request.remote,
        latitude_e6=None,
        longitude_e6=None,
        elder_id=elder_id,
        people_needed=request.people_needed,
        people_missing=max(0, request.people_needed - len(counted)),
        training_missing=not any(visit.id in trained for visit in counted),
        required_sex=request.wished_sex,
        preferred_sex=request.preferred_sex,
        languages=frozenset(request.wished_languages),
        language_must=request.language_must,
        known=elders.known.get(elder_id, {}),
        barred=elders.barred[elder_id]
        | elders.kin.get(elder_id, frozenset())
        | {elder_id}
        | {visit.provider_id for visit in visits},
        company=any(visit.provider_id in company.experienced for visit in visits),
        companions=company.companions.get(request.id, frozenset()),
        wished_id=request.wished_provider_id or regular_id,
        waited_minutes=whole_minutes(request.submitted_at, now),
        risk_tier=request.risk_tier,
    )


def _close_kin(session: Session, ids: Sequence[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Those whose care for the elder is owed by law, as they themselves are recorded."""
    rows = session.execute(
        sa.select(Kinship.other_id, Kinship.member_id).where(
            Kinship.other_id.in_(ids), Kinship.relation.in_(sorted(CLOSE_KIN))
        )
    )
    found: dict[UUID, set[UUID]] = {}
    for row in rows:
        found.setdefault(row.other_id, set()).add(row.member_id)
    return {elder: frozenset(those) for elder, those in found.items()}


def _known(session: Session, ids: Sequence[UUID], now: datetime) -> dict[UUID, dict[UUID, int]]:
    """How often each provider has been with each elder, unless the elder does not mind who comes.

    Over all books: an elder may have moved here with somebody's help.
    """
    indifferent = set(
        session.scalars(
            sa.select(ElderWish.member_id).where(
                ElderWish.member_id.in_(ids), ElderWish.same_person.is_(False)
            )
        )
    )
    rows = session.execute(
        sa.select(Visit.elder_id, Visit.provider_id, sa.func.count().label("times"))
        .where(
            Visit.elder_id.in_([each for each in ids if each not in indifferent]),
            Visit.state == VisitState.CREDITED,
            Visit.reversed_at.is_(None),
            Visit.starts_at > now - timedelta(days=KNOWN_DAYS),
        )
        .group_by(Visit.elder_id, Visit.provider_id)
        .execution_options(cross_book=True)
    )
    found: dict[UUID, dict[UUID, int]] = {}
    for row in rows:
        found.setdefault(row.elder_id, {})[row.provider_id] = row.times
    return found


def _company(
    session: Session, requests: Sequence[Request], coming: Mapping[UUID, Sequence[Visit]]
) -> _Company:
    books = {each.book for each in requests}
    there = {visit.provider_id for visits in coming.values() for visit in visits}
    rows = session.execute(
        sa.select(Accompaniment.request_id, Accompaniment.provider_id).where(
            Accompaniment.book.in_(books),
            Accompaniment.request_id.in_([each.id for each in requests]),
        )
    )
    companions: dict[UUID, set[UUID]] = {}
    for row in rows:
        companions.setdefault(row.request_id, set()).add(row.provider_id)
    return _Company(
        experienced=_experienced(session, there, books),
        companions={request: frozenset(those) for request, those in companions.items()},
    )


def _experienced(session: Session, ids: set[UUID], books: set[str]) -> frozenset[UUID]:
    accompanied = set(
        session.scalars(
            sa.select(SafeguardingCheck.member_id).where(
                SafeguardingCheck.member_id.in_(ids),
                SafeguardingCheck.kind == CheckKind.ACCOMPANIED,
                SafeguardingCheck.valid_to.is_(None),
            )
        )
    )
    return frozenset(accompanied) | been_to_a_home(session, ids - accompanied, books)


def _regulars(session: Session, requests: Sequence[Request]) -> dict[UUID, UUID]:
    """By request, who comes to its standing visit as a rule."""
    series = {each.series_id for each in requests if each.series_id is not None}
    if not series:
        return {}
    rows = session.execute(
        sa.select(Series.id, Series.regular_id).where(
            Series.book.in_({each.book for each in requests}),
            Series.id.in_(series),
            Series.regular_id.is_not(None),
        )
    )
    regular = {row.id: row.regular_id for row in rows}
    return {
        each.id: regular[each.series_id]
        for each in requests
        if each.series_id is not None and each.series_id in regular
    }
