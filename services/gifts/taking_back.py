"""Taking a gift back within its window, and refusing one that has come."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from models.giving import Gift, GiftState
from models.people import Member, MemberStatus
from services import outbox, policy
from services.acts import once
from services.context import Context
from services.gifts import sentences as say
from services.gifts.ending import OPEN, end, reverse_final
from services.gifts.finding import gift_row, locked, require_strangers
from services.people.reading import member_row, subject_of

REFUSED = "refused"


def take_back(ctx: Context, book: str, gift_id: UUID) -> None:
    """The giver thinks again, on the own login or at the counter; raises WindowOver after it."""
    gift = gift_row(ctx.session, book, gift_id)
    _require(ctx, "gift.take_back", gift, gift.giver_id)

    def do() -> dict[str, str]:
        gift, giver, receiver = locked(ctx, book, gift_id)
        was_held = gift.state is GiftState.HELD
        if gift.state is GiftState.FINAL or (was_held and _is_over(ctx, gift.revocable_until)):
            raise say.WindowOver
        if gift.state not in OPEN:
            raise say.GiftMoved
        if was_held:
            _tell(ctx, gift, giver, receiver, say.TAKEN_BACK, say.TAKEN_BACK_FROM_YOU)
        end(ctx, gift, GiftState.TAKEN_BACK, "gift.take_back", whose=giver.id)
        return {}

    once(ctx, book, "gift.take_back", {"gift_id": gift_id}, do)


def refuse(ctx: Context, book: str, gift_id: UUID) -> None:
    """The receiver does not want it, within the window or for some days after it.

    Raises RefusalOver after that, GiftUsed where some of it has been used: nothing changes.
    """
    gift = gift_row(ctx.session, book, gift_id)
    _require(ctx, "gift.refuse", gift, gift.receiver_id)

    def do() -> dict[str, str]:
        gift, giver, receiver = locked(ctx, book, gift_id)
        if gift.state not in (GiftState.HELD, GiftState.FINAL):
            raise say.GiftMoved
        _tell(ctx, gift, giver, receiver, say.REFUSED_TO_GIVER, say.REFUSED_BY_YOU)
        if gift.state is GiftState.FINAL:
            _undo(ctx, gift, giver)
        end(ctx, gift, GiftState.REFUSED, "gift.refuse", whose=receiver.id)
        return {}

    once(ctx, book, "gift.refuse", {"gift_id": gift_id}, do)


def _undo(ctx: Context, gift: Gift, giver: Member) -> None:
    if _is_over(ctx, gift.refusable_until):
        raise say.RefusalOver
    if giver.status is not MemberStatus.ACTIVE:
        raise say.GiverLeft
    reverse_final(ctx, gift, REFUSED)


def _is_over(ctx: Context, until: datetime | None) -> bool:
    return until is None or ctx.now >= until


def _require(ctx: Context, act: str, gift: Gift, whose: UUID) -> None:
    policy.require(ctx.actor, act, subject_of(member_row(ctx.session, whose)))
    if ctx.actor.id != whose:
        require_strangers(ctx, gift.giver_id, gift.receiver_id)


def _tell(
    ctx: Context, gift: Gift, giver: Member, receiver: Member, to_giver: str, to_receiver: str
) -> None:
    minutes = gift.given_minutes if gift.state is GiftState.FINAL else gift.amount_minutes
    for reader, sentence in ((giver, to_giver), (receiver, to_receiver)):
        if reader.status is MemberStatus.ACTIVE:
            outbox.tell(
                ctx,
                reader.home_book,
                reader.id,
                sentence,
                channel="sms",
                giver=giver.name,
                receiver=receiver.name,
                back_minutes=minutes,
            )
