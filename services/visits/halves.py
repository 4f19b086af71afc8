"""The transfers of a service: one in each book that it touches, each balanced by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from models.ledger import AccountKind
from models.requests import Request, Visit
from services.context import Context
from services.corridors.crossing import Halves
from services.donations.drawing import fund_legs
from services.donations.overflowing import Destination
from services.ledger.accounts import account_id, pool_of
from services.ledger.clearing import Crossing, gives, link_of, takes
from services.ledger.decide import HeldLegs
from services.ledger.drafts import Draft, Leg
from services.ledger.holds import held_minutes, payment_legs
from services.rules.valuation import Valuation
from services.visits.across import is_across


@dataclass(frozen=True, slots=True)
class Charge:
    """What the elder's side pays: legs in the elder's book, and what comes there from others.

    Whoever pays from another book has a half there, its crossing, and a leg of the elder's book
    that takes it: all of them end up in the link of the visit.
    """

    legs: tuple[Leg, ...] = ()
    halves: tuple[Draft, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    subjects: tuple[tuple[str, UUID], ...] = ()

    @property
    def paid_minutes(self) -> int:
        """What it brings to the elder's book, as far as the pool need not pay."""
        return -sum(leg.amount_minutes for leg in self.legs)


NOTHING = Charge()


def charge_of(
    ctx: Context,
    request: Request,
    visit: Visit,
    holds: Mapping[UUID, HeldLegs],
    share_minutes: int,
    valuation: Valuation,
) -> Charge:
    """What is paid for the elder out of the holds, and by funds of the share that is lacking."""
    own = holds.get(request.hold_id) if request.hold_id else None
    funds = holds.get(request.pool_hold_id) if request.pool_hold_id else None
    lacking = share_minutes - valuation.elder_minutes
    from_afar = _from_afar(ctx, request, visit, holds, valuation.elder_minutes)
    return replace(
        from_afar,
        legs=(
            *from_afar.legs,
            *payment_legs(own, valuation.elder_minutes - from_afar.paid_minutes),
            *fund_legs(request.book, funds, lacking),
        ),
    )


def _from_afar(
    ctx: Context,
    request: Request,
    visit: Visit,
    holds: Mapping[UUID, HeldLegs],
    elder_minutes: int,
) -> Charge:
    """What a payer of another book pays of the elder's share: it crosses to the elder's book."""
    book, here = request.payer_book, request.book
    if book is None:
        return NOTHING
    claimed = ((book, request.id),)
    held = holds.get(request.payer_hold_id) if request.payer_hold_id else None
    minutes = min(elder_minutes, held_minutes(held))
    if held is None or not minutes:
        return Charge(subjects=claimed)
    paying = Draft(
        book=book,
        kind="service",
        # The provider may be credited in this very book, by the visit's own key.
        key=f"visit:{visit.id}:service:payer",
        legs=(*payment_legs(held, minutes), gives(book, here, minutes)),
        effective_at=min(visit.checked_out_at or ctx.now, ctx.now),
        captures=(held.hold_id,),
        acting_for_id=request.payer_id if ctx.actor.id != request.payer_id else None,
    )
    return Charge(
        (takes(here, book, minutes),), (paying,), (Crossing(book, here, minutes),), claimed
    )


def service_halves(
    ctx: Context,
    request: Request,
    visit: Visit,
    earn_minutes: int,
    charge: Charge,
    to: Destination,
    captures: tuple[UUID, ...],
) -> Halves:
    """What was paid for the elder, the rest from the pool, and all of it to the provider."""
    legs = list(charge.legs)
    rest = earn_minutes - charge.paid_minutes
    if rest:
        legs.append(Leg(pool_of(visit.book), -rest))
    assert visit.checked_out_at is not None
    paying = Draft(
        book=visit.book,
        kind="service",
        key=f"visit:{visit.id}:service",
        legs=tuple(legs),
        # A clock that was set back since must not put the service after its own posting.
        effective_at=min(visit.checked_out_at, ctx.now),
        captures=captures,
        acting_for_id=request.elder_id if ctx.actor.id != request.elder_id else None,
        valuation_id=visit.valuation_id,
    )
    return halves_of(visit, paying, earn_minutes, to, charge)


def closed_door_halves(
    visit: Visit, minutes: int, to: Destination, effective_at: datetime
) -> Halves:
    """The pool's thanks to whoever stood before a closed door."""
    paying = Draft(
        book=visit.book,
        kind="closed_door",
        key=f"visit:{visit.id}:closed_door",
        legs=(Leg(pool_of(visit.book), -minutes),),
        effective_at=effective_at,
        captures=(visit.pool_hold_id,) if visit.pool_hold_id else (),
    )
    return halves_of(visit, paying, minutes, to, NOTHING)


def halves_of(visit: Visit, paying: Draft, minutes: int, to: Destination, charge: Charge) -> Halves:
    """Credit a provider with what a draft takes: in the same transfer, or in the home book's."""
    account = account_id(visit.provider_book, AccountKind.EARNED, visit.provider_id)
    credit = Leg(account, minutes, overflow_id=to.account_id)
    drafts = [paying, *charge.halves]
    crossings, subjects = list(charge.crossings), list(charge.subjects)
    if is_across(visit):
        here, home = visit.book, visit.provider_book
        drafts[0] = replace(paying, legs=(*paying.legs, gives(here, home, minutes)))
        drafts.append(
            replace(paying, book=home, legs=(takes(home, here, minutes), credit), captures=())
        )
        crossings.append(Crossing(here, home, minutes))
        subjects.append((here, visit.id))
    else:
        drafts[0] = replace(paying, legs=(*paying.legs, credit))
    if crossings:
        link_id = link_of(paying.book, paying.key)
        drafts = [replace(each, link_id=link_id) for each in drafts]
    return Halves(tuple(drafts), tuple(crossings), tuple(subjects))


def unpaid(visit: Visit, charge: Charge) -> Halves:
    """A visit that earns nothing: what was claimed for it is free again."""
    claims = ((visit.book, visit.id),) if is_across(visit) else ()
    return Halves((), (), (*claims, *charge.subjects))


def credited(visit: Visit, halves: Halves) -> Draft:
    """The draft by which the provider is credited."""
    account = account_id(visit.provider_book, AccountKind.EARNED, visit.provider_id)
    return next(
        each
        for each in halves.drafts
        if each.book == visit.provider_book and any(leg.account_id == account for leg in each.legs)
    )
