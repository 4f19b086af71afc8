"""A region's month: welfare visits and service days, branch by branch."""

from __future__ import annotations

from flask import abort
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import local
from services.queries.admin.books import overview
from services.service_days import figures as service_days
from services.welfare import figures as welfare
from timebank.edge import current_actor, declare, now, reading
from timebank.web.admin import bp
from timebank.web.branch.acting import page
from timebank.web.branch.words import named
from timebank.web.exports import FORMS, Column, Sheet, download
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm


class MonthFilter(FilterForm):
    """Which month."""

    day = f.DateField(_l("哪个月（选其中一天）"), single=True)


@bp.get("/<book>/care")
@declare("welfare.read")
def care(book: str) -> tuple[str, int]:
    """Who was seen and who was not, and what the service days came to."""
    filters = MonthFilter()
    chosen = filters.chosen()
    with reading() as ctx:
        month, branches = welfare.figures(ctx, book, chosen.get("day"))
        days = service_days.figures(ctx, book, chosen.get("day"))
        name = overview(ctx, book).name
    return page(
        "admin/care.html",
        book=book,
        name=name,
        month=month,
        branches=branches,
        days=days,
        filters=filters,
        chosen={key: str(value) for key, value in chosen.items()},
    )


@bp.get("/<book>/care/month.<form>")
@declare("welfare.export")
def care_export(book: str, form: str) -> Response:
    """The month's figures by branch as a file."""
    if form not in FORMS:
        abort(404)
    chosen = MonthFilter().chosen()

    with reading() as ctx:
        month, branches = welfare.figures(ctx, book, chosen.get("day"))
    said = f"{month.first:%Y-%m}"
    columns = (
        Column(_("网点"), lambda row: named(row.name), width=24),
        Column(_("人数"), lambda row: row.total, "number"),
        Column(_("已看到"), lambda row: row.seen, "number"),
        Column(_("应看次数"), lambda row: row.planned, "number"),
        Column(_("已看次数"), lambda row: row.made, "number"),
    )
    cover = (
        (_("月份"), said),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M}"),
        (_("导出人"), current_actor().name),
        (_("行数"), str(len(branches))),
    )
    return download(Sheet(_("探访关爱"), columns, branches, cover), form, f"care-{said}")
