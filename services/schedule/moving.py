"""Another time for a request and everybody's promise of it: free and claim in one act.

Either all of it moves or nothing does. What was promised is kept or raised, never lowered: the
minutes that each day reserves, and what the elder and the pool have set aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.requests import Request, RequestState, Visit
from models.schedule import Occurrence
from services import rates
from services.asking.settling import moved
from services.clock import local_date
from services.context import Context
from services.corridors.pairs import NOT_JOINED, SHUT
from services.ledger.drafts import NotEnough, Stamp
from services.ledger.holds import held_minutes, release
from services.ledger.rows import read_holds
from services.matching.marks import mark
from services.people.reading import member_row
from services.places import regional_settings
from services.requests import hosted
from services.requests.asking import hold_share
from services.requests.funding import fund_waiting, hold_from_pool
from services.requests.sentences import SpendLimit
from services.requests.shares import keep_share, release_share, shared_minutes
from services.requests.spending import require_within
from services.rules.booking import TRAVEL_BUFFER_MINUTES
from services.rules.calendar import Calendar
from services.rules.caps import credit_left, reserved_at_acceptance
from services.rules.factors import STOPS
from services.rules.valuation import elder_share, largest_pool_share
from services.schedule import sentences as say
from services.visits.across import claim_again
from services.visits.days import claim_slots, free_slots, lock_members, locked_day, settle_day
from services.visits.fitness import fitness_of
from services.visits.sentences import Ineligible

#: True of whoever has promised already; everything else must hold at the new time too. An agreement
#: of two regions that has ended since still carries what was promised under it.
OF_PROMISES = frozenset(
    {"already_accepted", "full", "extra_full", "overlap", "extra_too_early"} | {SHUT, NOT_JOINED}
)


def move(
    ctx: Context,
    request: Request,
    to_at: datetime,
    visits: Sequence[Visit],
    *,
    is_elders_word: bool,
) -> None:
    """Move a request with its promises.

    A dearer time stays within the asking relative's month unless the elder wants it so
    (``is_elders_word``). Raises Overlap, Ineligible, DayHasLess, PoolTooShort, AboveMonth or,
    where it would cost another region more, CapReached.
    """
    _lock(ctx, visits, to_at)
    from_at = request.starts_at
    for visit in visits:
        free_slots(ctx.session, visit)
        settle_day(ctx.session, visit, 0, 0)
    request.starts_at = to_at
    request.ends_at = to_at + timedelta(minutes=request.booked_minutes)
    hosted.point_at(ctx, request)
    ctx.session.flush()
    for visit in visits:
        _require_fit(ctx, request, visit)
        _promise_again(ctx, request, visit)
    for visit in visits:
        claim_again(ctx, request, visit)
    turn, before = f":{ctx.new_id()}", request.elder_share_minutes
    _hold_elder_again(ctx, request, turn, is_promised=bool(visits))
    if request.elder_share_minutes > before and not is_elders_word:
        _require_month(ctx, request)
    for visit in visits:
        _hold_pool_again(ctx, request, visit, visits, turn)
    mark(ctx.session, [visit.provider_id for visit in visits], ctx.now)
    _note_exception(ctx, request)
    moved(ctx, request, from_at)


def _require_month(ctx: Context, request: Request) -> None:
    try:
        require_within(ctx, request)
    except SpendLimit:
        raise say.AboveMonth from None


def _lock(ctx: Context, visits: Sequence[Visit], to_at: datetime) -> None:
    """Lock those who come, then their days of before and after, in the order all others use."""
    lock_members(ctx.session, {visit.provider_id for visit in visits})
    days: set[tuple[str, UUID, date]] = set()
    for visit in visits:
        for moment in (visit.starts_at, to_at):
            days.add((visit.provider_book, visit.provider_id, local_date(moment)))
    for book, provider_id, day in sorted(days):
        locked_day(ctx.session, book, provider_id, day)


def _require_fit(ctx: Context, request: Request, visit: Visit) -> None:
    """Papers, hours and everything else must hold at the new time as at an acceptance."""
    provider = member_row(ctx.session, visit.provider_id)
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    against = [
        each
        for each in fitness_of(ctx, request, provider, rules).refusals
        if each.code not in OF_PROMISES
    ]
    if against:
        raise Ineligible(against[0].sentence, reasons=tuple(against), **against[0].params)


def _promise_again(ctx: Context, request: Request, visit: Visit) -> None:
    """Take the new day's minutes and quarters; the calendar that is worth more is pinned."""
    provider = member_row(ctx.session, visit.provider_id)
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    settings = regional_settings(ctx.session, provider.region_code, local_date(ctx.now))
    day = locked_day(ctx.session, visit.provider_book, provider.id, local_date(request.starts_at))
    left = credit_left(day.credit_minutes, rules, settings)
    reserved = reserved_at_acceptance(visit.booked_minutes, left)
    if reserved < visit.reserved_minutes:
        raise say.DayHasLess
    visit.starts_at, visit.reserved_minutes = request.starts_at, reserved
    pinned = rates.calendar_version(ctx.session, visit.calendar_version)
    newest = rates.calendar_on(ctx.session)
    if _worth(ctx, request, visit, newest, 0) > _worth(ctx, request, visit, pinned, 0):
        visit.calendar_version = newest.version
    visit.sequence += 1
    visit.changed_at, visit.reminded_at = ctx.now, None
    day.credit_minutes += reserved
    day.actual_minutes += visit.booked_minutes
    ctx.session.flush()
    claim_slots(ctx.session, visit, TRAVEL_BUFFER_MINUTES)


