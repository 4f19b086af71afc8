"""Beside and after a visit, on the elder's side: the shopping money, and what one thought of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from services.context import Context
from services.errands.agreeing import agree, disagree
from services.errors import Forbidden
from services.policy import NO_RIGHT
from services.queries import elder as queries
from services.queries.elder.visits import VisitPage
from services.queries.errands import Money, money_of, receipt_file
from services.queries.ratings import VisitRating, rating_of
from services.ratings.giving import Opinion, give_rating
from services.rules.ratings import terms
from timebank.edge import perform, reading
from timebank.web.elder.forms_after import MoneyForm, RateForm, RateWordsForm, WrongForm
from timebank.web.elder.whom import done, page, read, show
from timebank.web.evidence import file_answer

ONE = "/visits/<book>/<uuid:visit_id>"


def found_visit(book: str, visit_id: UUID) -> VisitPage:
    """The visit; somebody else's look at it is recorded."""
    return read(lambda ctx: queries.visit_page(ctx, book, visit_id), sensitive="visit.read")


def money_and_rating(book: str, visit_id: UUID) -> tuple[Money, VisitRating]:
    """What a visit's page says of the money and of the opinion."""
    with reading() as ctx:
        return money_of(ctx, book, visit_id), rating_of(ctx, book, visit_id)


def _back(book: str, visit_id: UUID) -> Redirect:
    return redirect(url_for(".visit_page", book=book, visit_id=visit_id), 303)


def _scoped(book: str, visit_id: UUID) -> VisitPage:
    """The visit for somebody whose word counts; others are told that theirs does not."""
    found = found_visit(book, visit_id)
    if not found.elder.may_confirm:
        raise Forbidden(NO_RIGHT)
    return found


@page(f"{ONE}/money", "errand.agree", ("GET", "POST"))
def money(book: str, visit_id: UUID) -> Any:
    """Is it right, what was given and what came back? One question, two large buttons."""
    found = _scoped(book, visit_id)
    form = MoneyForm()

    def yes(ctx: Context) -> None:
        agree(ctx, book, visit_id, form.money_id, form.seen())

    if done(form, yes):
        flash(_("好的，记下了。"), "success")
        return _back(book, visit_id)
    known, _rating = money_and_rating(book, visit_id)
    if known.unspoken is None and not form.errors:
        return _back(book, visit_id)
    if known.unspoken is not None:
        form.put(known.unspoken)
    return show("money", found, form, money=known)


@page(f"{ONE}/money/wrong", "errand.agree", ("GET", "POST"))
def money_wrong(book: str, visit_id: UUID) -> Any:
    """It is not right: what is wrong, to the branch."""
    found = _scoped(book, visit_id)
    form = WrongForm()

    def no(ctx: Context) -> None:
        disagree(ctx, book, visit_id, form.money_id, form.seen(), form.words())

    if done(form, no):
        flash(_("已经告诉网点了，网点会问清楚。"), "success")
        return _back(book, visit_id)
    known, _rating = money_and_rating(book, visit_id)
    if known.unspoken is None and not form.errors:
        return _back(book, visit_id)
    if known.unspoken is not None:
        form.put(known.unspoken)
    return show("money_wrong", found, form, money=known)


@page(f"{ONE}/money/<uuid:money_id>/<uuid:file_id>", "errand.read")
def money_receipt(book: str, visit_id: UUID, money_id: UUID, file_id: UUID) -> Response:
    """The receipt that the volunteer photographed."""
    found_visit(book, visit_id)
    return file_answer(perform(lambda ctx: receipt_file(ctx, book, visit_id, money_id, file_id)))


@page(f"{ONE}/rate", "rating.give", ("GET", "POST"))
def rate(book: str, visit_id: UUID) -> Any:
    """Good, fair, not good: one tap."""
    found = _scoped(book, visit_id)
    form = RateForm()
    typed = request.form.get("score", "")
    score = int(typed) if typed in ("1", "2", "3") else 0
    if done(form, lambda ctx: give_rating(ctx, book, visit_id, Opinion(score))):
        return redirect(url_for(".rate_words", book=book, visit_id=visit_id), 303)
    _money, known = money_and_rating(book, visit_id)
    if not known.may_give and not form.errors:
        return _back(book, visit_id)
    return show("rate", found, form, rating=known)


@page(f"{ONE}/rate/words", "rating.give", ("GET", "POST"))
def rate_words(book: str, visit_id: UUID) -> Any:
    """Anything to add? And, when it was not good, whether the branch may look into it."""
    found = _scoped(book, visit_id)
    _money, known = money_and_rating(book, visit_id)
    if known.score is None or not known.may_give:
        return _back(book, visit_id)
    score, is_low = known.score, known.score <= terms().low_score
    form = RateWordsForm(words=known.words, quiet=bool(known.quiet))

    def add(ctx: Context) -> None:
        quiet = bool(form.quiet.data) if is_low else None
        give_rating(ctx, book, visit_id, Opinion(score, form.words.data or "", quiet))

    if done(form, add):
        flash(_("谢谢您告诉我们。"), "success")
        return _back(book, visit_id)
    return show("rate_words", found, form, rating=known, is_low=is_low)
