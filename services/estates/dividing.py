"""The division: what came since is swept in, silence accepts, and every minute gets its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.estates import Estate, EstateHeir, EstateState
from models.ledger import Account, AccountKind
from models.people import Member
from services import audit
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.corridors.crossing import Halves
from services.estates import notice_sentences as say
from services.estates.finding import estate_row, locked_estate, move
from services.estates.heirs import ACCEPTED, DISCLAIMED, rule_heirs, rules_of
from services.estates.listing import require_sound
from services.estates.open_objections import has_open_objection
from services.estates.parties import (
    heir_name,
    heirs_of,
    members_by_id,
    place_of,
    require_apart,
)
from services.estates.shares import (
    Place,
    goes_to,
    pool_draft,
    post_halves,
    share_halves,
    tell_share,
)
from services.estates.unfinished import held_minutes, unfinished_sessions, unfinished_visits
from services.ledger.accounts import (
    Standing,
    estate_account,
    open_account,
    standing,
    standings,
)
from services.ledger.drafts import Draft, Leg
from services.papers.issuing import PaperKind, issue
from services.people.reading import member_row
from services.rules.estates import Division
from services.rules.estates import divide as divide_minutes
from services.rules.notice_clock import is_over, years_later
from services.visits.days import lock_members

SILENCE = "silence"
#: How a line of the protocol ended.
PAID, WAITING, NONE = "paid", "waiting", "none"


@dataclass(frozen=True, slots=True)
class Planned:
    """What a division comes to as things stand: whole minutes, and the accounts they are on."""

    own: tuple[Standing, ...]
    granted: tuple[Standing, ...]
    estate_minutes: int
    division: Division


def divide(ctx: Context, book: str, estate_id: UUID) -> str:
    """Divide an estate whose notice is over; returns the check code of the protocol.

    Raises NothingToDivide, NoticeRuns, ObjectionsOpen, UnfinishedServices or CoinsHeld. Heirs
    without an account keep their share waiting until ``claim_until``, and heirs of another book
    until a corridor to it is open.
    """
    estate = estate_row(ctx.session, book, estate_id)
    require_apart(ctx, "estate.divide", estate)
    heirs = heirs_of(ctx, estate.book, estate.id)
    lock_members(
        ctx.session,
        {estate.member_id, *(heir.member_id for heir in heirs if heir.member_id is not None)},
    )
    estate = locked_estate(ctx, book, estate_id)

    def do() -> dict[str, str]:
        require_dividable(ctx, estate)
        return {"code": _divide(ctx, estate)}

    return str(once(ctx, book, "estate.divide", {"estate_id": estate_id}, do)["code"])


def require_dividable(ctx: Context, estate: Estate) -> None:
    """Raises what stands in the way of a division now."""
    if estate.state is not EstateState.NOTICE:
        raise say.NothingToDivide
    if has_open_objection(ctx, estate) or estate.notice_ends_on is None:
        raise say.ObjectionsOpen
    if not is_over(local_date(ctx.now), estate.notice_ends_on):
        raise say.NoticeRuns(until=estate.notice_ends_on)
    require_sound(ctx, estate, heirs_of(ctx, estate.book, estate.id))
    if unfinished_visits(ctx, estate) or unfinished_sessions(ctx, estate):
        raise say.UnfinishedServices
    held = held_minutes(ctx, estate)
    if held:
        raise say.CoinsHeld(held_minutes=held)


def plan(ctx: Context, estate: Estate, heirs: Sequence[EstateHeir]) -> Planned:
    """What there is to divide, with what has come since the freeze, and how it is divided."""
    found = standings(ctx.session, estate.book, estate.member_id, now=ctx.now)
    full = tuple(each for each in found if each.available_minutes > 0)
    own = tuple(each for each in full if each.kind is not AccountKind.GRANTED)
    granted = tuple(each for each in full if each.kind is AccountKind.GRANTED)
    kept = _on_estate_account(ctx, estate)
    total = kept + sum(each.available_minutes for each in own)
    orders = rules_of(ctx.session, estate).inheritance.orders
    return Planned(own, granted, total, divide_minutes(total, rule_heirs(heirs), orders))


def _on_estate_account(ctx: Context, estate: Estate) -> int:
    account = estate_account(estate.book, estate.member_id)
    if ctx.session.get(Account, (estate.book, account)) is None:
        return 0
    return standing(ctx.session, estate.book, account).posted_minutes


def _divide(ctx: Context, estate: Estate) -> str:
    open_account(
        ctx.session, estate.book, AccountKind.ESTATE, now=ctx.now, owner_id=estate.member_id
    )
    heirs = heirs_of(ctx, estate.book, estate.id)
    members = members_by_id(ctx, [heir.member_id for heir in heirs])
    planned = plan(ctx, estate, heirs)
    shares = planned.division.shares
    _close(ctx, estate, planned)
    accounts = _places(ctx, estate, heirs, members, shares)
    _settle_heirs(ctx, heirs, shares, accounts)
    if not any(_waits(heir) for heir in heirs):
        estate.state, estate.settled_at = EstateState.SETTLED, ctx.now
    code = _protocol(ctx, estate, heirs)
    for heir in heirs:
        member = members.get(heir.member_id) if heir.member_id else None
        if member is not None and heir.share_minutes is not None:
            paid = heir.paid_at is not None
            tell_share(ctx, estate, member, heir.share_minutes, paid=paid)
    _post(ctx, estate, planned, heirs, accounts)
    return code


def _close(ctx: Context, estate: Estate, planned: Planned) -> None:
    estate.state = EstateState.DIVIDED
    estate.divided_at, estate.divided_by_id = ctx.now, ctx.actor.id
    estate.estate_minutes = planned.estate_minutes
    estate.remainder_minutes = planned.division.remainder_minutes
    years = rules_of(ctx.session, estate).inheritance.claim_years
    estate.claim_until = years_later(local_date(ctx.now), years)
    after = {
        "estate_minutes": planned.estate_minutes,
        "remainder_minutes": planned.division.remainder_minutes,
        "granted_minutes": sum(each.available_minutes for each in planned.granted),
        "order": planned.division.order,
        "shares": {str(key): minutes for key, minutes in planned.division.shares.items()},
    }
    audit.record(ctx, "estate.divide", "estate", estate.id, book=estate.book, after=after)


def _places(
    ctx: Context,
    estate: Estate,
    heirs: Sequence[EstateHeir],
    members: Mapping[UUID, Member],
    shares: Mapping[UUID, int],
) -> dict[UUID, Place]:
    """The account of every heir whose share moves now, by the heir's id."""
    found: dict[UUID, Place] = {}
    for heir in heirs:
        if shares.get(heir.id, 0) > 0 and heir.member_id is not None:
            to = goes_to(ctx, estate.book, members.get(heir.member_id), local_date(ctx.now))
            if to is not None:
                found[heir.id] = to
    return found


