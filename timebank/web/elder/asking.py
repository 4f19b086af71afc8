"""我要帮忙: one question a page, the answers to check, and the request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import abort, redirect, request, url_for

from services.errors import DomainError, Forbidden
from services.queries import elder as queries
from services.queries.elder.asking import Asking, Forecast
from services.requests import asking as acts
from services.requests import staying
from timebank.edge import declare, now, perform, reading
from timebank.web.elder import answers as given
from timebank.web.elder import bp
from timebank.web.elder.check import rows_of
from timebank.web.elder.draft import Draft, Sent, draft_of, keep
from timebank.web.elder.forms import PlainForm
from timebank.web.elder.questions import Scene, kept, price_at, question_form
from timebank.web.elder.whom import page, read, show, whom


@bp.get("/ask/for/<uuid:member_id>")
@declare("request.ask")
def ask_for(member_id: UUID) -> Any:
    """Ask for somebody: the short address that other pages link to."""
    return redirect(url_for(".ask", elder_id=member_id), 303)


@page("/ask", "request.ask", ("GET", "POST"))
def ask() -> Any:
    """Begin: go on with a draft, ask for the same again, or start afresh."""
    if request.args.get("for"):
        return redirect(url_for(".ask", elder_id=_uuid(request.args["for"])), 303)
    asking, draft = _known()
    form = PlainForm()
    if form.validate_on_submit():
        return _begin(request.form.get("begin", ""), asking, draft)
    if not draft.answers and asking.last is None:
        return _go_on(asking, draft)
    return show(
        "ask/start",
        asking,
        form,
        has_draft=bool(draft.answers),
        line=asking.service(draft.answers.get("service")),
        last=asking.last,
        last_line=asking.service(asking.last.service_code) if asking.last else None,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        abort(404)


def _begin(how: str, asking: Asking, draft: Draft) -> Any:
    if how != "resume":
        draft.answers = given.remembered(asking) if how == "again" else {}
        keep(draft)
    return _go_on(asking, draft)


@page("/ask/<name>", "request.ask", ("GET", "POST"))
def question(name: str) -> Any:
    """One question. A question that does not arise leads to the one that does."""
    asking, draft = _known(sensitive="member.read" if name == "where" else "")
    asked = given.questions(draft.answers, asking)
    waiting = given.next_question(draft.answers, asking)
    too_early = waiting is not None and name in asked and asked.index(name) > asked.index(waiting)
    if name not in asked or too_early:
        return _go_on(asking, draft)
    scene = _scene(asking, draft, name)
    default = draft.answers.get(name, given.remembered(asking).get(name))
    form = question_form(name, scene, default)
    if form.validate_on_submit():
        answers = given.changed(draft.answers, name, kept(form), asking)
        refusal = _refused_moment(answers, asking) if name in ("time", "clock") else None
        if refusal is None:
            draft.answers = answers
            keep(draft)
            return _go_on(asking, draft)
        refusal.field = "answer"
        form.refuse(refusal)
    return show(
        "ask/question",
        asking,
        form,
        back=_back(asked, name, complete=waiting is None),
        name=name,
        line=scene.line,
    )


@page("/ask/check", "request.ask", ("GET", "POST"))
def check() -> Any:
    """Every answer once more, what will be held, and the button that sends it."""
    form = PlainForm()
    sent = draft_of(whom()).sent
    if sent is not None and request.method == "POST" and sent.key == form.key:
        return _to_confirmation(sent.book, sent.request_id)
    asking, draft = _known(sensitive="member.read")
    if given.next_question(draft.answers, asking) is not None:
        return _go_on(asking, draft)
    if form.validate_on_submit():
        answer = _send(form, asking, draft)
        if answer is not None:
            return answer
    forecast = None
    if not form.errors:
        try:
            forecast = _forecast(asking, draft)
        except DomainError as error:
            _mendable(form, error, asking, draft)
    place = _place(draft, asking)
    return show(
        "ask/check",
        asking,
        form,
        rows=rows_of(draft.answers, asking, place),
        place=place,
        forecast=forecast,
        line=asking.service(draft.answers["service"]),
    )


def _send(form: PlainForm, asking: Asking, draft: Draft) -> Any:
    wanted = given.ask_form(draft.answers, asking)
    try:
        request_id = perform(lambda ctx: acts.ask(ctx, wanted), key=form.key)
    except DomainError as error:
        _mendable(form, error, asking, draft)
        return None
    draft.answers, draft.sent = {}, Sent(form.key, asking.elder.book, request_id)
    keep(draft)
    return _to_confirmation(asking.elder.book, request_id)


def _mendable(form: PlainForm, error: DomainError, asking: Asking, draft: Draft) -> None:
    """Say on the page what another answer can mend; what nobody may do is no matter of it."""
    if isinstance(error, Forbidden):
        raise error
    form.refuse(error)
    mend = given.MENDS.get(error.field or "")
    form.mend = mend if mend in given.questions(draft.answers, asking) else None


def _to_confirmation(book: str, request_id: UUID) -> Any:
    return redirect(url_for(".request_done", book=book, request_id=request_id), 303)


def _known(*, sensitive: str = "") -> tuple[Asking, Draft]:
    asking = read(lambda ctx: queries.asking_of(ctx, whom()), sensitive=sensitive)
    draft = draft_of(whom())
    if asking.service(draft.answers.get("service")) is None:
        # The catalogue has changed since: what it no longer has is asked again.
        draft.answers.pop("service", None)
    return asking, draft


def _place(draft: Draft, asking: Asking) -> staying.Place | None:
    """Where the elder stays, by the draft."""
    chosen = given.place_of(draft.answers, asking)
    if chosen is None:
        return None
    with reading() as ctx:
        return staying.place_of(ctx, chosen)


def _scene(asking: Asking, draft: Draft, name: str) -> Scene:
    service = draft.answers.get("service", "")

    def price(moment: Any, minutes: int) -> int:
        with reading() as ctx:
            return queries.price_of(ctx, service, moment, minutes)

    scene = Scene(asking, draft.answers, now(), price_at(draft.answers, price))
    with reading() as ctx:
        if name == "county":
            return replace(scene, counties=staying.counties_of(ctx, asking.elder.book))
        if name == "place":
            branches = staying.places_in(ctx, draft.answers["county"])
            return replace(scene, branches=branches)
    return scene


def _forecast(asking: Asking, draft: Draft) -> Forecast:
    wanted = given.ask_form(draft.answers, asking)
    with reading() as ctx:
        return queries.forecast(ctx, wanted)


def _refused_moment(answers: given.Answers, asking: Asking) -> DomainError | None:
    """A moment that would be refused in the end, said where it is chosen."""
    line = asking.service(answers.get("service"))
    if line is None or given.starts_at(answers) is None:
        return None
    shortest = given.ask_form({**answers, "length": str(line.min_minutes)}, asking)
    try:
        with reading() as ctx:
            queries.forecast(ctx, shortest)
    except DomainError as error:
        return error if error.field == "starts_at" else None
    return None


def _go_on(asking: Asking, draft: Draft) -> Any:
    name = given.next_question(draft.answers, asking)
    if name is None:
        return redirect(url_for(".check"), 303)
    return redirect(url_for(".question", name=name), 303)


def _back(asked: list[str], name: str, *, complete: bool) -> str:
    if complete:
        return url_for(".check")
    place = asked.index(name)
    return url_for(".question", name=asked[place - 1]) if place else url_for(".home")
