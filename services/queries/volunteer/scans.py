"""What a scanned card or door sign leads to: a button for whoever was promised, calm for others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.requests import Visit, VisitState
from services import policy
from services.context import Context
from services.people.cards import holder_of
from services.people.reading import member_row
from services.places import BranchView, branch
from services.queries.volunteer.cards import COMING, VisitCard, cards, promises


@dataclass(frozen=True, slots=True)
class Scan:
    """Where a card leads. ``act`` is in, out or door, or None when nothing can be done here.

    ``branch`` is that of whoever owns the card, None for a card that is unknown or revoked;
    nothing else about the owner leaves this function. ``card`` is a promise of the reader's own.
    """

    kind: str
    branch: BranchView | None
    card: VisitCard | None
    act: str | None
    opens_at: datetime | None
    checked_in_at: datetime | None = None


def scan(ctx: Context, kind: str, token: str) -> Scan:
    """What the reader may do with a card (``card``) or a door sign (``door``)."""
    policy.require(ctx.actor, "public.read")
    elder_id = holder_of(ctx, kind, token)
    if elder_id is None:
        return Scan(kind, None, None, None, None)
    here = branch(ctx.session, member_row(ctx.session, elder_id).branch_id)
    if not ctx.actor.is_provider:
        return Scan(kind, here, None, None, None)
    mine = [
        card
        for card in cards(ctx, promises(ctx, *COMING).where(Visit.elder_id == elder_id))
        if not card.remote
    ]
    for card in mine:
        act = _act(kind, card, ctx.now)
        if act is not None:
            return Scan(kind, here, card, act, card.opens_at, card.checked_in_at)
    ahead = [card for card in mine if card.state is VisitState.ACCEPTED]
    first = ahead[0] if ahead else None
    return Scan(kind, here, first, None, first.opens_at if first else None)


def _act(kind: str, card: VisitCard, now: datetime) -> str | None:
    if kind == "door":
        return "door" if card.is_open(now) else None
    if card.state is VisitState.CHECKED_IN:
        return "out"
    return "in" if card.is_open(now) else None
