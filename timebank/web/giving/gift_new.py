"""Giving coins: whom, how much, three questions for the old, a look at it all, and a code."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from models.giving import GiftOrigin
from services.errors import DomainError, Forbidden
from services.gifts.making import GiftForm as Wanted
from services.gifts.making import make
from services.gifts.sentences import GuardStops
from services.queries import gifts as queries
from services.queries.gifts import Giving
from services.rules.gifts import GUARD_QUESTIONS, guard_passes
from services.rules.names import Name
from timebank import wording
from timebank.edge import current_actor, declare, perform, reading
from timebank.i18n import is_english
from timebank.web.branch.words import named
from timebank.web.elder.draft import Draft, Sent, draft_of, keep
from timebank.web.forms.base import PageForm
from timebank.web.giving import bp
from timebank.web.giving.gift_forms import (
    FRIEND,
    OTHER,
    YES,
    FriendForm,
    GiftForm,
    question_form,
)
from timebank.web.giving.gift_words import both

COOKIE, PATH = "gift", "/giving"
COINS = {"earned": GiftOrigin.EARNED, "inherited": GiftOrigin.INHERITED}
#: Which question mends which field of a refusal.
MENDS = {"receiver_id": "whom", "amount_minutes": "amount"}


@bp.get("/gifts/new", endpoint="gift_new")
@declare("gift.make")
def gift_new() -> Any:
    """Begin anew; ``coins=inherited`` directs a share that an heir cannot use yet."""
    draft = _draft()
    draft.answers = {"coins": request.args.get("coins", "earned")}
    page = _page(draft)
    if (instead := _instead(page)) is not None:
        return instead
    keep(draft)
    return redirect(url_for(".gift_question", name="whom"), 303)


def _instead(page: Giving) -> Any:
    """The page for whoever cannot give here and now, in plain words; None for everybody else."""
    nobody = not page.relatives and not page.friends_allowed
    nothing = not nobody and max(map(page.most_minutes, ("", FRIEND))) == 0
    if page.blocked is None and page.has_code and not nobody and not nothing:
        return None
    return render_template("giving/gift_counter.html", page=page, nobody=nobody, nothing=nothing)


@bp.route("/gifts/new/<name>", methods=["GET", "POST"], endpoint="gift_question")
@declare("gift.make")
def question(name: str) -> Any:
    """One question; one that does not arise leads to the one that does."""
    draft = _draft()
    page = _page(draft)
    if (instead := _instead(page)) is not None:
        return instead
    asked = _questions(draft.answers, page)
    waiting = _next(draft.answers, page)
    if name not in asked or (waiting and asked.index(name) > asked.index(waiting)):
        return _go_on(draft, page)
    form = FriendForm() if name == "friend" else question_form(name, page, draft.answers)
    if form.validate_on_submit() and _answered(name, form, draft, page):
        keep(draft)
        if name in GUARD_QUESTIONS and _is_pressed(draft.answers):
            return _stopped(draft, page)
        return _go_on(draft, page)
    place = asked.index(name)
    back = url_for(".gift_question", name=asked[place - 1]) if place else url_for(".gifts")
    template = "giving/gift_friend.html" if name == "friend" else "giving/gift_question.html"
    status = 422 if form.errors else 200
    return render_template(template, form=form, back=back, page=page, name=name), status


@bp.route("/gifts/new/check", methods=["GET", "POST"], endpoint="gift_check")
@declare("gift.make")
def check() -> Any:
    """Everything once more; the button sends the code."""
    form, draft = GiftForm(), _draft()
    sent = draft.sent
    if sent is not None and request.method == "POST" and sent.key == form.key:
        return redirect(url_for(".gift_code", book=sent.book, gift_id=sent.request_id), 303)
    page = _page(draft)
    if _instead(page) is not None or _next(draft.answers, page) is not None:
        return _go_on(draft, page)
    wanted, mend = _wanted(draft.answers), None
    try:
        if form.validate_on_submit():
            gift_id = perform(lambda ctx: make(ctx, wanted), key=form.key)
            draft.answers, draft.sent = {}, Sent(form.key, page.book, gift_id)
            keep(draft)
            return redirect(url_for(".gift_code", book=page.book, gift_id=gift_id), 303)
        with reading() as ctx:
            queries.foreseen(ctx, wanted)
    except GuardStops:
        return _stop_page(page)
    except Forbidden:
        raise
    except DomainError as error:
        form.refuse(error)
        mend = MENDS.get(error.field or "")
    with reading() as ctx:
        region = queries.region_of(ctx, wanted.giver_id, wanted.receiver_id)
    rows = _rows(draft.answers, wanted, region)
    status = 422 if form.errors else 200
    known = {"rows": rows, "mend": mend, "name": draft.answers["name"], "page": page}
    known["region"] = named(region) if region else ""
    return render_template("giving/gift_check.html", form=form, **known), status


def _draft() -> Draft:
    return draft_of(current_actor().id, COOKIE, PATH)


def _page(draft: Draft) -> Giving:
    origin = COINS.get(draft.answers.get("coins", ""), GiftOrigin.EARNED)
    with reading() as ctx:
        return queries.giving(ctx, current_actor().id, origin)


def _questions(answers: dict[str, str], page: Giving) -> list[str]:
    asked = {
        "whom": True,
        "friend": answers.get("whom") == FRIEND,
        "amount": True,
        "minutes": answers.get("amount") == OTHER,
        **dict.fromkeys(GUARD_QUESTIONS, page.needs_guard),
    }
    return [name for name, wanted in asked.items() if wanted]


def _next(answers: dict[str, str], page: Giving) -> str | None:
    """The first question without an answer, None when all have one."""
    waiting = (name for name in _questions(answers, page) if name not in answers)
    return next(waiting, None)


def _go_on(draft: Draft, page: Giving) -> Any:
    name = _next(draft.answers, page)
    if name is None:
        return redirect(url_for(".gift_check"), 303)
    return redirect(url_for(".gift_question", name=name), 303)


def _answered(name: str, form: PageForm, draft: Draft, page: Giving) -> bool:
    """Write an answer into the draft; what depended on another one is asked again."""
    answers = draft.answers
    if name == "friend":
        try:
            found = perform(
                lambda ctx: queries.friend_of(ctx, page.giver_id, form.number.data, form.name.data)
            )
        except DomainError as error:
            form.refuse(error)
            return False
        answers |= {"friend": str(found.member_id), "name": found.name, "relation": FRIEND}
        return True
    said = str(form.answer.data)
    if name == "whom" and said != answers.get("whom"):
        for depends in ("friend", "name", "relation", "amount", "minutes", *GUARD_QUESTIONS):
            answers.pop(depends, None)
        if said != FRIEND:
            relative = page.relative(UUID(said))
            assert relative is not None, "a choice of the form"
            answers |= {"name": relative.name, "relation": relative.relation}
    if name == "amount" and said != OTHER:
        answers.pop("minutes", None)
    answers[name] = said
    return True


def _wanted(answers: dict[str, str]) -> Wanted:
    """The gift that complete answers make."""
    receiver = answers["friend" if answers["whom"] == FRIEND else "whom"]
    amount = answers["minutes" if answers["amount"] == OTHER else "amount"]
    return Wanted(
        giver_id=current_actor().id,
        receiver_id=UUID(receiver),
        amount_minutes=int(amount),
        guard=_guard(answers),
        origin=COINS.get(answers.get("coins", ""), GiftOrigin.EARNED),
    )


def _guard(answers: dict[str, str]) -> dict[str, bool]:
    return {name: answers[name] == YES for name in GUARD_QUESTIONS if name in answers}


def _is_pressed(answers: dict[str, str]) -> bool:
    """Whether all guard questions are answered, and one of them as somebody does who is pressed."""
    guard = _guard(answers)
    return set(guard) == set(GUARD_QUESTIONS) and not guard_passes(guard)


def _stopped(draft: Draft, page: Giving) -> Any:
    """Stop kindly, at the question and not only in the end; that it was stopped is recorded."""
    wanted = _wanted(draft.answers)
    draft.answers = {}
    keep(draft)
    try:
        perform(lambda ctx: make(ctx, wanted), key=GiftForm().key)
    except GuardStops:
        return _stop_page(page)
    except DomainError:
        return redirect(url_for(".gifts"), 303)
    raise AssertionError("a wrong answer never makes a gift")


def _stop_page(page: Giving) -> Any:
    return render_template("giving/gift_stopped.html", page=page), 409


def _rows(answers: dict[str, str], wanted: Wanted, region: Name | None) -> list[dict[str, str]]:
    def link(name: str) -> str:
        return url_for(".gift_question", name=name)

    coins = _("继承来的") if wanted.origin is GiftOrigin.INHERITED else _("自己做服务挣来的")
    where = [{"key": _("对方住在"), "value": named(region)}] if region else []
    return [
        {
            "key": _("送给谁"),
            "value": both(answers["name"], answers["relation"]),
            "href": link("whom"),
        },
        *where,
        {
            "key": _("送多少"),
            "value": wording.duration(wanted.amount_minutes, is_english()),
            "href": link("amount"),
        },
        {"key": _("从哪里出"), "value": coins},
    ]
