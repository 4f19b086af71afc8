"""Words that every plain-text format shares: days, moments, codes and the commodity."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.clock import local

#: Amounts are whole standard minutes.
COMMODITY = "MIN"
#: Told how many transfers have been written.
Advance = Callable[[int], None]

_OTHER = re.compile(r"[^A-Za-z0-9_.:/+-]")


def day(moment: datetime) -> str:
    """The day in China."""
    return f"{local(moment):%Y-%m-%d}"


def stamp(moment: datetime) -> str:
    """The moment in China, to the microsecond, with its offset."""
    return local(moment).isoformat(timespec="microseconds")


def code(text: str) -> str:
    """A code that cannot end a line, a quotation or a comment, whatever was kept in its place."""
    return _OTHER.sub("_", text)


def ids(**found: UUID | None) -> dict[str, str]:
    """The ids that are there, by name."""
    return {name: str(value) for name, value in found.items() if value is not None}
