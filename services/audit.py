"""The audit record: who did what, for whom, before and after, in the act's own transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.audit_seals import UnsealedRecord
from models.oversight import AuditRecord
from services.context import Context


def record(
    ctx: Context,
    act: str,
    subject_kind: str,
    subject_id: UUID,
    *,
    book: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    acting_for_id: UUID | None = None,
) -> None:
    """Add one record. ``before`` and ``after`` hold codes, states and figures, no free text.

    It waits for the sealer in ``unsealed_records``.
    """
    record_id = ctx.new_id()
    ctx.session.add(UnsealedRecord(book=book, record_id=record_id))
    ctx.session.add(
        AuditRecord(
            book=book,
            id=record_id,
            at=ctx.now,
            actor_id=ctx.actor.id,
            acting_for_id=acting_for_id,
            act=act,
            subject_kind=subject_kind,
            subject_id=subject_id,
            before=before or {},
            after=after or {},
        )
    )