def _settle_heirs(
    ctx: Context,
    heirs: Sequence[EstateHeir],
    shares: Mapping[UUID, int],
    accounts: Mapping[UUID, Place],
) -> None:
    """Silence accepts; whoever takes nothing waits for nothing."""
    for heir in heirs:
        if heir.died_before:
            continue
        if heir.answer is None:
            heir.answer, heir.answered_how = ACCEPTED, SILENCE
            heir.answered_at, heir.answered_by_id = ctx.now, ctx.actor.id
        if heir.id in shares:
            heir.share_minutes = shares[heir.id]
            if not heir.share_minutes or heir.id in accounts:
                heir.paid_at = ctx.now
    ctx.session.flush()


def _waits(heir: EstateHeir) -> bool:
    return bool(heir.share_minutes) and heir.paid_at is None and heir.lapsed_at is None


def _post(
    ctx: Context,
    estate: Estate,
    planned: Planned,
    heirs: Sequence[EstateHeir],
    accounts: Mapping[UUID, Place],
) -> None:
    """Everything in one posting, the pool last: what is swept in is what is shared out."""
    acts: list[tuple[str, UUID | None, Halves]] = []
    if planned.own:
        acts.append(("sweep", None, Halves((_sweep(ctx, estate, planned.own),))))
    for heir in heirs:
        if heir.id in accounts:
            minutes = planned.division.shares[heir.id]
            share = share_halves(ctx, estate, heir, minutes, accounts[heir.id], "share")
            acts.append(("share", heir.id, share))
    if planned.granted:
        grants = pool_draft(ctx, estate, _out_of(planned.granted), "grants")
        acts.append(("grants", None, Halves((grants,))))
    rest = planned.division.remainder_minutes
    if rest:
        legs = (Leg(estate_account(estate.book, estate.member_id), -rest),)
        remainder = pool_draft(ctx, estate, legs, "remainder")
        acts.append(("remainder", None, Halves((remainder,))))
    posted = post_halves(ctx, [act for _, _, act in acts])
    for (what, heir_id, _), done in zip(acts, posted, strict=True):
        move(ctx, estate, done, what, heir_id)


def _out_of(own: Sequence[Standing]) -> tuple[Leg, ...]:
    return tuple(Leg(each.account_id, -each.available_minutes) for each in own)


def _sweep(ctx: Context, estate: Estate, own: Sequence[Standing]) -> Draft:
    total = sum(each.available_minutes for each in own)
    return Draft(
        book=estate.book,
        kind="estate",
        key=f"estate:{estate.id}:sweep",
        legs=(*_out_of(own), Leg(estate_account(estate.book, estate.member_id), total)),
        effective_at=ctx.now,
        reason="sweep",
    )


def _protocol(ctx: Context, estate: Estate, heirs: Sequence[EstateHeir]) -> str:
    """Who has how much, and why: the paper that all heirs can have."""
    dead = member_row(ctx.session, estate.member_id)
    content: dict[str, Any] = {
        "dead": dead.name,
        "reference": estate.reference,
        "died_on": str(local_date(estate.died_at)),
        "estate_minutes": estate.estate_minutes,
        "remainder_minutes": estate.remainder_minutes,
        "divided_on": str(local_date(ctx.now)),
        "lines": [
            {
                "name": heir_name(ctx.vault, heir),
                "relation": heir.relation,
                "basis": heir.basis.value,
                "minutes": heir.share_minutes or 0,
                "state": state_of(heir),
            }
            for heir in heirs
            if not heir.died_before
        ],
        **place_of(ctx, estate, dead),
    }
    return issue(ctx, PaperKind.DIVISION_PROTOCOL, estate.book, estate.id, dead, content)


def state_of(heir: EstateHeir) -> str:
    """How an heir's line stands after the division: paid, waiting, lapsed, none, disclaimed."""
    if heir.answer == DISCLAIMED:
        return DISCLAIMED
    if not heir.share_minutes:
        return NONE
    if heir.lapsed_at is not None:
        return "lapsed"
    return PAID if heir.paid_at is not None else WAITING
