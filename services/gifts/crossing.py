"""Gifts to somebody of another book: claimed on the caps while they wait, counted once they go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from models.giving import Gift
from models.people import Member
from services.context import Context
from services.corridors.claiming import claim, free
from services.corridors.crossing import post_across
from services.corridors.finding import region_words
from services.corridors.foreseeing import require_room
from services.corridors.sentences import CapReached, CorridorShut, NotJoined
from services.ledger.clearing import Crossing, gives, takes
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post, transfer_id_of
from services.people.books import remember_book

#: What a gift claims for; the subject is the gift.
PURPOSE = "gift"
#: What may stand between two regions.
BARRED = (NotJoined, CorridorShut, CapReached)


def book_elsewhere(gift_book: str, receiver: Member) -> str | None:
    """The receiver's book, if it is another one than the gift's."""
    return receiver.home_book if receiver.home_book != gift_book else None


def require_way(ctx: Context, giver: Member, receiver: Member, minutes: int) -> None:
    """Raise NotJoined, CorridorShut or CapReached where a gift could not cross today."""
    if receiver.home_book != giver.home_book:
        require_room(ctx, giver.home_book, receiver.home_book, minutes, field="receiver_id")


def claim_for(ctx: Context, gift: Gift, receiver: Member) -> None:
    """Claim what crosses, under the locks of both people; raises what stands in the way.

    The receiver's own pages look for the gift in the giver's book from now on.
    """
    gift.receiver_book = book_elsewhere(gift.book, receiver)
    if gift.receiver_book is not None:
        remember_book(receiver, gift.book)
        claim(
            ctx,
            gift.book,
            gift.receiver_book,
            gift.amount_minutes,
            purpose=PURPOSE,
            subject_id=gift.id,
        )


def follow(ctx: Context, gift: Gift, receiver: Member) -> bool:
    """Whether the gift may go to where the receiver lives by now; its claim goes along.

    What has been claimed goes over even where the corridor has closed since.
    """
    if gift.receiver_book == book_elsewhere(gift.book, receiver):
        return True
    free(ctx, gift.book, gift.id)
    try:
        claim_for(ctx, gift, receiver)
    except BARRED:
        return False
    return True


def free_claim(ctx: Context, gift: Gift) -> None:
    """Give back what a gift that does not go over has claimed."""
    if gift.receiver_book is not None:
        free(ctx, gift.book, gift.id)


def post_gift(ctx: Context, gift: Gift, draft: Draft, received: Leg) -> None:
    """Post a gift to the receiver's account, in one book or with a half in each of two.

    ``draft`` takes the minutes from the giver.
    """
    gift.transfer_id = transfer_id_of(draft)
    ctx.session.flush()
    to_book, minutes = gift.receiver_book, received.amount_minutes
    if to_book is None:
        whole = replace(draft, legs=(*draft.legs, received))
        post(ctx.session, [whole], Stamp(ctx.now, ctx.actor.id))
        return
    giving = replace(draft, legs=(*draft.legs, gives(gift.book, to_book, minutes)))
    taking = replace(
        draft, book=to_book, legs=(takes(to_book, gift.book, minutes), received), captures=()
    )
    post_across(
        ctx,
        [giving, taking],
        [Crossing(gift.book, to_book, minutes)],
        payer_book=gift.book,
        key=draft.key,
        subjects=[(gift.book, gift.id)],
    )


def from_words(ctx: Context, book: str) -> dict[str, Any]:
    """The region of a book as the params of a notice."""
    zh, en = region_words(ctx, book)
    return {"region_zh": zh, "region_en": en}
