"""Group sessions at the counter: offered, booked for who rings, attendance written down."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.clock import local, local_date
from services.context import Context
from services.groups import attending, booking, leading, making
from services.groups import reading as groups
from services.queries.branch.elders import elders_of
from timebank.edge import declare, perform, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, here, page
from timebank.web.branch.forms import ReasonForm
from timebank.web.branch.forms_days import AttendForm, BookForm, SessionForm, moment, offer
from timebank.web.branch.words import named
from timebank.web.forms.base import PageForm
from timebank.web.paging import page_number
from timebank.web.words.care import FOR_TEMPLATES

Answer = tuple[str, int] | Response
ONE = "/groups/<book>/<uuid:session_id>"


def _file(book: str, session_id: UUID) -> groups.SessionFile:
    with reading() as ctx:
        return groups.session_file(ctx, book, session_id)


def _back(book: str, session_id: UUID) -> Response:
    return redirect(url_for("branch.group", book=book, session_id=session_id), code=303)


@bp.get("/groups")
@declare("branch.work")
def groups_list() -> Answer:
    """The branch's sessions."""
    number = page_number()
    with reading() as ctx:
        desk, found = groups.of_branch(ctx, here(ctx).id, number)
    return page("branch/groups.html", desk=desk, sessions=found, number=number, **FOR_TEMPLATES)


@bp.route("/groups/new", methods=["GET", "POST"])
@declare("group.make")
def group_new() -> Answer:
    """Offer a session."""
    form = SessionForm()
    with reading() as ctx:
        desk = here(ctx)
        services = groups.services_for_groups(ctx)
    offer(form.service, [(code, named(name)) for code, name in services.items()])

    def work(ctx: Context) -> UUID:
        return making.make(
            ctx,
            making.SessionForm(
                branch_id=desk.id,
                service_code=form.service.data,
                starts_at=moment(form.day.data, form.starts.data),
                booked_minutes=form.minutes.data,
                closes_at=moment(form.closes_day.data, form.closes.data),
                places=form.places.data,
                place=form.place.data,
                service_day_id=request.args.get("service_day", type=UUID),
                rule_day=request.args.get("rule_day", type=date.fromisoformat),
            ),
        )

    if acted(form, work):
        flash(_("集体活动已经发布，老人可以报名，志愿者可以答应带领。"), "success")
        return redirect(url_for("branch.groups_list"), code=303)
    return page("branch/group_new.html", form)


@bp.get(ONE)
@declare("group.read")
def group(book: str, session_id: UUID) -> Answer:
    """One session with its list."""
    return page("branch/group.html", it=_file(book, session_id), **FOR_TEMPLATES)


@bp.route(f"{ONE}/book", methods=["GET", "POST"])
@declare("group.book")
def group_book(book: str, session_id: UUID) -> Answer:
    """A place for somebody who rings."""
    form = BookForm()
    found = _file(book, session_id)
    with reading() as ctx:
        offer(form.elder, elders_of(ctx, here(ctx).id))
    elder, consent = form.elder.data, form.consent.data or ""

    def work(ctx: Context) -> None:
        booking.book_place(ctx, book, session_id, UUID(elder), consent)

    if acted(form, work):
        flash(_("已经报名，老人会收到通知。"), "success")
        return _back(book, session_id)
    return page("branch/group_book.html", form, it=found, **FOR_TEMPLATES)


@bp.post(f"{ONE}/unbook/<uuid:elder>")
@declare("group.book")
def group_unbook(book: str, session_id: UUID, elder: UUID) -> Response:
    """Give somebody's place back."""
    perform(lambda ctx: booking.cancel_place(ctx, book, session_id, elder), key=PageForm().key)
    flash(_("位子已经取消，留出的时间已退回。"), "success")
    return _back(book, session_id)


@bp.route(f"{ONE}/attend", methods=["GET", "POST"])
@declare("group.attend")
def group_attend(book: str, session_id: UUID) -> Answer:
    """Write down who came."""
    form = AttendForm()
    found = _file(book, session_id)
    here_now = [each for each in found.lines if each.cancelled_at is None]
    offer(form.present, [(str(each.elder_id), each.name) for each in here_now])
    if request.method == "GET":
        form.began.data = local(found.view.starts_at).time()
        form.minutes.data = found.view.booked_minutes

    def work(ctx: Context) -> UUID | None:
        seen = attending.Attendance(
            moment(local_date(found.view.starts_at), form.began.data),
            form.minutes.data,
            tuple(UUID(each) for each in form.present.data or ()),
        )
        return attending.attend(ctx, book, session_id, seen)

    if acted(form, work):
        flash(_("到场情况已经登记。名单由地区管理员签署以后入账。"), "success")
        return _back(book, session_id)
    return page("branch/group_attend.html", form, it=found)


@bp.route(f"{ONE}/cancel", methods=["GET", "POST"])
@declare("group.make")
def group_cancel(book: str, session_id: UUID) -> Answer:
    """Call a session off."""
    form = ReasonForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: making.cancel(ctx, book, session_id, reason)):
        flash(_("活动已取消，留出的时间已放回，大家会收到通知。"), "success")
        return _back(book, session_id)
    return page("branch/group_cancel.html", form, it=_file(book, session_id))


@bp.route(f"{ONE}/leader", methods=["GET", "POST"])
@declare("group.step_back")
def group_leader(book: str, session_id: UUID) -> Answer:
    """Whoever leads it rang and cannot come."""
    form = ReasonForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: leading.step_back(ctx, book, session_id, reason)):
        flash(_("已经记下，别的志愿者可以答应带领。"), "success")
        return _back(book, session_id)
    return page("branch/group_leader.html", form, it=_file(book, session_id))
