"""Service days at the counter: made, their teams invited, their stops planned, their sheet."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services import rates
from services.clock import local, local_date
from services.context import Context
from services.queries.branch.elders import elders_of
from services.requests.asking import AskForm
from services.service_days import making, sheets, stops, team
from services.service_days import reading as days
from timebank.dates import day_in
from timebank.edge import declare, perform, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, here, page
from timebank.web.branch.forms import ReasonForm
from timebank.web.branch.forms_days import DayForm, InviteForm, StopForm, moment, offer
from timebank.web.branch.words import named
from timebank.web.forms.base import PageForm
from timebank.web.words.care import FOR_TEMPLATES

Answer = tuple[str, int] | Response
ONE = "/service-days/<book>/<uuid:day_id>"
ROUND = f"{ONE}/<rule_day>"


def _to_round(book: str, day_id: UUID, rule_day: str) -> Response:
    there = url_for("branch.service_round", book=book, day_id=day_id, rule_day=rule_day)
    return redirect(there, code=303)


@bp.get("/service-days")
@declare("branch.work")
def service_days() -> Answer:
    """The branch's service days and their next dates."""
    with reading() as ctx:
        desk, found = days.days_of(ctx, here(ctx).id)
    return page("branch/service_days.html", desk=desk, days=found, **FOR_TEMPLATES)


@bp.route("/service-days/new", methods=["GET", "POST"])
@declare("service_day.make")
def service_day_new() -> Answer:
    """Make a service day."""
    form = DayForm()
    with reading() as ctx:
        desk = here(ctx)

    def work(ctx: Context) -> UUID:
        return making.make(
            ctx,
            making.DayForm(
                branch_id=desk.id,
                name=form.name.data,
                rrule=form.rrule(),
                starts=form.starts.data,
                minutes=form.minutes.data,
                holiday_policy=form.policy.data,
            ),
        )

    if acted(form, work):
        flash(_("服务日已经建好，往后十二周的日子都排出来了。"), "success")
        return redirect(url_for("branch.service_days"), code=303)
    return page("branch/service_day_new.html", form)


@bp.get(ONE)
@declare("service_day.read")
def service_day(book: str, day_id: UUID) -> Answer:
    """One service day with its dates."""
    with reading() as ctx:
        found = days.day_file(ctx, book, day_id)
    return page("branch/service_day.html", it=found, **FOR_TEMPLATES)


@bp.route(f"{ONE}/end", methods=["GET", "POST"])
@declare("service_day.make")
def service_day_end(book: str, day_id: UUID) -> Answer:
    """A service day comes round no more."""
    form = ReasonForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: making.end(ctx, book, day_id, reason)):
        flash(_("服务日已停办。已经安排了老人的日子照常。"), "success")
        return redirect(url_for("branch.service_days"), code=303)
    with reading() as ctx:
        found = days.day_file(ctx, book, day_id)
    return page("branch/service_day_end.html", form, it=found)


@bp.get(ROUND)
@declare("service_day.read")
def service_round(book: str, day_id: UUID, rule_day: str) -> Answer:
    """One date: its team, its stops, and what came of it."""
    with reading() as ctx:
        found = days.round_file(ctx, book, day_id, day_in(rule_day))
    return page("branch/service_round.html", it=found, **FOR_TEMPLATES)


@bp.route(f"{ROUND}/invite", methods=["GET", "POST"])
@declare("round.invite")
def round_invite(book: str, day_id: UUID, rule_day: str) -> Answer:
    """Invite volunteers; each answers for himself."""
    form = InviteForm()
    with reading() as ctx:
        found = days.round_file(ctx, book, day_id, day_in(rule_day))
        known = {each.member_id for each in found.team}
        people = days.volunteers_of(ctx, found.desk.id)
    offer(form.members, [(str(key), name) for key, name in people if key not in known])

    def invite(ctx: Context) -> int:
        chosen = [UUID(each) for each in form.members.data or []]
        return team.invite(ctx, book, day_id, day_in(rule_day), chosen)

    if acted(form, invite):
        flash(_("邀请已经发出。去不去由志愿者自己回答。"), "success")
        return _to_round(book, day_id, rule_day)
    return page("branch/round_invite.html", form, it=found)


@bp.route(f"{ROUND}/stop", methods=["GET", "POST"])
@declare("round.stop")
def round_stop(book: str, day_id: UUID, rule_day: str) -> Answer:
    """Plan a visit to an elder: an ordinary request, reviewed like any other."""
    form = StopForm()
    with reading() as ctx:
        found = days.round_file(ctx, book, day_id, day_in(rule_day))
        rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
        offer(form.elder, elders_of(ctx, found.desk.id))
        offer(form.service, [(code, named(line.name)) for code, line in rules.services.items()])
    if request.method == "GET":
        form.starts.data = form.starts.data or local(found.line.starts_at).time()

    def work(ctx: Context) -> UUID:
        return stops.add_stop(
            ctx, book, day_id, day_in(rule_day), _asked(form, found.line.starts_at)
        )

    if acted(form, work):
        flash(_("已经替老人申请，审核通过后先问团队里答应参加的人。"), "success")
        return _to_round(book, day_id, rule_day)
    return page("branch/round_stop.html", form, it=found)


def _asked(form: StopForm, starts_at: datetime) -> AskForm:
    return AskForm(
        elder_id=UUID(form.elder.data),
        service_code=form.service.data,
        starts_at=moment(local_date(starts_at), form.starts.data),
        booked_minutes=form.minutes.data,
        consent=form.consent.data,
        note=form.note.data or None,
    )


@bp.post(f"{ROUND}/drop/<uuid:request_id>")
@declare("round.stop")
def round_drop(book: str, day_id: UUID, rule_day: str, request_id: UUID) -> Response:
    """Take an elder off the team's way; the request goes on by itself."""
    perform(
        lambda ctx: stops.drop_stop(ctx, book, day_id, day_in(rule_day), request_id),
        key=PageForm().key,
    )
    flash(_("已从这次服务日移出，老人的申请不变。"), "success")
    return _to_round(book, day_id, rule_day)


@bp.route(f"{ROUND}/cancel", methods=["GET", "POST"])
@declare("service_day.make")
def round_cancel(book: str, day_id: UUID, rule_day: str) -> Answer:
    """Call one date off."""
    form = ReasonForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: making.cancel_round(ctx, book, day_id, day_in(rule_day), reason)):
        flash(_("这一次服务日已取消，团队会收到通知。"), "success")
        return _to_round(book, day_id, rule_day)
    with reading() as ctx:
        found = days.round_file(ctx, book, day_id, day_in(rule_day))
    return page("branch/round_cancel.html", form, it=found)


@bp.get(f"{ROUND}/sheet")
@declare("round.stop")
def round_sheet(book: str, day_id: UUID, rule_day: str) -> Answer:
    """The sheet to print: a part for each person, with the own visits only."""
    found = perform(lambda ctx: sheets.team_sheet(ctx, book, day_id, day_in(rule_day)))
    return page("branch/round_sheet.html", it=found)
