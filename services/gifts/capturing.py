"""After its window a gift is the receiver's, as far as it fits; what is never confirmed lapses."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.giving import Gift, GiftState
from models.ledger import AccountKind
from models.people import Member, MemberStatus
from services import audit, outbox, policy
from services.clock import local_date
from services.context import Context
from services.gifts import sentences as say
from services.gifts.crossing import follow, post_gift
from services.gifts.ending import end
from services.gifts.facts import stored_minutes, terms_of
from services.gifts.finding import locked
from services.ledger.accounts import open_account
from services.ledger.drafts import Draft, Leg
from services.ledger.holds import payment_legs
from services.ledger.rows import read_holds
from services.papers.issuing import PaperKind, issue
from services.people.guardians import is_ward
from services.places.regions import full_name
from services.rules.gifts import CONFIRM_WITHIN, fitting_minutes, refusable_until

#: Why a gift came back, beside a death.
TOO_FULL, RECEIVER_LEFT, GIVER_WARD = "too_full", "receiver_left", "giver_ward"
OUT_OF_REACH = "out_of_reach"


def due(ctx: Context, limit: int = 500) -> list[tuple[str, UUID]]:
    """Gifts whose window has passed, and those that nobody has confirmed in time."""
    rows = ctx.session.execute(
        sa.select(Gift.book, Gift.id)
        .where(
            sa.or_(
                sa.and_(Gift.state == GiftState.HELD, Gift.revocable_until <= ctx.now),
                sa.and_(Gift.state == GiftState.WAITING, Gift.made_at <= ctx.now - CONFIRM_WITHIN),
            )
        )
        .order_by(Gift.made_at, Gift.id)
        .limit(limit)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def settle(ctx: Context, book: str, gift_id: UUID) -> bool:
    """Bring a gift that is due to its next state; False when it has moved on meanwhile."""
    policy.require(ctx.actor, "jobs.run")
    gift, giver, receiver = locked(ctx, book, gift_id)
    if gift.state is GiftState.WAITING and gift.made_at + CONFIRM_WITHIN <= ctx.now:
        end(ctx, gift, GiftState.LAPSED, "gift.lapse")
        return True
    until = gift.revocable_until
    if gift.state is not GiftState.HELD or until is None or ctx.now < until:
        return False
    if is_ward(ctx.session, giver.id):
        # Recorded within the window: a ward's coins are not given away.
        told = [(giver, say.GIVEN_BY_WARD), (receiver, say.NOT_GOT_FROM_WARD)]
        _tell(ctx, gift, giver, receiver, told)
        end(ctx, gift, GiftState.RETURNED, "gift.return", GIVER_WARD)
        return True
    if receiver.status is not MemberStatus.ACTIVE:
        _tell(ctx, gift, giver, receiver, [(giver, say.RECEIVER_LEFT)])
        end(ctx, gift, GiftState.RETURNED, "gift.return", RECEIVER_LEFT)
        return True
    if not follow(ctx, gift, receiver):
        told = [(giver, say.MOVED_OUT_OF_REACH), (receiver, say.NOT_GOT_AFTER_MOVE)]
        _tell(ctx, gift, giver, receiver, told)
        end(ctx, gift, GiftState.RETURNED, "gift.return", OUT_OF_REACH)
        return True
    terms = terms_of(ctx, receiver)
    stored = stored_minutes(ctx, receiver, terms)
    fits = fitting_minutes(gift.amount_minutes, stored, terms.cap_minutes)
    if fits:
        _capture(ctx, gift, giver, receiver, fits)
    else:
        told = [(giver, say.GIVEN_TOO_FULL), (receiver, say.NOT_GOT_TOO_FULL)]
        _tell(ctx, gift, giver, receiver, told)
        end(ctx, gift, GiftState.RETURNED, "gift.return", TOO_FULL)
    return True


def _capture(ctx: Context, gift: Gift, giver: Member, receiver: Member, minutes: int) -> None:
    """Post what fits; the rest of the hold is freed with it."""
    rules = terms_of(ctx, giver).rules
    gift.state, gift.final_at, gift.given_minutes = GiftState.FINAL, ctx.now, minutes
    gift.refusable_until = refusable_until(rules, ctx.now)
    whole = minutes == gift.amount_minutes
    told = [(giver, say.GIVEN_FINAL if whole else say.GIVEN_PARTLY), (receiver, say.GOT_FINAL)]
    _tell(ctx, gift, giver, receiver, told)
    audit.record(
        ctx,
        "gift.capture",
        "gift",
        gift.id,
        book=gift.book,
        before={"state": GiftState.HELD.value},
        after={"state": gift.state.value, "given_minutes": minutes},
    )
    _deed(ctx, gift, giver, receiver)
    received = open_account(
        ctx.session, receiver.home_book, AccountKind.RECEIVED, now=ctx.now, owner_id=receiver.id
    )
    assert gift.hold_id is not None
    held = read_holds(ctx.session, gift.book, [gift.hold_id])[gift.hold_id]
    draft = Draft(
        book=gift.book,
        kind="gift",
        key=f"gift:{gift.id}:{gift.hold_id}",
        legs=payment_legs(held, minutes),
        effective_at=ctx.now,
        captures=(gift.hold_id,),
        reason=gift.origin.value,
    )
    post_gift(ctx, gift, draft, Leg(received, minutes))


def _deed(ctx: Context, gift: Gift, giver: Member, receiver: Member) -> None:
    """The deed of gift, with a code by which anybody may check it."""
    today = local_date(ctx.now)
    region, _english = full_name(ctx.session, giver.region_code, today)
    content = {
        "giver": giver.name,
        "receiver": receiver.name,
        "relation": gift.relation,
        "minutes": gift.given_minutes,
        "reference": gift.reference,
        "made_on": local_date(gift.made_at).isoformat(),
        "final_on": today.isoformat(),
        "region": region,
    }
    issue(ctx, PaperKind.GIFT_DEED, gift.book, gift.id, giver, content)


def _tell(
    ctx: Context, gift: Gift, giver: Member, receiver: Member, told: list[tuple[Member, str]]
) -> None:
    for reader, sentence in told:
        outbox.tell(
            ctx,
            reader.home_book,
            reader.id,
            sentence,
            channel="sms",
            giver=giver.name,
            receiver=receiver.name,
            gift_minutes=gift.given_minutes,
            back_minutes=gift.amount_minutes - gift.given_minutes,
            until_at=gift.refusable_until,
        )
