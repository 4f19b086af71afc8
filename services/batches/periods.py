"""Grant periods: a quarter such as 2026Q4, and when what was granted for it ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time

from services import rates
from services.clock import at_local, local_date
from services.context import Context

_QUARTER = re.compile(r"(20[0-9]{2})Q([1-4])")


def quarter_of(day: date) -> str:
    """The quarter of a day, as 2026Q4."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def first_moment(period: str, quarters_later: int = 0) -> datetime | None:
    """When a quarter, or one that many later, begins in China; None when it is no quarter."""
    found = _QUARTER.fullmatch(period)
    if found is None:
        return None
    years, quarter = divmod(int(found[2]) - 1 + quarters_later, 4)
    day = date(int(found[1]) + years, quarter * 3 + 1, 1)
    return at_local(day, time(0, 0))


def ends_at(period: str, quarters_later: int) -> datetime | None:
    """The first moment after a grant: 1 is the end of the next quarter."""
    return first_moment(period, quarters_later + 1)


def quarters(first: date, last: date) -> Iterator[str]:
    """Every quarter from that of a day to that of a later one."""
    number = first.year * 4 + (first.month - 1) // 3
    while number <= last.year * 4 + (last.month - 1) // 3:
        yield f"{number // 4}Q{number % 4 + 1}"
        number += 1


def over_at(now: datetime, quarters_later: int, since: date) -> list[str]:
    """The quarters from a day on whose grants have ended, oldest first."""
    ends = {period: ends_at(period, quarters_later) for period in quarters(since, local_date(now))}
    return [period for period, end in ends.items() if end is not None and end <= now]


def ended(ctx: Context) -> Callable[[str], bool]:
    """Whether the grants of a quarter have ended by now, whenever a job takes them back."""
    later = quarters_later(ctx)

    def has_ended(period: str) -> bool:
        end = ends_at(period, later)
        return end is not None and end <= ctx.now

    return has_ended


def quarters_later(ctx: Context) -> int:
    """How many quarters after its own a grant ends, by the rules in force now."""
    return rates.rule_set_on(ctx.session, local_date(ctx.now)).grants.expire_quarters_later
