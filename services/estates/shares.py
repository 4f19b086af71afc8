"""Where a share goes: to the heir's own account, to the heir's own estate, or it waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from models.estates import Estate, EstateHeir, EstateState
from models.ledger import AccountKind
from models.people import Member, MemberStatus
from services import outbox, rates
from services.clock import age_on, local_date
from services.context import Context
from services.corridors.crossing import Halves, post_all, settle_all
from services.corridors.finding import region_words, require_open
from services.errors import DomainError
from services.estates import notice_sentences as say
from services.estates.finding import open_estate_of
from services.ledger.accounts import (
    estate_account,
    inherited_period,
    open_account,
    pool_of,
)
from services.ledger.clearing import Crossing, gives, link_of, takes
from services.ledger.drafts import Draft, Leg, Posted
from services.ledger.post import transfer_id_of
from services.notices.ways import SMS
from services.people.books import remember_book
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


@dataclass(frozen=True, slots=True)
class Place:
    """The account that takes a share, and whose book keeps it."""

    book: str
    account_id: UUID


def is_elsewhere(book: str, member: Member | None) -> bool:
    """Whether only another book keeps the heir's account: coins cross a corridor to it."""
    return member is not None and member.home_book != book


def goes_to(ctx: Context, book: str, member: Member | None, divided_on: date) -> Place | None:
    """The account that takes a share now, opened where needed; None where the share waits.

    Inherited coins have an account of their own day, without a ceiling. An heir who has died
    since leaves the share to the own heirs, as long as that estate is undivided. To another book
    it goes once the corridor is open; no cap stands before what somebody inherits.
    """
    if member is None or barrier_to(ctx, book, member) is not None:
        return None
    home = member.home_book
    if member.status is MemberStatus.ACTIVE:
        if home != book:
            # The heir's own pages look for the estate in its book from now on.
            remember_book(member, book)
        period = inherited_period(divided_on)
        key = open_account(
            ctx.session,
            home,
            AccountKind.RECEIVED,
            now=ctx.now,
            owner_id=member.id,
            period=period,
        )
        return Place(home, key)
    own = open_estate_of(ctx.session, home, member.id)
    if member.died_at is None or own is None or own.state not in UNDIVIDED:
        return None
    key = open_account(ctx.session, home, AccountKind.ESTATE, now=ctx.now, owner_id=member.id)
    return Place(home, key)


def barrier_to(ctx: Context, book: str, member: Member) -> DomainError | None:
    """Why a share cannot cross to an heir's book today (NotJoined, CorridorShut), or None."""
    if not is_elsewhere(book, member):
        return None
    try:
        require_open(ctx, book, member.home_book)
    except DomainError as refusal:
        return refusal
    return None


def share_halves(
    ctx: Context, estate: Estate, heir: EstateHeir, minutes: int, to: Place, reason: str
) -> Halves:
    """The transfer of one share, with a half in the heir's book where that is another one.

    An heir has one for ever, by its key.
    """
    here, there = estate.book, to.book
    paying = Draft(
        book=here,
        kind="inheritance",
        key=f"estate:{estate.id}:share:{heir.id}",
        legs=(Leg(estate_account(here, estate.member_id), -minutes),),
        effective_at=ctx.now,
        reason=reason,
    )
    credit = Leg(to.account_id, minutes)
    if there == here:
        return Halves((replace(paying, legs=(*paying.legs, credit)),))
    return linked(
        (
            replace(paying, legs=(*paying.legs, gives(here, there, minutes))),
            replace(paying, book=there, legs=(takes(there, here, minutes), credit)),
        ),
        Crossing(here, there, minutes),
    )


def linked(drafts: tuple[Draft, Draft], crossing: Crossing) -> Halves:
    """Two halves under the link that follows from the first one's book and key."""
    link_id = link_of(drafts[0].book, drafts[0].key)
    return Halves(tuple(replace(each, link_id=link_id) for each in drafts), (crossing,))


def post_halves(ctx: Context, acts: Sequence[Halves]) -> list[Posted]:
    """Post several acts together; what stands in the estate's own book, in their order."""
    settle_all(ctx, acts)
    posted = post_all(ctx, acts)
    return [posted[transfer_id_of(act.drafts[0])] for act in acts]


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
    elif not paid and barrier_to(ctx, estate.book, member) is not None:
        sentence, known = say.SHARE_WAITS_ELSEWHERE, {**known, **_ways(ctx, estate, member)}
    elif not paid:
        sentence, known = say.SHARE_WAITS, {**known, "last_day": str(estate.claim_until)}
    elif lock is not None:
        sentence = say.SHARE_PAID_LOCKED
        known = {**known, "spending_age": lock.spending_age, "relative_age": lock.relative_age}
    else:
        sentence = say.SHARE_PAID
    outbox.tell(ctx, member.home_book, member.id, sentence, channel=SMS, **known)


def _ways(ctx: Context, estate: Estate, member: Member) -> dict[str, str]:
    """Between which regions a share waits, as the params of a notice."""
    from_zh, from_en = region_words(ctx, estate.book)
    to_zh, to_en = region_words(ctx, member.home_book)
    return {"from_zh": from_zh, "from_en": from_en, "to_zh": to_zh, "to_en": to_en}
