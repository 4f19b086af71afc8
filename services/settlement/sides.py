"""The two sides of a position: who acts for a book, how it is called, who is told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import RoleAssignment
from services import outbox
from services.clock import local_date
from services.context import Context
from services.corridors.finding import keeper_of, region_words
from services.corridors.warning import administrators_of
from services.policy import NATION, NATIONAL_ADMIN, Subject


def side_of(ctx: Context, book: str) -> Subject:
    """A book as the subject of an act: an affair of whichever county keeps it today."""
    return Subject(book=book, region_code=keeper_of(ctx.session, book, local_date(ctx.now)))


def tell_side(ctx: Context, book: str, sentence: str, **params: Any) -> None:
    """Tell the administrators of whichever county keeps a book."""
    keeper = keeper_of(ctx.session, book, local_date(ctx.now))
    for member_id in administrators_of(ctx, keeper):
        outbox.tell(ctx, book, member_id, sentence, **params)


def tell_nation(ctx: Context, sentence: str, **params: Any) -> None:
    """Tell the national administrators."""
    for member_id in _national_administrators(ctx):
        outbox.tell(ctx, NATION, member_id, sentence, **params)


def words_of(ctx: Context, name: str, book: str) -> dict[str, str]:
    """Params that name a book's region in both languages."""
    zh, en = region_words(ctx, book)
    return {f"{name}_zh": zh, f"{name}_en": en}


def _national_administrators(ctx: Context) -> list[UUID]:
    rows = ctx.session.scalars(
        sa.select(RoleAssignment.member_id)
        .where(RoleAssignment.role == NATIONAL_ADMIN, RoleAssignment.ended_at.is_(None))
        .order_by(RoleAssignment.member_id)
        .distinct()
    )
    return list(rows)
