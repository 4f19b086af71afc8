"""Days and moments that an address or a form names; what cannot be read is left out."""

from __future__ import annotations

from datetime import date, datetime

from flask import request

#: Days that a calendar page is asked for lie between these; beyond them nothing can be.
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)


def asked_day(name: str) -> date | None:
    """The day of an address, when it is one."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None


def moment_in(text: str | None) -> datetime | None:
    """The moment that a text names with its offset; beyond these years nothing can be."""
    try:
        # A plus sign in an address reads as a blank.
        found = datetime.fromisoformat((text or "").replace(" ", "+"))
    except ValueError:
        return None
    is_meant = found.tzinfo is not None and EARLIEST <= found.date() <= LATEST
    return found if is_meant else None
