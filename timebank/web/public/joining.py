"""Joining by oneself, or signing up an elder of the family: questions, a check, a number."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.errors import DomainError
from services.people.forms import FAMILY, SELF
from services.people.register import register
from services.people.texts import masked_digits
from services.places import branch, full_name
from services.policy import NOBODY
from services.rules.member_number import grouped
from timebank import wording
from timebank.edge import current_actor, declare, perform, reading
from timebank.i18n import is_english, translated
from timebank.security import limiter
from timebank.web.public import bp
from timebank.web.public.draft import DONE, begin, finish, keep, read_draft
from timebank.web.public.joining_forms import HOW, RELATIONS, SendForm
from timebank.web.public.joining_steps import (
    STEPS,
    Step,
    fill_lists,
    kept_answers,
    missing,
    register_form,
    shown_answers,
    steps_of,
)

SENT_AN_ADDRESS = "20 per hour"


@bp.get("/join")
@declare("public.join")
def signup() -> ResponseReturnValue:
    """What joining means, and for whom it is."""
    return render_template("public/join/start.html")


@bp.post("/join/<any(self, family):how>")
@declare("public.join")
def join_begin(how: str) -> ResponseReturnValue:
    """Begin a draft; a relative comes in first, so that the record can say who it was."""
    is_guest = current_actor().id == NOBODY.id
    if how == FAMILY and is_guest:
        return redirect(url_for("public.login", next=url_for("public.signup")), code=303)
    if how == SELF and not is_guest:
        return redirect(url_for("public.me"), code=303)
    begin(how)
    return _to_first_missing()


@bp.route("/join/step/<name>", methods=["GET", "POST"])
@declare("public.join")
def join_step(name: str) -> ResponseReturnValue:
    """One page of questions."""
    draft = read_draft()
    if not draft:
        return redirect(url_for("public.signup"), code=303)
    pages = steps_of(draft)
    step = next((each for each in STEPS if each.name == name and each in pages), None)
    if step is None:
        return _to_first_missing()
    form = step.form(data=shown_answers(draft))
    with reading() as ctx:
        fill_lists(ctx, form, draft)
        if form.validate_on_submit():
            try:
                answers = kept_answers(ctx, form, draft)
            except DomainError as error:
                form.refuse(error)
            else:
                return _keep(step, answers, draft)
    page = render_template(
        "public/join/step.html",
        form=form,
        step=step,
        back=_before(step, pages),
        number=pages.index(step) + 1,
        is_family=draft["how"] == FAMILY,
    )
    return page, 422 if form.errors else 200


def _keep(step: Step, answers: dict[str, Any], draft: dict[str, Any]) -> ResponseReturnValue:
    done = [*dict.fromkeys([*draft.get("done", ()), step.name])]
    if "branch_id" in answers and answers["branch_id"] is None:
        done = [name for name in done if name != "branch"]
    keep({**answers, "done": done})
    return _to_first_missing()


def _to_first_missing() -> ResponseReturnValue:
    step = missing(read_draft())
    if step is None:
        return redirect(url_for("public.join_check"), code=303)
    return redirect(url_for("public.join_step", name=step.name), code=303)


def _before(step: Step, pages: tuple[Step, ...]) -> str:
    place = pages.index(step)
    if place == 0:
        return url_for("public.signup")
    return url_for("public.join_step", name=pages[place - 1].name)


@bp.route("/join/check", methods=["GET", "POST"])
@declare("public.join")
@limiter.limit(SENT_AN_ADDRESS, methods=["POST"])
def join_check() -> ResponseReturnValue:
    """Show every answer once more, then send them."""
    draft = read_draft()
    if not draft:
        return redirect(url_for("public.signup"), code=303)
    if missing(draft) is not None:
        return _to_first_missing()
    form = SendForm()
    if form.validate_on_submit():
        wanted = register_form(draft)
        try:
            joined = perform(lambda ctx: register(ctx, wanted), key=form.key)
        except DomainError as error:
            form.refuse(error)
        else:
            finish(joined.number, str(wanted.branch_id))
            return redirect(url_for("public.join_done"), code=303)
    page = render_template("public/join/check.html", form=form, rows=_rows(draft))
    return page, 422 if form.errors else 200


@bp.get("/join/done")
@declare("public.join")
def join_done() -> ResponseReturnValue:
    """The number, and what happens next."""
    done = session.get(DONE)
    if not done:
        abort(404)
    with reading() as ctx:
        place = branch(ctx.session, UUID(done["branch_id"]))
    return render_template("public/join/done.html", number=grouped(done["number"]), branch=place)


def _rows(draft: dict[str, Any]) -> list[dict[str, Any]]:
    """The check page's rows: each with the way back to its question."""
    with reading() as ctx:
        place = branch(ctx.session, UUID(draft["branch_id"]))
        home = draft.get("region_code") or draft["county"]
        chinese, english = full_name(ctx.session, home, ctx.now.date())
    shown = shown_answers(draft)
    said_sex = {"female": _("女"), "male": _("男")}[draft["sex"]]
    wishes = {"serve": _("帮助别人"), "receive": _("请人帮忙")}
    masked = masked_digits(draft["id_number"], 6, 4) or ""
    rows = [
        ("relation", _("您是老人的"), str(dict(RELATIONS).get(draft.get("relation", ""), ""))),
        ("who", _("姓名"), draft["name"]),
        ("who", _("性别"), said_sex),
        ("who", _("出生日期"), wording.date_alone(shown["born_on"], is_english())),
        ("who", _("身份证号码"), masked),
        ("guardian", _("监护人"), _guardian(draft)),
        ("county", _("住在"), english if is_english() else chinese),
        ("branch", _("网点"), place.name_en if is_english() else place.name),
        ("reach", _("联系电话"), draft.get("phone") or ""),
        ("reach", _("住址"), draft.get("address") or ""),
        ("reach", _("紧急联系人"), draft.get("contact") or ""),
        ("wish", _("想做什么"), "、".join(wishes[each] for each in draft["wishes"])),
        ("offer", _("会做什么"), draft.get("skills") or ""),
    ]
    pages = {step.name for step in steps_of(draft)}
    return [
        {"key": key, "value": value, "href": url_for("public.join_step", name=name)}
        for name, key, value in rows
        if name in pages and value
    ]


def _guardian(draft: dict[str, Any]) -> str:
    if not draft.get("minor"):
        return ""
    how = dict(HOW).get(draft.get("guardian_how", ""), "")
    relation = translated(draft.get("guardian_relation", ""))
    return f"{draft.get('guardian_name')} · {relation} · {how}"
