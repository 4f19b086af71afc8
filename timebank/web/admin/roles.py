"""Offices: who holds one, giving one, ending one, within the own region."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.context import Context
from services.errors import DomainError
from services.people.roles import end_role, grant_role
from services.queries.admin.roles import PAGE, Candidate, candidate, holders, offices
from timebank.edge import declare, perform, reading
from timebank.web.admin import bp
from timebank.web.admin.forms import CandidateForm, GrantForm
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named, word
from timebank.web.forms.base import PageForm
from timebank.web.paging import page_number


@bp.get("/roles")
@declare("role.grant")
def roles() -> tuple[str, int]:
    """Everybody who holds an office in the actor's regions."""
    number = page_number()
    with reading() as ctx:
        listed = holders(ctx, (number - 1) * PAGE)
    pages = max(1, -(-listed.total // PAGE))
    return page("admin/roles.html", listed=listed, number=number, pages=pages)


@bp.get("/roles/new")
@declare("role.grant")
def role_find() -> tuple[str, int]:
    """First whose office it is to be, by the volunteer number."""
    form = CandidateForm()
    found = None
    if form.number.data:
        with reading() as ctx:
            try:
                found = candidate(ctx, form.number.data)
            except DomainError as error:
                form.refuse(error)
    if found is None or found.blocked or not found.is_active:
        return page("admin/role_find.html", form, found=found)
    return _grant_page(_grant_form(found.number), found)


@bp.post("/roles/new")
@declare("role.grant")
def role_grant() -> tuple[str, int] | Response:
    """Then which office, and where."""
    form = _grant_form()
    with reading() as ctx:
        found = candidate(ctx, form.number.data or "")
    if acted(form, lambda ctx: _grant(ctx, form, found)):
        flash(_("已任命，本人会收到通知。"), "success")
        return redirect(url_for("admin.roles"), code=303)
    return _grant_page(form, found)


def _grant_form(number: str | None = None) -> GrantForm:
    form = GrantForm()
    with reading() as ctx:
        offered = offices(ctx)
    form.role.choices = [(role, word("role", role)) for role in offered.roles]
    form.scope.choices = {
        group: [(scope.value, named(scope.name)) for scope in offered.scopes if scope.kind == kind]
        for kind, group in (
            ("branch", _("网点")),
            ("region", _("地区")),
            ("nation", _("全国")),
        )
        if any(scope.kind == kind for scope in offered.scopes)
    }
    if number is not None:
        form.number.data = number
    return form


def _grant_page(form: GrantForm, found: Candidate) -> tuple[str, int]:
    return page("admin/role_grant.html", form, found=found)


def _grant(ctx: Context, form: GrantForm, found: Candidate) -> UUID:
    kind, _colon, code = (form.scope.data or "").partition(":")
    return grant_role(ctx, found.member_id, form.role.data, kind, code)


@bp.post("/roles/<uuid:member_id>/<uuid:role_id>/end")
@declare("role.grant")
def role_end(member_id: UUID, role_id: UUID) -> Response:
    """End an office at once."""
    perform(lambda ctx: end_role(ctx, member_id, role_id), key=PageForm().key)
    flash(_("岗位已结束，本人会收到通知。"), "success")
    return redirect(url_for("admin.roles"), code=303)
