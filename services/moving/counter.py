"""At the counter moved to: whoever wants to move is found by the identity card alone."""

from __future__ import annotations

from uuid import UUID

from services import audit, policy
from services.context import Context
from services.errors import RecordedRefusal
from services.moving.acting import card_holder
from services.moving.planning import ACT, Plan, preview
from services.moving.sentences import OwnOrKinMove
from services.people.reading import member_row
from services.places.branches import branch_row
from services.policy import Subject


class NobodyWithCard(RecordedRefusal):
    """没有用这个身份证号码登记过的成员，请对着身份证再看一遍。"""

    code = "nobody_with_card"


def holder_of(ctx: Context, id_number: str, branch_id: UUID) -> UUID:
    """Who has this card; the look is recorded, whoever is found. Raises NobodyWithCard."""
    branch = branch_row(ctx.session, branch_id)
    policy.require(
        ctx.actor,
        ACT,
        Subject(book=branch.book, region_code=branch.region_code, branch_id=branch.id),
    )
    found = card_holder(ctx, id_number)
    audit.record(
        ctx,
        "member.find",
        "search",
        ctx.actor.id,
        book=branch.book,
        after={
            "by": "id_number",
            "asked": ctx.vault.blind("find", id_number),
            "found": int(found is not None),
        },
        acting_for_id=found,
    )
    ctx.session.flush()
    if found is None:
        raise NobodyWithCard(field="id_number")
    if found == ctx.actor.id or found in ctx.actor.relatives:
        raise OwnOrKinMove
    return found


def read_out(ctx: Context, member_id: UUID, branch_id: UUID) -> Plan:
    """The plan as it is read to the member; the look is recorded at home: run it in a unit of
    work.
    """
    plan = preview(ctx, member_id, branch_id)
    audit.record(
        ctx,
        "member.read",
        "member",
        member_id,
        book=member_row(ctx.session, member_id).home_book,
        after={"branch": str(branch_id), "why": "moving"},
        acting_for_id=member_id,
    )
    return plan
