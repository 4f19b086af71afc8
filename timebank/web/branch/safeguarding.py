"""Before somebody goes to a home alone, and what happens when something went wrong."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from models.availability import CheckKind, IncidentKind
from services.availability.incidents import decide, incident_view, report
from services.availability.safeguarding import (
    CheckForm,
    companions_of,
    drop_companion,
    end_check,
    name_companion,
    record_check,
    safety_of,
)
from services.context import Context
from services.queries.branch.choices import by_number
from services.queries.branch.members import member_file
from services.queries.branch.requests import request_file
from services.queries.branch.visits import visit_file
from services.queries.volunteer.availability import availability_page
from timebank.edge import declare, perform, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, page
from timebank.web.elder import wish_words
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.volunteer import words
from timebank.web.words.incidents import KINDS, STATES

Answer = tuple[str, int] | Response
LIFT, KEEP = "lift", "keep"


class SafeguardingForm(PageForm):
    """What staff have seen."""

    kind = f.ChoiceField(
        _l("登记什么？"),
        choices=[
            ("screening", _l("安全审核：无犯罪记录证明和面谈")),
            ("accompanied", _l("第一次上门已有人陪同完成")),
        ],
        required=_l("请选一项。"),
    )
    on_day = f.DateField(_l("哪一天"), single=True, required=_l("请写上日期。"))
    valid_to = f.DateField(_l("有效到哪一天"), single=True, hint=_l("安全审核要写；陪同不用写。"))
    reference = f.TextField(
        _l("证明编号，或者陪同的人"), required=_l("请写上证明编号或陪同的人。"), max_length=80
    )


class CompanionForm(PageForm):
    """Who goes along with whom."""

    provider_number = f.TextField(
        _l("新志愿者的编号"),
        required=_l("请写新志愿者的编号。"),
        hint=_l("字母 V 和 12 位数字，印在对方的卡上。"),
    )
    companion = f.TextField(
        _l("谁陪同"),
        required=_l("请写谁陪同。"),
        hint=_l("有经验的志愿者或工作人员的姓名。"),
        max_length=60,
    )


class ReportForm(PageForm):
    """What somebody has told."""

    kind = f.ChoiceField(_l("是哪一类事？"), choices=list(KINDS.items()), required=_l("请选一项。"))
    text = f.LongTextField(
        _l("发生了什么？"),
        required=_l("请写几句发生了什么。"),
        hint=_l("谁说的、什么时候、发生了什么。不要写病情。"),
        max_length=1_000,
    )


class DecideForm(PageForm):
    """How it ends, and why."""

    decision = f.ChoiceField(
        _l("怎样处理？"),
        choices=[(LIFT, _l("核实清楚了，两人可以再见面")), (KEEP, _l("以后不再安排两人见面"))],
        required=_l("请选一项。"),
    )
    reason = f.LongTextField(
        _l("理由"),
        required=_l("请写明理由。"),
        hint=_l("留在档案里。双方只会知道结果。"),
        max_length=500,
    )


@bp.route("/members/<uuid:member_id>/safeguarding", methods=["GET", "POST"])
@declare("safeguarding.record")
def safeguarding(member_id: UUID) -> Answer:
    """What is on record, and one record more."""
    form = SafeguardingForm()

    def work(ctx: Context) -> UUID:
        found = CheckForm(
            kind=CheckKind(form.kind.data),
            on_day=form.on_day.data,
            valid_to=form.valid_to.data,
            reference=form.reference.data,
        )
        return record_check(ctx, member_id, found)

    if acted(form, work):
        flash(_("已登记。"), "success")
        return redirect(url_for("branch.safeguarding", member_id=member_id), 303)
    it = perform(lambda ctx: member_file(ctx, member_id))
    with reading() as ctx:
        safe = safety_of(ctx, member_id)
    return page("branch/safeguarding.html", form, it=it, safe=safe)


@bp.post("/members/<uuid:member_id>/safeguarding/<uuid:check_id>/end")
@declare("safeguarding.record")
def safeguarding_end(member_id: UUID, check_id: UUID) -> Response:
    """A record no longer counts from today on."""
    perform(lambda ctx: end_check(ctx, member_id, check_id), key=PageForm().key)
    flash(_("从今天起不再有效。"), "success")
    return redirect(url_for("branch.safeguarding", member_id=member_id), 303)


@bp.get("/members/<uuid:member_id>/availability")
@declare("availability.read")
def member_availability(member_id: UUID) -> Answer:
    """What a volunteer has stated, to be read out on the telephone."""
    it = perform(lambda ctx: member_file(ctx, member_id))
    with reading() as ctx:
        stated = availability_page(ctx, member_id)
    return page("branch/availability.html", it=it, found=stated, said=words)


@bp.route("/requests/<book>/<uuid:request_id>/companion", methods=["GET", "POST"])
@declare("accompaniment.record")
def companion(book: str, request_id: UUID) -> Answer:
    """Who goes along with a newcomer, and one more."""
    form = CompanionForm()

    def work(ctx: Context) -> None:
        provider_id, _name = by_number(ctx, form.provider_number.data, "provider_number")
        name_companion(ctx, book, request_id, provider_id, form.companion.data)

    if acted(form, work):
        flash(_("已安排，新志愿者会收到通知。"), "success")
        return redirect(url_for("branch.companion", book=book, request_id=request_id), 303)
    it = perform(lambda ctx: request_file(ctx, book, request_id))
    with reading() as ctx:
        rows = companions_of(ctx, book, request_id)
    return page("branch/companion.html", form, it=it, rows=rows)


@bp.post("/requests/<book>/<uuid:request_id>/companion/<uuid:provider_id>/end")
@declare("accompaniment.record")
def companion_end(book: str, request_id: UUID, provider_id: UUID) -> Response:
    """Nobody goes along after all."""
    perform(lambda ctx: drop_companion(ctx, book, request_id, provider_id), key=PageForm().key)
    flash(_("已取消。"), "success")
    return redirect(url_for("branch.companion", book=book, request_id=request_id), 303)


@bp.route("/visits/<book>/<uuid:visit_id>/incident", methods=["GET", "POST"])
@declare("incident.report")
def report_incident(book: str, visit_id: UUID) -> Answer:
    """Write down what somebody has told; from then on the two are kept apart."""
    form = ReportForm()

    def work(ctx: Context) -> UUID:
        return report(ctx, book, visit_id, IncidentKind(form.kind.data), form.text.data)

    if acted(form, work):
        flash(_("已记下，两人从现在起不再见面。请由另一位工作人员核实处理。"), "success")
        return redirect(url_for("branch.visit", book=book, visit_id=visit_id), 303)
    it = perform(lambda ctx: visit_file(ctx, book, visit_id))
    return page("branch/incident_new.html", form, it=it)


@bp.route("/incidents/<book>/<uuid:incident_id>", methods=["GET", "POST"])
@declare("incident.read")
def incident(book: str, incident_id: UUID) -> Answer:
    """One report: who, what, and the decision."""
    form = DecideForm()
    lift, reason = form.decision.data == LIFT, form.reason.data or ""
    if request.method == "POST" and acted(
        form, lambda ctx: decide(ctx, book, incident_id, lift=lift, reason=reason)
    ):
        flash(_("已处理，双方会收到结果。"), "success")
        return redirect(url_for("branch.incident", book=book, incident_id=incident_id), 303)
    it = perform(lambda ctx: incident_view(ctx, book, incident_id))
    return page("branch/incident.html", form, it=it, kinds=KINDS, states=STATES)


@bp.app_template_global("incident_kind")
def incident_kind(code: str) -> str:
    """What a report is about."""
    return str(KINDS[code])


@bp.app_template_global("wishes_of")
def wishes_of(it: Any) -> str:
    """What a request wishes of whoever comes, in one line."""
    sex = {"female": _("一定要女志愿者"), "male": _("一定要男志愿者")}.get(it.wished_sex or "", "")
    rather = {"female": _("最好是女志愿者"), "male": _("最好是男志愿者")}
    said = [
        sex or rather.get(it.preferred_sex or "", ""),
        wish_words.spoken(it.languages, must=it.language_must),
        _("想请%(name)s", name=it.wished_person) if it.wished_person else "",
    ]
    return wish_words.listed([each for each in said if each])
