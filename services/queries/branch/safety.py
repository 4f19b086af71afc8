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
from services.queries.branch.desks import home_of, name_of
from services.queries.branch.visits import Person, person, rows_of
from services.rules.names import Name
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
    """A door that nobody opened, or somebody who needs help: whom to call, and how it ended.

    The telephone numbers and the address are whole: somebody may be lying behind that door.
    """

    book: str
    id: UUID
    #: None where somebody looked in without a visit.
    visit_id: UUID | None
    reference: str | None
    elder: Person
    #: Where the elder is at home who only stays here.
    home: Name | None
    phone: str | None
    contact: str | None
    address: str | None
    visitor: Person | None
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
    found = rows_of(ctx, book, sheet.visit_id) if sheet.visit_id is not None else None
    elder = member_row(ctx.session, sheet.elder_id)
    audit.record(ctx, "safety.read", "safety_sheet", sheet.id, book=book, acting_for_id=elder.id)
    return SheetFile(
        book=book,
        id=sheet.id,
        visit_id=sheet.visit_id,
        reference=found[0].reference if found else None,
        elder=person(ctx, elder.id),
        home=home_of(ctx, found[0]) if found else None,
        phone=ctx.vault.open_or_none("member.phone", elder.phone_sealed),
        contact=ctx.vault.open_or_none("member.contact", elder.contact_sealed),
        address=ctx.vault.open_or_none("request.address", found[0].address_sealed)
        if found
        else ctx.vault.open_or_none("member.address", elder.address_sealed),
        visitor=person(ctx, found[1].provider_id) if found else None,
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
