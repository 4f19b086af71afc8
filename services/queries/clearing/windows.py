"""One window: its pairs, nets and payments, who has acknowledged, and what is disputed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.oversight import AuditRecord
from models.settlement import (
    DisputeOutcome,
    NetPayment,
    PositionDispute,
    SettlementWindow,
    WindowPair,
    WindowState,
    WindowStatement,
)
from services.context import Context
from services.policy import NATION
from services.queries.branch.desks import name_of
from services.queries.clearing.reading import Names, may, require_reader, window_row
from services.rules.names import Name
from services.settlement import sentences as say
from services.settlement.acknowledging import open_disputes
from services.settlement.disputing import ANSWER, REASON
from services.settlement.windows import day_of, open_alarms, pairs_of


@dataclass(frozen=True, slots=True)
class PairView:
    """What the first book of a pair came to owe the other (negative: is owed).

    The reader's own region comes first in its pairs.
    """

    one_book: str
    one: Name
    other_book: str
    other: Name
    owes_minutes: int
    one_paid_minutes: int
    other_paid_minutes: int
    entries: int
    #: The other side, when the reader stands on one of the two.
    counter_book: str | None
    may_dispute: bool


@dataclass(frozen=True, slots=True)
class NetView:
    """What a region owes all others together, and whether it has acknowledged its statement."""

    book: str
    name: Name
    net_minutes: int
    content_hash: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One of the payments that even the window out."""

    from_book: str
    from_: Name
    to_book: str
    to: Name
    owed_minutes: int


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute; its words are for the two sides and for whoever oversees them."""

    id: UUID
    window_number: int
    day: date
    one_book: str
    one: Name
    other_book: str
    other: Name
    owes_minutes: int
    by_book: str
    by: Name
    opened_at: datetime
    reason: str | None
    outcome: DisputeOutcome | None
    answer: str | None
    resolved_at: datetime | None
    #: Outcomes that the reader may choose for the book that the page is of.
    can: tuple[DisputeOutcome, ...]


@dataclass(frozen=True, slots=True)
class AlarmView:
    """Two books that differ about what stands between them."""

    one: Name
    other: Name
    one_minutes: int
    other_minutes: int
    at: datetime


@dataclass(frozen=True, slots=True)
class WindowPage:
    """A window as one region (or the nation) reads it."""

    book: str
    name: Name
    number: int
    day: date
    state: WindowState
    opened_at: datetime
    watermark: datetime
    closed_at: datetime | None
    settled_at: datetime | None
    content_hash: str | None
    pairs: tuple[PairView, ...]
    nets: tuple[NetView, ...]
    payments: tuple[PaymentView, ...]
    disputes: tuple[DisputeView, ...]
    alarms: tuple[AlarmView, ...]
    may_acknowledge: bool

    @property
    def own(self) -> NetView | None:
        """The region's own statement."""
        return next((each for each in self.nets if each.book == self.book), None)

    @property
    def gross_minutes(self) -> int:
        """Everything that was paid between regions, either way."""
        return sum(each.one_paid_minutes + each.other_paid_minutes for each in self.pairs)


def window_page(ctx: Context, book: str, number: int) -> WindowPage:
    """A window for a region or, by the nation's own book, for the whole country."""
    require_reader(ctx, book)
    row, names = window_row(ctx, number), Names(ctx)
    pairs = pairs_of(ctx.session, number)
    nets = _nets(ctx, names, number, pairs)
    own = next((each for each in nets if each.book == book), None)
    waits = row.state is WindowState.CLOSED and own is not None and own.acknowledged_at is None
    disputed = {
        (each.one_book, each.other_book): each.by_book
        for each in open_disputes(ctx.session, number)
    }
    may_dispute = waits and may(ctx, "clearing.dispute", book)
    found = [
        _pair(names, each, book, may_dispute and (each.one_book, each.other_book) not in disputed)
        for each in pairs
    ]
    return WindowPage(
        book=book,
        name=names.of(book),
        number=number,
        day=day_of(row.watermark),
        state=row.state,
        opened_at=row.opened_at,
        watermark=row.watermark,
        closed_at=row.closed_at,
        settled_at=row.settled_at,
        content_hash=row.content_hash,
        # One's own pairs first.
        pairs=tuple(sorted(found, key=lambda each: each.counter_book is None)),
        nets=nets,
        payments=_payments(ctx, names, number),
        disputes=_disputes(ctx, names, book, row, pairs),
        alarms=tuple(alarms_of(ctx, names, row)),
        may_acknowledge=(
            waits and book not in disputed.values() and may(ctx, "clearing.acknowledge", book)
        ),
    )


def _pair(names: Names, row: WindowPair, book: str, may_dispute: bool) -> PairView:
    """A pair as it is stored, or with the reader's own region first."""
    is_side = book in (row.one_book, row.other_book)
    turned = book == row.other_book
    one, other = (row.other_book, row.one_book) if turned else (row.one_book, row.other_book)
    paid, received = row.one_paid_minutes, row.other_paid_minutes
    return PairView(
        one_book=one,
        one=names.of(one),
        other_book=other,
        other=names.of(other),
        owes_minutes=-row.owes_minutes if turned else row.owes_minutes,
        one_paid_minutes=received if turned else paid,
        other_paid_minutes=paid if turned else received,
        entries=sum(row.one_cut.values()),
        counter_book=other if is_side else None,
        may_dispute=may_dispute and is_side,
    )


