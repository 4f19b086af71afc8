"""What a relative sees: for whom one may act, what happened today, who comes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Entry, Transfer
from models.people import Member
from models.requests import Request, Visit
from services.clock import at_local, local_date
from services.context import Context
from services.errors import NotFound
from services.ledger.accounts import standings
from services.ledger.rows import whole_sum
from services.people.books import books_of
from services.people.lists import DelegationView, Waiting, delegated_to_me, signed_up_by_me
from services.places import BranchView, branch
from services.queries.elder.home import WAITING, Home, home_of
from services.queries.elder.near import near, service_name
from services.queries.elder.requests import RequestRow, request_row
from services.queries.payments import Payments, payments_of
from services.requests.spending import Spent, spent_of
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class ElderCard:
    """An elder for whom the actor may act: in what, until when, and how things stand.

    ``spent`` is the actor's own month: what was asked for with the elder's coins.
    """

    delegation: DelegationView
    home: Home
    spent: Spent


@dataclass(frozen=True, slots=True)
class FamilyHome:
    """All of them; those whose delegation has ended; those who wait for the identity check."""

    cards: tuple[ElderCard, ...]
    ended: tuple[DelegationView, ...]
    waiting: tuple[Waiting, ...]
    #: What the actor pays for elders from own coins this year.
    payments: Payments


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; ``what``: asked, accepted, came, left or confirmed."""

    at: datetime
    what: str
    service: Name
    who: str


@dataclass(frozen=True, slots=True)
class ElderDay:
    """One elder: the day's events, what waits, the month's spending, and whom to call."""

    card: ElderCard
    contact: str | None
    branch: BranchView
    events: tuple[Event, ...]
    waiting: tuple[RequestRow, ...]
    spent_this_month_minutes: int


def family_home(ctx: Context) -> FamilyHome:
    """For whom the actor may act, and how things stand with each of them."""
    mine = delegated_to_me(ctx)
    live = [each for each in mine if _in_force(ctx, each)]
    shown = {each.member_id for each in live}
    return FamilyHome(
        cards=tuple(_card(ctx, each) for each in _newest(live)),
        ended=tuple(_newest(each for each in mine if each.member_id not in shown)),
        waiting=signed_up_by_me(ctx),
        payments=payments_of(ctx, ctx.actor.id),
    )


def _card(ctx: Context, delegation: DelegationView) -> ElderCard:
    home = home_of(ctx, delegation.member_id)
    spent = spent_of(ctx.session, home.elder.book, home.elder.id, ctx.actor.id, ctx.now)
    return ElderCard(delegation, home, spent)


def elder_day(ctx: Context, elder_id: UUID) -> ElderDay:
    """One elder of the actor's. Raises ``NotFound`` for anybody else's."""
    mine = [
        each for each in delegated_to_me(ctx) if each.member_id == elder_id and _in_force(ctx, each)
    ]
    if not mine:
        raise NotFound
    member = near(ctx, elder_id)
    waiting = ctx.session.scalars(
        sa.select(Request)
        .where(
            Request.book == member.home_book,
            Request.elder_id == member.id,
            Request.state.in_(WAITING),
        )
        .order_by(Request.starts_at, Request.id)
    )
    return ElderDay(
        card=_card(ctx, mine[0]),
        contact=ctx.vault.open_or_none("member.contact", member.contact_sealed),
        branch=branch(ctx.session, member.branch_id),
        events=_events_today(ctx, member),
        waiting=tuple(request_row(ctx, row) for row in waiting),
        spent_this_month_minutes=_spent_this_month(ctx, member),
    )


def _in_force(ctx: Context, delegation: DelegationView) -> bool:
    """As the login knows it: an elder who has left is no longer acted for."""
    return delegation.in_force and delegation.member_id in ctx.actor.kin


def _newest(found: Iterable[DelegationView]) -> list[DelegationView]:
    """The newest delegation of each elder, by the elder's name."""
    newest: dict[UUID, DelegationView] = {}
    for each in found:
        newest.setdefault(each.member_id, each)
    return sorted(newest.values(), key=lambda each: (each.member_name, each.id))


def _events_today(ctx: Context, member: Member) -> tuple[Event, ...]:
    """What happened today, earliest first."""
    midnight = at_local(local_date(ctx.now), time())
    until = midnight + timedelta(days=1)
    events = [
        event
        for event in (*_asked_since(ctx, member, midnight), *_visited_since(ctx, member, midnight))
        if midnight <= event.at < until
    ]
    return tuple(sorted(events, key=lambda each: each.at))


def _asked_since(ctx: Context, member: Member, since: datetime) -> list[Event]:
    rows = ctx.session.execute(
        sa.select(Request, Member.name)
        .join(Member, Member.id == Request.asked_by_id)
        .where(
            Request.book.in_(books_of(member)),
            Request.elder_id == member.id,
            Request.submitted_at >= since,
        )
    )
    return [
        Event(row.Request.submitted_at, "asked", service_name(ctx, row.Request), row.name)
        for row in rows
    ]


def _visited_since(ctx: Context, member: Member, since: datetime) -> list[Event]:
    rows = ctx.session.execute(
        sa.select(Visit, Request, Member.name)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .join(Member, Member.id == Visit.provider_id)
        .where(Visit.book.in_(books_of(member)), Request.book.in_(books_of(member)))
        .where(Request.elder_id == member.id)
        .where(
            sa.or_(
                Visit.accepted_at >= since,
                Visit.checked_in_at >= since,
                Visit.checked_out_at >= since,
                Visit.confirmed_at >= since,
            )
        )
    )
    return [
        Event(at, what, service_name(ctx, row.Request), row.name)
        for row in rows
        for at, what in (
            (row.Visit.accepted_at, "accepted"),
            (row.Visit.checked_in_at, "came"),
            (row.Visit.checked_out_at, "left"),
            (row.Visit.confirmed_at, "confirmed"),
        )
        if at is not None
    ]


def _spent_this_month(ctx: Context, member: Member) -> int:
    """What services have taken from the elder's accounts since the first of the month."""
    first = at_local(local_date(ctx.now).replace(day=1), time())
    books = books_of(member)
    accounts = [
        each.account_id
        for book in books
        for each in standings(ctx.session, book, member.id, now=ctx.now)
    ]
    total = ctx.session.scalar(
        sa.select(whole_sum(Entry.amount_minutes))
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(
            Entry.book.in_(books),
            Transfer.book.in_(books),
            Entry.account_id.in_(accounts),
            Entry.amount_minutes < 0,
            Transfer.kind == "service",
            Transfer.posted_at >= first,
        )
    )
    return -(total or 0)
