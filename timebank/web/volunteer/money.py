"""The elder's shopping money on the volunteer's telephone: handed over, spent, given back."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.context import Context
from services.errands.handing import give_back, hand
from services.queries import volunteer as read
from services.queries.errands import Money, money_of, receipt_file
from services.queries.ratings import own_ratings
from services.rules.errands import NOTHING_BOUGHT, terms
from timebank.edge import declare, perform, reading, takes_files
from timebank.i18n import is_english
from timebank.web.acting import acted
from timebank.web.evidence import file_answer, uploads_of
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.forms.money import SmallYuanField
from timebank.web.volunteer import bp


class HandForm(PageForm):
    """What the elder handed over."""

    handed_fen = SmallYuanField(
        _l("老人给了您多少元？"),
        required=_l("请写金额。"),
        hint=_l("当面点清再写，例如 50 或 38.50。"),
    )


class BackForm(PageForm):
    """What was spent, with the receipt or why there is none."""

    spent_fen = SmallYuanField(
        _l("花了多少元？"), required=_l("请写金额。"), hint=_l("照小票写。没有买成就写 0。")
    )
    receipts = f.FilesField(_l("小票的照片"))
    why = f.SelectField(_l("没有小票，为什么？"), choices=[], prompt=_l("有小票"))

    def offer(self) -> None:
        """Take the published reasons as choices."""
        english = is_english()
        self.why.choices = [
            (code, name.en if english else name.zh)
            for code, name in terms().no_receipt.items()
            if code != NOTHING_BOUGHT
        ]


def _known(visit_id: UUID) -> Money:
    with reading() as ctx:
        _request, visit = read.own_visit(ctx, visit_id)
        return money_of(ctx, visit.book, visit_id)


@bp.route("/visits/<uuid:visit_id>/money", methods=["GET", "POST"])
@declare("errand.hand")
def money(visit_id: UUID) -> ResponseReturnValue:
    """Write down what was handed over; and every sum of the visit."""
    known, form = _known(visit_id), HandForm()
    if acted(form, lambda ctx: hand(ctx, known.book, visit_id, form.handed_fen.data)):
        flash(_("记下了，老人会看到这个数。"), "success")
        return redirect(url_for("volunteer.money", visit_id=visit_id), 303)
    status = 422 if form.errors else 200
    known = _known(visit_id)
    return render_template("volunteer/money.html", form=form, it=known), status


@bp.route("/visits/<uuid:visit_id>/money/<uuid:money_id>", methods=["GET", "POST"])
@declare("errand.return")
@takes_files
def money_back(visit_id: UUID, money_id: UUID) -> ResponseReturnValue:
    """Write down what was spent; the change is worked out."""
    known, form = _known(visit_id), BackForm()
    form.offer()
    uploads = uploads_of(form.receipts.data) if form.is_submitted() else []

    def back(ctx: Context) -> None:
        why = form.why.data or None
        give_back(ctx, known.book, visit_id, money_id, form.spent_fen.data, uploads, why)

    if acted(form, back):
        flash(_("记下了。请当面把东西、小票和找零交给老人。"), "success")
        return redirect(url_for("volunteer.money", visit_id=visit_id), 303)
    current = known.open
    if current is None or current.id != money_id:
        return redirect(url_for("volunteer.money", visit_id=visit_id), 303)
    status = 422 if form.errors else 200
    page = render_template("volunteer/money_back.html", form=form, it=known, sum=current)
    return page, status


@bp.get("/visits/<uuid:visit_id>/money/<uuid:money_id>/<uuid:file_id>")
@declare("errand.read")
def money_receipt(visit_id: UUID, money_id: UUID, file_id: UUID) -> Response:
    """The receipt as it was sent."""
    book = _known(visit_id).book
    return file_answer(perform(lambda ctx: receipt_file(ctx, book, visit_id, money_id, file_id)))


@bp.get("/ratings")
@declare("rating.read")
def ratings() -> str:
    """What elders think of one's visits, without their names."""
    with reading() as ctx:
        found = own_ratings(ctx)
    return render_template("volunteer/ratings.html", it=found)
