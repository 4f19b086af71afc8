"""What regions may owe each other: caps and their use, set from above, and the regions below."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.context import Context
from services.corridors.caps import above, set_cap
from services.policy import Subject, require
from services.queries import caps as query
from services.queries.caps import UseLine
from timebank import wording
from timebank.edge import declare, reading
from timebank.i18n import is_english
from timebank.web import charts, exports
from timebank.web.admin import bp
from timebank.web.admin.corridor_forms import CapForm
from timebank.web.admin.forms import COIN_MINUTES
from timebank.web.admin.sheets import send
from timebank.web.branch.acting import acted, page
from timebank.web.exports import Column
from timebank.web.words.corridors import FOR_TEMPLATES, STOPS, place

Answer = tuple[str, int] | Response


@bp.get("/caps/<book>")
@declare("clearing.read")
def caps(book: str) -> Answer:
    """The room of all others together and of each pair, as bars with their table."""
    with reading() as ctx:
        found = query.caps_of(ctx, book)
    lines = (found.total, *found.pairs)
    drawn = charts.bars("use", _("额度用了多少"), [_point(each) for each in lines], most=100)
    return page(
        "admin/caps.html", None, it=found, drawn=drawn, line_name=line_name, **FOR_TEMPLATES
    )


@bp.route("/caps/<book>/new", methods=["GET", "POST"])
@declare("cap.set")
def cap_new(book: str) -> Answer:
    """Set what a region below may owe, from a day on."""
    form = CapForm()
    with reading() as ctx:
        found = query.caps_of(ctx, book)
        require(ctx.actor, "cap.set", Subject(region_code=above(ctx, book)))

    def work(ctx: Context) -> None:
        minutes = form.cap_coins.data * COIN_MINUTES
        set_cap(ctx, book, minutes, form.valid_from.data, form.document.data)

    if acted(form, work):
        flash(_("额度上限定好了，这个地区的管理员会收到通知。"), "success")
        return redirect(url_for("admin.caps", book=book), code=303)
    return page("admin/cap_new.html", form, it=found, **FOR_TEMPLATES)


@bp.post("/caps/<book>/export")
@declare("clearing.export")
def caps_export(book: str) -> Response:
    """Caps and their use as a file."""
    with reading() as ctx:
        found = query.caps_of(ctx, book)
    columns = (
        Column(_("对方"), line_name, width=28),
        Column(_("对方代码"), lambda row: row.counter_book),
        Column(_("额度上限（分钟）"), lambda row: row.room.cap_minutes, "number", 20),
        Column(_("没有结清（分钟）"), lambda row: row.room.debit_minutes, "number", 20),
        Column(_("已经答应（分钟）"), lambda row: row.room.claimed_minutes, "number", 20),
        Column(_("还可以用（分钟）"), lambda row: row.room.left_minutes, "number", 20),
        Column(_("用了百分之几"), lambda row: row.room.used_percent, "number"),
    )
    cover = ((_("地区"), place(found.here.name)),)
    sheet = exports.Sheet(_("额度和使用"), columns, (found.total, *found.pairs), cover)
    return send(sheet, f"caps-{book}", book)


@bp.get("/corridors/<code>/below")
@declare("reserve.read")
def regions_below(code: str) -> Answer:
    """Every region below with its fund, ratio, cap and use."""
    with reading() as ctx:
        found = query.regions_below(ctx, code)
    return page("admin/regions_below.html", None, it=found, **FOR_TEMPLATES)


@bp.post("/corridors/<code>/below/export")
@declare("clearing.export")
def regions_below_export(code: str) -> Response:
    """The regions below as a file."""
    with reading() as ctx:
        found = query.regions_below(ctx, code)
    columns = (
        Column(_("地区"), lambda row: place(row.name), width=28),
        Column(_("代码"), lambda row: row.book),
        Column(_("已经加入"), lambda row: _("是") if row.has_joined else _("否")),
        Column(_("基金（分）"), lambda row: row.fund_fen, "number", 20),
        Column(_("基金的日期"), lambda row: row.fund_on, "day"),
        Column(_("成员手中挣来的（分钟）"), lambda row: row.outstanding_minutes, "number", 24),
        Column(_("备付率（百分之几）"), lambda row: row.backed_percent, "number", 18),
        Column(_("加成"), lambda row: str(STOPS[row.premium_stop]), width=36),
        Column(_("额度上限（分钟）"), lambda row: row.room.cap_minutes, "number", 20),
        Column(_("没有结清（分钟）"), lambda row: row.room.debit_minutes, "number", 20),
        Column(_("已经答应（分钟）"), lambda row: row.room.claimed_minutes, "number", 20),
    )
    sheet = exports.Sheet(_("各地区的备付和额度"), columns, found.lines)
    return send(sheet, f"regions-{code}", code)


def line_name(line: UseLine) -> str:
    """Whom a line is about."""
    return str(_("所有其他地区合计")) if line.name is None else place(line.name)


def _point(line: UseLine) -> charts.Point:
    room = line.room
    used = wording.duration(room.used_minutes, is_english())
    if room.cap_minutes is None:
        return charts.Point(line_name(line), None, used)
    said = f"{used} · {room.used_percent}%"
    return charts.Point(line_name(line), room.used_percent, said, line.is_high)
