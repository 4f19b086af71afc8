"""A volunteer's own record: to read, to print, to save, and a certificate of it, free."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from services.clock import local
from services.proofs.issuing import issue_proof
from services.records.whole import whole_record
from timebank.edge import current_actor, declare, now, reading
from timebank.web import exports
from timebank.web.acting import acted
from timebank.web.proof_form import ProofForm
from timebank.web.volunteer import bp
from timebank.web.words.records import FOR_RECORDS, activity_sheet


@bp.get("/record")
@declare("record.read")
def record() -> str:
    """Everything that is on record of oneself."""
    with reading() as ctx:
        it = whole_record(ctx, ctx.actor.id)
    return render_template("volunteer/record.html", it=it, **FOR_RECORDS)


@bp.get("/record.csv")
@declare("record.read")
def record_csv() -> Response:
    """The own services as a list to save."""
    with reading() as ctx:
        it = whole_record(ctx, ctx.actor.id)
    name = f"record-{it.person.number}-{local(now()):%Y%m%d}"
    return exports.download(activity_sheet(it), "csv", name)


@bp.route("/record/proof", methods=["GET", "POST"])
@declare("proof.issue")
def proof() -> ResponseReturnValue:
    """Have a certificate issued for some days."""
    form, made, me = ProofForm(), list[str](), current_actor().id
    if acted(form, lambda ctx: made.append(issue_proof(ctx, me, form.first.data, form.last.data))):
        return redirect(url_for("giving.paper", code=made[-1]), code=303)
    body = render_template("volunteer/proof.html", form=form)
    return body, 422 if form.errors else 200
