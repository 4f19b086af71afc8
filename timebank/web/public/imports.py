"""Public notices of older time banks that come in: masked names, until when, how to object."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.context import Context
from services.errors import DomainError
from services.imports.finding import LONGEST_TEXT
from services.imports.notices import notice, notice_rows, notices
from services.imports.publishing import object_to
from services.rules.region_code import parse_region_code
from timebank.edge import declare, reading
from timebank.web.acting import acted
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.paging import page_number
from timebank.web.public import bp


class ObjectionForm(PageForm):
    """What is wrong, in a few words."""

    text = f.LongTextField(
        _l("哪里不对？"),
        hint=_l("柜台替没有账户的人登记时，请写上他的姓名和电话。"),
        required=_l("请写明哪里不对。"),
        max_length=LONGEST_TEXT,
    )


@bp.get("/imports")
@declare("import.notices")
def import_notices() -> ResponseReturnValue:
    """The notices that run now, of a region where one is asked for."""
    try:
        code = parse_region_code(request.args.get("region", ""))
    except DomainError:
        code = None
    with reading() as ctx:
        found = notices(ctx, page_number(), code)
    return render_template("public/imports.html", found=found, named=named)


@bp.get("/imports/<book>/<uuid:import_id>")
@declare("import.notices")
def import_notice(book: str, import_id: UUID) -> ResponseReturnValue:
    """One notice with its people, masked; one finds oneself by the old number."""
    old_key = request.args.get("key", "")[:60]
    with reading() as ctx:
        it = notice(ctx, book, import_id)
        rows = notice_rows(ctx, book, import_id, page=page_number(), old_key=old_key)
    return render_template("public/import.html", it=it, rows=rows, named=named, old_key=old_key)


@bp.route("/imports/<book>/<uuid:import_id>/object", methods=["GET", "POST"])
@declare("import.object")
def import_object(book: str, import_id: UUID) -> ResponseReturnValue:
    """Object to a row, or to the whole."""
    asked = request.args.get("line", "")
    line = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 9 else None
    form = ObjectionForm()

    def act(ctx: Context) -> None:
        object_to(ctx, book, import_id, form.text.data or "", line)

    if acted(form, act):
        flash(_("您的异议已经登记，管理员会答复您。"), "success")
        return redirect(url_for("public.import_notice", book=book, import_id=import_id), code=303)
    with reading() as ctx:
        it = notice(ctx, book, import_id)
    body = render_template("public/import_object.html", form=form, it=it, line=line)
    return body, 422 if form.errors else 200
