"""A region's fund: records with two names, and how far it backs what members have earned."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.clock import local_date
from services.context import Context
from services.queries.reserve import ReadingLine, ReservePage, reserve_of
from services.reserve import recording
from timebank import wording
from timebank.edge import declare, perform, reading
from timebank.i18n import is_english
from timebank.web import charts, exports
from timebank.web.admin import bp
from timebank.web.admin.corridor_forms import FundRecordForm
from timebank.web.admin.sheets import send
from timebank.web.branch.acting import acted, page
from timebank.web.exports import Column
from timebank.web.forms.base import PageForm
from timebank.web.words.corridors import FOR_TEMPLATES, STOPS, place, ratio

Answer = tuple[str, int] | Response
#: The chart ends here, so that the thresholds can be told apart: what is above is safe.
TOP_PERCENT = 60


def _file(book: str) -> ReservePage:
    with reading() as ctx:
        return reserve_of(ctx, book)


def _back(book: str) -> Response:
    return redirect(url_for("admin.reserve", book=book), code=303)


@bp.get("/reserve/<book>")
@declare("reserve.read")
def reserve(book: str) -> Answer:
    """The ratio, how it has gone, and the records behind it."""
    it = _file(book)
    return page("admin/reserve.html", None, it=it, drawn=_drawn(it), **FOR_TEMPLATES)


def _drawn(it: ReservePage) -> charts.Trend:
    points = [
        charts.Point(_day(each), each.backed_percent, ratio(each.backed_percent))
        for each in reversed(it.readings)
    ]
    marks = {*it.alert_percents, it.stop_pt_below_percent, it.stop_ptr_below_percent}
    marked = [*((each, ratio(each)) for each in marks), (TOP_PERCENT, f"≥ {TOP_PERCENT}%")]
    return charts.trend("reserve", _("备付率的变化"), points, marked, TOP_PERCENT)


def _day(line: ReadingLine) -> str:
    return wording.day(local_date(line.at), is_english())


@bp.route("/reserve/<book>/new", methods=["GET", "POST"])
@declare("reserve.record")
def reserve_new(book: str) -> Answer:
    """Put down what the fund holds."""
    form, it = FundRecordForm(), _file(book)

    def work(ctx: Context) -> UUID:
        return recording.record(ctx, book, form.on_day.data, form.fund_fen.data, form.document.data)

    if acted(form, work):
        flash(_("已经记下，请另一位管理员签署。签署以前不算数。"), "success")
        return _back(book)
    return page("admin/reserve_new.html", form, it=it, **FOR_TEMPLATES)


@bp.post("/reserve/<book>/<uuid:record_id>/sign")
@declare("reserve.sign")
def reserve_sign(book: str, record_id: UUID) -> Response:
    """The second name: the ratio is worked out at once."""
    perform(lambda ctx: recording.sign(ctx, book, record_id), key=PageForm().key)
    flash(_("已经签署，备付率马上算过了。"), "success")
    return _back(book)


@bp.post("/reserve/<book>/<uuid:record_id>/withdraw")
@declare("reserve.record")
def reserve_withdraw(book: str, record_id: UUID) -> Response:
    """Take a record back that nobody has signed."""
    perform(lambda ctx: recording.withdraw(ctx, book, record_id), key=PageForm().key)
    flash(_("这份记录已经撤回。"), "success")
    return _back(book)


@bp.post("/reserve/<book>/export")
@declare("clearing.export")
def reserve_export(book: str) -> Response:
    """The readings as a file."""
    it = _file(book)
    columns = (
        Column(_("什么时候算的"), lambda row: row.at, "moment", 20),
        Column(_("基金（分）"), lambda row: row.fund_fen, "number", 20),
        Column(_("成员手中挣来的（分钟）"), lambda row: row.outstanding_minutes, "number", 24),
        Column(_("备付率（百分之几）"), lambda row: row.backed_percent, "number", 18),
        Column(_("加成"), lambda row: str(STOPS[row.premium_stop]), width=36),
    )
    sheet = exports.Sheet(_("备付率"), columns, it.readings, ((_("地区"), place(it.here.name)),))
    return send(sheet, f"reserve-{book}", book)
