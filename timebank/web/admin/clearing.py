"""Clearing between regions: the position, the windows, and the region's word on each of them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from models.settlement import DisputeOutcome
from services.errors import NotFound
from services.queries.clearing.months import month_page
from services.queries.clearing.positions import DRAWN, PositionPage, position_page
from services.queries.clearing.reading import my_books
from services.queries.clearing.windows import dispute_view, window_page
from services.settlement.acknowledging import acknowledge
from services.settlement.disputing import dispute, resolve
from services.settlement.sentences import LONGEST_WORDS
from timebank.edge import declare, perform, reading
from timebank.web import charts
from timebank.web.admin import bp
from timebank.web.admin import clearing_sheets as sheets
from timebank.web.admin.sheets import send
from timebank.web.branch.acting import acted, page
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.words.clearing import CHOICES, FOR_TEMPLATES, owes

Answer = tuple[str, int] | Response


class DisputeForm(PageForm):
    """Why a figure is wrong."""

    reason = f.LongTextField(
        _l("哪里不对？"),
        hint=_l("写明是哪一天、哪些往来，对方的管理员会看到。"),
        required=_l("请写明哪里不对。"),
        max_length=LONGEST_WORDS,
    )


class AnswerForm(PageForm):
    """How a dispute ends."""

    outcome = f.ChoiceField(_l("结果"), choices=[], required=_l("请选一项。"))
    answer = f.LongTextField(
        _l("说明"),
        hint=_l("双方都会看到。"),
        required=_l("请写明怎样核对、结果如何。"),
        max_length=LONGEST_WORDS,
    )


@bp.get("/clearing")
@declare("clearing.read")
def clearing_home() -> Answer:
    """The regions that somebody administers or audits; a single one at once."""
    with reading() as ctx:
        books = my_books(ctx)
    if len(books) == 1:
        return redirect(url_for("admin.clearing", book=books[0][0]), code=303)
    return page("admin/clearing_home.html", books=books)


@bp.get("/clearing/<book>")
@declare("clearing.read")
def clearing(book: str) -> Answer:
    """What is open, towards whom, what the caps leave, and every window's state."""
    with reading() as ctx:
        found = position_page(ctx, book)
    return page("admin/clearing.html", None, it=found, trend=_trend(found), **FOR_TEMPLATES)


def _trend(found: PositionPage) -> charts.Chart:
    """The last windows' nets; what others owe is drawn apart."""
    points = [
        charts.Point(
            f"{line.day.month}-{line.day.day}",
            abs(line.net_minutes or 0),
            owes(line.net_minutes or 0),
            is_marked=(line.net_minutes or 0) > 0,
        )
        for line in reversed(found.windows[:DRAWN])
        if line.state.value in ("closed", "settled")
    ]
    return charts.bars("clearing-trend", _("每期净额，应付的另用一种颜色"), points)


@bp.get("/clearing/<book>/windows/<int:number>")
@declare("clearing.read")
def clearing_window(book: str, number: int) -> Answer:
    """One window: pairs, nets, payments, who has acknowledged, and how it was computed."""
    with reading() as ctx:
        found = window_page(ctx, book, number)
    return page("admin/clearing_window.html", None, it=found, **FOR_TEMPLATES)


@bp.post("/clearing/<book>/windows/<int:number>/acknowledge")
@declare("clearing.acknowledge")
def clearing_acknowledge(book: str, number: int) -> Answer:
    """The region's word on its statement."""
    perform(lambda ctx: acknowledge(ctx, book, number), key=PageForm().key)
    flash(_("清算单已经确认。各地区都确认以后，这一期就结清。"), "success")
    return redirect(url_for("admin.clearing_window", book=book, number=number), code=303)


@bp.route("/clearing/<book>/windows/<int:number>/dispute/<counter>", methods=["GET", "POST"])
@declare("clearing.dispute")
def clearing_dispute(book: str, number: int, counter: str) -> Answer:
    """Say that the figure of a pair is wrong."""
    form = DisputeForm()
    with reading() as ctx:
        found = window_page(ctx, book, number)
    pair = next((each for each in found.pairs if each.counter_book == counter), None)
    if pair is None:
        raise NotFound
    words = form.reason.data or ""
    if acted(form, lambda ctx: dispute(ctx, book, number, counter, words)):
        flash(_("异议已经提出，对方的管理员会收到通知。"), "success")
        return redirect(url_for("admin.clearing_window", book=book, number=number), code=303)
    return page("admin/clearing_dispute_new.html", form, it=found, pair=pair, **FOR_TEMPLATES)


@bp.route("/clearing/<book>/disputes/<uuid:dispute_id>", methods=["GET", "POST"])
@declare("clearing.resolve")
def clearing_answer(book: str, dispute_id: UUID) -> Answer:
    """Withdraw an own dispute, or answer the other side's."""
    form = AnswerForm()
    with reading() as ctx:
        found = dispute_view(ctx, book, dispute_id)
    form.outcome.choices = [(each.value, CHOICES[each.value]) for each in found.can]
    if acted(
        form,
        lambda ctx: resolve(
            ctx, book, dispute_id, DisputeOutcome(form.outcome.data), form.answer.data or ""
        ),
    ):
        flash(_("异议已经了结，双方都会收到通知。"), "success")
        where = url_for("admin.clearing_window", book=book, number=found.window_number)
        return redirect(where, code=303)
    return page("admin/clearing_dispute.html", form, it=found, book=book, **FOR_TEMPLATES)


@bp.get("/clearing/<book>/months/<month>")
@declare("clearing.read")
def clearing_month(book: str, month: str) -> Answer:
    """A month's windows added up, to be printed and filed."""
    with reading() as ctx:
        found = month_page(ctx, book, _month(month))
    return page("admin/clearing_month.html", None, it=found, **FOR_TEMPLATES)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        abort(404)


@bp.post("/clearing/<book>/export/<what>")
@declare("clearing.export")
def clearing_export(book: str, what: str) -> Response:
    """The open positions or the windows as a file; who took it is on record."""
    if what not in sheets.LISTS:
        abort(404)
    with reading() as ctx:
        found = position_page(ctx, book)
    return send(sheets.LISTS[what](found), f"clearing-{what}-{book}", book)


@bp.post("/clearing/<book>/windows/<int:number>/export/<what>")
@declare("clearing.export")
def clearing_window_export(book: str, number: int, what: str) -> Response:
    """A window's pairs, nets or payments as a file."""
    if what not in sheets.OF_WINDOW:
        abort(404)
    with reading() as ctx:
        found = window_page(ctx, book, number)
    name = f"clearing-{what}-{number}-{book}"
    return send(sheets.OF_WINDOW[what](found), name, book)


@bp.post("/clearing/<book>/months/<month>/export")
@declare("clearing.export")
def clearing_month_export(book: str, month: str) -> Response:
    """A month's windows as a file."""
    with reading() as ctx:
        found = month_page(ctx, book, _month(month))
    return send(sheets.month(found), f"clearing-{month}-{book}", book)
