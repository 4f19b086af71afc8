"""A visit on the elder's side: who comes, was it so, and what it came to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from services.errors import Forbidden
from services.policy import NO_RIGHT
from services.queries import elder as queries
from services.queries.elder.visits import VisitPage
from services.queries.receipts import NoReceipt, Receipt, receipt_of
from services.standards.reading import standard as standard_of
from services.visits.appeals import appeal_of
from services.visits.confirming import confirm as confirm_visit
from services.visits.disputes import open_dispute
from timebank.edge import reading
from timebank.seals.files import seal_of
from timebank.web.elder.after import money_and_rating
from timebank.web.elder.details import sums_of
from timebank.web.elder.forms import DisputeForm, PlainForm
from timebank.web.elder.whom import done, page, read, show

ONE = "/visits/<book>/<uuid:visit_id>"


@page(ONE, "visit.read")
def visit_page(book: str, visit_id: UUID) -> Any:
    """Who comes, the word at the door, the two codes."""
    found = _found(book, visit_id)
    money, rating = money_and_rating(book, visit_id)
    with reading() as ctx:
        appeal = appeal_of(ctx, book, visit_id)
    return show(
        "visit",
        found,
        money=money,
        rating=rating,
        appeal=appeal,
        standard=standard_of(found.service_code),
    )


@page(f"{ONE}/confirm", "visit.confirm", ("GET", "POST"))
def confirm(book: str, visit_id: UUID) -> Any:
    """Was it so? Yes posts the minutes, no leads to a dispute; the next page asks how it was.

    Money that went to a shop is spoken of first.
    """
    found = _scoped(book, visit_id)
    form = PlainForm()
    if money_and_rating(book, visit_id)[0].unspoken is not None:
        flash(_("先说清代购的钱，再确认这次服务。"), "info")
        return redirect(url_for(".money", book=book, visit_id=visit_id), 303)
    if done(form, lambda ctx: confirm_visit(ctx, book, visit_id)):
        if _found(book, visit_id).has_receipt:
            flash(_("谢谢您，已经确认。"), "success")
            return redirect(url_for(".receipt", book=book, visit_id=visit_id), 303)
        flash(_("谢谢您，已经确认。另一位志愿者也确认以后一起入账。"), "success")
        return redirect(url_for(".visit_page", book=book, visit_id=visit_id), 303)
    if not found.may_confirm and not form.errors:
        return redirect(url_for(".visit_page", book=book, visit_id=visit_id), 303)
    return show("confirm", found, form)


@page(f"{ONE}/dispute", "dispute.open", ("GET", "POST"))
def dispute(book: str, visit_id: UUID) -> Any:
    """It was not so: in one's own words, to the branch."""
    found = _scoped(book, visit_id)
    form = DisputeForm()
    if done(form, lambda ctx: open_dispute(ctx, book, visit_id, form.text.data)):
        flash(_("已经告诉网点了。处理完之前，留出的时间不会用掉。"), "success")
        return redirect(url_for(".visit_page", book=book, visit_id=visit_id), 303)
    if not found.may_dispute and not form.errors:
        return redirect(url_for(".visit_page", book=book, visit_id=visit_id), 303)
    return show("dispute", found, form)


@page(f"{ONE}/receipt", "visit.read")
def receipt(book: str, visit_id: UUID) -> Any:
    """What the visit was worth and why; before it is posted, the visit's page."""
    found = _found(book, visit_id)
    try:
        with reading() as ctx:
            paper: Receipt = receipt_of(ctx, book, visit_id)
    except NoReceipt:
        return redirect(url_for(".visit_page", book=book, visit_id=visit_id), 303)
    seal = seal_of(book, paper.transfer_id)
    _money, rating = money_and_rating(book, visit_id)
    return show("receipt", found, paper=paper, sums=sums_of(paper), seal=seal, rating=rating)


def _found(book: str, visit_id: UUID) -> VisitPage:
    return read(lambda ctx: queries.visit_page(ctx, book, visit_id), sensitive="visit.read")


def _scoped(book: str, visit_id: UUID) -> VisitPage:
    """The visit for somebody whose word counts; others are told that theirs does not."""
    found = _found(book, visit_id)
    if not found.elder.may_confirm:
        raise Forbidden(NO_RIGHT)
    return found
