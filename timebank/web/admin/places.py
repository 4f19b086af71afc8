"""Branches of a region and their closing; the nation's regions and their books."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from models.places import OperatorKind, SuccessorRule
from services import places
from services.context import Context
from services.places import Closing, close_branch, open_book, open_branch, open_operator
from services.places.errors import NameMissing
from services.queries.admin.places import (
    branches_file,
    closing_file,
    opening_file,
    regions_file,
)
from timebank.edge import declare, perform, reading
from timebank.web.admin import bp
from timebank.web.admin.forms import BranchForm, CloseForm
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.forms.base import PageForm


@bp.get("/<book>/branches")
@declare("ledger.read")
def branches(book: str) -> tuple[str, int]:
    """The branches of a region."""
    with reading() as ctx:
        return page("admin/branches.html", it=branches_file(ctx, book))


@bp.route("/<book>/branches/new", methods=["GET", "POST"])
@declare("place.manage")
def branch_new(book: str) -> tuple[str, int] | Response:
    """Open a branch, and enter its operator where it is a new one."""
    form = BranchForm()
    with reading() as ctx:
        offered = opening_file(ctx, book)
    form.region_code.choices = [(code, named(name)) for code, name in offered.regions]
    form.operator_id.choices = [(str(key), named(name)) for key, name in offered.operators]
    if acted(form, lambda ctx: _open(ctx, form)):
        flash(_("网点已开放，接下来请任命工作人员。"), "success")
        return redirect(url_for("admin.branches", book=book), code=303)
    return page("admin/branch_new.html", form, it=offered)


def _open(ctx: Context, form: BranchForm) -> UUID:
    chosen = form.operator_id.data
    operator_id = UUID(chosen) if chosen else _open_operator(ctx, form)
    return open_branch(
        ctx,
        places.BranchForm(
            region_code=form.region_code.data,
            operator_id=operator_id,
            name=form.name.data,
            name_en=form.name_en.data,
            address=form.address.data,
            phone=form.phone.data,
            successor_rule=SuccessorRule(form.successor_rule.data),
        ),
    )


def _open_operator(ctx: Context, form: BranchForm) -> UUID:
    name, name_en = form.operator_name.data or "", form.operator_name_en.data or ""
    kind = OperatorKind(form.operator_kind.data or OperatorKind.SOCIAL_ORGANISATION)
    try:
        # Two acts of one page: each claims a key of its own.
        return open_operator(replace(ctx, key=f"{ctx.key}:operator"), name, name_en, kind)
    except NameMissing as error:
        error.field = "operator_name"
        raise


@bp.route("/branches/<uuid:branch_id>/close", methods=["GET", "POST"])
@declare("place.manage")
def branch_close(branch_id: UUID) -> tuple[str, int] | Response:
    """Close a branch: somebody takes over first."""
    form = CloseForm()
    with reading() as ctx:
        it = closing_file(ctx, branch_id)
    form.successor_id.choices = [(str(key), named(name)) for key, name in it.candidates]
    closed: list[Closing] = []
    heir = form.successor_id.data
    chosen = UUID(heir) if heir in {str(key) for key, _name in it.candidates} else None
    if acted(form, lambda ctx: closed.append(close_branch(ctx, branch_id, chosen))):
        flash(
            _(
                "网点已关闭，%(members)s 位成员、%(requests)s 项申请已交给接替的网点。",
                members=closed[-1].members,
                requests=closed[-1].requests,
            ),
            "success",
        )
        return redirect(url_for("admin.branches", book=it.book), code=303)
    if it.branch.closed_on is not None and not form.errors:
        return redirect(url_for("admin.branches", book=it.book), code=303)
    return page("admin/branch_close.html", form, it=it)


@bp.get("/regions")
@declare("book.open")
def regions() -> tuple[str, int]:
    """Every county-level region, and whether it keeps a book."""
    with reading() as ctx:
        lines = regions_file(ctx)
    return page("admin/regions.html", lines=lines)


@bp.post("/regions/<code>/open")
@declare("book.open")
def book_open(code: str) -> Response:
    """Open a county's book."""
    book = perform(lambda ctx: open_book(ctx, code), key=PageForm().key)
    flash(_("账本已开通。接下来请登记网点、任命地区管理员。"), "success")
    return redirect(url_for("admin.book", book=book), code=303)
