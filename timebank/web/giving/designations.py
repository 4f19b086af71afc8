"""Who is to inherit: what is registered, naming people one by one, reading it over, taking back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.designations.making import barrier, check, make, member_named, revoke
from services.designations.reading import DesignationView, Named, designations
from services.errors import DomainError, NotFound
from services.people.lists import kin_of
from timebank.edge import current_actor, declare, perform, reading
from timebank.i18n import say
from timebank.web.forms.base import PageForm
from timebank.web.giving import bp
from timebank.web.giving import designation_forms as forms
from timebank.web.giving.acting import acted, page

Answer = tuple[str, int] | Response


@bp.get("/designation", endpoint="designation")
@declare("designation.read")
def designation_home() -> Answer:
    """What is registered now, and what was before."""
    with reading() as ctx:
        found = designations(ctx, ctx.actor.id)
        barred = barrier(ctx, ctx.actor.id)
    standing = _standing(found)
    return _page(
        "designation",
        it=standing,
        before=[each for each in found if each is not standing],
        barred=say(barred.sentence, barred.params) if barred else "",
    )


@bp.route("/designation/who", methods=["GET", "POST"])
@declare("designation.make")
def designation_who() -> Answer:
    """One more person: a relative on record, or somebody else."""
    kept = forms.draft()
    chosen = forms.named(kept)
    taken = {each.beneficiary_id for each in chosen}
    with reading() as ctx:
        living = [each for each in kin_of(ctx, ctx.actor.id) if each.died_on is None]
    kin = [each for each in living if each.member_id not in taken]
    form = forms.WhoForm()
    form.offer(kin)
    if not form.validate_on_submit():
        return _page("designation_who", form, chosen=chosen)
    if form.answer.data == forms.ELSE:
        return redirect(url_for("giving.designation_person"), 303)
    one = next(each for each in kin if str(each.member_id) == form.answer.data)
    forms.keep_named(kept, (*chosen, Named(one.member_id, one.name, one.relation)))
    return redirect(url_for("giving.designation_check"), 303)


@bp.route("/designation/person", methods=["GET", "POST"])
@declare("designation.make")
def designation_person() -> Answer:
    """Somebody who is not on record as kin."""
    kept, form = forms.draft(), forms.PersonForm()
    if form.validate_on_submit():
        try:
            lines = (*forms.named(kept), _person(form))
            with reading() as ctx:
                check(ctx, ctx.actor.id, lines)
        except DomainError as error:
            form.refuse(error)
        else:
            forms.keep_named(kept, lines)
            return redirect(url_for("giving.designation_check"), 303)
    return _page("designation_person", form)


@bp.route("/designation/parts/<int:place>", methods=["GET", "POST"])
@declare("designation.make")
def designation_parts(place: int) -> Answer:
    """How many parts one of them has."""
    kept = forms.draft()
    lines = list(forms.named(kept))
    if place >= len(lines):
        abort(404)
    form = forms.PartsForm(data={"parts": lines[place].parts})
    if form.validate_on_submit():
        lines[place] = replace(lines[place], parts=form.parts.data)
        forms.keep_named(kept, lines)
        return redirect(url_for("giving.designation_check"), 303)
    return _page("designation_parts", form, line=lines[place])


@bp.post("/designation/drop/<int:place>")
@declare("designation.make")
def designation_drop(place: int) -> Response:
    """Take one of them out again."""
    kept = forms.draft()
    lines = forms.named(kept)
    if PageForm().validate_on_submit():
        forms.keep_named(kept, (*lines[:place], *lines[place + 1 :]))
    return redirect(url_for("giving.designation_check"), 303)


@bp.route("/designation/check", methods=["GET", "POST"])
@declare("designation.make")
def designation_check() -> Answer:
    """Everything once more; the button registers it."""
    kept, form = forms.draft(), PageForm()
    lines = forms.named(kept)
    if not lines:
        return redirect(url_for("giving.designation"), 303)
    if acted(form, lambda ctx: make(ctx, ctx.actor.id, lines)):
        forms.keep_named(kept, ())
        return redirect(url_for("giving.designation_done"), 303)
    return _page("designation_check", form, lines=lines, parts=sum(each.parts for each in lines))


@bp.get("/designation/done")
@declare("designation.read")
def designation_done() -> Answer:
    """It is registered: what that means, and the paper to print."""
    with reading() as ctx:
        standing = _standing(designations(ctx, ctx.actor.id))
    if standing is None:
        return redirect(url_for("giving.designation"), 303)
    return _page("designation_done", it=standing)


@bp.route("/designation/<uuid:designation_id>/revoke", methods=["GET", "POST"])
@declare("designation.make")
def designation_revoke(designation_id: UUID) -> Answer:
    """Take it back: the law's order holds again."""
    form = PageForm()
    if acted(form, lambda ctx: revoke(ctx, ctx.actor.id, designation_id)):
        flash(_("已经撤回。现在没有登记，按法律规定的顺序继承。"), "success")
        return redirect(url_for("giving.designation"), 303)
    with reading() as ctx:
        if designation_id not in {each.id for each in designations(ctx, ctx.actor.id)}:
            raise NotFound
    return _page("designation_revoke", form)


def _standing(found: tuple[DesignationView, ...]) -> DesignationView | None:
    return next((each for each in found if each.revoked_at is None), None)


def _person(form: forms.PersonForm) -> Named:
    number, name = form.number.data, form.name.data
    member_id = perform(lambda ctx: member_named(ctx, number, name)) if number else None
    return Named(member_id, name, form.relation.data)


def _page(template: str, form: PageForm | None = None, **known: Any) -> Answer:
    return page(template, form, relation_word=forms.relation_word, me=current_actor(), **known)
