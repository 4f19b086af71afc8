"""Moving home by the own login: where to, which branch, a look at it all, and a code."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.moving import acting, planning, reading
from services.people import second_factor
from services.people.reading import member_row
from timebank.edge import current_actor, declare
from timebank.edge import reading as looking
from timebank.web.elder.draft import Draft, draft_of, keep
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.giving import bp
from timebank.web.giving.acting import acted, page
from timebank.web.giving.gift_forms import CodeForm
from timebank.web.words.moves import FOR_TEMPLATES, named, past_rows

COOKIE, PATH = "move", "/giving"


class CountyForm(PageForm):
    """Where to."""

    county = f.SelectField(_l("搬到哪个县（市、区）？"), required=_l("请选一个县（市、区）。"))


class HouseForm(PageForm):
    """Which branch there, and the new address."""

    branch = f.ChoiceField(
        _l("以后归哪个网点？"),
        choices=[],
        hint=_l("选离新家近的，以后办事、找人都在那里。"),
        required=_l("请选一个网点。"),
    )
    address = f.TextField(
        _l("新家的住址"),
        hint=_l("上门的人照这个地址找您。"),
        required=_l("请写明新家的住址。"),
        max_length=120,
    )


@bp.get("/moving", endpoint="moving")
@declare("move.read")
def moving() -> Any:
    """What moving home means, and the moves so far."""
    me = current_actor().id
    with looking() as ctx:
        member = member_row(ctx.session, me)
        past, left = reading.my_moves(ctx, me), reading.left_accounts(ctx, member)
        has_code = second_factor.can_receive(ctx, member)
    rows = past_rows(past, lambda code: url_for(".paper", code=code))
    return page("moving", rows=rows, left=left, has_code=has_code, **FOR_TEMPLATES)


@bp.route("/moving/where", methods=["GET", "POST"], endpoint="moving_where")
@declare("member.move")
def where() -> Any:
    """The county."""
    form, draft = CountyForm(), _draft()
    with looking() as ctx:
        found = reading.counties(ctx, current_actor().home_book)
    form.county.choices = [(each.book, named(each.name)) for each in found]
    if form.validate_on_submit():
        draft.answers = {"county": str(form.county.data)}
        keep(draft)
        return redirect(url_for(".moving_house"), 303)
    return page("moving_where", form, found=found)


@bp.route("/moving/house", methods=["GET", "POST"], endpoint="moving_house")
@declare("member.move")
def house() -> Any:
    """The branch and the address."""
    draft = _draft()
    if "county" not in draft.answers:
        return redirect(url_for(".moving_where"), 303)
    form = HouseForm(data={name: draft.answers.get(name) for name in ("branch", "address")})
    with looking() as ctx:
        found = reading.branches_there(ctx, draft.answers["county"])
    form.branch.choices = [(str(each.id), f"{named(each.name)} · {each.address}") for each in found]
    if form.validate_on_submit():
        draft.answers |= {"branch": form.branch.data, "address": form.address.data}
        keep(draft)
        return redirect(url_for(".moving_check"), 303)
    return page("moving_house", form)


@bp.route("/moving/check", methods=["GET", "POST"], endpoint="moving_check")
@declare("member.move")
def check() -> Any:
    """Everything once more; the button sends the code."""
    draft, form = _draft(), PageForm()
    branch_id = _branch(draft)
    if branch_id is None:
        return redirect(url_for(".moving_where"), 303)
    me = current_actor().id
    if acted(form, lambda ctx: acting.send_code(ctx, me, branch_id)):
        return redirect(url_for(".moving_code"), 303)
    with looking() as ctx:
        plan = planning.preview(ctx, me, branch_id)
    address = draft.answers["address"]
    return page("moving_check", form, plan=plan, address=address, **FOR_TEMPLATES)


@bp.route("/moving/code", methods=["GET", "POST"], endpoint="moving_code")
@declare("member.move")
def code() -> Any:
    """The code from the text message moves everything."""
    draft, form = _draft(), CodeForm()
    branch_id = _branch(draft)
    if branch_id is None:
        return redirect(url_for(".moving"), 303)
    done: list[acting.Moved] = []
    wanted = acting.MoveForm(
        current_actor().id, branch_id, draft.answers["address"], code=form.code.data or ""
    )
    if acted(form, lambda ctx: done.append(acting.move(ctx, wanted))):
        draft.answers = {}
        keep(draft)
        flash(_("搬好了。下面是搬家回执。"), "success")
        return redirect(url_for(".paper", code=done[-1].check_code), 303)
    return page("moving_code", form)


@bp.post("/moving/code/again", endpoint="moving_code_again")
@declare("member.move")
def code_again() -> Any:
    """Send another code; the one before no longer counts."""
    draft, form = _draft(), PageForm()
    branch_id = _branch(draft)
    if branch_id is None:
        return redirect(url_for(".moving"), 303)
    me = current_actor().id
    if acted(form, lambda ctx: acting.send_code(ctx, me, branch_id)):
        flash(_("新的验证码已经发出，请看最新的那条短信。"), "success")
        return redirect(url_for(".moving_code"), 303)
    return page("moving_code", CodeForm(formdata=None), refused=form)


def _draft() -> Draft:
    return draft_of(current_actor().id, COOKIE, PATH)


def _branch(draft: Draft) -> UUID | None:
    if not {"branch", "address"} <= draft.answers.keys():
        return None
    return UUID(draft.answers["branch"])
