"""The list of heirs at the counter: the tree completed, the shares as they would be, answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.context import Context
from services.estates import listing
from services.estates.answering import answer
from services.estates.heirs import DISCLAIMED
from services.people.forms import SIGNATURE
from services.queries.branch.choices import by_number
from services.queries.heirs import HeirLine, HeirsPage, heirs_page
from services.rules.estates import REPRESENTATIVE
from timebank.edge import declare, perform
from timebank.papers.sheet import RELATIONS
from timebank.web.branch import bp
from timebank.web.branch import forms_heirs as forms
from timebank.web.branch.acting import acted, page

Answer = tuple[str, int] | Response
LIST = "/estates/<book>/<uuid:estate_id>/heirs"
ONE = f"{LIST}/<uuid:heir_id>"
_EVIDENCE = {"designation": _l("本人登记的指定"), "will": _l("登记过的遗嘱")}


@bp.get(LIST, endpoint="estate_heirs")
@declare("estate.read")
def heirs(book: str, estate_id: UUID) -> Answer:
    """The list and the sum of the shares; the look is recorded."""
    return _page("estate_heirs", _list(book, estate_id))


@bp.route(f"{LIST}/new", methods=["GET", "POST"], endpoint="estate_heir_new")
@declare("estate.heirs")
def heir_new(book: str, estate_id: UUID) -> Answer:
    """Somebody who inherits by the law, or by a will that was found."""
    it, form = _list(book, estate_id), forms.HeirForm()

    def work(ctx: Context) -> UUID:
        wanted = _wanted(ctx, form, form.relation.data, parts=form.parts.data)
        return listing.add_heir(ctx, book, estate_id, wanted)

    if acted(form, work):
        return _back(it, _("已写进继承人名单。"))
    return _page("estate_heir_new", it, form, above=None)


@bp.route(f"{ONE}/line", methods=["GET", "POST"], endpoint="estate_heir_line")
@declare("estate.heirs")
def heir_line(book: str, estate_id: UUID, heir_id: UUID) -> Answer:
    """Somebody in the place of an heir who died before."""
    it, form = _list(book, estate_id), forms.HeirLineForm()
    above = it.line(heir_id)

    def work(ctx: Context) -> UUID:
        wanted = _wanted(ctx, form, REPRESENTATIVE, represents_id=heir_id)
        return listing.add_heir(ctx, book, estate_id, wanted)

    if acted(form, work):
        return _back(it, _("已写进继承人名单。"))
    return _page("estate_heir_new", it, form, above=above)


def _wanted(ctx: Context, form: forms.HeirLineForm, relation: str, **more: Any) -> listing.HeirForm:
    number = form.number.data
    return listing.HeirForm(
        name=form.name.data,
        relation=relation,
        evidence=form.evidence.data,
        phone=form.phone.data,
        member_id=by_number(ctx, number, "number")[0] if number else None,
        died_before=bool(form.died_before.data),
        **more,
    )


@bp.route(f"{ONE}/correct", methods=["GET", "POST"], endpoint="estate_heir_correct")
@declare("estate.heirs")
def heir_correct(book: str, estate_id: UUID, heir_id: UUID) -> Answer:
    """Whether somebody died before, by which paper."""
    it = _list(book, estate_id)
    line = it.line(heir_id)
    form = forms.CorrectHeirForm(
        data={
            "died_before": line.died_before,
            "evidence": line.evidence,
            "phone": None if line.member_id else line.phone,
        }
    )

    def work(ctx: Context) -> None:
        listing.correct_heir(
            ctx,
            book,
            estate_id,
            heir_id,
            died_before=bool(form.died_before.data),
            evidence=form.evidence.data,
            phone=form.phone.data,
        )

    if acted(form, work):
        return _back(it, _("已更正。"))
    return _page("estate_heir_correct", it, form, line=line)


@bp.route(f"{ONE}/remove", methods=["GET", "POST"], endpoint="estate_heir_remove")
@declare("estate.heirs")
def heir_remove(book: str, estate_id: UUID, heir_id: UUID) -> Answer:
    """Take somebody off the list."""
    it, form = _list(book, estate_id), forms.RemoveHeirForm()
    line = it.line(heir_id)
    reason = form.reason.data or ""
    if acted(form, lambda ctx: listing.remove_heir(ctx, book, estate_id, heir_id, reason)):
        return _back(it, _("已从名单删除，记录里会保留。"))
    return _page("estate_heir_remove", it, form, line=line)


@bp.route(f"{ONE}/account", methods=["GET", "POST"], endpoint="estate_heir_link")
@declare("estate.heirs")
def heir_link(book: str, estate_id: UUID, heir_id: UUID) -> Answer:
    """The account that an heir has opened since."""
    it, form = _list(book, estate_id), forms.LinkHeirForm()
    line = it.line(heir_id)

    def work(ctx: Context) -> None:
        member_id, _name = by_number(ctx, form.number.data, "number")
        same = bool(form.same_person.data)
        listing.link_heir(ctx, book, estate_id, heir_id, member_id, same_person=same)

    if acted(form, work):
        return _back(it, _("已关联账户，本人会收到通知。"))
    return _page("estate_heir_link", it, form, line=line)


@bp.route(f"{ONE}/answer", methods=["GET", "POST"], endpoint="estate_heir_answer")
@declare("estate.answer")
def heir_answer(book: str, estate_id: UUID, heir_id: UUID) -> Answer:
    """What an heir has signed."""
    it, form = _list(book, estate_id), forms.HeirAnswerForm()
    line = it.line(heir_id)
    given = form.answer.data or ""
    if acted(form, lambda ctx: answer(ctx, book, estate_id, heir_id, given, SIGNATURE)):
        return _back(it, _("已记下本人的答复。"))
    return _page("estate_heir_answer", it, form, line=line)


def _list(book: str, estate_id: UUID) -> HeirsPage:
    return perform(lambda ctx: heirs_page(ctx, book, estate_id))


def _back(it: HeirsPage, said: str) -> Response:
    flash(said, "success")
    there = url_for("branch.estate_heirs", book=it.book, estate_id=it.estate_id)
    return redirect(there, code=303)


def _page(template: str, it: HeirsPage, form: Any = None, **known: Any) -> tuple[str, int]:
    words = {
        "relation_word": lambda code: str(RELATIONS.get(code, code)),
        "evidence_word": lambda code: str(_EVIDENCE.get(code, code)),
        "answer_word": _answer_word,
    }
    return page(f"branch/{template}.html", form, it=it, **words, **known)


def _answer_word(line: HeirLine) -> str:
    if line.answer is None:
        return str(_("还没有答复"))
    if line.answer == DISCLAIMED:
        return str(_("放弃"))
    return str(_("没有答复，按接受办理") if line.answered_how == "silence" else _("接受"))
