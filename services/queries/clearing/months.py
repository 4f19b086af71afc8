"""A region's month: its windows added up, as both civil-affairs bodies read them at its end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, time, timedelta

import sqlalchemy as sa

from models.settlement import SettlementWindow, WindowPair, WindowState
from services.clock import at_local
from services.context import Context
from services.policy import NATION
from services.queries.clearing.positions import WindowLine, window_lines
from services.queries.clearing.reading import Names, require_reader
from services.rules.names import Name
from services.settlement.content import lines_of


@dataclass(frozen=True, slots=True)
class CounterLine:
    """What a month came to towards one other region."""

    counter_book: str
    name: Name
    paid_minutes: int
    received_minutes: int

    @property
    def owes_minutes(self) -> int:
        """What the region owes the other for the month (negative: is owed)."""
        return self.paid_minutes - self.received_minutes


@dataclass(frozen=True, slots=True)
class MonthPage:
    """Every closed window of a month, day by day and by region."""

    book: str
    name: Name
    month: date
    windows: tuple[WindowLine, ...]
    counters: tuple[CounterLine, ...]

    @property
    def paid_minutes(self) -> int:
        """What the region's members gave others."""
        return sum(line.paid_minutes for line in self.counters)

    @property
    def received_minutes(self) -> int:
        """What others gave the region's members."""
        return sum(line.received_minutes for line in self.counters)

    @property
    def owes_minutes(self) -> int:
        """What the region owes all others for the month (negative: is owed)."""
        return self.paid_minutes - self.received_minutes

    @property
    def is_settled(self) -> bool:
        """Whether every window of the month is settled."""
        return all(line.state is WindowState.SETTLED for line in self.windows)


def month_page(ctx: Context, book: str, month: date) -> MonthPage:
    """The windows that are called after days of a month, the first one first."""
    require_reader(ctx, book)
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    rows = ctx.session.scalars(
        sa.select(SettlementWindow)
        .where(
            SettlementWindow.book == NATION,
            SettlementWindow.watermark > at_local(first, time()),
            SettlementWindow.watermark <= at_local(following, time()),
            SettlementWindow.state.in_((WindowState.CLOSED, WindowState.SETTLED)),
        )
        .order_by(SettlementWindow.number)
    ).all()
    names = Names(ctx)
    return MonthPage(
        book=book,
        name=names.of(book),
        month=first,
        windows=window_lines(ctx, book, rows),
        counters=_counters(ctx, names, book, [row.number for row in rows]),
    )


def _counters(ctx: Context, names: Names, book: str, numbers: list[int]) -> tuple[CounterLine, ...]:
    paid: dict[str, int] = defaultdict(int)
    received: dict[str, int] = defaultdict(int)
    pairs = ctx.session.scalars(
        sa.select(WindowPair).where(
            WindowPair.book == NATION,
            WindowPair.window_number.in_(numbers),
            sa.or_(WindowPair.one_book == book, WindowPair.other_book == book),
        )
    )
    for line in lines_of(book, pairs):
        paid[line.counter_book] += line.paid_minutes
        received[line.counter_book] += line.received_minutes
    return tuple(
        CounterLine(counter, names.of(counter), paid[counter], received[counter])
        for counter in sorted(paid)
    )
