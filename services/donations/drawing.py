"""What an elder lacks comes from the funds that are for such elders first, then from the pool."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.giving import BenefitFund
from models.requests import Request
from services.clock import age_on, local_date
from services.context import Context
from services.ledger.accounts import fund_account, pool_of, standing
from services.ledger.decide import HeldLegs
from services.ledger.drafts import HoldDraft, Leg, Stamp, spread
from services.ledger.expiry import lock_accounts
from services.ledger.holds import hold
from services.people.reading import member_row
from services.rules.donations import ElderFacts, fits

#: The purpose of a hold for what an elder lacks; its legs are the funds', then the pool's.
SHORTFALL = "elder_shortfall"


def open_funds(ctx: Context, book: str) -> list[BenefitFund]:
    """The book's funds that still give, the oldest first."""
    return list(
        ctx.session.scalars(
            sa.select(BenefitFund)
            .where(BenefitFund.book == book, BenefitFund.closed_at.is_(None))
            .order_by(BenefitFund.opened_at, BenefitFund.id)
        )
    )


def sources_of(ctx: Context, request: Request, funds: list[BenefitFund]) -> tuple[UUID, ...]:
    """The accounts that may help this elder, in their order: fitting funds, then the pool."""
    facts = facts_of(ctx, request)
    fitting = [fund_account(each.book, each.id) for each in funds if fits(facts, each.criteria)]
    return (*fitting, pool_of(request.book))


def facts_of(ctx: Context, request: Request) -> ElderFacts:
    """What is recorded about the elder of a request today."""
    elder = member_row(ctx.session, request.elder_id)
    return ElderFacts(
        age_years=age_on(elder.born_on, local_date(ctx.now)),
        care_grade=request.care_grade,
        in_hardship=elder.in_hardship,
        lives_alone=elder.lives_alone,
        special_family=elder.special_family,
        # Whoever stays elsewhere is still looked after by the branch at home.
        branch_id=request.branch_id if request.place_book is None else elder.branch_id,
    )


def funds_minutes(ctx: Context, book: str, sources: tuple[UUID, ...]) -> int:
    """What the funds among these accounts can still give, together."""
    pool = pool_of(book)
    return sum(
        standing(ctx.session, book, each).available_minutes for each in sources if each != pool
    )


def hold_shortfall(
    ctx: Context, request: Request, minutes: int, sources: tuple[UUID, ...], turn: str
) -> UUID:
    """Set aside what the elder lacks, counted under the locks; raises NotEnough.

    The last source bears what the others do not have. ``turn`` tells this hold from others for
    the same request: one that was moved gave its first one back.
    """
    key = f"{SHORTFALL}:{request.id}{turn}"
    stamp = Stamp(ctx.now, ctx.actor.id)
    # All at once and in key order, as a posting that captures the hold locks them.
    locked = lock_accounts(ctx.session, request.book, sources, {spread(key)}, stamp)
    legs: list[Leg] = []
    left = minutes
    for each in sources[:-1]:
        account = locked[each]
        part = 0 if account.closed else min(left, account.headroom_minutes())
        if part > 0:
            legs.append(Leg(each, part))
            left -= part
    if left:
        legs.append(Leg(sources[-1], left))
    draft = HoldDraft(request.book, SHORTFALL, request.id, key, tuple(legs))
    return hold(ctx.session, draft, stamp)


def fund_legs(book: str, held: HeldLegs | None, lacking_minutes: int) -> tuple[Leg, ...]:
    """Negative legs of the funds in a hold, for what the elder lacks of the own share.

    No fund pays for what the pool bears: who comes, and the elder's disability.
    """
    legs: list[Leg] = []
    for each in held.legs if held is not None else ():
        part = min(each.amount_minutes, lacking_minutes)
        if each.account_id != pool_of(book) and part > 0:
            legs.append(Leg(each.account_id, -part))
            lacking_minutes -= part
    return tuple(legs)
