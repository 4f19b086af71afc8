"""An elder takes a place, or a relative or the counter with consent; the share is held.

How many will have booked is only known when booking closes. So the most that a share may be is
held until then (nobody else books), and only the share itself from then on.
"""

from __future__ import annotations

from uuid import UUID

from models.people import Member, MemberStatus
from models.service_days import GroupPlace, GroupSession, GroupState
from services import audit, policy, rates
from services.acts import once
from services.availability.barred import is_barred
from services.batches import periods
from services.clock import age_on, local_date
from services.context import Context
from services.groups import sentences as say
from services.groups.finding import (
    locked_session,
    places_of,
    rules_of,
    taken,
    tell_booked,
)
from services.ledger.drafts import HoldDraft, Stamp
from services.ledger.holds import hold_member, release
from services.people.reading import member_row
from services.places import regional_settings
from services.policy import Subject
from services.requests.sentences import ConsentNeeded, NotARecipient, TooYoungToSpend
from services.requests.spending import require_spending
from services.rules.booking import spending_age
from services.rules.valuation import elder_share
from services.visits.days import lock_members


def book_place(
    ctx: Context, book: str, session_id: UUID, elder_id: UUID, consent: str = "own"
) -> None:
    """Take a place for an elder. Raises BookingClosed, PlacesTaken, BookedAlready and others.

    Whoever has no coins is not refused: the pool bears what is missing. A delegate's place counts
    against the month's limit (SpendLimit).
    """
    elder = member_row(ctx.session, elder_id)
    policy.require(ctx.actor, "group.book", _subject(elder))
    how = _consent(ctx, elder_id, consent)
    row = locked_session(ctx, book, session_id)
    asked = {"session_id": session_id, "elder_id": elder_id, "consent": how}
    once(ctx, book, "group.book", asked, lambda: _book(ctx, row, elder, how))


def _subject(elder: Member) -> Subject:
    return Subject(
        book=elder.home_book,
        region_code=elder.region_code,
        branch_id=elder.branch_id,
        elder_id=elder.id,
    )


def _consent(ctx: Context, elder_id: UUID, consent: str) -> str:
    """Who agreed, and how: it follows from who books, except at the counter."""
    if ctx.actor.id == elder_id:
        return "own"
    if "ask" in ctx.actor.kin.get(elder_id, ()):
        return "family"
    if consent not in ("voice", "signature"):
        raise ConsentNeeded(field="consent")
    return consent


def _book(ctx: Context, row: GroupSession, elder: Member, consent: str) -> dict[str, str]:
    lock_members(ctx.session, {elder.id})
    places = places_of(ctx, row)
    _check(ctx, row, elder, places)
    place = next((each for each in places if each.elder_id == elder.id), None)
    if place is None:
        place = GroupPlace(book=row.book, session_id=row.id, elder_id=elder.id)
        ctx.session.add(place)
    place.booked_by_id, place.consent, place.booked_at = ctx.actor.id, consent, ctx.now
    place.cancelled_at = place.present = None
    place.hold_id = _hold(ctx, row, elder)
    ctx.session.flush()
    if consent == "family":
        require_spending(ctx, elder.id, ctx.actor.id, row.id, ctx.now)
    _record(ctx, row, place, "group.book")
    tell_booked(ctx, row, place, say.BOOKED)
    ctx.session.flush()
    return {}


def _check(ctx: Context, row: GroupSession, elder: Member, places: list[GroupPlace]) -> None:
    if row.book != elder.home_book:
        raise say.GroupUnknown
    if elder.status is not MemberStatus.ACTIVE or not elder.is_recipient:
        raise NotARecipient
    _check_age(ctx, elder)
    if row.state is not GroupState.BOOKING or row.closes_at <= ctx.now:
        raise say.BookingClosed
    booked = taken(places)
    if any(each.elder_id == elder.id for each in booked):
        raise say.BookedAlready
    leader = row.provider_id
    barred = leader is not None and (leader == elder.id or is_barred(ctx.session, elder.id, leader))
    # Whoever must not meet the leader is told nothing but that there is no place.
    if len(booked) >= row.places or barred:
        raise say.PlacesTaken


def _check_age(ctx: Context, elder: Member) -> None:
    if elder.spends_under_age:
        return
    today = local_date(ctx.now)
    rules = rates.rule_set_on(ctx.session, today)
    settings = regional_settings(ctx.session, elder.region_code, today)
    age = spending_age(rules, settings, in_hardship=elder.in_hardship)
    if age_on(elder.born_on, today) < age:
        raise TooYoungToSpend(spending_age=age)


def largest_share(ctx: Context, row: GroupSession, booked: int = 1) -> int:
    """The most that one of so many recipients may have to pay, the overrun included."""
    rules = rules_of(ctx, row)
    if row.calendar_version is not None:
        calendar = rates.calendar_version(ctx.session, row.calendar_version)
    else:
        calendar = rates.calendar_on(ctx.session)
    minutes = row.booked_minutes + rules.overrun_minutes
    whole = elder_share(row.service_code, row.starts_at, minutes, rules, calendar)
    return -(-whole // booked)


def _hold(ctx: Context, row: GroupSession, elder: Member) -> UUID | None:
    draft = HoldDraft(
        book=row.book,
        purpose="group_share",
        subject_id=row.id,
        key=f"group:{row.id}:{elder.id}:{ctx.new_id()}",
        legs=(),
        # Were booking never closed, the coins would be back when it should have begun.
        expires_at=row.starts_at,
    )
    stamp = Stamp(ctx.now, ctx.actor.id)
    most = largest_share(ctx, row)
    found, _minutes = hold_member(
        ctx.session, row.book, elder.id, most, draft, stamp, ended=periods.ended(ctx)
    )
    return found


def cancel_place(ctx: Context, book: str, session_id: UUID, elder_id: UUID) -> None:
    """Give a place back before it begins: what was held is free at once.

    After booking has closed the number stays, and the pool bears what this one would have paid.
    """
    elder = member_row(ctx.session, elder_id)
    policy.require(ctx.actor, "group.book", _subject(elder))
    row = locked_session(ctx, book, session_id)

    def do() -> dict[str, str]:
        place = next(
            (each for each in taken(places_of(ctx, row)) if each.elder_id == elder_id), None
        )
        if place is None:
            raise say.NotBooked
        is_open = row.state in (GroupState.BOOKING, GroupState.CLOSED)
        if not is_open or row.starts_at <= ctx.now:
            raise say.SessionChanged
        # Whoever gives it back before the number is fixed was never in it, be the job late or not.
        is_fixed = row.state is GroupState.CLOSED
        place.cancelled_at = ctx.now if is_fixed else min(ctx.now, row.closes_at)
        _record(ctx, row, place, "group.unbook")
        tell_booked(ctx, row, place, say.PLACE_FREED)
        ctx.session.flush()
        if place.hold_id is not None:
            release(ctx.session, row.book, [place.hold_id], Stamp(ctx.now, ctx.actor.id))
        return {}

    once(ctx, book, "group.unbook", {"session_id": session_id, "elder_id": elder_id}, do)


def _record(ctx: Context, row: GroupSession, place: GroupPlace, act: str) -> None:
    audit.record(
        ctx,
        act,
        "group_session",
        row.id,
        book=row.book,
        after={"elder": str(place.elder_id), "consent": place.consent},
        acting_for_id=None if ctx.actor.id == place.elder_id else place.elder_id,
    )
