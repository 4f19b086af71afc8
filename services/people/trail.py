"""The audit record of an act on a member's record, and the mark for whoever matches."""

from __future__ import annotations

from typing import Any

from models.people import Member
from services import audit
from services.context import Context
from services.matching.marks import mark


def note(
    ctx: Context,
    act: str,
    member: Member,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Record an act on a member's record; one done by anybody else is done for the member.

    Nearly everything that is noted decides where somebody fits: papers, kin, a pause, a home.
    """
    audit.record(
        ctx,
        act,
        "member",
        member.id,
        book=member.home_book,
        before=before,
        after=after,
        acting_for_id=None if ctx.actor.id == member.id else member.id,
    )
    mark(ctx.session, [member.id], ctx.now)
