"""Who is to inherit, at the counter: what is registered, and registering for a member."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.context import Context
from services.designations.making import WILL, make, revoke
from services.designations.reading import DesignationView, Named, designations
from services.errors import DomainError
from services.people.forms import DOCUMENT, SIGNATURE
from services.people.reading import member_row
from services.queries.branch.choices import by_number
from timebank.edge import declare, perform
from timebank.papers.sheet import RELATIONS
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, page
from timebank.web.branch.forms_heirs import DesignationForm
from timebank.web.forms.base import PageForm

Answer = tuple[str, int] | Response
LIST = "/members/<uuid:member_id>/designations"


@bp.get(LIST, endpoint="designations")
@declare("designation.read")
def designation_list(member_id: UUID) -> Answer:
    """All of them; the look is recorded."""
    return _page("designations", member_id)


@bp.route(f"{LIST}/new", methods=["GET", "POST"], endpoint="designation_new")
@declare("designation.make")
def designation_new(member_id: UUID) -> Answer:
    """Take down a designation that the member signs, or a will."""
    form = DesignationForm()

    def work(ctx: Context) -> UUID:
        will = form.kind.data == WILL
        return make(
            ctx,
            member_id,
            _lines(ctx, form),
            kind=form.kind.data,
            how=DOCUMENT if will else SIGNATURE,
            reference=form.reference.data if will else None,
        )

    if acted(form, work):
        return _back(member_id, _("已登记，本人会收到通知。请打印登记书交给本人。"))
    return _page("designation_new", member_id, form)


@bp.post(f"{LIST}/<uuid:designation_id>/end", endpoint="designation_end")
@declare("designation.make")
def designation_end(member_id: UUID, designation_id: UUID) -> Response:
    """Take one back, as the member has signed."""
    perform(lambda ctx: revoke(ctx, member_id, designation_id), key=PageForm().key)
    return _back(member_id, _("已撤回，本人会收到通知。"))


def _lines(ctx: Context, form: DesignationForm) -> tuple[Named, ...]:
    """The rows that are filled in; a wrong number is said at its row."""
    found = []
    for row in form.rows:
        if row.is_empty:
            continue
        member_id = None
        if row.number.data:
            try:
                member_id, _name = by_number(ctx, row.number.data, "number")
            except DomainError as error:
                error.field = None
                raise
        parts = row.parts.data or 1
        found.append(Named(member_id, row.name.data or "", row.relation.data or "", parts))
    return tuple(found)


def _back(member_id: UUID, said: str) -> Response:
    flash(said, "success")
    return redirect(url_for("branch.designations", member_id=member_id), code=303)


def _page(template: str, member_id: UUID, form: Any = None) -> tuple[str, int]:
    def read(ctx: Context) -> tuple[str, tuple[DesignationView, ...]]:
        return member_row(ctx.session, member_id).name, designations(ctx, member_id)

    name, found = perform(read)
    return page(
        f"branch/{template}.html",
        form,
        name=name,
        member_id=member_id,
        items=found,
        relation_word=lambda code: str(RELATIONS.get(code, code)),
    )
