"""Records of service: what is late at which branch, and the exchange file of a month."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services import audit
from services.clock import local, local_date
from services.context import Context
from services.errors import DomainError
from services.records import scope
from services.records.activities import Span
from services.records.exchange import FORMS, Exchange
from services.records.exchange import export as take
from services.records.late import LateLine, State, late
from services.rules.member_number import grouped
from services.rules.stars import months_after
from timebank import wording
from timebank.edge import current_actor, declare, now, perform, reading
from timebank.i18n import is_english
from timebank.papers.exchange import MIMETYPES, body_of, name_of
from timebank.papers.printing import saved
from timebank.web import exports
from timebank.web.branch.acting import page
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm, PageForm
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.paging import kept_query, with_query
from timebank.web.words.records import LATE_STATES, by_branch, late_columns, pairs

#: How many months back can be chosen.
MONTHS = 24

MORE.append(
    More(
        "oversight.late_records",
        _l("没有按时记录的服务"),
        _l("结束十个工作日还没有记录，或者记录晚了的，按网点列出"),
    )
)
MORE.append(
    More(
        "oversight.record_export",
        _l("志愿服务记录交换文件"),
        _l("一个地区一个月的人员、服务、培训、荣誉和评价，交给国家系统"),
    )
)


class LateFilterForm(FilterForm):
    """Whose late records."""

    book = f.SelectField(_l("地区"), choices=[])
    branch_id = f.SelectField(_l("网点"), choices=[], prompt=_l("全部"))
    state = f.SelectField(_l("状态"), choices=list(LATE_STATES.items()), prompt=None)
    month = f.SelectField(_l("哪个月结束的"), choices=[], prompt=_l("全部"))


class ExchangeForm(PageForm):
    """Which file."""

    book = f.SelectField(_l("地区"), choices=[], required=_l("请选地区。"))
    month = f.SelectField(_l("月份"), choices=[], required=_l("请选月份。"))
    form = f.ChoiceField(
        _l("格式"),
        choices=[("jsonl", _l("JSON Lines，给程序读")), ("xlsx", _l("XLSX 表格，给人看"))],
        required=_l("请选格式。"),
    )


@bp.get("/records/late")
@declare("record.late")
def late_records() -> tuple[str, int]:
    """What is late, by branch, with the filters in the address."""
    with reading() as ctx:
        form, offered, lines = _asked(ctx)
    return page(
        "oversight/late_records.html",
        filters=form,
        offered=offered,
        lines=lines,
        counts=by_branch(lines),
        named=named,
        export=with_query(url_for("oversight.late_export"), kept_query({"page"})),
    )


@bp.post("/records/late/export")
@declare("record.late")
def late_export() -> Response:
    """Exactly the rows of the page, as a file; who took them stands in the audit records."""
    kind = request.form.get("form", "")
    if kind not in exports.FORMS:
        abort(404)
    sheet, book = perform(lambda ctx: _taken(ctx, kind))
    return exports.download(sheet, kind, f"late-{book}-{local(now()):%Y%m%d-%H%M%S}")


def _taken(ctx: Context, kind: str) -> tuple[exports.Sheet, str]:
    form, offered, lines = _asked(ctx)
    after = {"form": kind, "rows": len(lines)}
    audit.record(ctx, "record.late", "export", ctx.new_id(), book=offered.book, after=after)
    actor = current_actor()
    said = [(str(form[name].label.text), _said(form, name)) for name in form.chosen()]
    cover = (
        *said,
        (_("行数"), str(len(lines))),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M:%S}"),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
    )
    return exports.Sheet(_("没有按时记录的服务"), late_columns(), lines, cover), offered.book


def _said(form: FilterForm, name: str) -> str:
    value = form[name].data
    return next((str(c.label) for c in form[name].choices if c.value == value), str(value))


def _asked(ctx: Context) -> tuple[LateFilterForm, scope.Choices, tuple[LateLine, ...]]:
    """The filter, what it offers, and the rows that fit."""
    form = LateFilterForm()
    offered = scope.choices(
        ctx, "record.late", request.args.get("book", ""), _id(request.args.get("branch_id", ""))
    )
    form.book.choices = pairs((code, named(name)) for code, name in offered.books)
    form.branch_id.choices = pairs((str(key), named(name)) for key, name in offered.branches)
    months = _months(local_date(ctx.now))
    form.month.choices = pairs(months)
    form.book.data = offered.book
    form.branch_id.data = str(offered.branch_id) if offered.branch_id else ""
    state: State = "recorded" if request.args.get("state") == "recorded" else "open"
    form.state.data = state
    chosen = request.args.get("month", "")
    span = _span(chosen) if chosen in dict(months) else Span()
    if not offered.book:
        return form, offered, ()
    lines = late(ctx, offered.book, branch_id=offered.branch_id, state=state, span=span)
    if state == "open" and span.first is not None and span.last is not None:
        lines = tuple(each for each in lines if span.first <= each.ended_on <= span.last)
    return form, offered, lines


@bp.route("/records/export", methods=["GET", "POST"])
@declare("record.export")
def record_export() -> tuple[str, int] | Response:
    """The exchange file of a region and month; the export is on record."""
    form = ExchangeForm()
    with reading() as ctx:
        offered = scope.choices(ctx, "record.export")
    form.book.choices = pairs((code, named(name)) for code, name in offered.books)
    form.month.choices = pairs(_months(local_date(now())))
    if form.validate_on_submit() and form.form.data in FORMS:
        try:
            found = perform(lambda ctx: _export(ctx, form))
        except DomainError as error:
            form.refuse(error)
        else:
            kind = str(form.form.data)
            return saved(body_of(found, kind), MIMETYPES[kind], name_of(found, kind))
    return page("oversight/record_export.html", form)


def _export(ctx: Context, form: ExchangeForm) -> Exchange:
    month = date.fromisoformat(f"{form.month.data}-01")
    return take(ctx, str(form.book.data), month, str(form.form.data))


def _months(today: date) -> list[tuple[str, str]]:
    """The newest months first: what stands in the address, and what it is called."""
    first = today.replace(day=1)
    each = [months_after(first, -back) for back in range(MONTHS)]
    return [(f"{month:%Y-%m}", wording.month(month, is_english())) for month in each]


def _span(month: str) -> Span:
    first = date.fromisoformat(f"{month}-01")
    return Span(first, date.fromordinal(months_after(first, 1).toordinal() - 1))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
