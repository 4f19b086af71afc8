"""An entry that two have signed becomes a request and a visit, and is credited as any other is.

Everything is judged by the day of the service: the rules, the certificates, the caps, and the
premiums that a thin reserve had stopped by then. What is set aside and claimed is what a promise
would have set aside and claimed, so that no cap and no floor is walked around.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.entries import ManualEntry
from models.people import Member, MemberStatus
from models.requests import ProviderDay, Request, RequestState, Visit, VisitState
from models.reserve import ReserveReading
from services import rates
from services.batches import periods
from services.clock import age_on, local_date
from services.context import Context
from services.donations.drawing import hold_shortfall, open_funds, sources_of
from services.entries import sentences as say
from services.ledger.drafts import HoldDraft, NotEnough, Stamp
from services.ledger.holds import held_minutes, hold_member
from services.ledger.rows import read_holds
from services.matching.marks import mark
from services.people.books import remember_book
from services.people.reading import current_grade, member_row
from services.places import regional_settings
from services.references import new_reference
from services.requests import sentences as asking
from services.requests.asking import risk_tier
from services.requests.funding import hold_from_pool
from services.requests.shares import ELDER_SHARE, shared_minutes
from services.rules.booking import TRAVEL_BUFFER_MINUTES, spending_age
from services.rules.calendar import Calendar
from services.rules.caps import credit_left, reserved_at_acceptance
from services.rules.rule_set import RuleSet
from services.rules.tasks import people_needed
from services.rules.valuation import elder_share, settle
from services.visits.across import claim_cost
from services.visits.crediting import credit_when_complete, valued
from services.visits.days import claim_slots, is_free, lock_members, locked_day
from services.visits.fitness import Fitness, fitness_of
from services.visits.sentences import Ineligible, Overlap

#: How the visit was proved and confirmed, and how the elder agreed: by two people's names.
BY_HAND = "manual"


def check_sides(ctx: Context, book: str, elder_id: UUID, provider_id: UUID) -> None:
    """Raise what keeps either side from any entry: another book, or no member any more."""
    elder, provider = member_row(ctx.session, elder_id), member_row(ctx.session, provider_id)
    if elder.home_book != book:
        raise say.EntryElsewhere
    if elder.status is not MemberStatus.ACTIVE or not elder.is_recipient:
        raise asking.NotARecipient
    if provider.status is not MemberStatus.ACTIVE or not provider.is_provider:
        raise say.ProviderGone


def check_service(
    ctx: Context, elder_id: UUID, code: str, minutes: int, remote: bool, rules: RuleSet
) -> None:
    """Raise what the catalogue says against it."""
    line = rules.services.get(code)
    if line is None:
        raise asking.ServiceUnknown(field="service_code")
    if not line.min_minutes <= minutes <= line.max_minutes:
        raise asking.LengthOutOfRange(
            field="ends_at", min_minutes=line.min_minutes, max_minutes=line.max_minutes
        )
    if remote and not line.remote:
        raise asking.NotRemote(field="remote")
    grade = current_grade(ctx.session, elder_id, local_date(ctx.now))
    if people_needed(line, grade, False) > 1:
        raise say.NeedsPair


def credit_entry(ctx: Context, entry: ManualEntry) -> Visit:
    """Make the request and the visit of an entry, and credit them; returns the visit.

    Raises what an acceptance would: Ineligible with every reason, Overlap, CapReached and so on,
    and EntryPoolShort where neither the elder nor funds nor the pool can pay.
    """
    lock_members(ctx.session, {entry.elder_id, entry.provider_id})
    check_sides(ctx, entry.book, entry.elder_id, entry.provider_id)
    elder, provider = (
        member_row(ctx.session, each) for each in (entry.elder_id, entry.provider_id)
    )
    rules = rates.rule_set_on(ctx.session, local_date(entry.starts_at))
    calendar = rates.calendar_on(ctx.session)
    minutes = int((entry.ends_at - entry.starts_at).total_seconds()) // 60
    check_service(ctx, elder.id, entry.service_code, minutes, entry.remote, rules)
    _check_age(ctx, elder, entry.starts_at, rules)
    request = _request(ctx, entry, elder, minutes, rules, calendar)
    then = replace(ctx, now=entry.starts_at)
    fitness = fitness_of(then, request, provider, rules)
    if fitness.refusals:
        first = fitness.refusals[0]
        raise Ineligible(first.sentence, reasons=fitness.refusals, **first.params)
    ctx.session.add(request)
    visit = _promised(ctx, entry, request, provider, fitness, rules, calendar)
    claim_cost(ctx, request, visit)
    try:
        _set_aside(ctx, request)
        _set_pool_aside(ctx, request, visit)
    except NotEnough as short:
        minutes = short.params["shortfall_minutes"]
        raise say.EntryPoolShort(shortfall_minutes=minutes) from None
    ctx.session.flush()
    credit_when_complete(ctx, request)
    return visit


def _check_age(ctx: Context, elder: Member, starts_at: datetime, rules: RuleSet) -> None:
    """Spending has an age; it is counted on the day of the service."""
    day = local_date(starts_at)
    settings = regional_settings(ctx.session, elder.region_code, day)
    age = spending_age(rules, settings, in_hardship=elder.in_hardship)
    if not elder.spends_under_age and age_on(elder.born_on, day) < age:
        raise asking.TooYoungToSpend(spending_age=age)


def _request(
    ctx: Context,
    entry: ManualEntry,
    elder: Member,
    minutes: int,
    rules: RuleSet,
    calendar: Calendar,
) -> Request:
    grade = current_grade(ctx.session, elder.id, local_date(entry.starts_at))
    return Request(
        book=entry.book,
        id=ctx.new_id(),
        reference=new_reference(ctx, entry.book, Request),
        region_code=entry.region_code,
        branch_id=entry.branch_id,
        elder_id=elder.id,
        asked_by_id=entry.proposed_by_id,
        consent=BY_HAND,
        service_code=entry.service_code,
        starts_at=entry.starts_at,
        ends_at=entry.starts_at + timedelta(minutes=minutes),
        booked_minutes=minutes,
        people_needed=1,
        remote=entry.remote,
        wished_languages=[],
        language_must=False,
        care_grade=grade,
        risk_tier=risk_tier(elder, grade, ctx.now),
        rule_set_version=rules.version,
        elder_share_minutes=elder_share(
            entry.service_code, entry.starts_at, minutes, rules, calendar
        ),
        shortfall_minutes=0,
        pool_needed_minutes=0,
        state=RequestState.FILLED,
        submitted_at=ctx.now,
        decided_at=ctx.now,
        decided_by_id=ctx.actor.id,
    )


def _promised(
    ctx: Context,
    entry: ManualEntry,
    request: Request,
    provider: Member,
    fitness: Fitness,
    rules: RuleSet,
    calendar: Calendar,
) -> Visit:
    """The visit with its evidence: two names. Its day and its quarters are taken as promised."""
    on = local_date(entry.starts_at)
    day = locked_day(ctx.session, provider.home_book, provider.id, on)
    settings = regional_settings(ctx.session, provider.region_code, on)
    left = credit_left(day.credit_minutes, rules, settings)
    visit = Visit(
        book=entry.book,
        id=ctx.new_id(),
        request_id=request.id,
        elder_id=entry.elder_id,
        provider_id=provider.id,
        provider_book=provider.home_book,
        state=VisitState.CONFIRMED,
        accepted_at=ctx.now,
        starts_at=entry.starts_at,
        booked_minutes=request.booked_minutes,
        rule_set_version=rules.version,
        calendar_version=calendar.version,
        provider_level=fitness.level,
        certificate_relevant=fitness.certificate_relevant,
        care_grade=fitness.care_grade,
        premium_stop=_premium_stop_then(ctx, entry.book, entry.starts_at),
        extra=False,
        reserved_minutes=reserved_at_acceptance(request.booked_minutes, left),
        breaks=[],
        checked_in_at=entry.starts_at,
        checked_in_by=BY_HAND,
        checked_out_at=request.ends_at,
        checked_out_by=BY_HAND,
        actual_minutes=request.booked_minutes,
        confirmed_at=ctx.now,
        confirmed_by_id=ctx.actor.id,
        confirmed_how=BY_HAND,
        changed_at=ctx.now,
        manual_entry_id=entry.id,
    )
    ctx.session.flush()
    _take_time(ctx, visit, provider, day)
    return visit


def _take_time(ctx: Context, visit: Visit, provider: Member, day: ProviderDay) -> None:
    ctx.session.add(visit)
    day.credit_minutes += visit.reserved_minutes
    day.actual_minutes += visit.booked_minutes
    ctx.session.flush()
    _require_free_before(ctx, visit, provider)
    claim_slots(ctx.session, visit, TRAVEL_BUFFER_MINUTES)
    remember_book(provider, visit.book)
    mark(ctx.session, [provider.id], ctx.now)


def _require_free_before(ctx: Context, visit: Visit, provider: Member) -> None:
    """Raise Overlap where the provider served elsewhere then, and has moved home since."""
    buffer_minutes = TRAVEL_BUFFER_MINUTES
    for book in provider.other_books:
        if not is_free(
            ctx.session,
            book,
            provider.id,
            visit.starts_at,
            visit.booked_minutes,
            buffer_minutes,
        ):
            raise Overlap(buffer_minutes=buffer_minutes)


def _premium_stop_then(ctx: Context, book: str, moment: datetime) -> str:
    """Which premiums the reserve had stopped by then."""
    found = ctx.session.scalar(
        sa.select(ReserveReading.premium_stop)
        .where(ReserveReading.book == book, ReserveReading.at <= moment)
        .order_by(ReserveReading.at.desc(), ReserveReading.id.desc())
        .limit(1)
    )
    return found or "none"


def _set_aside(ctx: Context, request: Request) -> None:
    """The elder's coins as far as they go, then funds, then the pool; raises NotEnough."""
    stamp = Stamp(ctx.now, ctx.actor.id)
    draft = HoldDraft(request.book, ELDER_SHARE, request.id, f"request:{request.id}:elder", ())
    share = request.elder_share_minutes
    request.hold_id, held = hold_member(
        ctx.session,
        request.book,
        request.elder_id,
        share,
        draft,
        stamp,
        ended=periods.ended(ctx),
    )
    request.shortfall_minutes = share - held
    if request.shortfall_minutes:
        sources = sources_of(ctx, request, open_funds(ctx, request.book))
        request.pool_hold_id = hold_shortfall(ctx, request, request.shortfall_minutes, sources, "")
    ctx.session.flush()


def _set_pool_aside(ctx: Context, request: Request, visit: Visit) -> None:
    """What the pool bears beside what it covers for the elder: known to the minute by now."""
    day = locked_day(
        ctx.session, visit.provider_book, visit.provider_id, local_date(visit.starts_at)
    )
    found = valued(ctx, request, visit, day.credit_minutes)
    worth = settle(found, shared_minutes(ctx, request))
    kept = 0
    if request.pool_hold_id is not None:
        held = read_holds(ctx.session, request.book, [request.pool_hold_id])
        kept = held_minutes(held.get(request.pool_hold_id))
    needed = worth.pool_minutes - kept
    if needed > 0:
        visit.pool_hold_id = hold_from_pool(ctx, request.book, "pool_share", visit.id, needed)
        ctx.session.flush()
