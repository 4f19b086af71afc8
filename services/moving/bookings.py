"""Every booking of somebody who moves, of either side, with what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request, Visit, VisitState
from models.schedule import Series, SeriesState
from models.service_days import GroupPlace, GroupSession, GroupState
from services import rates
from services.clock import local_date
from services.context import Context
from services.corridors.pairs import barriers
from services.people.books import books_of
from services.requests.ending import CANCELLABLE
from services.requests.reviewing import locked_request
from services.rules.names import Name

#: Whose part in it the member has.
REQUEST, VISIT, SERIES, PLACE, PAYMENT = "request", "visit", "series", "place", "payment"
#: Made anew there; carried along with whoever has promised; given back, with notice.
ANEW, CARRIED, GIVEN_BACK = "anew", "carried", "given_back"


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking and its fate: ``kind`` says what it is, ``fate`` what becomes of it."""

    kind: str
    id: UUID
    reference: str
    service: Name
    starts_at: datetime
    fate: str
    #: Who has promised to come and will not: no corridor leads from the new book to theirs.
    parted: tuple[str, ...] = ()


def bookings_of(ctx: Context, member: Member, to_book: str) -> tuple[Booking, ...]:
    """All of them, the nearest first within each kind."""
    return (
        *_requests(ctx, member, to_book),
        *_series(ctx, member),
        *_places(ctx, member),
        *_visits(ctx, member, to_book),
        *_payments(ctx, member),
    )


def own_requests(ctx: Context, book: str, member_id: UUID) -> list[Request]:
    """What an elder has asked for in a book and what has not ended, the nearest first."""
    return list(
        ctx.session.scalars(
            sa.select(Request)
            .where(
                Request.book == book,
                Request.elder_id == member_id,
                Request.state.in_(CANCELLABLE),
            )
            .order_by(Request.starts_at, Request.id)
        )
    )


def promised_to(ctx: Context, request: Request) -> list[Visit]:
    """Who has promised to come, the earliest acceptance first."""
    return list(
        ctx.session.scalars(
            sa.select(Visit)
            .where(
                Visit.book == request.book,
                Visit.request_id == request.id,
                Visit.state == VisitState.ACCEPTED,
            )
            .order_by(Visit.accepted_at, Visit.id)
        )
    )


def own_promises(ctx: Context, member: Member) -> list[Visit]:
    """Visits that the member has promised to others, in the order of their requests."""
    return list(
        ctx.session.scalars(
            sa.select(Visit)
            .where(
                Visit.book.in_(books_of(member)),
                Visit.provider_id == member.id,
                Visit.state == VisitState.ACCEPTED,
            )
            .order_by(Visit.book, Visit.request_id, Visit.id)
        )
    )


def lock_requests(ctx: Context, member: Member) -> None:
    """Lock every request that the member has a part in, in the order of their keys."""
    paid = ctx.session.execute(_paid(member).with_only_columns(Request.book, Request.id))
    keys = {(row.book, row.id) for row in paid}
    keys |= {(each.book, each.id) for each in own_requests(ctx, member.home_book, member.id)}
    keys |= {(each.book, each.request_id) for each in own_promises(ctx, member)}
    for book, key in sorted(keys):
        locked_request(ctx, book, key)


def cut_off(ctx: Context, pairs: set[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Pairs of a payer's and a provider's book between which no corridor is open today."""
    return frozenset(barriers(ctx.session, pairs, local_date(ctx.now)))


def _requests(ctx: Context, member: Member, to_book: str) -> Iterator[Booking]:
    for request in own_requests(ctx, member.home_book, member.id):
        visits = promised_to(ctx, request)
        shut = cut_off(ctx, {(to_book, visit.provider_book) for visit in visits})
        parted = tuple(
            _name_of(ctx, visit) for visit in visits if (to_book, visit.provider_book) in shut
        )
        yield Booking(
            REQUEST,
            request.id,
            request.reference,
            service_of(ctx, request),
            request.starts_at,
            CARRIED if len(visits) > len(parted) else ANEW,
            parted,
        )


def _name_of(ctx: Context, visit: Visit) -> str:
    return ctx.session.get_one(Member, visit.provider_id).name


def _series(ctx: Context, member: Member) -> Iterator[Booking]:
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    rows = ctx.session.scalars(
        sa.select(Series)
        .where(
            Series.book == member.home_book,
            Series.elder_id == member.id,
            Series.state != SeriesState.ENDED,
        )
        .order_by(Series.created_at, Series.id)
    )
    for row in rows:
        name = rules.service(row.service_code).name
        yield Booking(SERIES, row.id, "", name, row.created_at, CARRIED)


def _places(ctx: Context, member: Member) -> Iterator[Booking]:
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    rows = ctx.session.scalars(
        sa.select(GroupSession)
        .join(
            GroupPlace,
            sa.and_(GroupPlace.book == GroupSession.book, GroupPlace.session_id == GroupSession.id),
        )
        .where(
            GroupPlace.book == member.home_book,
            GroupPlace.elder_id == member.id,
            GroupPlace.cancelled_at.is_(None),
            GroupSession.state.in_((GroupState.BOOKING, GroupState.CLOSED)),
            GroupSession.starts_at > ctx.now,
        )
        .order_by(GroupSession.starts_at, GroupSession.id)
    )
    for row in rows:
        name = rules.service(row.service_code).name
        yield Booking(PLACE, row.id, "", name, row.starts_at, GIVEN_BACK)


def _visits(ctx: Context, member: Member, to_book: str) -> Iterator[Booking]:
    visits = own_promises(ctx, member)
    shut = cut_off(ctx, {(visit.book, to_book) for visit in visits})
    for visit in visits:
        request = ctx.session.get_one(Request, (visit.book, visit.request_id))
        is_shut = (visit.book, to_book) in shut
        yield Booking(
            VISIT,
            visit.id,
            request.reference,
            service_of(ctx, request),
            visit.starts_at,
            GIVEN_BACK if is_shut else CARRIED,
        )


def _payments(ctx: Context, member: Member) -> Iterator[Booking]:
    for row in ctx.session.scalars(_paid(member).order_by(Request.starts_at, Request.id)):
        service = service_of(ctx, row)
        yield Booking(PAYMENT, row.id, row.reference, service, row.starts_at, GIVEN_BACK)


def _paid(member: Member) -> sa.Select[Request]:
    """Requests of others for which the member pays."""
    return sa.select(Request).where(
        Request.book.in_(books_of(member)),
        Request.payer_id == member.id,
        Request.elder_id != member.id,
        Request.state.in_(CANCELLABLE),
    )


def service_of(ctx: Context, request: Request) -> Name:
    """The name of what was asked for, by the rules that are pinned to it."""
    return rates.rule_set(ctx.session, request.rule_set_version).service(request.service_code).name
