"""A volunteer's record of service at the counter: read, certified, and honours written down."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services import policy
from services.context import Context
from services.honouring.honours import LONGEST, record_honour, withdraw_honour
from services.people.reading import member_row, subject_of
from services.proofs.issuing import issue_proof
from services.records.whole import WholeRecord, whole_record
from timebank.edge import declare, perform, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, page
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.proof_form import ProofForm
from timebank.web.words.records import FOR_RECORDS


class HonourForm(PageForm):
    """Name, day and giver."""

    name = f.TextField(_l("荣誉名称"), required=_l("请写荣誉名称。"), max_length=LONGEST)
    given_on = f.DateField(_l("授予日期"), single=True, required=_l("请写授予日期。"))
    given_by = f.TextField(_l("授予单位"), required=_l("请写授予单位。"), max_length=LONGEST)


@bp.get("/members/<uuid:member_id>/record")
@declare("record.read")
def service_record(member_id: UUID) -> tuple[str, int]:
    """Everything on record of a volunteer; the look is recorded."""

    def read(ctx: Context) -> WholeRecord:
        return whole_record(ctx, member_id)

    it = perform(read)
    return page("branch/service_record.html", it=it, **FOR_RECORDS)


@bp.route("/members/<uuid:member_id>/record/proof", methods=["GET", "POST"])
@declare("proof.issue")
def service_proof(member_id: UUID) -> tuple[str, int] | Response:
    """Issue a certificate for somebody at the counter."""
    form, made = ProofForm(), list[str]()

    def issue(ctx: Context) -> None:
        made.append(issue_proof(ctx, member_id, form.first.data, form.last.data))

    if acted(form, issue):
        return redirect(url_for("giving.paper", code=made[-1]), code=303)
    name = _name(member_id, "proof.issue")
    return page("branch/service_proof.html", form, member_id=member_id, name=name)


@bp.route("/members/<uuid:member_id>/honours/new", methods=["GET", "POST"])
@declare("honour.record")
def honour_new(member_id: UUID) -> tuple[str, int] | Response:
    """Write an honour down."""
    form = HonourForm()

    def record(ctx: Context) -> None:
        assert form.given_on.data is not None
        record_honour(
            ctx,
            member_id,
            form.name.data or "",
            form.given_on.data,
            form.given_by.data or "",
        )

    if acted(form, record):
        flash(_("荣誉已经记入志愿服务记录。"), "success")
        return redirect(url_for("branch.service_record", member_id=member_id), code=303)
    name = _name(member_id, "honour.record")
    return page("branch/honour_new.html", form, member_id=member_id, name=name)


@bp.post("/members/<uuid:member_id>/honours/<book>/<uuid:honour_id>/withdraw")
@declare("honour.record")
def honour_withdraw(member_id: UUID, book: str, honour_id: UUID) -> Response:
    """Take an honour back that was written down by mistake."""
    form = PageForm()
    if acted(form, lambda ctx: withdraw_honour(ctx, book, honour_id)):
        flash(_("荣誉记录已撤销。"), "success")
    for _field, said in form.problems():
        flash(said, "error")
    return redirect(url_for("branch.service_record", member_id=member_id), code=303)


def _name(member_id: UUID, act: str) -> str:
    """For whoever may do it: a form that names somebody is a look at him."""
    with reading() as ctx:
        member = member_row(ctx.session, member_id)
        policy.require(ctx.actor, act, subject_of(member))
        return member.name
