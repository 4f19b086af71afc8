"""Somebody says that he will lead a session: nobody is assigned, and what it may cost is held."""

from __future__ import annotations

from uuid import UUID

from models.people import Member, MemberStatus
from models.service_days import GroupSession, GroupState
from services import audit, policy, rates
from services.acts import once
from services.availability.barred import barred_elders_for
from services.clock import age_on, local_date
from services.context import Context
from services.groups import sentences as say
from services.groups.finding import locked_session, places_of, subject_of, taken, tell
from services.groups.promise import claim_quarters, free_leader, hold_pool_share
from services.ledger.drafts import NotEnough
from services.matching.marks import mark
from services.people.reading import has_consent, held_certificates, member_row
from services.places import regional_settings
from services.reserve.reading import premium_stop_now
from services.rules.caps import credit_left, reserved_at_acceptance
from services.rules.eligibility import (
    HEALTH_DECLARATION,
    INSURANCE,
    ProviderFacts,
    TaskFacts,
    refusals,
)
from services.rules.levels import provider_level, valid_codes
from services.rules.refusals import Refusal
from services.rules.rule_set import RuleSet
from services.visits.days import lock_members, locked_day
from services.visits.diary import diary_of


def lead(ctx: Context, book: str, session_id: UUID) -> None:
    """Promise to lead. Raises LeadTaken, LeadUnfit (with every reason), Overlap or PoolTooSmall."""
    row = locked_session(ctx, book, session_id)
    policy.require(ctx.actor, "group.lead", subject_of(ctx, row))
    once(ctx, book, "group.lead", {"session_id": session_id}, lambda: _lead(ctx, row))


def _lead(ctx: Context, row: GroupSession) -> dict[str, str]:
    if row.state not in (GroupState.BOOKING, GroupState.CLOSED) or row.starts_at <= ctx.now:
        raise say.SessionChanged
    if row.provider_id is not None:
        raise say.LeadTaken
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    lock_members(ctx.session, {ctx.actor.id})
    provider = member_row(ctx.session, ctx.actor.id)
    booked = {each.elder_id for each in taken(places_of(ctx, row))}
    if provider.id in booked:
        raise say.BookedAlready
    if booked & barred_elders_for(ctx.session, provider.id):
        # Private on both sides: it looks as if somebody else had been quicker.
        raise say.LeadTaken
    day = locked_day(ctx.session, row.book, provider.id, local_date(row.starts_at))
    reasons, level = fitness(ctx, row, provider, rules)
    if reasons:
        raise say.LeadUnfit(reasons[0].sentence, reasons=reasons, **reasons[0].params)
    settings = regional_settings(ctx.session, provider.region_code, local_date(ctx.now))
    left = credit_left(day.credit_minutes, rules, settings)
    calendar = rates.calendar_on(ctx.session)
    row.provider_id, row.accepted_at, row.provider_level = provider.id, ctx.now, level
    row.rule_set_version, row.calendar_version = rules.version, calendar.version
    row.premium_stop = premium_stop_now(ctx, row.book)
    row.reserved_minutes = reserved_at_acceptance(row.booked_minutes, left)
    day.credit_minutes += row.reserved_minutes
    day.actual_minutes += row.booked_minutes
    ctx.session.flush()
    claim_quarters(ctx, row, provider.id)
    try:
        row.pool_hold_id = hold_pool_share(ctx, row, level, rules, calendar)
    except NotEnough:
        raise say.PoolTooSmall from None
    mark(ctx.session, [provider.id], ctx.now)
    _record(ctx, row, "group.lead", provider.id)
    tell(ctx, row, provider.id, say.LEAD_SAID)
    ctx.session.flush()
    return {}


def step_back(ctx: Context, book: str, session_id: UUID, reason: str) -> None:
    """Whoever leads cannot come, and says so before it begins; somebody else may say yes."""
    row = locked_session(ctx, book, session_id)
    policy.require(ctx.actor, "group.step_back", subject_of(ctx, row))

    def do() -> dict[str, str]:
        if not reason.strip():
            raise say.WhyMissing(field="reason")
        is_open = row.state in (GroupState.BOOKING, GroupState.CLOSED)
        if not is_open or row.provider_id is None or row.starts_at <= ctx.now:
            raise say.SessionChanged
        leader = row.provider_id
        tell(ctx, row, row.made_by_id, say.LEADER_GONE)
        if leader != ctx.actor.id:
            tell(ctx, row, leader, say.LEAD_FREED)
        free_leader(ctx, row)
        row.reason = reason.strip()
        _record(ctx, row, "group.step_back", leader)
        ctx.session.flush()
        return {}

    once(ctx, book, "group.step_back", {"session_id": session_id, "reason": reason}, do)


def fitness(
    ctx: Context, row: GroupSession, provider: Member, rules: RuleSet
) -> tuple[tuple[Refusal, ...], str]:
    """Every reason against the provider leading it, and the level that would be pinned."""
    today, day = local_date(ctx.now), local_date(row.starts_at)
    codes = valid_codes(held_certificates(ctx.session, provider.id), today, max(today, day))
    level = provider_level(codes, provider.served_minutes, rules)
    diary = diary_of(ctx.session, provider.home_book, provider.id, {day})
    facts = ProviderFacts(
        age_years=age_on(provider.born_on, day),
        sex=provider.sex.value,
        level=level,
        certificates=codes,
        insured=INSURANCE in codes,
        health_declared=HEALTH_DECLARATION in codes,
        # Whoever has left, or has died a moment ago, promises nothing any more.
        identity_checked=provider.identity_checked_at is not None
        and provider.status is MemberStatus.ACTIVE,
        guardian_consent=has_consent(ctx.session, provider.id, "guardian"),
        paused_until=provider.paused_until,
        # The own promise is no second service at the same time.
        overlaps=row.provider_id != provider.id
        and not diary.is_free(row.starts_at, row.booked_minutes),
        day_actual_minutes=diary.day_actual_minutes(day),
        week_actual_minutes=diary.week_actual_minutes(day),
        year_actual_minutes=diary.year_actual_minutes(day),
    )
    task = TaskFacts(service=row.service_code, booked_minutes=row.booked_minutes, today=today)
    settings = regional_settings(ctx.session, provider.region_code, today)
    found = list(refusals(facts, task, rules, settings))
    if provider.home_book != row.book:
        found.insert(0, Refusal("other_book", say.LED_FROM_HERE))
    return tuple(found), level


def _record(ctx: Context, row: GroupSession, act: str, leader: UUID) -> None:
    audit.record(
        ctx,
        act,
        "group_session",
        row.id,
        book=row.book,
        after={"provider": str(leader), "reserved_minutes": row.reserved_minutes},
    )
