"""What lies too long goes up: from the branch to the region, from the region to those above it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from models.sheets import SheetState, WorkSheet
from services import outbox
from services.clock import local_date
from services.context import Context
from services.sheets import sentences as say
from services.sheets.acting import step
from services.sheets.finding import day_after, days, locked_sheet, told_at

TOP = 2
MOST = 500


def due(ctx: Context) -> list[tuple[str, UUID]]:
    """Open sheets that have not been done in time and can go up further."""
    rows = ctx.session.scalars(
        sa.select(WorkSheet)
        .where(WorkSheet.state == SheetState.OPEN, WorkSheet.level < TOP)
        .where(WorkSheet.due_on < local_date(ctx.now))
        .order_by(WorkSheet.due_on, WorkSheet.id)
        .limit(MOST)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows if is_due(ctx, row)]


def is_due(ctx: Context, sheet: WorkSheet) -> bool:
    """Whether the day has passed on which the sheet goes up from where it lies."""
    is_waiting = sheet.state is SheetState.OPEN and sheet.level < TOP
    return is_waiting and local_date(ctx.now) > next_rise(ctx, sheet)


def next_rise(ctx: Context, sheet: WorkSheet) -> date:
    """The last day that is still in time at its level: the first time it is the due day."""
    began = 0 if sheet.branch_id is not None else 1
    return day_after(ctx, (sheet.level - began) * days("escalation_working_days"), sheet.due_on)


def escalate(ctx: Context, book: str, sheet_id: UUID) -> int:
    """Raise one sheet by a level and tell everybody there once; 0 when it is up already."""
    sheet = locked_sheet(ctx, book, sheet_id)
    if not is_due(ctx, sheet):
        return 0
    sheet.level += 1
    step(ctx, sheet, "escalated", "sheet.escalate", None, {"level": sheet.level})
    told = told_at(ctx, book, sheet.level)
    for reader in told:
        _tell(ctx, sheet, reader, say.ESCALATED)
    if sheet.owner_id is not None and sheet.owner_id not in told:
        _tell(ctx, sheet, sheet.owner_id, say.ESCALATED_FROM_YOU)
    return 1


def _tell(ctx: Context, sheet: WorkSheet, reader: UUID, sentence: str) -> None:
    due_on = sheet.due_on.isoformat()
    outbox.tell(ctx, sheet.book, reader, sentence, reference=sheet.reference, due_on=due_on)
