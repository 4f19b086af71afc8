"""An administrator answers for a return: once, by name, and what was signed stays as it is."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.returns import MonthlyReturn
from services import audit
from services.acts import once
from services.context import Context
from services.reserve.recording import require_region
from services.returns import sentences as say


def sign_return(ctx: Context, book: str, return_id: UUID) -> None:
    """Put the own name under a closed return; NoSuchReturn, ReturnSigned."""
    require_region(ctx, "return.sign", book)

    def do() -> dict[str, str]:
        row = ctx.session.scalar(
            sa.select(MonthlyReturn)
            .where(MonthlyReturn.book == book, MonthlyReturn.id == return_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise say.NoSuchReturn
        if row.signed_at is not None:
            raise say.ReturnSigned
        row.signed_by_id, row.signed_at = ctx.actor.id, ctx.now
        audit.record(
            ctx,
            "return.sign",
            "monthly_return",
            row.id,
            book=book,
            before={"signed": False},
            after={"signed": True, "month": row.month, "content_hash": row.content_hash},
        )
        ctx.session.flush()
        return {}

    once(ctx, book, "return.sign", {"return_id": return_id}, do)
