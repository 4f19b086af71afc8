"""Asking at the counter for somebody of another region who stays here for a time."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.errors import DomainError
from services.people.errors import NotAMember
from services.queries.branch.stays import Guest, find_guest, guest
from services.requests.asking import AskForm, ask
from timebank.edge import declare, perform, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, here, page
from timebank.web.branch.forms_days import moment, offer
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm


class GuestForm(PageForm):
    """Who it is: by number or card alone."""

    text = f.TextField(
        _l("志愿者编号，或者扫一扫老人的卡"),
        hint=_l("外地成员只能这样找，不能按姓名找。查找会留下记录，家乡的地区看得到。"),
        required=_l("请写上编号，或者扫卡。"),
        max_length=200,
    )


class StayForm(PageForm):
    """What somebody who stays here asks for."""

    service = f.SelectField(_l("做什么？"), choices=[], required=_l("请选一项服务。"))
    day = f.DateField(_l("哪一天？"), single=True, required=_l("请选一天。"))
    starts = f.TimeField(
        _l("几点到？"), hint=_l("整点、一刻、半点或三刻。"), required=_l("请写上几点到。")
    )
    minutes = f.MinutesField(_l("多久？"), low=1, high=480, required=_l("请写上多久。"))
    manner = f.ChoiceField(
        _l("上门来，还是打电话？"),
        choices=[("visit", _l("上门来")), ("remote", _l("打电话或视频"))],
        required=_l("请选一种。"),
    )
    address = f.TextField(
        _l("老人现在住在哪里？"), hint=_l("上门的要写：街道、门牌、房间。"), max_length=100
    )
    note = f.LongTextField(_l("要告诉志愿者什么？"), max_length=200)
    risk = f.LongTextField(_l("有什么要小心的？"), max_length=200)
    consent = f.ChoiceField(
        _l("老人怎样同意的？"),
        choices=[
            ("voice", _l("口头同意（电话或当面）")),
            ("signature", _l("当面签字")),
        ],
        required=_l("请先问过老人。"),
    )

    def asked(self, found: Guest, branch_id: UUID) -> AskForm:
        """The request that the answers make."""
        return AskForm(
            elder_id=found.member_id,
            service_code=self.service.data,
            starts_at=moment(self.day.data, self.starts.data),
            booked_minutes=self.minutes.data or 0,
            consent=self.consent.data,
            remote=self.manner.data == "remote",
            address=self.address.data or None,
            note=self.note.data or None,
            risk_note=self.risk.data or None,
            place_branch_id=branch_id,
        )


@bp.route("/stays", methods=["GET", "POST"])
@declare("branch.work")
def stays() -> tuple[str, int] | Response:
    """Find somebody of another region; what was looked for never stands in an address."""
    form = GuestForm()
    if form.validate_on_submit():
        try:
            found = perform(lambda ctx: find_guest(ctx, here(ctx).id, form.text.data or ""))
            if found is not None:
                return redirect(url_for("branch.stay", member_id=found), code=303)
            form.refuse(NotAMember(field="text"))
        except DomainError as error:
            error.field = "text"
            form.refuse(error)
    return page("branch/stays.html", form)


@bp.route("/stays/<uuid:member_id>", methods=["GET", "POST"])
@declare("request.ask")
def stay(member_id: UUID) -> tuple[str, int] | Response:
    """Ask for somebody who stays here, with consent."""
    form = StayForm()
    with reading() as ctx:
        desk = here(ctx)
    found = perform(lambda ctx: guest(ctx, desk.id, member_id))
    offer(form.service, [(code, named(name)) for code, name in found.services])
    made: list[UUID] = []
    if acted(form, lambda ctx: made.append(ask(ctx, form.asked(found, desk.id)))):
        flash(_("已经替老人申请。请像本地的申请一样审核，通过后就在这里找人。"), "success")
        there = url_for("branch.request_page", book=found.book, request_id=made[-1])
        return redirect(there, code=303)
    return page("branch/stay.html", form, it=found, desk=desk)
