"""Whether minutes that were issued by a batch stand in one that two have signed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch, BatchKind, BatchLine, LineState
from models.oversight import IssueAuthorisation
from services.batches.kinds.grants import is_issued
from services.context import Context
from services.ledger.rows import whole_sum

_KEY = re.compile(r"batch:([0-9a-f-]{36}):([0-9]{1,9})")


def unsigned_lines(
    ctx: Context, book: str, issued: Mapping[UUID, tuple[str, int]], signed: dict[UUID, bool]
) -> list[UUID]:
    """Those transfers that no signed batch covers, in order.

    ``issued`` has the key and the minutes of each transfer. A transfer is covered when its key
    names a posted line over just these minutes of an import, or of grants that are issued; the
    batch bears two different names, and so does the authorisation of grants; and all that the
    batch has posted stays within the amount that was signed. ``signed`` remembers from call to
    call which batches do.
    """
    wanted: dict[UUID, dict[int, UUID]] = {}
    for transfer_id, (key, _minutes) in issued.items():
        found = _KEY.fullmatch(key)
        if found is not None:
            wanted.setdefault(UUID(found[1]), {})[int(found[2])] = transfer_id
    covered: set[UUID] = set()
    for batch_id, lines in wanted.items():
        if batch_id not in signed:
            signed[batch_id] = _is_signed(ctx, book, batch_id)
        if signed[batch_id]:
            for line in _posted(ctx, book, batch_id, lines):
                transfer_id = lines[line.line]
                if line.transfer_id == transfer_id and line.minutes == issued[transfer_id][1]:
                    covered.add(transfer_id)
    return sorted(set(issued) - covered)


def _is_signed(ctx: Context, book: str, batch_id: UUID) -> bool:
    row = ctx.session.execute(
        sa.select(Batch.kind, Batch.proposed_by_id, Batch.signed_by_id, Batch.terms).where(
            Batch.book == book, Batch.id == batch_id
        )
    ).one_or_none()
    if row is None or row.signed_by_id is None or row.signed_by_id == row.proposed_by_id:
        return False
    limit = row.terms.get("limit_minutes") if isinstance(row.terms, dict) else None
    if row.kind is BatchKind.GRANT:
        limit = _authorised(ctx, book, batch_id, row)
    elif row.kind is not BatchKind.IMPORT:
        return False
    posted = ctx.session.scalar(
        sa.select(whole_sum(BatchLine.minutes)).where(
            BatchLine.book == book,
            BatchLine.batch_id == batch_id,
            BatchLine.state == LineState.POSTED,
        )
    )
    return isinstance(limit, int) and (posted or 0) <= limit


def _authorised(ctx: Context, book: str, batch_id: UUID, batch: Any) -> int | None:
    """What the authorisation of grants covers, if it bears the names of their batch."""
    one = ctx.session.execute(
        sa.select(
            IssueAuthorisation.amount_minutes,
            IssueAuthorisation.proposed_by_id,
            IssueAuthorisation.signed_by_id,
        ).where(IssueAuthorisation.book == book, IssueAuthorisation.id == batch_id)
    ).one_or_none()
    names = (batch.proposed_by_id, batch.signed_by_id)
    if one is None or not is_issued(batch.terms):
        return None
    return one.amount_minutes if (one.proposed_by_id, one.signed_by_id) == names else None


def _posted(ctx: Context, book: str, batch_id: UUID, lines: Iterable[int]) -> Iterable[Any]:
    return ctx.session.execute(
        sa.select(BatchLine.line, BatchLine.minutes, BatchLine.transfer_id).where(
            BatchLine.book == book,
            BatchLine.batch_id == batch_id,
            BatchLine.line.in_(list(lines)),
            BatchLine.state == LineState.POSTED,
        )
    )
