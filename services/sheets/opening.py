"""A sheet begins: with its kind, what it is about, and a day until which it is due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from models.sheets import SheetEvent, SheetKind, SheetState, WorkSheet
from services import audit, rates
from services.clock import local_date
from services.context import Context
from services.references import new_reference
from services.rules.tables import table


def open_sheet(
    ctx: Context,
    *,
    book: str,
    kind: SheetKind,
    about: str,
    subject_kind: str,
    subject_id: UUID,
    region_code: str,
    branch_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
    parent_id: UUID | None = None,
) -> UUID:
    """Put a sheet into the inbox of a branch (or, without one, of the region); services only.

    ``about`` is a code, ``facts`` are ids and figures, no names. Returns the sheet's id.
    """
    calendar = rates.calendar_on(ctx.session)
    sheet = WorkSheet(
        book=book,
        id=ctx.new_id(),
        reference=new_reference(ctx, book, WorkSheet, "W"),
        kind=kind,
        about=about,
        subject_kind=subject_kind,
        subject_id=subject_id,
        region_code=region_code,
        branch_id=branch_id,
        facts=dict(facts or {}),
        opened_by_id=ctx.actor.id,
        opened_at=ctx.now,
        due_on=calendar.add_working_days(local_date(ctx.now), due_working_days(kind)),
        calendar_version=calendar.version,
        level=0 if branch_id is not None else 1,
        state=SheetState.OPEN,
        parent_id=parent_id,
    )
    ctx.session.add(sheet)
    ctx.session.flush()
    add_event(ctx, sheet, "opened")
    after = {"kind": kind.value, "about": about, "due": sheet.due_on.isoformat()}
    audit.record(ctx, "sheet.open", "sheet", sheet.id, book=book, after=after)
    ctx.session.flush()
    return sheet.id


def add_event(
    ctx: Context,
    sheet: WorkSheet,
    what: str,
    text: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """One step of a sheet, with its words sealed; services only."""
    ctx.session.add(
        SheetEvent(
            book=sheet.book,
            id=ctx.new_id(),
            sheet_id=sheet.id,
            at=ctx.now,
            by_id=ctx.actor.id,
            what=what,
            text_sealed=None if text is None else ctx.vault.seal("sheet.text", text.strip()),
            facts=dict(facts or {}),
        )
    )


def due_working_days(kind: SheetKind) -> int:
    """How many working days a sheet of this kind has."""
    kinds = {each["code"]: each for each in table("sheets").content["kinds"]}
    days: int = kinds[kind.value]["due_working_days"]
    return days
