"""Where an elder stays for a time: a branch of a county whose corridor is open to the elder."""

from __future__ import annotations

from uuid import UUID

from models.people import Member
from models.places import Branch
from services.context import Context
from services.corridors.finding import require_open
from services.places.branches import open_row
from services.policy import Subject
from services.requests import sentences as say


def stay_at(ctx: Context, elder: Member, branch_id: UUID | None) -> Branch | None:
    """The branch near which an elder stays; None at home.

    Raises NotABranch, BranchClosed, NotAway, NotJoined or CorridorShut.
    """
    if branch_id is None:
        return None
    place = open_row(ctx.session, branch_id)
    if place.book == elder.home_book:
        raise say.NotAway(field="place_branch_id")
    require_open(ctx, elder.home_book, place.book)
    return place


def subject_at(elder: Member, place: Branch) -> Subject:
    """The policy's view of asking where an elder stays: the counter there, the elder's region."""
    return Subject(
        book=elder.home_book,
        region_code=place.region_code,
        branch_id=place.id,
        elder_id=elder.id,
    )
