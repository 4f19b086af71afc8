"""How long to wait before something that failed is tried again, and when to stop trying."""

from __future__ import annotations

from datetime import timedelta

#: Tried this often in all, over about two and a half hours; then a person looks.
MOST_ATTEMPTS = 8
_FIRST_SECONDS, _GROWTH, _MOST_SECONDS = 10, 4, 3600


def wait_after(attempts: int) -> timedelta:
    """The wait after so many failed attempts: 10 s, 40 s, 160 s and so on, an hour at most."""
    # No higher power is needed: it would be above the most long before.
    seconds = _FIRST_SECONDS * _GROWTH ** min(max(attempts, 1) - 1, 10)
    return timedelta(seconds=min(seconds, _MOST_SECONDS))


def is_hopeless(attempts: int) -> bool:
    """Whether it has been tried often enough."""
    return attempts >= MOST_ATTEMPTS
