"""Whether minutes that were issued by an import stand in one that two have signed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa

from models.imports import Import, ImportRow, RowState
from services.context import Context
from services.ledger.rows import whole_sum

_KEY = re.compile(r"import:([0-9a-f-]{36}):([0-9]{1,9})")
#: Rows whose minutes were issued, whatever became of them later.
ISSUED = (RowState.POSTED, RowState.UNDONE)


def unsigned_rows(
    ctx: Context, book: str, issued: Mapping[UUID, tuple[str, int]], signed: dict[UUID, bool]
) -> list[UUID]:
    """Those transfers that no signed import covers, in order.

    ``issued`` has the key and the minutes of each transfer. A transfer is covered when its key
    names a posted row over just these minutes, its import bears two different names, and all
    that the import has posted stays within what was signed.
    """
    wanted: dict[UUID, dict[int, UUID]] = {}
    for transfer_id, (key, _minutes) in issued.items():
        found = _KEY.fullmatch(key)
        if found is not None:
            wanted.setdefault(UUID(found[1]), {})[int(found[2])] = transfer_id
    covered: set[UUID] = set()
    for import_id, lines in wanted.items():
        if import_id not in signed:
            signed[import_id] = is_signed(ctx, book, import_id)
        if not signed[import_id]:
            continue
        rows = ctx.session.execute(
            sa.select(ImportRow.line, ImportRow.credited_minutes, ImportRow.transfer_id).where(
                ImportRow.book == book,
                ImportRow.import_id == import_id,
                ImportRow.line.in_(list(lines)),
                ImportRow.state.in_(ISSUED),
            )
        )
        for row in rows:
            transfer_id = lines[row.line]
            if row.transfer_id == transfer_id and row.credited_minutes == issued[transfer_id][1]:
                covered.add(transfer_id)
    return sorted(set(issued) - covered)


def is_signed(ctx: Context, book: str, import_id: UUID) -> bool:
    """Whether an import bears two names, after its notice, and posted no more than was signed."""
    row = ctx.session.execute(
        sa.select(
            Import.proposed_by_id,
            Import.signed_by_id,
            Import.minutes,
            Import.notice_from,
            Import.notice_ends_on,
        ).where(Import.book == book, Import.id == import_id)
    ).one_or_none()
    if row is None or row.signed_by_id is None or row.signed_by_id == row.proposed_by_id:
        return False
    if row.notice_from is None or row.notice_ends_on is None:
        return False
    posted = ctx.session.scalar(
        sa.select(whole_sum(ImportRow.credited_minutes)).where(
            ImportRow.book == book,
            ImportRow.import_id == import_id,
            ImportRow.state.in_(ISSUED),
        )
    )
    return bool((posted or 0) <= row.minutes)
