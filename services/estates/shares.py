"""Where a share goes: to the heir's own account, to the heir's own estate, or it waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from models.estates import Estate, EstateHeir, EstateState
from models.ledger import AccountKind
from models.people import Member, MemberStatus
from services import outbox, rates
from services.clock import age_on, local_date
from services.context import Context
from services.estates import notice_sentences as say
from services.estates.finding import open_estate_of
from services.ledger.accounts import (
    estate_account,
    inherited_period,
    open_account,
    pool_of,
)
from services.ledger.drafts import Draft, Leg
from services.notices.ways import SMS
from services.people.reading import member_row
from services.places.settings import regional_settings
from services.rules.booking import spending_age

#: Estates that still take coins in before they are divided.
UNDIVIDED = (EstateState.FROZEN, EstateState.NOTICE)


@dataclass(frozen=True, slots=True)
class Lock:
    """From which age an heir's coins can be used, and from which age a relative may have them."""

    spending_age: int
    relative_age: int


def is_elsewhere(book: str, member: Member | None) -> bool:
    """Whether only another book keeps the heir's account: coins do not go there yet."""
    return member is not None and member.home_book != book


def goes_to(ctx: Context, book: str, member: Member | None, divided_on: date) -> UUID | None:
    """The account that takes a share now, opened where needed; None where the share waits.

    Inherited coins have an account of their own day, without a ceiling. An heir who has died
    since leaves the share to the own heirs, as long as that estate is undivided.
    """
    if member is None or is_elsewhere(book, member):
        return None
    if member.status is MemberStatus.ACTIVE:
        return open_account(
            ctx.session,
            book,
            AccountKind.RECEIVED,
            now=ctx.now,
            owner_id=member.id,
            period=inherited_period(divided_on),
        )
    own = open_estate_of(ctx.session, book, member.id)
    if member.died_at is None or own is None or own.state not in UNDIVIDED:
        return None
    return open_account(ctx.session, book, AccountKind.ESTATE, now=ctx.now, owner_id=member.id)


def share_draft(
    ctx: Context, estate: Estate, heir: EstateHeir, minutes: int, to: UUID, reason: str
) -> Draft:
    """The transfer of one share; an heir has one for ever, by its key."""
    return Draft(
        book=estate.book,
        kind="inheritance",
        key=f"estate:{estate.id}:share:{heir.id}",
        legs=(
            Leg(estate_account(estate.book, estate.member_id), -minutes),
            Leg(to, minutes),
        ),
        effective_at=ctx.now,
        reason=reason,
    )


def pool_draft(
    ctx: Context, estate: Estate, legs: tuple[Leg, ...], what: str, name: str = ""
) -> Draft:
    """What goes to the pool, and why: remainder, unclaimed, grants."""
    total = -sum(leg.amount_minutes for leg in legs)
    return Draft(
        book=estate.book,
        kind="estate_pool",
        key=f"estate:{estate.id}:{what}{name}",
        legs=(*legs, Leg(pool_of(estate.book), total)),
        effective_at=ctx.now,
        reason=what,
    )


def lock_on(ctx: Context, member: Member) -> Lock | None:
    """What keeps an heir from using inherited coins yet; None where nothing does."""
    if member.spends_under_age:
        return None
    today = local_date(ctx.now)
    rules = rates.rule_set_on(ctx.session, today)
    settings = regional_settings(ctx.session, member.region_code)
    from_age = spending_age(rules, settings, in_hardship=member.in_hardship)
    if age_on(member.born_on, today) >= from_age:
        return None
    return Lock(from_age, rules.inheritance.locked_to_relative_age)


def tell_share(ctx: Context, estate: Estate, member: Member, minutes: int, *, paid: bool) -> None:
    """Tell an heir what has come, or what waits, and what may be done with it."""
    if member.died_at is not None:
        return
    dead = member_row(ctx.session, estate.member_id)
    which: dict[str, Any] = {"name": dead.name, "reference": estate.reference}
    known, lock = {**which, "share_minutes": minutes}, lock_on(ctx, member)
    if not minutes:
        sentence, known = say.SHARE_NONE, which
    elif not paid:
        sentence, known = say.SHARE_WAITS, {**known, "last_day": str(estate.claim_until)}
    elif lock is not None:
        sentence = say.SHARE_PAID_LOCKED
        known = {**known, "spending_age": lock.spending_age, "relative_age": lock.relative_age}
    else:
        sentence = say.SHARE_PAID
    outbox.tell(ctx, member.home_book, member.id, sentence, channel=SMS, **known)
