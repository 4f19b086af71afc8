"""Safety sheets: whom to call when nobody opens, and who was called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.oversight import SafetySheet
from services import audit, policy
from services.context import Context
from services.people.reading import member_row
from services.policy import Subject
from services.queries.branch.desks import name_of
from services.queries.branch.visits import Person, person, rows_of
from services.visits.sentences import VisitUnknown


@dataclass(frozen=True, slots=True)
class Call:
    """One call on a safety sheet."""

    at: datetime
    by: str
    whom: str
    note: str


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A door that nobody opened: whom to call, who was called, how it ended.

    The telephone numbers and the address are whole: somebody may be lying behind that door.
    """

    book: str
    id: UUID
    visit_id: UUID
    reference: str
    elder: Person
    phone: str | None
    contact: str | None
    address: str | None
    visitor: Person
    opened_at: datetime
    opened_by: str
    calls: tuple[Call, ...]
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None


def sheet_file(ctx: Context, book: str, sheet_id: UUID) -> SheetFile:
    """A safety sheet for its branch; the look is recorded, so call it in a unit of work."""
    sheet = ctx.session.get(SafetySheet, (book, sheet_id))
    if sheet is None:
        raise VisitUnknown
    policy.require(
        ctx.actor,
        "safety.handle",
        Subject(book=book, branch_id=sheet.branch_id, elder_id=sheet.elder_id),
    )
    request, visit = rows_of(ctx, book, sheet.visit_id)
    elder = member_row(ctx.session, sheet.elder_id)
    audit.record(ctx, "safety.read", "safety_sheet", sheet.id, book=book, acting_for_id=elder.id)
    return SheetFile(
        book=book,
        id=sheet.id,
        visit_id=visit.id,
        reference=request.reference,
        elder=person(ctx, elder.id),
        phone=ctx.vault.open_or_none("member.phone", elder.phone_sealed),
        contact=ctx.vault.open_or_none("member.contact", elder.contact_sealed),
        address=ctx.vault.open_or_none("request.address", request.address_sealed),
        visitor=person(ctx, visit.provider_id),
        opened_at=sheet.opened_at,
        opened_by=name_of(ctx, sheet.opened_by_id) or "",
        calls=tuple(
            Call(datetime.fromisoformat(each["at"]), each["by"], each["whom"], each["note"])
            for each in sheet.log
        ),
        closed_at=sheet.closed_at,
        closed_by=name_of(ctx, sheet.closed_by_id),
        outcome=sheet.outcome,
    )
