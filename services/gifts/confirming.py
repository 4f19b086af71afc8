"""Confirming a gift by its code: the coins are set aside, and both sides are told."""

from __future__ import annotations

from uuid import UUID

from models.giving import Gift, GiftOrigin, GiftState
from models.people import Member, MemberStatus
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.gifts import sentences as say
from services.gifts.crossing import claim_for, from_words
from services.gifts.facts import accounts_of, giveable_minutes, terms_of
from services.gifts.finding import gift_row, locked
from services.ledger.drafts import HoldDraft, NotEnough, Stamp
from services.ledger.holds import hold, spread
from services.people import second_factor
from services.people.guardians import require_no_ward
from services.people.reading import member_row, subject_of
from services.rules.gifts import CONFIRM_WITHIN, revocable_until

ACT = "gift.make"
#: What the receiver reads: whether it comes from another region, and whether it will be locked.
COMING = {
    (False, False): say.COMING_TO_YOU,
    (False, True): say.COMING_LOCKED,
    (True, False): say.COMING_FROM_AFAR,
    (True, True): say.COMING_FROM_AFAR_LOCKED,
}


def send_again(ctx: Context, book: str, gift_id: UUID) -> None:
    """Send the giver another code for a gift that waits for one."""
    _require_own(ctx, book, gift_id)

    def do() -> dict[str, str]:
        gift, giver, _ = locked(ctx, book, gift_id)
        _check_waiting(ctx, gift)
        second_factor.send(ctx, giver, ACT, gift.id, say.GIFT_CODE)
        return {}

    once(ctx, book, "gift.send_again", {"gift_id": gift_id}, do)


def confirm(ctx: Context, book: str, gift_id: UUID, code: str) -> None:
    """Set a gift aside, by the code that the giver was sent.

    Raises ActCodeWrong or ActCodeEnded, GiftMoved where it waits no longer or the giver has moved
    away, NotEnoughEarned where the coins have been promised elsewhere meanwhile, and what stands
    between two regions: NotJoined, CorridorShut, CapReached.
    """
    _require_own(ctx, book, gift_id)

    def do() -> dict[str, str]:
        gift, giver, receiver = locked(ctx, book, gift_id)
        _check_waiting(ctx, gift)
        second_factor.use(ctx, giver.id, ACT, gift.id, code)
        if giver.status is not MemberStatus.ACTIVE:
            raise say.GiverNotActive
        require_no_ward(ctx.session, giver)
        if receiver.status is not MemberStatus.ACTIVE:
            raise say.ReceiverNotActive
        if giver.home_book != book:
            raise say.GiftMoved
        set_aside(ctx, gift, giver, receiver)
        return {}

    content = {"gift_id": gift_id, "code": ctx.vault.blind("act.code", code)}
    once(ctx, book, "gift.confirm", content, do)


def _require_own(ctx: Context, book: str, gift_id: UUID) -> None:
    """Only the giver confirms: a clerk has heard both sides before, and needs no code."""
    gift = gift_row(ctx.session, book, gift_id)
    policy.require(ctx.actor, ACT, subject_of(member_row(ctx.session, gift.giver_id)))
    if ctx.actor.id != gift.giver_id:
        raise say.OnlyTheGiver


def _check_waiting(ctx: Context, gift: Gift) -> None:
    if gift.state is not GiftState.WAITING or ctx.now >= gift.made_at + CONFIRM_WITHIN:
        raise say.GiftMoved


def set_aside(ctx: Context, gift: Gift, giver: Member, receiver: Member) -> None:
    """Hold the coins and tell both; raises NotEnoughEarned under the lock of the account.

    A gift that came back for a mistaken death is set aside a second time.
    """
    terms, before = terms_of(ctx, receiver), gift.state
    gift.state, gift.confirmed_at = GiftState.HELD, ctx.now
    gift.revocable_until = revocable_until(terms_of(ctx, giver).rules, ctx.now)
    audit.record(
        ctx,
        "gift.confirm",
        "gift",
        gift.id,
        book=gift.book,
        before={"state": before.value},
        after={"state": gift.state.value, "gift_minutes": gift.amount_minutes},
        acting_for_id=None if ctx.actor.id == giver.id else giver.id,
    )
    coming = COMING[receiver.home_book != gift.book, terms.locked]
    for reader, sentence in ((giver, say.GIVEN_WAITING), (receiver, coming)):
        outbox.tell(
            ctx,
            reader.home_book,
            reader.id,
            sentence,
            channel="sms",
            giver=giver.name,
            receiver=receiver.name,
            gift_minutes=gift.amount_minutes,
            until_at=gift.revocable_until,
            spending_age=terms.spending_age,
            **from_words(ctx, gift.book),
        )
    ctx.session.flush()
    claim_for(ctx, gift, receiver)
    gift.hold_id = _hold(ctx, gift, giver)
    ctx.session.flush()


def _hold(ctx: Context, gift: Gift, giver: Member) -> UUID:
    found = accounts_of(ctx, giver, gift.origin)
    turn = "" if gift.hold_id is None else f":{ctx.new_id()}"
    draft = HoldDraft(
        book=gift.book,
        purpose="gift",
        subject_id=gift.id,
        key=f"gift:{gift.id}{turn}",
        legs=spread(found, gift.amount_minutes),
    )
    inherited = gift.origin is GiftOrigin.INHERITED
    short = say.NotEnoughInherited if inherited else say.NotEnoughEarned
    if draft.total_minutes() < gift.amount_minutes:
        raise short(left_minutes=draft.total_minutes())
    try:
        return hold(ctx.session, draft, Stamp(ctx.now, ctx.actor.id))
    except NotEnough as lost:
        # Somebody else was first between the look and the lock.
        raise short(left_minutes=giveable_minutes(ctx, giver, gift.origin)) from lost
