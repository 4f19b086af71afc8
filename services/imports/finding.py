"""The stored import: read, locked, and what it comes to in one digest."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.imports import Import, ImportRow, ImportState
from models.portable import TakenStatement
from services.acts import content_hash
from services.context import Context
from services.imports.errors import ImportElsewhere, ImportUnknown
from services.imports.layouts import ACCOUNT

REASON = "import.reason"
OBJECTION = "import.objection"
DECISION = "import.decision"
LONGEST_TEXT = 500
#: One row by what it is bound to: for statements over many rows at once.
ROWS: Any = ImportRow.__table__
BOUND_ROW = sa.update(ROWS).where(
    ROWS.c.book == sa.bindparam("in_book"),
    ROWS.c.import_id == sa.bindparam("of_import"),
    ROWS.c.line == sa.bindparam("at_line"),
)


def import_row(ctx: Context, book: str, import_id: UUID) -> Import:
    """The stored import; raises ImportUnknown."""
    row = ctx.session.get(Import, (book, import_id), populate_existing=True)
    if row is None:
        raise ImportUnknown
    return row


def locked_import(ctx: Context, book: str, import_id: UUID) -> Import:
    """The import, kept from changing until the end; raises ImportUnknown."""
    row = ctx.session.scalar(
        sa.select(Import)
        .where(Import.book == book, Import.id == import_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise ImportUnknown
    return row


def require_state(row: Import, *states: ImportState) -> None:
    """Raise ImportElsewhere unless the import stands in one of these."""
    if row.state not in states:
        raise ImportElsewhere


def give_statement_back(ctx: Context, row: Import) -> None:
    """A closing statement whose import came to nothing may be taken in again."""
    if row.layout == ACCOUNT:
        ctx.session.execute(
            sa.delete(TakenStatement).where(
                TakenStatement.statement_id == UUID(row.evidence["document"]),
                # Another import may have it by now.
                TakenStatement.book == row.book,
                TakenStatement.import_id == row.id,
            )
        )


def fingerprint(row: Import) -> str:
    """What whoever signs has seen: files, mapping, papers, and what becomes of the rows."""
    return content_hash(
        [
            row.layout,
            row.source,
            row.evidence_class,
            row.evidence,
            row.mapping,
            row.files,
            row.rows,
            row.refused,
            row.minutes,
        ]
    )
