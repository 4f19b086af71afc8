"""A branch makes a service day, say on the 15th of each month; its dates are kept ahead."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.schedule import HolidayPolicy
from models.service_days import Round, RoundState, RoundStop, ServiceDay
from services import audit, policy, rates
from services.acts import once
from services.claims import claim_row
from services.clock import local_date
from services.context import Context
from services.places.branches import open_row
from services.policy import Subject
from services.rules import recurrence
from services.rules.holidays import Placed, place
from services.rules.rounds import AHEAD_DAYS, LONGEST_MINUTES, LONGEST_NAME, SHORTEST_MINUTES
from services.service_days import sentences as say
from services.service_days.finding import (
    day_row,
    locked_round,
    members_of,
    require_ahead,
    subject_of,
    tell,
)

ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class DayForm:
    """What the day is called, when it comes round, and what it does on a day off."""

    branch_id: UUID
    name: str
    #: RFC 5545, over local wall time.
    rrule: str
    starts: time
    minutes: int
    holiday_policy: str = HolidayPolicy.KEEP.value


def make(ctx: Context, form: DayForm) -> UUID:
    """Make a service day and its dates of the next twelve weeks."""
    branch = open_row(ctx.session, form.branch_id)
    policy.require(
        ctx.actor,
        "service_day.make",
        Subject(book=branch.book, region_code=branch.region_code, branch_id=branch.id),
    )

    def do() -> dict[str, str]:
        rule = _check(form)
        # From tomorrow on: a date that is made has time to find its team.
        starts = datetime.combine(local_date(ctx.now) + timedelta(days=1), form.starts)
        row = ServiceDay(
            book=branch.book,
            id=ctx.new_id(),
            branch_id=branch.id,
            name=form.name.strip(),
            rrule=rule.text(),
            starts_local=recurrence.first_date(rule.text(), starts).isoformat(timespec="seconds"),
            minutes=form.minutes,
            holiday_policy=HolidayPolicy(form.holiday_policy),
            made_by_id=ctx.actor.id,
            made_at=ctx.now,
        )
        ctx.session.add(row)
        ctx.session.flush()
        _record(ctx, row, "service_day.make", {"rule": row.rrule, "minutes": row.minutes})
        keep_ahead(ctx, row)
        return {"service_day_id": str(row.id)}

    asked = {**asdict(form), "starts": form.starts.isoformat()}
    return UUID(once(ctx, branch.book, "service_day.make", asked, do)["service_day_id"])


def _check(form: DayForm) -> recurrence.Rule:
    if not form.name.strip() or len(form.name.strip()) > LONGEST_NAME:
        raise say.DayNameMissing(field="name", most=LONGEST_NAME)
    if not SHORTEST_MINUTES <= form.minutes <= LONGEST_MINUTES:
        raise say.DayLength(
            field="minutes", min_minutes=SHORTEST_MINUTES, max_minutes=LONGEST_MINUTES
        )
    if form.holiday_policy not in list(HolidayPolicy):
        raise say.RuleUnknown(field="holiday_policy")
    return recurrence.read(form.rrule)


def end(ctx: Context, book: str, day_id: UUID, reason: str) -> None:
    """A service day comes round no more; dates that nothing is planned for are called off."""
    row = day_row(ctx, book, day_id)
    policy.require(ctx.actor, "service_day.make", subject_of(ctx, row))

    def do() -> dict[str, str]:
        if not reason.strip():
            raise say.RoundReasonMissing(field="reason")
        if row.ended_at is not None:
            raise say.DayEnded
        row.ended_at = ctx.now
        for each in _ahead(ctx, row):
            if not _has_stops(ctx, each):
                _call_off(ctx, row, each, reason.strip())
        _record(ctx, row, "service_day.end", {})
        ctx.session.flush()
        return {}

    once(ctx, book, "service_day.end", {"service_day_id": day_id, "reason": reason}, do)


def cancel_round(ctx: Context, book: str, day_id: UUID, rule_day: date, reason: str) -> None:
    """Call one date off; the visits stay what they are and are called off on their own."""
    day, row = locked_round(ctx, book, day_id, rule_day)
    policy.require(ctx.actor, "service_day.make", subject_of(ctx, day))

    def do() -> dict[str, str]:
        if not reason.strip():
            raise say.RoundReasonMissing(field="reason")
        require_ahead(ctx, row)
        _call_off(ctx, day, row, reason.strip())
        ctx.session.flush()
        return {}

    asked = {"service_day_id": day_id, "rule_day": rule_day, "reason": reason}
    once(ctx, book, "round.cancel", asked, do)


def _call_off(ctx: Context, day: ServiceDay, row: Round, reason: str) -> None:
    row.state, row.reason = RoundState.CANCELLED, reason
    team = [each.member_id for each in members_of(ctx, row) if each.answer != "no"]
    tell(ctx, day, row, team, say.ROUND_OFF, channel="sms", reason=reason)
    _record(ctx, day, "round.cancel", {"rule_day": row.rule_day.isoformat()})


def keep_ahead(ctx: Context, row: ServiceDay) -> int:
    """Make the dates of the next twelve weeks that are missing; returns how many were made.

    A date of a year that was not published when it was made moves once it is, as long as nobody
    is planned to be visited on it.
    """
    today = local_date(ctx.now)
    last = today + timedelta(days=AHEAD_DAYS)
    starts = datetime.fromisoformat(row.starts_local)
    rule = recurrence.read(row.rrule)
    found = place(
        recurrence.dates(row.rrule, starts, today, last),
        row.holiday_policy.value,
        rates.calendar_on(ctx.session),
        weekdays_chosen=rule.weekdays_chosen,
    )
    known = {each.rule_day: each for each in _ahead(ctx, row)}
    made = 0
    for each in found:
        if each.rule_day in known:
            _move(ctx, row, known[each.rule_day], each)
        elif row.made_until is None or each.rule_day > row.made_until:
            made += claim_row(ctx.session, Round, _values(row, each))
    row.made_until = last
    ctx.session.flush()
    return made


def _values(row: ServiceDay, each: Placed) -> dict[str, object]:
    starts_at, ends_at = _span(row, each.day or each.rule_day)
    return {
        "book": row.book,
        "service_day_id": row.id,
        "rule_day": each.rule_day,
        "starts_at": starts_at,
        "ends_at": ends_at,
        # A date that its holiday policy leaves out is kept as one that does not take place.
        "state": (RoundState.PLANNED if each.day else RoundState.CANCELLED).value,
        "calendar_is_published": each.is_published,
        "reason": None if each.day or each.holiday is None else each.holiday.zh,
    }


def _span(row: ServiceDay, day: date) -> tuple[datetime, datetime]:
    clock = datetime.fromisoformat(row.starts_local).time()
    starts_at = recurrence.moment(day, clock, ZONE)
    return starts_at, starts_at + timedelta(minutes=row.minutes)


def _move(ctx: Context, day: ServiceDay, row: Round, each: Placed) -> None:
    """The year has been published since: the date is where the calendar puts it."""
    if row.calendar_is_published or not each.is_published or row.state is not RoundState.PLANNED:
        return
    row.calendar_is_published = True
    starts_at, ends_at = _span(day, each.day or each.rule_day)
    if starts_at == row.starts_at or each.day is None or _has_stops(ctx, row):
        return
    row.starts_at, row.ends_at = starts_at, ends_at
    team = [one.member_id for one in members_of(ctx, row)]
    tell(ctx, day, row, team, say.INVITED, channel="sms")


def _ahead(ctx: Context, row: ServiceDay) -> list[Round]:
    """Every date that is not over, planned or not."""
    return list(
        ctx.session.scalars(
            sa.select(Round)
            .where(Round.book == row.book, Round.service_day_id == row.id)
            .where(Round.ends_at > ctx.now)
            .order_by(Round.rule_day)
            .with_for_update()
        )
    )


def _has_stops(ctx: Context, row: Round) -> bool:
    query = sa.select(RoundStop.request_id).where(
        RoundStop.book == row.book,
        RoundStop.service_day_id == row.service_day_id,
        RoundStop.rule_day == row.rule_day,
    )
    return ctx.session.scalar(query.limit(1)) is not None


def running(ctx: Context) -> list[tuple[str, UUID]]:
    """Every service day that comes round."""
    rows = ctx.session.execute(
        sa.select(ServiceDay.book, ServiceDay.id)
        .where(ServiceDay.ended_at.is_(None))
        .order_by(ServiceDay.book, ServiceDay.id)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def keep(ctx: Context, book: str, day_id: UUID) -> int:
    """The job's part for one day: dates ahead, and those that are over are held."""
    policy.require(ctx.actor, "jobs.run")
    row = ctx.session.scalar(
        sa.select(ServiceDay)
        .where(ServiceDay.book == book, ServiceDay.id == day_id, ServiceDay.ended_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return keep_ahead(ctx, row) if row is not None else 0


def hold_past(ctx: Context) -> int:
    """Dates that are over were held; their visits and sessions say what came of them."""
    policy.require(ctx.actor, "jobs.run")
    over = ctx.session.execute(
        sa.select(Round.book, Round.service_day_id, Round.rule_day)
        .where(Round.state == RoundState.PLANNED, Round.ends_at <= ctx.now)
        .limit(500)
        .execution_options(cross_book=True)
    ).all()
    for each in over:
        ctx.session.execute(
            sa.update(Round)
            .where(
                Round.book == each.book,
                Round.service_day_id == each.service_day_id,
                Round.rule_day == each.rule_day,
                Round.state == RoundState.PLANNED,
            )
            .values(state=RoundState.HELD)
        )
    return len(over)


def _record(ctx: Context, row: ServiceDay, act: str, after: dict[str, object]) -> None:
    audit.record(ctx, act, "service_day", row.id, book=row.book, after=after)
