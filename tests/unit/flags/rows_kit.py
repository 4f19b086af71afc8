"""Rows for the rules of oversight, with everything that a test does not speak of left harmless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.rules.flags import find
from services.rules.flags.rows import DAY, Finding, Keyed, Served, Thresholds, Window, thresholds_of
from services.rules.tables import table

#: Midnight in China of 1 January 2026.
MIDNIGHT = 1_767_196_800
TABLE: Thresholds = thresholds_of(
    table("flags").content, in_a_row=3, share_percent=40, window_days=90
)


def uid(number: int) -> UUID:
    return UUID(int=number)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> int:
    """A moment by the local clock, days counted from 1 January."""
    return MIDNIGHT + day * DAY + hour * 3_600 + minute * 60 + second


def served(number: int, day: int, hour: int = 9, minutes: int = 60, **changed: Any) -> Served:
    """A visit of provider 1 to elder 101, shown by card, confirmed by the elder an hour later."""
    came = at(day, hour) + number * 7 % 53
    row = Served(
        id=uid(10_000 + number),
        book="330302000000",
        request_id=uid(20_000 + number),
        branch_id=uid(501),
        elder_id=uid(101),
        provider_id=uid(1),
        service="A04",
        remote=False,
        came=came,
        left=came + minutes * 60 + number * 37 % 59,
        earned=minutes,
        latitude_e6=28_000_000,
        longitude_e6=120_650_000,
        came_by="card",
        left_by="card",
        word="own",
        word_by=None,
        word_at=came + minutes * 60 + 3_600,
        came_device="a" * 64,
        left_device="a" * 64,
        word_device="e" * 64,
        credited=came + minutes * 60 + 3_600,
    )
    changed.setdefault("word_by", changed.get("elder_id", row.elder_id))
    return row._replace(**changed)


def entry(number: int, moment: int, visit: Served | None = None, **changed: Any) -> Keyed:
    """A manual entry by administrator 901, signed by 902 an hour later."""
    row = Keyed(
        id=uid(30_000 + number),
        way="entry",
        by=uid(901),
        at=moment,
        second=uid(902),
        second_at=moment + 3_600,
        branch_id=uid(501),
        visit_id=None if visit is None else visit.id,
        minutes=60,
    )
    return row._replace(**changed)


def window(rows: Sequence[Served], **changed: Any) -> Window:
    """Ninety days with these visits in them."""
    whole = Window("330302000000", at(0, 0), at(90, 0), tuple(rows))
    return replace(whole, **changed)


def found(code: str, rows: Sequence[Served], **changed: Any) -> list[Finding]:
    """What one rule finds with the thresholds that are shipped."""
    return find(window(rows, **changed), TABLE, {code})
