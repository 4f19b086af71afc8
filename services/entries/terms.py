"""The published terms of entries by hand: who is asked for how long, and what may be the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from models.entries import EntryLevel
from services.rules.names import Name
from services.rules.tables import table

ENTRY, CORRECTION = "entry", "correction"


@dataclass(frozen=True, slots=True)
class Why:
    """Why something was not recorded on the spot."""

    code: str
    kind: str
    name: Name


def whys(kind: str | None = None) -> tuple[Why, ...]:
    """The reasons for a kind of entry, or all of them."""
    found = (
        Why(each["code"], each["kind"], Name(each["zh"], each["en"]))
        for each in table("entries").content["whys"]
    )
    return tuple(each for each in found if kind in (None, each.kind))


def waits(level: EntryLevel) -> timedelta:
    """How long a level has for the second signature."""
    return timedelta(hours=table("entries").content["hours"][level.value])


def oldest() -> timedelta:
    """How long ago a service may have been."""
    return timedelta(days=table("entries").content["oldest_days"])


def least_files() -> int:
    """How many evidence files an entry has at least."""
    least: int = table("entries").content["least_files"]
    return least
