"""After a death, by the own login: object, appeal, see what was decided, and claim a share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.estates.claiming import claim
from services.estates.objecting import LONGEST_TEXT, appeal, object_to
from services.queries.estate_notice import my_objection, my_objections, public_notice
from services.queries.estate_shares import my_inherited, my_share
from services.queries.heirs import my_inheritances
from timebank.edge import declare, reading
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named, word
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.giving import bp

Answer = tuple[str, int] | Response
KNOWN: dict[str, Any] = {"named": named, "word": word}


class ObjectForm(PageForm):
    """What is not right, in one's own words."""

    text = f.LongTextField(
        _l("您不同意什么？"),
        required=_l("请写明您不同意什么，为什么。"),
        hint=_l("例如：我是他的小女儿，名单里没有我。有什么证明，也写上。"),
        max_length=LONGEST_TEXT,
    )


class AppealForm(PageForm):
    """Why another one should look."""

    text = f.LongTextField(
        _l("您为什么不服？"),
        required=_l("请写明为什么不服。"),
        hint=_l("只能申请一次，由另一位管理员决定。"),
        max_length=LONGEST_TEXT,
    )


@bp.get("/estates")
@declare("account.use")
def estates() -> Answer:
    """What was left to me, and what I have objected."""
    with reading() as ctx:
        shares = [each for each in my_inheritances(ctx) if not each.is_preview]
        mine = my_objections(ctx)
        inherited = my_inherited(ctx)
    return page("giving/estates.html", shares=shares, objections=mine, inherited=inherited, **KNOWN)


@bp.route("/estates/<book>/<uuid:estate_id>/object", methods=["GET", "POST"])
@declare("estate.object")
def estate_object(book: str, estate_id: UUID) -> Answer:
    """Object to a public notice."""
    form = ObjectForm()
    made: list[UUID] = []
    text = form.text.data or ""
    if acted(form, lambda ctx: made.append(object_to(ctx, book, estate_id, text))):
        flash(_("异议已经提出，公示先停下来。决定以后会告诉您。"), "success")
        there = url_for("giving.estate_objection", book=book, objection_id=made[-1])
        return redirect(there, 303)
    with reading() as ctx:
        it = public_notice(ctx, book, estate_id)
    return page("giving/estate_object.html", form, it=it, **KNOWN)


@bp.get("/objections/<book>/<uuid:objection_id>")
@declare("account.use")
def estate_objection(book: str, objection_id: UUID) -> Answer:
    """One objection: what I said, and what was decided and why."""
    with reading() as ctx:
        it = my_objection(ctx, book, objection_id)
    return page("giving/estate_objection.html", it=it, **KNOWN)


@bp.route("/objections/<book>/<uuid:objection_id>/appeal", methods=["GET", "POST"])
@declare("estate.appeal")
def estate_appeal(book: str, objection_id: UUID) -> Answer:
    """Ask once for another administrator's decision."""
    form = AppealForm()
    with reading() as ctx:
        it = my_objection(ctx, book, objection_id)
    text = form.text.data or ""
    if acted(form, lambda ctx: appeal(ctx, book, it.estate_id, objection_id, text)):
        flash(_("复核已经申请，由另一位管理员决定。"), "success")
        return redirect(
            url_for("giving.estate_objection", book=book, objection_id=objection_id), 303
        )
    return page("giving/estate_appeal.html", form, it=it, **KNOWN)


@bp.route("/shares/<book>/<uuid:estate_id>/<uuid:heir_id>", methods=["GET", "POST"])
@declare("estate.claim")
def estate_share(book: str, estate_id: UUID, heir_id: UUID) -> Answer:
    """One share: on the account, locked, or to be claimed now."""
    form = PageForm()
    if acted(form, lambda ctx: claim(ctx, book, estate_id, heir_id)):
        flash(_("已经领取，时间币到了您的账户。"), "success")
        there = url_for("giving.estate_share", book=book, estate_id=estate_id, heir_id=heir_id)
        return redirect(there, 303)
    with reading() as ctx:
        it = my_share(ctx, book, estate_id, heir_id)
    return page("giving/estate_share.html", form, it=it, **KNOWN)