def _worth(
    ctx: Context, request: Request, visit: Visit, calendar: Calendar, elder_minutes: int
) -> int:
    """The most that the pool may have to pay for a visit, beside what the elder has set aside."""
    return largest_pool_share(
        service=request.service_code,
        booked_start=request.starts_at,
        booked_minutes=visit.booked_minutes,
        provider_level=visit.provider_level,
        certificate_relevant=visit.certificate_relevant,
        care_grade=visit.care_grade,
        credit_left_minutes=None,
        elder_hold_minutes=elder_minutes,
        rules=rates.rule_set(ctx.session, visit.rule_set_version),
        calendar=calendar,
        premium_stop=STOPS[visit.premium_stop],
    )


def _hold_elder_again(ctx: Context, request: Request, turn: str, *, is_promised: bool) -> None:
    """Set the share of the new time aside; for a promised visit never less than before."""
    booked, wanted = _shares(ctx, request)
    held = shared_minutes(ctx, request)
    request.elder_share_minutes = booked
    if is_promised and wanted <= held:
        return
    _replace_hold(ctx, request, wanted, turn, is_promised=is_promised)


def hold_anew(ctx: Context, request: Request, visits: Sequence[Visit]) -> None:
    """Set the same share aside anew, when others pay it than before. Raises PoolTooShort."""
    turn = f":{ctx.new_id()}"
    _, wanted = _shares(ctx, request)
    _replace_hold(ctx, request, wanted, turn, is_promised=bool(visits))
    for visit in visits:
        _hold_pool_again(ctx, request, visit, visits, turn)


def _shares(ctx: Context, request: Request) -> tuple[int, int]:
    """The elder's share of the booked minutes, and with the overrun."""
    rules = rates.rule_set(ctx.session, request.rule_set_version)
    calendar = rates.calendar_on(ctx.session)

    def share(minutes: int) -> int:
        code, start = request.service_code, request.starts_at
        return elder_share(code, start, minutes, rules, calendar)

    booked = request.booked_minutes
    return share(booked), share(booked + rules.overrun_minutes)


def _replace_hold(
    ctx: Context, request: Request, wanted: int, turn: str, *, is_promised: bool
) -> None:
    release_share(ctx, request)
    hold_share(ctx, request, request.elder_share_minutes, wanted, turn=turn)
    if not is_promised:
        _queue_again(ctx, request)
    else:
        keep_share(ctx, request, turn)
    ctx.session.flush()


def _queue_again(ctx: Context, request: Request) -> None:
    """What the elder lacks at the new time waits for the pool like any other request."""
    if request.pool_hold_id is not None:
        stamp = Stamp(ctx.now, ctx.actor.id)
        release(ctx.session, request.book, [request.pool_hold_id], stamp)
        request.pool_hold_id = None
    if request.state in (RequestState.OPEN, RequestState.WAITING_POOL):
        short = request.shortfall_minutes or request.pool_needed_minutes
        request.state = RequestState.WAITING_POOL if short else RequestState.OPEN
    ctx.session.flush()
    if request.state is RequestState.WAITING_POOL:
        fund_waiting(ctx, request.book)


def _hold_pool_again(
    ctx: Context, request: Request, visit: Visit, visits: Sequence[Visit], turn: str
) -> None:
    """Raise what the pool keeps for a visit where the new time may cost more."""
    paying = [each.id for each in visits if not each.extra][:1]
    ids = [request.pool_hold_id, visit.pool_hold_id]
    holds = read_holds(ctx.session, request.book, [each for each in ids if each is not None])

    def kept(hold_id: UUID | None) -> int:
        found = holds.get(hold_id) if hold_id is not None else None
        return 0 if found is None or found.ended else held_minutes(found)

    pays = visit.id in paying
    elder, shortfall = 0, 0
    if pays:
        elder, shortfall = shared_minutes(ctx, request), kept(request.pool_hold_id)
    calendar = rates.calendar_version(ctx.session, visit.calendar_version)
    needed = _worth(ctx, request, visit, calendar, elder) - shortfall
    if needed <= kept(visit.pool_hold_id):
        return
    if visit.pool_hold_id is not None:
        release(ctx.session, request.book, [visit.pool_hold_id], Stamp(ctx.now, ctx.actor.id))
    try:
        visit.pool_hold_id = hold_from_pool(
            ctx, request.book, "pool_share", visit.id, needed, turn=turn
        )
    except NotEnough as short:
        raise say.PoolTooShort(shortfall_minutes=short.params["shortfall_minutes"]) from None
    ctx.session.flush()


def _note_exception(ctx: Context, request: Request) -> None:
    """A date of a standing visit that a person has moved is no longer the rule's."""
    if request.series_id is None or request.rule_day is None:
        return
    ctx.session.execute(
        sa.update(Occurrence)
        .where(
            Occurrence.book == request.book,
            Occurrence.series_id == request.series_id,
            Occurrence.rule_day == request.rule_day,
        )
        .values(starts_at=request.starts_at, exception="moved")
    )
