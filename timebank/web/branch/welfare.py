"""Welfare visits at the counter: who has not been seen this month, and what was found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.clock import local, local_date
from services.context import Context
from services.welfare import files, listing, recording
from services.welfare import reading as welfare
from timebank.edge import current_actor, declare, now, perform, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, here, page
from timebank.web.branch.forms_days import LookInForm, RaiseForm, WelfareFilter
from timebank.web.branch.words import named
from timebank.web.exports import FORMS, Column, Sheet, download
from timebank.web.paging import page_number
from timebank.web.words.care import FOR_TEMPLATES, care

Answer = tuple[str, int] | Response
#: Rows of one export.
MOST_ROWS = 10_000


def _read(**wanted: Any) -> welfare.WelfareMonth:
    with reading() as ctx:
        return welfare.welfare_month(ctx, here(ctx).id, **wanted)


@bp.get("/welfare")
@declare("welfare.read")
def welfare_list() -> Answer:
    """The month's progress, and those whom nobody has seen, most at risk first."""
    filters = WelfareFilter()
    chosen = filters.chosen()
    number = page_number()
    found = _read(day=chosen.get("day"), unseen=chosen.get("shown") != "all", number=number)
    pages = max(1, -(-found.found // welfare.PAGE))
    return page(
        "branch/welfare.html",
        it=found,
        filters=filters,
        number=number,
        pages=pages,
        chosen={name: str(value) for name, value in chosen.items()},
        **FOR_TEMPLATES,
    )


@bp.get("/welfare/month.<form>")
@declare("welfare.export")
def welfare_export(form: str) -> Response:
    """The month as a file: everybody, seen or not. Who took it stands in the audit records."""
    if form not in FORMS:
        abort(404)
    day = WelfareFilter().chosen().get("day")

    def take(ctx: Context) -> welfare.WelfareMonth:
        taken = welfare.welfare_month(ctx, here(ctx).id, day=day, unseen=False, size=MOST_ROWS)
        welfare.record_export(ctx, taken, form)
        return taken

    found = perform(take)
    month = f"{found.month.first:%Y-%m}"
    cover = (
        (_("网点"), named(found.desk.name)),
        (_("月份"), month),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M}"),
        (_("导出人"), current_actor().name),
        (_("行数"), str(len(found.lines))),
    )
    sheet = Sheet(_("探访关爱"), _columns(), found.lines, cover)
    return download(sheet, form, f"welfare-{month}")


def _columns() -> tuple[Column, ...]:
    def facts(line: welfare.SubjectLine) -> str:
        return str(_("、")).join(care("fact", each) for each in line.facts)

    return (
        Column(_("老人"), lambda line: line.name),
        Column(_("关爱等级"), lambda line: care("tier", line.tier)),
        Column(_("依据"), facts, width=30),
        Column(_("本月应看"), lambda line: line.planned, "number"),
        Column(_("本月已看"), lambda line: line.times, "number"),
        Column(_("最近一次"), lambda line: line.last_at, "moment", 20),
    )


@bp.route("/welfare/<uuid:member_id>", methods=["GET", "POST"])
@declare("welfare.read")
def welfare_subject(member_id: UUID) -> Answer:
    """One elder: why, every look-in, and the next one to write down."""
    form = LookInForm()
    if request.method == "GET":
        form.day.data, form.at.data = local_date(now()), local(now()).time()

    made: list[recording.Recorded] = []

    def work(ctx: Context) -> None:
        seen = recording.LookIn(
            member_id, form.moment(), form.how.data, form.finding.data, form.note.data or ""
        )
        made.append(recording.record(ctx, seen))

    sent = acted(form, work)
    found = perform(lambda ctx: files.subject_file(ctx, member_id))
    if sent:
        return _after(found.book, made[-1])
    return page("branch/welfare_subject.html", form, it=found, **FOR_TEMPLATES)


def _after(book: str, last: recording.Recorded) -> Response:
    """Back to the list; whoever needs help has a sheet, which comes first."""
    if last.sheet_id is not None:
        flash(
            _("已经记下，并打开了安全单：请马上跟进。需要服务的，可以在成员页替老人申请。"),
            "warning",
        )
        return redirect(url_for("branch.sheet", book=book, sheet_id=last.sheet_id), 303)
    flash(_("已经记下这次探访。"), "success")
    return redirect(url_for("branch.welfare_list"), code=303)


@bp.route("/welfare/<uuid:member_id>/raise", methods=["GET", "POST"])
@declare("welfare.raise")
def welfare_raise(member_id: UUID) -> Answer:
    """Look in on somebody oftener, with a reason."""
    form = RaiseForm()
    tier, reason = form.tier.data or "", form.reason.data or ""
    if acted(form, lambda ctx: listing.raise_tier(ctx, member_id, tier, reason)):
        flash(_("关爱等级已经调高。"), "success")
        return redirect(url_for("branch.welfare_subject", member_id=member_id), code=303)
    found = perform(lambda ctx: files.subject_file(ctx, member_id))
    return page("branch/welfare_raise.html", form, it=found, **FOR_TEMPLATES)
