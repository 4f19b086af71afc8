"""Standing visits of a volunteer: willing or not, and a yes to each of the dates shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.context import Context
from services.errors import DomainError
from services.queries.schedule.volunteer import my_series, one_of_mine
from services.schedule import regulars
from timebank.edge import declare, perform, reading
from timebank.i18n import say
from timebank.web.volunteer import bp
from timebank.web.volunteer.forms import ActForm


@bp.get("/standing")
@declare("series.agree")
def standing() -> str:
    """Everything that I was asked to come to as a rule."""
    with reading() as ctx:
        found = my_series(ctx)
    return render_template("volunteer/standing.html", rows=found)


@bp.get("/standing/<uuid:series_id>")
@declare("series.agree")
def standing_one(series_id: UUID) -> ResponseReturnValue:
    """One of them, with its dates."""
    return _page(series_id, ActForm())


@bp.post("/standing/<uuid:series_id>/agree")
@declare("series.agree")
def standing_agree(series_id: UUID) -> ResponseReturnValue:
    """I am willing to come as a rule."""
    return _acted(
        series_id,
        lambda ctx, book: regulars.agree(ctx, book, series_id),
        lambda _done: _("谢谢您。每一次还是由您自己答应。"),
    )


@bp.post("/standing/<uuid:series_id>/stop")
@declare("series.agree")
def standing_stop(series_id: UUID) -> ResponseReturnValue:
    """I do not come as a rule, or no longer."""
    return _acted(
        series_id,
        lambda ctx, book: regulars.stop(ctx, book, series_id),
        lambda _done: _("好的，以后不固定去了。已经答应的几次，去不了请到那一次说一声。"),
    )


@bp.post("/standing/<uuid:series_id>/dates")
@declare("series.agree")
def standing_dates(series_id: UUID) -> ResponseReturnValue:
    """Yes to each of the dates that stood on the page."""
    days = [_day(each) for each in request.form.getlist("day")]
    return _acted(
        series_id,
        lambda ctx, book: regulars.accept_dates(ctx, book, series_id, days),
        _said,
    )


def _said(answered: list[regulars.Answered]) -> str:
    """How many it became, and the first reason where some did not."""
    told = str(_("答应了 %(n)s 次。", n=sum(each.visit_id is not None for each in answered)))
    refused = [each.refusal for each in answered if each.refusal is not None]
    if refused:
        told += say(refused[0].sentence, refused[0].params)
    return told


def _acted(
    series_id: UUID, work: Callable[[Context, str], Any], said: Callable[[Any], str]
) -> ResponseReturnValue:
    form = ActForm()
    if form.validate_on_submit():
        # It may stand in a book that the volunteer has left.
        with reading() as ctx:
            book = one_of_mine(ctx, series_id).series.book
        try:
            done = perform(lambda ctx: work(ctx, book), key=form.key)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(said(done), "success")
            return redirect(url_for("volunteer.standing"), 303)
    return _page(series_id, form)


def _page(series_id: UUID, form: ActForm) -> ResponseReturnValue:
    with reading() as ctx:
        found = one_of_mine(ctx, series_id)
    status = 422 if form.errors else 200
    return render_template("volunteer/standing_one.html", it=found, form=form), status


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)
