"""Where a region stands today: what it owes whom, its windows, and what waits for its word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from models.ledger import Account, AccountKind, Balance
from models.settlement import SettlementWindow, WindowPair, WindowState, WindowStatement
from services.context import Context
from services.ledger.rows import whole_sum
from services.policy import NATION
from services.queries.caps import UseLine, caps_of
from services.queries.clearing.reading import Names, require_reader
from services.queries.clearing.windows import AlarmView, DisputeView, alarms_of, disputes_to_answer
from services.rules.names import Name
from services.settlement.content import lines_of
from services.settlement.timing import expected_room_at
from services.settlement.windows import day_of

#: Windows on the page, and in its chart.
SHOWN, DRAWN = 31, 14


@dataclass(frozen=True, slots=True)
class PositionLine:
    """What stands between the region and one other (negative: it is owed)."""

    counter_book: str
    name: Name
    #: Everything that is not settled, and what of it belongs to the window that is open.
    unsettled_minutes: int
    open_minutes: int
    use: UseLine


@dataclass(frozen=True, slots=True)
class WindowLine:
    """A window in a list; the figures are the region's, or the country's gross."""

    number: int
    day: date
    state: WindowState
    net_minutes: int | None
    paid_minutes: int
    received_minutes: int
    acknowledged_at: datetime | None
    #: How many regions have a statement, and how many have acknowledged.
    statements: int
    acknowledged: int

    @property
    def month(self) -> str:
        """The month that the window is added up in, as 2026-03."""
        return f"{self.day:%Y-%m}"

    @property
    def waits(self) -> bool:
        """Whether the region's own word is missing."""
        is_closed = self.state is WindowState.CLOSED
        return is_closed and self.net_minutes is not None and self.acknowledged_at is None


@dataclass(frozen=True, slots=True)
class PositionPage:
    """A region's clearing at a glance, or the country's."""

    book: str
    name: Name
    watermark: datetime | None
    total: UseLine | None
    unsettled_minutes: int
    open_minutes: int
    lines: tuple[PositionLine, ...]
    windows: tuple[WindowLine, ...]
    alarms: tuple[AlarmView, ...]
    #: What other regions dispute: it holds the window up until this one answers.
    disputes: tuple[DisputeView, ...]
    expected_at: datetime

    @property
    def waiting(self) -> tuple[WindowLine, ...]:
        """The statements to acknowledge, the oldest first."""
        return tuple(line for line in reversed(self.windows) if line.waits)


def position_page(ctx: Context, book: str) -> PositionPage:
    """A region's open position, its positions towards each other one, and its windows."""
    require_reader(ctx, book)
    names = Names(ctx)
    lines, total = ((), None) if book == NATION else _positions(ctx, names, book)
    windows = _windows(ctx, book)
    current = ctx.session.scalars(
        sa.select(SettlementWindow)
        .where(
            SettlementWindow.book == NATION,
            SettlementWindow.state.in_((WindowState.OPEN, WindowState.CLOSING)),
        )
        .order_by(SettlementWindow.number)
    ).all()
    return PositionPage(
        book=book,
        name=names.of(book),
        watermark=current[-1].watermark if current else None,
        total=total,
        unsettled_minutes=sum(line.unsettled_minutes for line in lines),
        open_minutes=sum(line.open_minutes for line in lines),
        lines=lines,
        windows=windows,
        alarms=tuple(alarm for row in current for alarm in alarms_of(ctx, names, row)),
        disputes=disputes_to_answer(ctx, book),
        expected_at=expected_room_at(ctx.session, ctx.now),
    )


def _positions(
    ctx: Context, names: Names, book: str
) -> tuple[tuple[PositionLine, ...], UseLine | None]:
    caps = caps_of(ctx, book)
    open_minutes = _in_the_open(ctx, book)
    return (
        tuple(
            PositionLine(
                use.counter_book,
                names.of(use.counter_book),
                use.room.debit_minutes,
                open_minutes.get(use.counter_book, 0),
                use,
            )
            for use in caps.pairs
        ),
        caps.total,
    )


def _in_the_open(ctx: Context, book: str) -> dict[str, int]:
    """What has moved since the last cut of each pair: the balance without every window."""
    rows: Any = ctx.session.execute(
        sa.select(Account.period, whole_sum(Balance.posted_minutes))
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book == book, Account.kind == AccountKind.CLEARING)
        .group_by(Account.period)
    )
    left: dict[str, int] = dict(iter(rows))
    for own, other, sign in (
        (WindowPair.one_book, WindowPair.other_book, 1),
        (WindowPair.other_book, WindowPair.one_book, -1),
    ):
        cut: Any = ctx.session.execute(
            sa.select(other, whole_sum(WindowPair.owes_minutes))
            .where(WindowPair.book == NATION, own == book)
            .group_by(other)
        )
        for counter, minutes in cut:
            left[counter] = left.get(counter, 0) - sign * minutes
    return left


def _windows(ctx: Context, book: str) -> tuple[WindowLine, ...]:
    rows = ctx.session.scalars(
        sa.select(SettlementWindow)
        .where(SettlementWindow.book == NATION)
        .order_by(SettlementWindow.number.desc())
        .limit(SHOWN)
    ).all()
    return window_lines(ctx, book, rows)


def window_lines(
    ctx: Context, book: str, rows: Sequence[SettlementWindow]
) -> tuple[WindowLine, ...]:
    """Windows with the figures of a region, or of the whole country."""
    numbers = [row.number for row in rows]
    pairs: dict[int, list[WindowPair]] = {number: [] for number in numbers}
    wanted = sa.select(WindowPair).where(
        WindowPair.book == NATION, WindowPair.window_number.in_(numbers)
    )
    if book != NATION:
        wanted = wanted.where(sa.or_(WindowPair.one_book == book, WindowPair.other_book == book))
    for pair in ctx.session.scalars(wanted):
        pairs[pair.window_number].append(pair)
    own = {
        row.window_number: row
        for row in ctx.session.scalars(
            sa.select(WindowStatement).where(
                WindowStatement.book == book, WindowStatement.window_number.in_(numbers)
            )
        )
    }
    counts = _counts(ctx, numbers)
    return tuple(
        _line(book, row, pairs[row.number], own.get(row.number), counts.get(row.number, (0, 0)))
        for row in rows
    )


def _line(
    book: str,
    row: SettlementWindow,
    pairs: Sequence[WindowPair],
    own: WindowStatement | None,
    counts: tuple[int, int],
) -> WindowLine:
    lines = lines_of(book, pairs)
    gross = sum(each.one_paid_minutes + each.other_paid_minutes for each in pairs)
    return WindowLine(
        number=row.number,
        day=day_of(row.watermark),
        state=row.state,
        net_minutes=own.net_minutes if own else None,
        paid_minutes=gross if book == NATION else sum(line.paid_minutes for line in lines),
        received_minutes=sum(line.received_minutes for line in lines),
        acknowledged_at=own.acknowledged_at if own else None,
        statements=counts[0],
        acknowledged=counts[1],
    )


def _counts(ctx: Context, numbers: Sequence[int]) -> dict[int, tuple[int, int]]:
    rows = ctx.session.execute(
        sa.select(
            WindowStatement.window_number,
            sa.func.count(),
            sa.func.count(WindowStatement.acknowledged_at),
        )
        .where(WindowStatement.window_number.in_(numbers))
        .group_by(WindowStatement.window_number)
        .execution_options(cross_book=True)
    )
    return {number: (made, acknowledged) for number, made, acknowledged in rows}
