"""A branch offers a group session, or calls one off: then everything held goes back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from models.batches import Batch, BatchState
from models.service_days import GroupSession, GroupState, Round
from services import audit, policy, rates
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.errors import NotFound
from services.groups import sentences as say
from services.groups.finding import (
    branch_subject,
    locked_session,
    places_of,
    subject_of,
    taken,
    tell,
    tell_booked,
)
from services.groups.promise import free_leader
from services.ledger.drafts import Stamp
from services.ledger.holds import release
from services.places.branches import open_row
from services.rules.rounds import CLOSE_BEFORE_MINUTES, MOST_PLACES, SESSION_AHEAD_DAYS
from services.rules.rule_set import ServiceLine

#: A session starts on a quarter of an hour, as every appointment does.
QUARTER_MINUTES = 15
LONGEST_PLACE = 100


@dataclass(frozen=True, slots=True)
class SessionForm:
    """What is offered, when, where and to how many."""

    branch_id: UUID
    service_code: str
    starts_at: datetime
    booked_minutes: int
    closes_at: datetime
    places: int
    place: str
    #: The service day that it belongs to, and its date.
    service_day_id: UUID | None = None
    rule_day: date | None = None


def make(ctx: Context, form: SessionForm) -> UUID:
    """Offer a session. Raises a sentence for everything that cannot be."""
    branch = open_row(ctx.session, form.branch_id)
    policy.require(ctx.actor, "group.make", branch_subject(branch))

    def do() -> dict[str, str]:
        line = _check(ctx, branch.book, form)
        row = GroupSession(
            book=branch.book,
            id=ctx.new_id(),
            branch_id=branch.id,
            service_day_id=form.service_day_id,
            rule_day=form.rule_day,
            service_code=line.code,
            starts_at=form.starts_at,
            booked_minutes=form.booked_minutes,
            closes_at=form.closes_at,
            places=form.places,
            place=form.place.strip(),
            state=GroupState.BOOKING,
            made_by_id=ctx.actor.id,
            made_at=ctx.now,
        )
        ctx.session.add(row)
        audit.record(
            ctx,
            "group.make",
            "group_session",
            row.id,
            book=row.book,
            after={"service": line.code, "places": row.places, "minutes": row.booked_minutes},
        )
        ctx.session.flush()
        return {"session_id": str(row.id)}

    return UUID(once(ctx, branch.book, "group.make", asdict(form), do)["session_id"])


def _check(ctx: Context, book: str, form: SessionForm) -> ServiceLine:
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    line = rules.services.get(form.service_code)
    if line is None or not line.group:
        raise say.NoGroupService(field="service_code")
    if not line.min_minutes <= form.booked_minutes <= line.max_minutes:
        raise say.SessionLength(
            field="booked_minutes", min_minutes=line.min_minutes, max_minutes=line.max_minutes
        )
    if not 1 <= form.places <= MOST_PLACES:
        raise say.PlacesWrong(field="places", most=MOST_PLACES)
    if not form.place.strip() or len(form.place) > LONGEST_PLACE:
        raise say.PlaceMissing(field="place")
    _check_times(ctx, form)
    if form.service_day_id is not None:
        there = form.rule_day and ctx.session.get(Round, (book, form.service_day_id, form.rule_day))
        if there is None:
            raise NotFound
    return line


def _check_times(ctx: Context, form: SessionForm) -> None:
    if int(form.starts_at.timestamp()) % (QUARTER_MINUTES * 60):
        raise say.NotOnQuarter(field="starts_at")
    if form.starts_at > ctx.now + timedelta(days=SESSION_AHEAD_DAYS):
        raise say.SessionTooFar(field="starts_at", days=SESSION_AHEAD_DAYS)
    latest = form.starts_at - timedelta(minutes=CLOSE_BEFORE_MINUTES)
    if not ctx.now < form.closes_at <= latest:
        raise say.ClosesWrong(field="closes_at", minutes=CLOSE_BEFORE_MINUTES)


def cancel(ctx: Context, book: str, session_id: UUID, reason: str) -> None:
    """Call a session off that has not been paid for; everybody is told why."""
    row = locked_session(ctx, book, session_id)
    policy.require(ctx.actor, "group.make", subject_of(ctx, row))

    def do() -> dict[str, str]:
        if not reason.strip():
            raise say.WhyMissing(field="reason")
        if not is_open_to_change(ctx, row):
            raise say.SessionChanged
        call_off(ctx, row, reason.strip())
        return {}

    once(ctx, book, "group.cancel", {"session_id": session_id, "reason": reason}, do)


def is_open_to_change(ctx: Context, row: GroupSession) -> bool:
    """Not over yet, or over with a list that was taken back or refused as a whole."""
    if row.state in (GroupState.BOOKING, GroupState.CLOSED):
        return True
    if row.state is not GroupState.HELD or row.settled_at is not None:
        return False
    batch = ctx.session.get_one(Batch, (row.book, row.batch_id), populate_existing=True)
    if batch.state is BatchState.WITHDRAWN:
        return batch.posted == 0
    return batch.state is BatchState.DONE and batch.posted == 0


def call_off(ctx: Context, row: GroupSession, reason: str) -> None:
    """End a session that does not take place: holds, quarters and the day are free again."""
    before = row.state
    everybody = places_of(ctx, row)
    for place in taken(everybody):
        tell_booked(ctx, row, place, say.SESSION_OFF, reason=reason)
    if row.provider_id is not None:
        tell(ctx, row, row.provider_id, say.LEAD_FREED)
    # The leader's day before any account, as an acceptance locks them.
    free_leader(ctx, row)
    release_places(ctx, row)
    row.state, row.reason = GroupState.CANCELLED, reason
    audit.record(
        ctx,
        "group.cancel",
        "group_session",
        row.id,
        book=row.book,
        before={"state": before.value},
        after={"state": row.state.value},
    )
    ctx.session.flush()


def release_places(ctx: Context, row: GroupSession) -> None:
    """Give back every recipient's share."""
    holds = [each.hold_id for each in places_of(ctx, row) if each.hold_id is not None]
    release(ctx.session, row.book, holds, Stamp(ctx.now, ctx.actor.id))
