"""Reversing a transfer: found by its number, looked at leg by leg, proposed with a reason code."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.queries.admin.books import overview
from services.queries.admin.transfers import TransferUnknown, is_there, transfer_file
from services.reversing.proposing import propose_reversal
from timebank.edge import declare, reading
from timebank.seals.files import seal_of
from timebank.web.admin import bp
from timebank.web.admin.forms import FindTransferForm, ReverseForm
from timebank.web.branch.acting import acted, page


@bp.get("/<book>/transfers")
@declare("ledger.read")
def transfers(book: str) -> tuple[str, int] | Response:
    """Find a transfer by the number on a statement or an audit page."""
    form = FindTransferForm()
    with reading() as ctx:
        it = overview(ctx, book)
        found = is_there(ctx, book, form.transfer_id)
    if found:
        there = url_for("admin.transfer", book=book, transfer_id=form.transfer_id)
        return redirect(there, code=303)
    if form.transfer.data:
        form.refuse(TransferUnknown(field="transfer"))
    return page("admin/transfers.html", form, it=it)


@bp.route("/<book>/transfers/<uuid:transfer_id>", methods=["GET", "POST"])
@declare("ledger.read")
def transfer(book: str, transfer_id: UUID) -> tuple[str, int] | Response:
    """A transfer with its legs, and the preview of its reversal; two administrators sign it."""
    form = ReverseForm()
    made: list[UUID] = []
    reason = form.reason.data or ""
    note = form.note.data or ""
    if acted(form, lambda ctx: made.append(propose_reversal(ctx, book, transfer_id, reason, note))):
        flash(_("已提出冲正。要两位管理员签署才会入账，您可以签其中一个名字。"), "success")
        there = url_for("oversight.reversal", book=book, reversal_id=made[-1])
        return redirect(there, code=303)
    with reading() as ctx:
        it = transfer_file(ctx, book, transfer_id)
    return page("admin/transfer.html", form, it=it, seal=seal_of(book, transfer_id))
