"""When a branch's failed samples cost it its entry rights, and how many make a public line.

The rule set says how many per cent; how many samples say anything at all is published beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sampled:
    """A month's drawn visits that somebody could be asked about; ``month`` is ``YYYY-MM``."""

    month: str
    asked: int
    failed: int


@dataclass(frozen=True, slots=True)
class Judged:
    """The months that were looked at together, and whether they are over the limit."""

    first_month: str
    month: str
    asked: int
    failed: int
    is_over: bool


def judge(
    months: Sequence[Sampled], *, percent: int, sample: int, most_months: int, failures: int
) -> Judged | None:
    """Hold a branch's newest months to the limit; None when nobody has been asked.

    A month alone decides when it has ``sample`` samples: with fewer, one bad answer would be more
    than two per cent by itself. Then the months before it are added, ``most_months`` in all at
    most; what there is then decides, and one person's memory never does (``failures``).
    """
    known = sorted((each for each in months if each.asked), key=lambda each: each.month)
    if not known:
        return None
    newest = known[-1].month
    oldest = _months_before(newest, most_months - 1)
    asked = failed = 0
    first = newest
    for each in reversed(known):
        if asked >= sample or each.month < oldest:
            break
        asked, failed, first = asked + each.asked, failed + each.failed, each.month
    is_over = failed >= failures and failed * 100 > asked * percent
    return Judged(first, newest, asked, failed, is_over)


def _months_before(month: str, count: int) -> str:
    whole = int(month[:4]) * 12 + int(month[5:]) - 1 - count
    return f"{whole // 12:04d}-{whole % 12 + 1:02d}"


def joined(counts: Sequence[tuple[str, int]], least: int) -> list[tuple[str, str]]:
    """Months put together until each span has ``least`` calls; what is left over is not told.

    Each span is ``(first month, last month)``. So nobody can read one visit out of a line, nor
    out of a sum less its other lines: the sums are over the lines alone.
    """
    spans: list[tuple[str, str]] = []
    first, held = "", 0
    for month, count in sorted(counts):
        if not count:
            continue
        first, held = first or month, held + count
        if held >= least:
            spans.append((first, month))
            first, held = "", 0
    return spans
