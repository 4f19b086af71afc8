"""How a gift comes back: its hold is released, or what was posted is reversed."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.giving import Gift, GiftState
from services import audit
from services.context import Context
from services.corridors.reversing import reverse_all
from services.gifts.crossing import free_claim
from services.gifts.sentences import GiftUsed
from services.ledger.drafts import AccountClosed, NotEnough, Stamp
from services.ledger.holds import release
from services.papers.issuing import PaperKind, withdraw

#: Why a gift came back that an administrator has reversed.
CORRECTED = "corrected"
#: Nothing has moved yet in these.
OPEN = (GiftState.WAITING, GiftState.HELD)


def end(
    ctx: Context,
    gift: Gift,
    state: GiftState,
    act: str,
    reason: str | None = None,
    *,
    whose: UUID | None = None,
) -> None:
    """Write down that a gift has come to its end, and release what it holds.

    What was posted is the caller's to reverse before. ``whose`` act it is, where a clerk does it
    for somebody. The ledger comes last.
    """
    before = gift.state
    gift.state, gift.reason, gift.ended_at = state, reason, ctx.now
    after = {"state": state.value, "gift_minutes": gift.amount_minutes}
    audit.record(
        ctx,
        act,
        "gift",
        gift.id,
        book=gift.book,
        before={"state": before.value},
        after={**after, "reason": reason} if reason else after,
        acting_for_id=None if whose == ctx.actor.id else whose,
    )
    ctx.session.flush()
    if before is GiftState.HELD and gift.hold_id is not None:
        free_claim(ctx, gift)
        release(ctx.session, gift.book, [gift.hold_id], Stamp(ctx.now, ctx.actor.id))


def reverse_final(ctx: Context, gift: Gift, reason: str) -> None:
    """Post a final gift back, in both books, and withdraw its deed; raises GiftUsed and changes
    nothing where the receiver has used what came, or where one of both has left the book with
    all coins since. Also AlreadyReversed, where an administrator was first.
    """
    assert gift.transfer_id is not None
    try:
        reverse_all(
            ctx,
            gift.book,
            gift.transfer_id,
            key=f"gift:{gift.id}:back:{gift.transfer_id}",
            reason=reason,
        )
    except (NotEnough, AccountClosed) as gone:
        raise GiftUsed from gone
    withdraw(ctx, PaperKind.GIFT_DEED, gift.book, gift.id, reason)


def correct(ctx: Context, book: str, transfer_id: UUID) -> None:
    """End a gift whose transfer an administrator reverses in the same act; any other is no gift."""
    gift_id = ctx.session.scalar(
        sa.select(Gift.id).where(Gift.book == book, Gift.transfer_id == transfer_id)
    )
    gift = ctx.session.get(Gift, (book, gift_id)) if gift_id is not None else None
    if gift is None:
        return
    ctx.session.refresh(gift, with_for_update=True)
    if gift.state is GiftState.FINAL:
        withdraw(ctx, PaperKind.GIFT_DEED, book, gift.id, CORRECTED)
        end(ctx, gift, GiftState.RETURNED, "gift.return", CORRECTED)
