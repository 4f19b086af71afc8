"""The two sides of an agreement: how they are called, who hears of it, where it is on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.corridors import Corridor
from models.people import RoleAssignment
from models.places import Book
from services import audit, outbox
from services.clock import local_date
from services.context import Context
from services.corridors.warning import administrators_of
from services.errors import NotFound
from services.places.regions import current_code, full_name
from services.policy import NATION, NATIONAL_ADMIN

WHOLE_COUNTRY = ("全国", "the whole country")


def side_name(ctx: Context, code: str) -> tuple[str, str]:
    """How a side is called in full, in Chinese and in English."""
    if code == NATION:
        return WHOLE_COUNTRY
    today = local_date(ctx.now)
    try:
        # A district that has merged since is called as whoever took it over.
        return full_name(ctx.session, current_code(ctx.session, code, today), today)
    except NotFound:
        return code, code


def names_of(ctx: Context, name: str, code: str) -> dict[str, str]:
    """A side's name as the params of a sentence."""
    zh, en = side_name(ctx, code)
    return {f"{name}_zh": zh, f"{name}_en": en}


def record_on_both(
    ctx: Context, act: str, row: Corridor, *, after: Mapping[str, Any] | None = None
) -> None:
    """An audit record in the book of either side; those without a book share the nation's."""
    for book in sorted({_book_of(ctx, row.one_code), _book_of(ctx, row.other_code)}):
        audit.record(ctx, act, "corridor", row.id, book=book, after=dict(after or {}))


def tell_both(ctx: Context, row: Corridor, sentence: str, **params: Any) -> None:
    """Tell the administrators of both sides, those of one region once."""
    for code in sorted({row.one_code, row.other_code}):
        tell_side(ctx, code, sentence, **params)


def tell_side(ctx: Context, code: str, sentence: str, **params: Any) -> None:
    """Tell whoever administers this side itself; an actor need not hear of the own act."""
    book = _book_of(ctx, code)
    for member_id in _officers(ctx, code):
        if member_id != ctx.actor.id:
            outbox.tell(ctx, book, member_id, sentence, **params)


def _officers(ctx: Context, code: str) -> list[UUID]:
    if code != NATION:
        return administrators_of(ctx, code)
    rows = ctx.session.scalars(
        sa.select(RoleAssignment.member_id)
        .where(RoleAssignment.role == NATIONAL_ADMIN, RoleAssignment.ended_at.is_(None))
        .order_by(RoleAssignment.member_id)
        .distinct()
    )
    return list(rows)


def _book_of(ctx: Context, code: str) -> str:
    return code if ctx.session.get(Book, code) is not None else NATION
