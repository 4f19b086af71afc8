"""A day in an address."""

from __future__ import annotations

from datetime import date

from services.errors import NotFound


def day_in(text: str) -> date:
    """The day that an address names; what names none leads nowhere."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
