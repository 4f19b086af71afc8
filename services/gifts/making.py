"""Making a gift: by the own login with a one-time code, or at a counter with both sides named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.giving import Gift, GiftOrigin, GiftState
from models.oversight import AuditRecord
from models.people import Member, MemberStatus
from services import audit, policy
from services.acts import key_book, once
from services.clock import age_on, local_date
from services.context import Context
from services.gifts import sentences as say
from services.gifts.confirming import set_aside
from services.gifts.crossing import book_elsewhere, require_way
from services.gifts.facts import (
    Terms,
    giveable_minutes,
    left_this_year,
    relation_between,
    stored_minutes,
    terms_of,
    year_of,
)
from services.gifts.finding import require_strangers
from services.ledger.drafts import AmountZero
from services.people import second_factor
from services.people.books import books_of
from services.people.guardians import require_no_ward
from services.people.reading import kin_relation, member_row, subject_of
from services.references import new_reference
from services.rules.gifts import (
    GUARD_QUESTIONS,
    LINEAL,
    fitting_minutes,
    guard_passes,
    needs_guard,
)
from services.visits.days import lock_members

ACT = "gift.make"
#: Whoever answered a guard question like somebody who is pressed thinks it over for so long,
#: unless a branch hears it from him face to face.
COOLING = timedelta(hours=24)
OWN, COUNTER = "own", "counter"


@dataclass(frozen=True, slots=True)
class GiftForm:
    """From whom to whom and how much; from the guard age on with the answers of the giver."""

    giver_id: UUID
    receiver_id: UUID
    amount_minutes: int
    guard: Mapping[str, bool] = field(default_factory=dict)
    origin: GiftOrigin = GiftOrigin.EARNED


def make(ctx: Context, form: GiftForm) -> UUID:
    """Make a gift and return its id.

    By the giver's own login it waits for the code that is sent; at the counter a clerk who is
    kin of neither side hears both, and it is set aside at once. The limits are those of the
    giver's region, the storage cap is that of the receiver's. Raises a sentence for everything
    that cannot be, never with a figure of the receiver's; to another book also NotJoined,
    CorridorShut and CapReached.
    """
    giver, receiver = member_row(ctx.session, form.giver_id), _receiver(ctx, form)
    policy.require(ctx.actor, ACT, subject_of(giver))
    own = ctx.actor.id == giver.id
    if not own:
        require_strangers(ctx, giver.id, receiver.id)
    elif not second_factor.can_receive(ctx, giver):
        raise second_factor.NoCodeReaches

    def do() -> dict[str, str]:
        gift = _make(ctx, form, giver, receiver, own)
        return {"gift_id": str(gift.id)}

    return UUID(once(ctx, key_book(ctx, books_of(giver)), ACT, asdict(form), do)["gift_id"])


def _receiver(ctx: Context, form: GiftForm) -> Member:
    if form.giver_id == form.receiver_id:
        raise say.GiftToOneself(field="receiver_id")
    return member_row(ctx.session, form.receiver_id)


def _make(ctx: Context, form: GiftForm, giver: Member, receiver: Member, own: bool) -> Gift:
    lock_members(ctx.session, {giver.id, receiver.id})
    terms = terms_of(ctx, giver)
    relation = check(ctx, form, giver, receiver, terms)
    _guard(ctx, form, giver, terms, own)
    gift = Gift(
        book=giver.home_book,
        id=ctx.new_id(),
        reference=new_reference(ctx, giver.home_book, Gift, "G"),
        giver_id=giver.id,
        receiver_id=receiver.id,
        receiver_book=book_elsewhere(giver.home_book, receiver),
        relation=relation,
        origin=form.origin,
        amount_minutes=form.amount_minutes,
        year=year_of(ctx),
        how=OWN if own else COUNTER,
        witness_id=None if own else ctx.actor.id,
        guard_answers=dict(form.guard) if needs_guard(terms.rules, terms.age_years) else {},
        state=GiftState.WAITING,
        made_at=ctx.now,
        given_minutes=0,
    )
    ctx.session.add(gift)
    after = {"gift_minutes": gift.amount_minutes, "relation": relation, "how": gift.how}
    audit.record(
        ctx,
        ACT,
        "gift",
        gift.id,
        book=gift.book,
        after={**after, "receiver": str(receiver.id), "origin": form.origin.value},
        acting_for_id=None if own else giver.id,
    )
    ctx.session.flush()
    if own:
        second_factor.send(ctx, giver, ACT, gift.id, say.GIFT_CODE)
    else:
        set_aside(ctx, gift, giver, receiver)
    return gift


def check(ctx: Context, form: GiftForm, giver: Member, receiver: Member, terms: Terms) -> str:
    """What the receiver is to the giver, unless something of the gift cannot be."""
    if form.amount_minutes < 1:
        raise AmountZero(field="amount_minutes")
    check_sides(ctx, giver, receiver, terms)
    inherited = form.origin is GiftOrigin.INHERITED
    relation = (_lineal if inherited else _giveable)(ctx, giver, receiver, terms)
    here = giveable_minutes(ctx, giver, form.origin)
    if form.amount_minutes > here:
        short = say.NotEnoughInherited if inherited else say.NotEnoughEarned
        raise short(field="amount_minutes", left_minutes=here)
    left = form.amount_minutes if inherited else left_this_year(ctx, giver, relation, terms)
    if form.amount_minutes > left:
        raise say.AboveYearLimit(field="amount_minutes", left_minutes=left)
    theirs = terms_of(ctx, receiver)
    stored = stored_minutes(ctx, receiver, theirs)
    if fitting_minutes(form.amount_minutes, stored, theirs.cap_minutes) < form.amount_minutes:
        raise say.ReceiverTooFull(field="amount_minutes")
    require_way(ctx, giver, receiver, form.amount_minutes)
    return relation


def check_sides(ctx: Context, giver: Member, receiver: Member, terms: Terms) -> None:
    """Whether these two may give and take at all today."""
    if giver.status is not MemberStatus.ACTIVE:
        raise say.GiverNotActive
    adult_age = terms.rules.earning.adult_age
    if terms.age_years < adult_age:
        raise say.GiverTooYoung(adult_age=adult_age)
    require_no_ward(ctx.session, giver)
    if receiver.status is not MemberStatus.ACTIVE:
        raise say.ReceiverNotActive(field="receiver_id")


def _giveable(ctx: Context, giver: Member, receiver: Member, terms: Terms) -> str:
    relation = relation_between(ctx, giver.id, receiver.id, terms)
    if relation is None:
        raise say.NotTheRightKin(field="receiver_id")
    return relation


def _lineal(ctx: Context, giver: Member, receiver: Member, terms: Terms) -> str:
    """An inherited share goes on only while it is locked, and only to an old lineal relative."""
    if not terms.locked:
        raise say.NotLocked
    least_age = terms.rules.inheritance.locked_to_relative_age
    relation = kin_relation(ctx.session, giver.id, receiver.id)
    old_enough = age_on(receiver.born_on, local_date(ctx.now)) >= least_age
    if relation not in LINEAL or not old_enough:
        raise say.NotLineal(field="receiver_id", least_age=least_age)
    return relation


def _guard(ctx: Context, form: GiftForm, giver: Member, terms: Terms, own: bool) -> None:
    """From the guard age on three plain questions stand before a gift. A wrong answer is kept."""
    if not needs_guard(terms.rules, terms.age_years):
        return
    if set(form.guard) != set(GUARD_QUESTIONS):
        raise say.GuardAnswers
    if guard_passes(form.guard) and not (own and _stopped_of_late(ctx, giver)):
        return
    answers = {name: form.guard[name] for name in GUARD_QUESTIONS}
    audit.record(
        ctx,
        "gift.guard",
        "member",
        giver.id,
        book=giver.home_book,
        after={"answers": answers, "receiver": str(form.receiver_id)},
        acting_for_id=None if own else giver.id,
    )
    ctx.session.flush()
    raise say.GuardStops


def _stopped_of_late(ctx: Context, giver: Member) -> bool:
    """Whether a guard question has stopped this giver within the last day."""
    stopped = sa.select(AuditRecord.id).where(
        AuditRecord.book == giver.home_book,
        AuditRecord.subject_id == giver.id,
        AuditRecord.act == "gift.guard",
        AuditRecord.at > ctx.now - COOLING,
    )
    return ctx.session.scalar(stopped.limit(1)) is not None