def _nets(
    ctx: Context, names: Names, number: int, pairs: Sequence[WindowPair]
) -> tuple[NetView, ...]:
    books = sorted({book for row in pairs for book in (row.one_book, row.other_book)})
    rows = ctx.session.scalars(
        sa.select(WindowStatement)
        .where(WindowStatement.book.in_(books), WindowStatement.window_number == number)
        .order_by(WindowStatement.book)
    )
    return tuple(
        NetView(
            row.book,
            names.of(row.book),
            row.net_minutes,
            row.content_hash,
            name_of(ctx, row.acknowledged_by_id),
            row.acknowledged_at,
        )
        for row in rows
    )


def _payments(ctx: Context, names: Names, number: int) -> tuple[PaymentView, ...]:
    rows = ctx.session.scalars(
        sa.select(NetPayment)
        .where(NetPayment.book == NATION, NetPayment.window_number == number)
        .order_by(NetPayment.from_book, NetPayment.to_book)
    )
    return tuple(
        PaymentView(
            row.from_book,
            names.of(row.from_book),
            row.to_book,
            names.of(row.to_book),
            row.owed_minutes,
        )
        for row in rows
    )


def _disputes(
    ctx: Context,
    names: Names,
    book: str,
    window: SettlementWindow,
    pairs: Sequence[WindowPair],
) -> tuple[DisputeView, ...]:
    rows = ctx.session.scalars(
        sa.select(PositionDispute)
        .where(PositionDispute.book == NATION, PositionDispute.window_number == window.number)
        .order_by(PositionDispute.opened_at, PositionDispute.id)
    )
    owes = {(each.one_book, each.other_book): each.owes_minutes for each in pairs}
    return tuple(
        _dispute(ctx, names, book, window, row, owes[row.one_book, row.other_book]) for row in rows
    )


def dispute_view(ctx: Context, book: str, dispute_id: UUID) -> DisputeView:
    """One dispute for one of its sides; NoDispute for anybody else."""
    require_reader(ctx, book)
    row = ctx.session.get(PositionDispute, (NATION, dispute_id))
    if row is None or book not in (row.one_book, row.other_book, NATION):
        raise say.NoDispute
    pair = ctx.session.get_one(
        WindowPair, (NATION, row.window_number, row.one_book, row.other_book)
    )
    window = window_row(ctx, row.window_number)
    return _dispute(ctx, Names(ctx), book, window, row, pair.owes_minutes)


def disputes_to_answer(ctx: Context, book: str) -> tuple[DisputeView, ...]:
    """What other regions dispute and this one has not answered, the oldest first."""
    rows = ctx.session.scalars(
        sa.select(PositionDispute.id)
        .where(
            PositionDispute.book == NATION,
            PositionDispute.outcome.is_(None),
            PositionDispute.by_book != book,
            sa.or_(PositionDispute.one_book == book, PositionDispute.other_book == book),
        )
        .order_by(PositionDispute.opened_at, PositionDispute.id)
    )
    return tuple(dispute_view(ctx, book, each) for each in rows)


def _dispute(
    ctx: Context,
    names: Names,
    book: str,
    window: SettlementWindow,
    row: PositionDispute,
    owes_minutes: int,
) -> DisputeView:
    reads = book in (row.one_book, row.other_book, NATION)
    turned, vault = book == row.other_book, ctx.vault
    one, other = (row.other_book, row.one_book) if turned else (row.one_book, row.other_book)
    return DisputeView(
        id=row.id,
        window_number=row.window_number,
        day=day_of(window.watermark),
        one_book=one,
        one=names.of(one),
        other_book=other,
        other=names.of(other),
        owes_minutes=-owes_minutes if turned else owes_minutes,
        by_book=row.by_book,
        by=names.of(row.by_book),
        opened_at=row.opened_at,
        reason=vault.open(REASON, row.reason_sealed) if reads else None,
        outcome=row.outcome,
        answer=vault.open_or_none(ANSWER, row.resolution_sealed) if reads else None,
        resolved_at=row.resolved_at,
        can=_can(ctx, book, row),
    )


def _can(ctx: Context, book: str, row: PositionDispute) -> tuple[DisputeOutcome, ...]:
    if row.outcome is not None or book not in (row.one_book, row.other_book):
        return ()
    if not may(ctx, "clearing.resolve", book):
        return ()
    if book == row.by_book:
        return (DisputeOutcome.WITHDRAWN,)
    if row.opened_by_id == ctx.actor.id:
        return ()
    return (DisputeOutcome.STANDS, DisputeOutcome.CORRECTED)


def alarms_of(ctx: Context, names: Names, window: SettlementWindow) -> Iterable[AlarmView]:
    """Pairs whose sides differ, for which a window cannot be closed."""
    if window.state is not WindowState.CLOSING:
        return
    found: list[AuditRecord] = open_alarms(ctx.session, window.number)
    for record in found:
        after = record.after
        yield AlarmView(
            names.of(after["one"]),
            names.of(after["other"]),
            after["one_minutes"],
            after["other_minutes"],
            record.at,
        )
