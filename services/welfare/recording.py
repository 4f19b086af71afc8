"""A look-in is written down: well, needs help, or not reached; the latter two may open a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.oversight import SafetySheet
from models.people import Member
from models.service_days import WelfareVisit
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.people.reading import member_row
from services.rules.welfare import FINDINGS, WAYS
from services.welfare import sentences as say
from services.welfare.listing import elder_subject

#: A look-in is written down so many days later, at most.
LATE_DAYS = 31
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class LookIn:
    """When somebody looked in or called, how, and what was found."""

    elder_id: UUID
    at: datetime
    how: str
    finding: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The look-in, and the safety sheet that it opened, if any."""

    id: UUID
    sheet_id: UUID | None


def record(ctx: Context, seen: LookIn) -> Recorded:
    """Write a look-in down.

    Whoever needs help, or does not open the door, has a safety sheet from that moment on: it is
    worked off like any other.
    """
    elder = member_row(ctx.session, seen.elder_id)
    policy.require(ctx.actor, "welfare.record", elder_subject(elder))

    def do() -> dict[str, str]:
        _check(ctx, elder, seen)
        sheet = _sheet(ctx, elder) if needs_sheet(seen) else None
        row = WelfareVisit(
            book=elder.home_book,
            id=ctx.new_id(),
            elder_id=elder.id,
            at=seen.at,
            how=seen.how,
            by_id=ctx.actor.id,
            finding=seen.finding,
            note_sealed=ctx.vault.seal("welfare.note", seen.note.strip()) if seen.note else None,
            sheet_id=sheet,
        )
        ctx.session.add(row)
        audit.record(
            ctx,
            "welfare.record",
            "member",
            elder.id,
            book=elder.home_book,
            after={"how": seen.how, "finding": seen.finding},
            acting_for_id=elder.id,
        )
        ctx.session.flush()
        return {"id": str(row.id), **({"sheet_id": str(sheet)} if sheet else {})}

    asked = {
        "elder_id": seen.elder_id,
        "at": seen.at,
        "how": seen.how,
        "finding": seen.finding,
        "note": seen.note,
    }
    found = once(ctx, elder.home_book, "welfare.record", asked, do)
    sheet = found.get("sheet_id")
    return Recorded(UUID(found["id"]), UUID(sheet) if sheet else None)


def needs_sheet(seen: LookIn) -> bool:
    """Somebody who needs help, or a door that stayed shut; a call not answered is tried again."""
    return seen.finding == "needs_help" or (seen.finding == "not_reached" and seen.how == "home")


def _check(ctx: Context, elder: Member, seen: LookIn) -> None:
    if not elder.is_recipient:
        raise say.NotAnElder
    if seen.finding not in FINDINGS:
        raise say.FindingUnknown(field="finding")
    if seen.how not in WAYS:
        raise say.WayUnknown(field="how")
    if not ctx.now - timedelta(days=LATE_DAYS) <= seen.at <= ctx.now:
        raise say.WhenWrong(field="at", days=LATE_DAYS)
    if seen.finding == "needs_help" and not seen.note.strip():
        raise say.NeedMissing(field="note")
    if len(seen.note) > LONGEST_NOTE:
        raise say.NoteTooLong(field="note", most=LONGEST_NOTE)


def _sheet(ctx: Context, elder: Member) -> UUID:
    sheet = SafetySheet(
        book=elder.home_book,
        id=ctx.new_id(),
        elder_id=elder.id,
        branch_id=elder.branch_id,
        opened_at=ctx.now,
        opened_by_id=ctx.actor.id,
        log=[],
    )
    ctx.session.add(sheet)
    outbox.tell(
        ctx,
        elder.home_book,
        ctx.actor.id,
        say.SHEET_OPENED,
        name=elder.name,
    )
    return sheet.id
