"""Stars before they are granted, for everybody, and what a region gives for them."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.clock import local_date
from services.errors import DomainError
from services.honouring.perks import perks_of
from services.places.regions import full_name
from services.records.scope import perk_books
from services.rules.names import Name
from services.rules.region_code import parse_region_code
from services.rules.stars import notice_working_days
from services.stars.objecting import LONGEST, object_to
from services.stars.reading import notice, notices
from timebank.edge import declare, reading
from timebank.web.acting import acted
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.paging import page_number
from timebank.web.public import bp
from timebank.web.words.records import TIERS


class StarObjectionForm(PageForm):
    """Why the stars should not be given."""

    text = f.LongTextField(
        _l("为什么不该评？"), required=_l("请写明为什么不该评。"), max_length=LONGEST
    )


@bp.get("/stars")
@declare("star.notices")
def stars() -> str:
    """The notices that run now, of a region where one is asked for."""
    with reading() as ctx:
        found = notices(ctx, page_number(), _region())
    return render_template(
        "public/stars.html", found=found, named=named, TIERS=TIERS, days=notice_working_days()
    )


@bp.route("/stars/<book>/<uuid:award_id>/object", methods=["GET", "POST"])
@declare("star.object")
def star_object(book: str, award_id: UUID) -> ResponseReturnValue:
    """Object while the notice runs."""
    form = StarObjectionForm()
    if acted(form, lambda ctx: object_to(ctx, book, award_id, form.text.data or "")):
        flash(_("您的异议已经登记，评定的民政部门会答复您。"), "success")
        return redirect(url_for("public.stars"), code=303)
    with reading() as ctx:
        it = notice(ctx, book, award_id)
    body = render_template("public/star_object.html", form=form, it=it, named=named)
    return body, 422 if form.errors else 200


@bp.get("/perks")
@declare("perk.read")
def perks() -> str:
    """What each region gives volunteers with stars."""
    with reading() as ctx:
        books = perk_books(ctx)
        asked = _region()
        book = asked if asked in {code for code, _ in books} else next((c for c, _ in books), "")
        found = perks_of(ctx, book) if book else ()
        place = Name(*full_name(ctx.session, book, local_date(ctx.now))) if book else None
    return render_template(
        "public/perks.html", found=found, books=books, book=book, place=place, named=named
    )


def _region() -> str | None:
    """The region that the address names; nonsense names none."""
    try:
        return parse_region_code(request.args.get("region", ""))
    except DomainError:
        return None
