"""Shares that an heir has directed on, where the death turns out to be a mistake."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from models.giving import Gift, GiftOrigin, GiftState
from models.ledger import HoldLeg
from models.people import Member
from services import outbox
from services.context import Context
from services.gifts.ending import end, reverse_final
from services.gifts.sentences import GiftUsed
from services.ledger.drafts import AlreadyReversed

REASON = "death_undone"
SHARE_UNDONE = (
    "{giver}转给{receiver}的 {back_minutes} 已经撤回：原来的去世登记有误，继承的时间要退还本人。"
)


def return_directed(ctx: Context, book: str, accounts: Collection[UUID]) -> None:
    """Bring back what heirs have directed on from these inherited accounts, before a mistaken
    death takes their shares: what is in the window, and what may still be refused, where its
    receiver has it yet. Anything later counts as used.

    Both sides are told. The heirs' rows are locked by the caller before.
    """
    coming = sa.or_(
        Gift.state == GiftState.HELD,
        sa.and_(Gift.state == GiftState.FINAL, Gift.refusable_until > ctx.now),
    )
    drawn = sa.select(HoldLeg.hold_id).where(HoldLeg.book == book, HoldLeg.account_id.in_(accounts))
    rows = ctx.session.scalars(
        sa.select(Gift)
        .where(
            Gift.book == book,
            Gift.origin == GiftOrigin.INHERITED,
            Gift.hold_id.in_(drawn),
            coming,
        )
        .order_by(Gift.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for gift in rows:
        is_final = gift.state is GiftState.FINAL
        minutes = gift.given_minutes if is_final else gift.amount_minutes
        if is_final and not _came_back(ctx, gift):
            continue
        _tell(ctx, gift, minutes)
        end(ctx, gift, GiftState.RETURNED, "gift.return", REASON)


def _came_back(ctx: Context, gift: Gift) -> bool:
    try:
        reverse_final(ctx, gift, REASON)
    except (GiftUsed, AlreadyReversed):
        return False
    return True


def _tell(ctx: Context, gift: Gift, minutes: int) -> None:
    giver, receiver = (ctx.session.get_one(Member, i) for i in (gift.giver_id, gift.receiver_id))
    for reader in (giver, receiver):
        outbox.tell(
            ctx,
            reader.home_book,
            reader.id,
            SHARE_UNDONE,
            channel="sms",
            giver=giver.name,
            receiver=receiver.name,
            back_minutes=minutes,
        )
