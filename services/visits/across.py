"""A visit by somebody of another book: the most it may cost is claimed, and freed again.

The elder's book pays, the provider's credits. What stands between the two books is claimed when
somebody says yes, for the dearest course that the visit may take; a promise that ends without
credit gives all of it back.
"""

from __future__ import annotations

from models.requests import Request, Visit
from services import rates
from services.context import Context
from services.corridors import claiming
from services.corridors.finding import require_open
from services.ledger.clearing import open_clearing
from services.rules.calendar import Calendar
from services.rules.factors import STOPS, PremiumStop
from services.rules.rule_set import RuleSet
from services.rules.valuation import largest_earn

#: What such a claim is for; its subject is the visit.
PURPOSE = "visit"


def is_across(visit: Visit) -> bool:
    """Whether the provider is credited in another book than the one that pays."""
    return visit.provider_book != visit.book


def dearest_minutes(
    request: Request,
    *,
    booked_minutes: int,
    provider_level: str,
    certificate_relevant: bool,
    care_grade: int,
    premium_stop: PremiumStop,
    rules: RuleSet,
    calendar: Calendar,
) -> int:
    """The most that a visit may bring the elder's book to owe the provider's.

    Whoever finds the door closed is thanked for the way, which may be more than a short visit
    would have earned.
    """
    earn = largest_earn(
        service=request.service_code,
        booked_start=request.starts_at,
        booked_minutes=booked_minutes,
        provider_level=provider_level,
        certificate_relevant=certificate_relevant,
        care_grade=care_grade,
        rules=rules,
        calendar=calendar,
        premium_stop=premium_stop,
    )
    return earn if request.remote else max(earn, rules.closed_door_minutes)


def largest_cost(ctx: Context, request: Request, visit: Visit, calendar: Calendar) -> int:
    """The same for a promise, by what was pinned with it."""
    return dearest_minutes(
        request,
        booked_minutes=visit.booked_minutes,
        provider_level=visit.provider_level,
        certificate_relevant=visit.certificate_relevant,
        care_grade=visit.care_grade,
        premium_stop=STOPS[visit.premium_stop],
        rules=rates.rule_set(ctx.session, visit.rule_set_version),
        calendar=calendar,
    )


def claim_cost(ctx: Context, request: Request, visit: Visit) -> None:
    """Claim the most that it may cost; a visit within one book claims nothing.

    Raises NotJoined, CorridorShut or CapReached. Call before anything of the ledger is touched.
    """
    if not is_across(visit):
        return
    calendar = rates.calendar_version(ctx.session, visit.calendar_version)
    minutes = largest_cost(ctx, request, visit, calendar)
    if minutes:
        claiming.claim(
            ctx, visit.book, visit.provider_book, minutes, purpose=PURPOSE, subject_id=visit.id
        )
    else:
        # A call by a learner costs nothing; each book still finds what the other one proves.
        require_open(ctx, visit.book, visit.provider_book)
        open_clearing(ctx.session, visit.book, visit.provider_book, now=ctx.now)


def claim_again(ctx: Context, request: Request, visit: Visit) -> None:
    """The visit has another time: claim more where it may now cost more, and never less.

    What was promised while the corridor was open may move within its claim after it has ended.
    """
    if not is_across(visit):
        return
    calendar = rates.calendar_version(ctx.session, visit.calendar_version)
    open_claims = claiming.open_claims(ctx.session, visit.book, visit.id)
    claimed = sum(each.claimed_minutes for each in open_claims)
    if largest_cost(ctx, request, visit, calendar) > claimed:
        free_claim(ctx, visit)
        claim_cost(ctx, request, visit)


def free_claim(ctx: Context, visit: Visit) -> None:
    """Give back what a visit that earns nothing has claimed."""
    if is_across(visit):
        claiming.free(ctx, visit.book, visit.id)
