"""Issue authorisations: one administrator proposes, another one signs."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.issuing import propose, sign
from services.queries.admin.issuing import IssueFile, authorisation, issue_file
from timebank.edge import declare, perform, reading
from timebank.web.admin import bp
from timebank.web.admin.forms import COIN_MINUTES, ProposeForm
from timebank.web.branch.acting import acted, page
from timebank.web.forms.base import PageForm


def _file(book: str) -> IssueFile:
    with reading() as ctx:
        return issue_file(ctx, book)


@bp.get("/<book>/issue")
@declare("region.work")
def issue(book: str) -> tuple[str, int]:
    """The pool, who waits for it, and everything that was authorised."""
    return page("admin/issue.html", it=_file(book))


@bp.route("/<book>/issue/new", methods=["GET", "POST"])
@declare("issue.propose")
def issue_new(book: str) -> tuple[str, int] | Response:
    """Propose an amount and name what backs it."""
    form = ProposeForm()
    made: list[UUID] = []
    minutes, backing = (form.coins.data or 0) * COIN_MINUTES, form.backing.data or ""
    if acted(form, lambda ctx: made.append(propose(ctx, book, minutes, backing))):
        flash(_("已提出，请另一位管理员签署。签署以前不会生效。"), "success")
        there = url_for("admin.issue_page", book=book, authorisation_id=made[-1])
        return redirect(there, code=303)
    return page("admin/issue_new.html", form, it=_file(book))


@bp.get("/<book>/issue/<uuid:authorisation_id>")
@declare("region.work")
def issue_page(book: str, authorisation_id: UUID) -> tuple[str, int] | Response:
    """One authorisation, to be looked at before it is signed."""
    with reading() as ctx:
        one = authorisation(ctx, book, authorisation_id)
        it = issue_file(ctx, book)
    if one.month:
        # It is signed together with the list that it is for.
        return redirect(url_for("admin.grants_month", book=book, month=one.month))
    return page("admin/issue_page.html", it=it, one=one)


@bp.post("/<book>/issue/<uuid:authorisation_id>/sign")
@declare("issue.sign")
def issue_sign(book: str, authorisation_id: UUID) -> Response:
    """The second signature: the minutes enter the pool and the queue moves on."""
    perform(lambda ctx: sign(ctx, book, authorisation_id), key=PageForm().key)
    flash(_("已签署生效，额度进入公益池，排队的申请按次序放行。"), "success")
    return redirect(url_for("admin.issue", book=book), code=303)
