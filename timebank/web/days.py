"""A day in an address: ``?day=2026-03-11``; what cannot be read is left out."""

from __future__ import annotations

from datetime import date

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
