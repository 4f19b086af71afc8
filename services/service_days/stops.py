"""Elders whom the team visits on a date: each stop is an ordinary request of the elder's own."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.places import Branch
from models.requests import Request
from models.service_days import Round, RoundStop
from services import audit, policy
from services.acts import once
from services.context import Context
from services.people.reading import member_row
from services.places.branches import branch_row
from services.requests.asking import AskForm, ask
from services.rules.rounds import MOST_STOPS, Point, route
from services.service_days import sentences as say
from services.service_days.finding import locked_round, require_ahead, stops_of, subject_of


def add_stop(ctx: Context, book: str, day_id: UUID, rule_day: date, form: AskForm) -> UUID:
    """Ask for a visit on a date of the service day, with the elder's consent; the request's id.

    Consent, hold, review and price are those of any request. Raises OutsideRound, AnotherBranch,
    StopsFull, and whatever a request may be refused for.
    """
    day, row = locked_round(ctx, book, day_id, rule_day)
    policy.require(ctx.actor, "round.stop", subject_of(ctx, day))

    def do() -> dict[str, str]:
        require_ahead(ctx, row)
        _check(ctx, day.branch_id, row, form.elder_id, form.starts_at)
        request_id = ask(_inner(ctx), form)
        ctx.session.add(
            RoundStop(
                book=book,
                service_day_id=day_id,
                rule_day=rule_day,
                request_id=request_id,
                place=len(stops_of(ctx, row)),
            )
        )
        ctx.session.flush()
        _order(ctx, row, branch_row(ctx.session, day.branch_id))
        _record(ctx, day_id, row, "round.stop", request_id)
        return {"request_id": str(request_id)}

    asked = {
        "service_day_id": day_id,
        "rule_day": rule_day,
        "elder_id": form.elder_id,
        "service_code": form.service_code,
        "starts_at": form.starts_at,
        "booked_minutes": form.booked_minutes,
    }
    return UUID(once(ctx, book, "round.stop", asked, do)["request_id"])


def _inner(ctx: Context) -> Context:
    """The request belongs to this act, whose key speaks for both."""
    return Context(ctx.session, ctx.actor, ctx.now, ctx.vault)


def _check(ctx: Context, branch_id: UUID, row: Round, elder_id: UUID, starts_at: datetime) -> None:
    elder = member_row(ctx.session, elder_id)
    if elder.branch_id != branch_id:
        raise say.AnotherBranch(field="elder_id")
    if not row.starts_at <= starts_at < row.ends_at:
        raise say.OutsideRound(field="starts_at")
    if len(stops_of(ctx, row)) >= MOST_STOPS:
        raise say.StopsFull(most=MOST_STOPS)


def drop_stop(ctx: Context, book: str, day_id: UUID, rule_day: date, request_id: UUID) -> None:
    """Take an elder off the team's way; the request itself goes on as any other."""
    day, row = locked_round(ctx, book, day_id, rule_day)
    policy.require(ctx.actor, "round.stop", subject_of(ctx, day))

    def do() -> dict[str, str]:
        found = next((each for each in stops_of(ctx, row) if each.request_id == request_id), None)
        if found is None:
            raise say.StopUnknown
        ctx.session.execute(
            sa.delete(RoundStop).where(
                RoundStop.book == book,
                RoundStop.service_day_id == day_id,
                RoundStop.rule_day == rule_day,
                RoundStop.request_id == request_id,
            )
        )
        _order(ctx, row, branch_row(ctx.session, day.branch_id))
        _record(ctx, day_id, row, "round.unstop", request_id)
        return {}

    asked = {"service_day_id": day_id, "rule_day": rule_day, "request_id": request_id}
    once(ctx, book, "round.unstop", asked, do)


def _order(ctx: Context, row: Round, branch: Branch) -> None:
    """The way from the branch, always to the nearest elder next."""
    stops = {each.request_id: each for each in stops_of(ctx, row)}
    rows = ctx.session.execute(
        sa.select(Request.id, Member.latitude_e6, Member.longitude_e6)
        .join(Member, Member.id == Request.elder_id)
        .where(Request.book == row.book, Request.id.in_(list(stops)))
        .order_by(Request.starts_at, Request.id)
    ).all()
    points = [Point(each.id, each.latitude_e6, each.longitude_e6) for each in rows]
    start = Point(branch.id, branch.latitude_e6, branch.longitude_e6)
    for place, request_id in enumerate(route(start, points)):
        stops[request_id].place = place
    ctx.session.flush()


def _record(ctx: Context, day_id: UUID, row: Round, act: str, request_id: UUID) -> None:
    after = {"rule_day": row.rule_day.isoformat(), "request": str(request_id)}
    audit.record(ctx, act, "service_day", day_id, book=row.book, after=after)
