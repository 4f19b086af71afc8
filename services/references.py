"""References that can be read out on the telephone."""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa

from services.context import Context
from services.errors import Conflict


def new_reference(ctx: Context, book: str, model: Any, prefix: str = "") -> str:
    """Eight digits behind a prefix, unique among the rows of ``model`` in the book."""
    for _ in range(20):
        digits = f"{secrets.randbelow(10**8):08d}"
        reference = f"{prefix}{digits[:4]}-{digits[4:]}"
        taken = sa.select(model.id).where(model.book == book, model.reference == reference)
        if ctx.session.scalar(taken) is None:
            return reference
    raise Conflict
