"""固定服务: the list, one of them with its dates, and setting one up question by question."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _

from services.errors import DomainError, Forbidden
from services.policy import NO_RIGHT
from services.queries import elder as queries
from services.queries.elder.asking import Asking
from services.queries.schedule.elder import (
    DatePage,
    SeriesPage,
    date_page,
    series_list,
    series_page,
)
from services.schedule import exceptions, regulars
from services.schedule import series as acts
from timebank.edge import now, perform, reading
from timebank.web.elder import answers as given
from timebank.web.elder import standing_questions as asked
from timebank.web.elder.draft import Draft, Sent, draft_of, keep
from timebank.web.elder.forms import MomentForm, PeopleForm, PlainForm
from timebank.web.elder.questions import Scene
from timebank.web.elder.standing_questions import holiday_words
from timebank.web.elder.whom import done, page, read, show, whom

ONE = "/standing/<book>/<uuid:series_id>"
DATE = f"{ONE}/<day>"
COOKIE = "standing"


@page("/standing", "series.read")
def standing_list() -> Any:
    """All standing visits."""
    return show("standing/list", read(lambda ctx: series_list(ctx, whom())))


@page("/standing/new", "series.make", ("POST",))
def standing_new() -> Any:
    """Begin with the first question."""
    if PlainForm().validate_on_submit():
        _keep({})
    return redirect(url_for(".standing_question", name="kind"), 303)


@page("/standing/ask/<name>", "series.make", ("GET", "POST"))
def standing_question(name: str) -> Any:
    """One question. A question that does not arise leads to the one that does."""
    asking, draft = _known("member.read" if name == "where" else "")
    order = asked.questions(draft.answers, asking)
    waiting = asked.next_question(draft.answers, asking)
    early = waiting is not None and name in order and order.index(name) > order.index(waiting)
    if name not in order or early:
        return _go_on(asking, draft.answers)
    form = asked.question_form(name, _scene(asking, draft), draft.answers.get(name))
    if form.validate_on_submit():
        draft.answers = given.changed(draft.answers, name, asked.kept(name, form), asking)
        keep(draft)
        return _go_on(asking, draft.answers)
    place = order.index(name)
    back = url_for(".standing_question", name=order[place - 1]) if place else None
    return show(
        "standing/question",
        asking,
        form,
        back=back or url_for(".standing_list"),
        name=name,
        line=asking.service(draft.answers.get("service")),
    )


@page("/standing/check", "series.make", ("GET", "POST"))
def standing_check() -> Any:
    """Every answer once more, and the button that sets it up."""
    form = PlainForm()
    sent = draft_of(whom(), COOKIE).sent
    if sent is not None and request.method == "POST" and sent.key == form.key:
        return _to_series(sent.book, sent.request_id)
    asking, draft = _known("member.read")
    if asked.next_question(draft.answers, asking) is not None:
        return _go_on(asking, draft.answers)
    if form.validate_on_submit():
        answer = _send(form, asking, draft)
        if answer is not None:
            return answer
    moment = asked.first_moment(draft.answers, now())
    minutes = int(draft.answers["length"])
    with reading() as ctx:
        price = queries.price_of(ctx, draft.answers["service"], moment, minutes) if moment else 0
    return show(
        "standing/check",
        asking,
        form,
        rows=asked.rows_of(draft.answers, asking),
        first_at=moment,
        minutes=minutes,
        price_minutes=price,
        is_change="series" in draft.answers,
        line=asking.service(draft.answers["service"]),
    )


def _send(form: PlainForm, asking: Asking, draft: Draft) -> Any:
    try:
        wanted = asked.series_form(draft.answers, asking, now())
        known = draft.answers.get("series")
        if known:
            key = UUID(known)
            perform(lambda ctx: acts.change(ctx, asking.elder.book, key, wanted), key=form.key)
        else:
            key = perform(lambda ctx: acts.make(ctx, wanted), key=form.key)
    except DomainError as error:
        if isinstance(error, Forbidden):
            raise
        form.refuse(error)
        form.mend = asked.MENDS.get(error.field or "")
        return None
    draft.answers, draft.sent = {}, Sent(form.key, asking.elder.book, key)
    keep(draft)
    flash(_("约好了。每次有人答应，我们都通知您。"), "success")
    return _to_series(asking.elder.book, key)


@page(ONE, "series.read")
def standing_one(book: str, series_id: UUID) -> Any:
    """One standing visit: the next dates, who comes, and what can be done."""
    found = _found(book, series_id)
    return show("standing/one", found, PlainForm(), holiday_words=holiday_words)


@page(f"{ONE}/change", "series.change", ("POST",))
def standing_change(book: str, series_id: UUID) -> Any:
    """Go through the answers again, all of them filled in."""
    found = _mine(book, series_id)
    asking = read(lambda ctx: queries.asking_of(ctx, whom()))
    if PlainForm().validate_on_submit():
        _keep(asked.answers_of(found.form, asking, series_id))
    return redirect(url_for(".standing_check"), 303)


@page(f"{ONE}/pause", "series.change", ("POST",))
def standing_pause(book: str, series_id: UUID) -> Any:
    """Stop for a while."""
    return _act(book, series_id, lambda ctx: acts.pause(ctx, book, series_id), _("先停一停了。"))


@page(f"{ONE}/resume", "series.change", ("POST",))
def standing_resume(book: str, series_id: UUID) -> Any:
    """Go on."""
    return _act(book, series_id, lambda ctx: acts.resume(ctx, book, series_id), _("又开始了。"))


@page(f"{ONE}/end", "series.end", ("GET", "POST"))
def standing_end(book: str, series_id: UUID) -> Any:
    """Stop for good: what happens is said first."""
    found = _mine(book, series_id)
    form = PlainForm()
    if done(form, lambda ctx: acts.end(ctx, book, series_id)):
        flash(_("固定服务已经停止。"), "success")
        return _to_series(book, series_id)
    return show("standing/end", found, form)


@page(f"{ONE}/people", "series.change", ("GET", "POST"))
def standing_people(book: str, series_id: UUID) -> Any:
    """Whom to ask to come as a rule, or to stand in: out of those who have come before."""
    found = _mine(book, series_id)
    form = PeopleForm()
    form.offer(found.known)
    place = form.place.data or regulars.REGULAR

    def name(ctx: Any) -> None:
        regulars.name_person(ctx, book, series_id, form.chosen(), place)

    if done(form, name):
        flash(_("已经问了。愿意不愿意由志愿者自己定，有回音就通知您。"), "success")
        return _to_series(book, series_id)
    return show("standing/people", found, form)


@page(DATE, "series.read")
def standing_date(book: str, series_id: UUID, day: str) -> Any:
    """One date, and what can be done with it."""
    return show("standing/date", _date(book, series_id, day), PlainForm())


@page(f"{DATE}/cancel", "series.change", ("POST",))
def standing_date_cancel(book: str, series_id: UUID, day: str) -> Any:
    """Leave this one date out."""
    rule_day = _day(day)
    return _act(
        book,
        series_id,
        lambda ctx: exceptions.cancel_date(ctx, book, series_id, rule_day),
        _("这一次不来了。别的日子照常。"),
    )


@page(f"{DATE}/again", "series.change", ("POST",))
def standing_date_again(book: str, series_id: UUID, day: str) -> Any:
    """Try a date once more that could not be asked for."""
    rule_day = _day(day)
    if done(PlainForm(), lambda ctx: exceptions.ask_again(ctx, book, series_id, rule_day)):
        flash(_("又试了一次，结果看下面。"), "success")
    return redirect(url_for(".standing_date", book=book, series_id=series_id, day=day), 303)


@page(f"{DATE}/move", "series.change", ("GET", "POST"))
def standing_date_move(book: str, series_id: UUID, day: str) -> Any:
    """Have this one date at another time."""
    found = _date(book, series_id, day)
    form = MomentForm.beginning_at(found.date.starts_at)

    def move(ctx: Any) -> bool:
        outcome = exceptions.move_date(ctx, book, series_id, _day(day), form.moment())
        return outcome.is_moved

    if done(form, move):
        flash(_("记下了。已经有人答应的，要等对方说行才算改。"), "success")
        return redirect(url_for(".standing_date", book=book, series_id=series_id, day=day), 303)
    return show("standing/move", found, form)


def _act(book: str, series_id: UUID, work: Any, said: str) -> Any:
    found = _mine(book, series_id)
    form = PlainForm()
    if done(form, work):
        flash(said, "success")
        return _to_series(book, series_id)
    if form.errors:
        return show("standing/one", found, form, holiday_words=holiday_words)
    return _to_series(book, series_id)


def _to_series(book: str, series_id: UUID) -> Any:
    return redirect(url_for(".standing_one", book=book, series_id=series_id), 303)


def _found(book: str, series_id: UUID) -> SeriesPage:
    return read(lambda ctx: series_page(ctx, book, series_id), sensitive="series.read")


def _mine(book: str, series_id: UUID) -> SeriesPage:
    found = _found(book, series_id)
    if not found.may_change:
        raise Forbidden(NO_RIGHT)
    return found


def _date(book: str, series_id: UUID, day: str) -> DatePage:
    rule_day = _day(day)
    return read(lambda ctx: date_page(ctx, book, series_id, rule_day), sensitive="series.read")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)


def _keep(answers: dict[str, str]) -> None:
    draft = draft_of(whom(), COOKIE)
    draft.answers = answers
    keep(draft)


def _known(sensitive: str) -> tuple[Asking, Draft]:
    asking = read(lambda ctx: queries.asking_of(ctx, whom()), sensitive=sensitive)
    draft = draft_of(whom(), COOKIE)
    if asking.service(draft.answers.get("service")) is None:
        draft.answers.pop("service", None)
    return asking, draft


def _scene(asking: Asking, draft: Draft) -> Scene:
    moment = asked.first_moment(draft.answers, now())
    service = draft.answers.get("service", "")

    def price(minutes: int) -> int | None:
        if moment is None:
            return None
        with reading() as ctx:
            return queries.price_of(ctx, service, moment, minutes)

    return Scene(asking, draft.answers, now(), price)


def _go_on(asking: Asking, answers: dict[str, str]) -> Any:
    name = asked.next_question(answers, asking)
    if name is None:
        return redirect(url_for(".standing_check"), 303)
    return redirect(url_for(".standing_question", name=name), 303)
