"""Who is in charge of the services of a branch, as the record of each service names one."""

from __future__ import annotations

from uuid import UUID

from services import audit, policy
from services.acts import once
from services.context import Context
from services.people import texts
from services.places.branches import branch_row
from services.policy import Subject


def set_person_in_charge(ctx: Context, branch_id: UUID, name: str) -> None:
    """Name whoever is in charge; an empty name takes it away again. Raises NameWrong."""
    row = branch_row(ctx.session, branch_id)
    policy.require(ctx.actor, "branch.charge", Subject(book=row.book, region_code=row.region_code))
    person = texts.name(name) if name.strip() else None

    def do() -> dict[str, str]:
        ctx.session.refresh(row, with_for_update=True)
        audit.record(
            ctx,
            "branch.charge",
            "branch",
            row.id,
            book=row.book,
            before={"named": row.person_in_charge is not None},
            after={"named": person is not None},
        )
        row.person_in_charge = person
        ctx.session.flush()
        return {}

    once(ctx, row.book, "branch.charge", {"branch_id": branch_id, "name": person}, do)
