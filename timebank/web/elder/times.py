"""Another time for a request: asked for, answered, or let be."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _

from services.errors import Forbidden
from services.policy import NO_RIGHT
from services.queries import elder as queries
from services.queries.elder.requests import RequestPage
from services.queries.schedule.proposals import Times, times_of
from services.schedule.rescheduling import answer, propose, take_back
from timebank.edge import reading
from timebank.web.elder.forms import MomentForm, PlainForm
from timebank.web.elder.whom import done, page, read, show

ONE = "/requests/<book>/<uuid:request_id>"


@page(f"{ONE}/move", "visit.move", ("GET", "POST"))
def move_request(book: str, request_id: UUID) -> Any:
    """Choose another time. Before anybody has promised it holds at once."""
    found = _found(book, request_id)
    times = times_on(book, request_id)
    form = MomentForm.beginning_at(found.starts_at)
    if done(form, lambda ctx: propose(ctx, book, request_id, form.moment())):
        _say_what_became(book, request_id)
        return _back(book, request_id)
    if not times.may_propose and not form.errors:
        return _back(book, request_id)
    return show("times/move", found, form, promised=bool(found.visits))


@page(f"{ONE}/move/<uuid:proposal_id>", "visit.move", ("GET", "POST"))
def answer_move(book: str, request_id: UUID, proposal_id: UUID) -> Any:
    """Yes or no to another time, or the own proposal let be."""
    found = _found(book, request_id)
    times = times_on(book, request_id)
    form = PlainForm()
    said = request.form.get("answer", "")
    if said == "back":
        acted = done(form, lambda ctx: take_back(ctx, book, proposal_id))
    else:
        acted = done(form, lambda ctx: answer(ctx, book, proposal_id, agrees=said == "yes"))
    if acted:
        _say_what_became(book, request_id)
        return _back(book, request_id)
    if times.proposal is None and not form.errors:
        return _back(book, request_id)
    return show("times/answer", found, form, times=times)


def times_on(book: str, request_id: UUID) -> Times:
    """How the request stands with other times."""
    with reading() as ctx:
        return times_of(ctx, book, request_id)


def _say_what_became(book: str, request_id: UUID) -> None:
    if times_on(book, request_id).proposal is not None:
        flash(_("记下了。等大家都说行，时间才算改。"), "success")
    else:
        flash(_("记下了，时间看下面。"), "success")


def _found(book: str, request_id: UUID) -> RequestPage:
    found = read(lambda ctx: queries.request_page(ctx, book, request_id), sensitive="request.read")
    if not found.elder.may_ask:
        raise Forbidden(NO_RIGHT)
    return found


def _back(book: str, request_id: UUID) -> Any:
    return redirect(url_for(".request_page", book=book, request_id=request_id), 303)
