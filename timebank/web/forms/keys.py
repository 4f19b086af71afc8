"""Idempotency keys of forms: one for every page that a person opens."""

from __future__ import annotations

from uuid import UUID, uuid4


def new_key() -> str:
    """A fresh random key for one submission."""
    return str(uuid4())


def kept_key(value: str | None) -> str:
    """The key that came back with a form, if it is one; else a fresh one."""
    try:
        return str(UUID(value or ""))
    except ValueError:
        return new_key()
