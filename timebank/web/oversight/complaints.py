"""Complaints at the counter and in the county: taken down, heard, decided, appealed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import local
from services.complaints import answering, appealing, deciding, reading
from services.complaints.opening import open_complaint
from services.complaints.taking import member_of, takeable_branches
from services.complaints.terms import kinds
from services.context import Context
from services.policy import REGION_ADMIN, may_ever
from services.visits.appealing import decide_dispute_appeal
from services.visits.appeals import dispute_appeal, open_appeals
from timebank.edge import current_actor, declare, now, perform, takes_files
from timebank.edge import reading as look
from timebank.web import exports
from timebank.web.audit.forms import want
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.evidence import file_answer, uploads_of
from timebank.web.forms.base import PageForm
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.oversight import complaint_forms as forms
from timebank.web.oversight.complaint_files import as_sheet
from timebank.web.oversight.sheet_words import place_of
from timebank.web.words.complaints import TONES, complaint_word

MORE.append(
    More("oversight.complaints", _l("投诉和申诉"), _l("谁反映了什么、对方怎么说、什么时候有结果"))
)
Answer = tuple[str, int] | Response


@bp.get("/complaints", endpoint="complaints")
@declare("complaint.read")
def complaint_list() -> tuple[str, int]:
    """Complaints of the reader's regions and branches; appeals of disputes stand above them."""
    form = forms.ComplaintFilterForm()
    with look() as ctx:
        found = reading.complaints(ctx, form.wanted(), want())
        appeals = open_appeals(ctx)
    actor = current_actor()
    return page(
        "oversight/complaints.html",
        filters=form,
        found=found,
        appeals=appeals,
        said=complaint_word,
        tones=TONES,
        may_export=may_ever(actor, "complaint.export"),
        may_take=may_ever(actor, "complaint.take"),
    )


@bp.post("/complaints/export")
@declare("complaint.export")
def complaints_export() -> Response:
    """Exactly the rows that fit the filter of the address."""
    form = request.form.get("form", "")
    if form not in exports.FORMS:
        abort(404)
    filters = forms.ComplaintFilterForm()
    found = perform(lambda ctx: reading.export_complaints(ctx, filters.wanted(), form))
    sheet = as_sheet(found.rows, filters.criteria())
    return exports.download(sheet, form, f"complaints-{local(now()):%Y%m%d-%H%M%S}")


@bp.route("/complaints/new", methods=["GET", "POST"])
@declare("complaint.take")
def complaint_take() -> Answer:
    """Somebody says it at the counter or by telephone; the address may name a visit."""
    with look() as ctx:
        branches = takeable_branches(ctx)
    form = forms.TakeForm(branches=[(each.id, named(each.name)) for each in branches])
    book_of, made = {each.id: each.book for each in branches}, list[tuple[str, UUID]]()
    visit_id = _visit_id()
    if request.method == "GET":
        form.how.data = "phone"
        form.number.data = request.args.get("number", "")
        if len(branches) == 1:
            form.branch_id.data = str(branches[0].id)

    def take(ctx: Context) -> None:
        branch_id = UUID(form.branch_id.data or "")
        book = request.args.get("book") if visit_id else book_of[branch_id]
        key = open_complaint(
            ctx,
            book=book or book_of[branch_id],
            kind=form.kind.data or "",
            text=form.text.data or "",
            visit_id=visit_id,
            against_id=member_of(ctx, form.against.data, "against"),
            branch_id=None if visit_id else branch_id,
            by=member_of(ctx, form.number.data, "number"),
            how=form.how.data,
            contact=form.contact.data or None,
        )
        made.append((book or book_of[branch_id], key))

    if acted(form, take):
        flash(_("已记下投诉，对方会收到通知。"), "success")
        if not (kinds()[form.kind.data].branch_reads or current_actor().has_role(REGION_ADMIN)):
            # It goes to the county: nobody at the branch reads it any more.
            return redirect(url_for("oversight.complaints"), code=303)
        book, key = made[-1]
        return redirect(url_for("oversight.complaint", book=book, complaint_id=key), code=303)
    return page("oversight/complaint_new.html", form, visit_id=visit_id)


def _visit_id() -> UUID | None:
    try:
        return UUID(request.args.get("visit", ""))
    except ValueError:
        return None


@bp.get("/complaints/<book>/<uuid:complaint_id>")
@declare("complaint.read")
def complaint(book: str, complaint_id: UUID) -> Answer:
    """One complaint with both sides' words; the look is recorded."""
    return _shown(book, complaint_id)


_FORMS: dict[str, type[PageForm]] = {
    "answer": forms.SideForm,
    "appeal": forms.SideAppealForm,
    "decide": forms.DecideComplaintForm,
    "decide_appeal": forms.DecideComplaintForm,
}


def _shown(book: str, complaint_id: UUID, name: str = "", wrong: Any = None) -> Answer:
    it = perform(lambda ctx: reading.complaint_page(ctx, book, complaint_id))
    empty = {each: made(None) for each, made in _FORMS.items()}
    if wrong is not None:
        empty[name] = wrong
    actor = current_actor()

    def place(kind: str, key: UUID | None) -> str:
        return place_of(actor, kind, book, key, it.branch_id) if key is not None else ""

    return page(
        "oversight/complaint.html",
        wrong,
        it=it,
        forms=empty,
        said=complaint_word,
        tones=TONES,
        visit_place=place("visit", it.visit_id),
        may_open=may_ever(actor, "sheet.open"),
        reversal_place=place("reversal", it.reversal_id),
    )


def _act(
    book: str, complaint_id: UUID, name: str, work: Callable[[Context, Any], object], said: str
) -> Answer:
    form = _FORMS[name]()
    if not acted(form, lambda ctx: work(ctx, form)):
        return _shown(book, complaint_id, name, form)
    flash(said, "success")
    there = url_for("oversight.complaint", book=book, complaint_id=complaint_id)
    return redirect(there, code=303)


@bp.post("/complaints/<book>/<uuid:complaint_id>/answer")
@declare("complaint.answer")
@takes_files
def complaint_answer(book: str, complaint_id: UUID) -> Answer:
    """What one side says, written down for it."""
    uploads = uploads_of(request.files.getlist("files"))

    def say(ctx: Context, form: Any) -> None:
        text, side = form.text.data or "", form.side.data
        answering.answer(ctx, book, complaint_id, text, side, uploads)

    return _act(book, complaint_id, "answer", say, _("已记下。"))


@bp.post("/complaints/<book>/<uuid:complaint_id>/appeal")
@declare("complaint.appeal")
def complaint_appeal(book: str, complaint_id: UUID) -> Answer:
    """Whoever lost appeals at the counter."""

    def ask(ctx: Context, form: Any) -> None:
        appealing.appeal(ctx, book, complaint_id, form.text.data or "", form.side.data)

    return _act(book, complaint_id, "appeal", ask, _("已记下申诉，换一位管理员再看。"))


@bp.post("/complaints/<book>/<uuid:complaint_id>/decide")
@declare("complaint.decide")
def complaint_decide(book: str, complaint_id: UUID) -> Answer:
    """A county administrator who has no part in it decides."""

    def decide(ctx: Context, form: Any) -> None:
        decision, reason = form.decision.data or "", form.reason.data or ""
        deciding.decide(ctx, book, complaint_id, decision, reason)

    return _act(book, complaint_id, "decide", decide, _("已处理，双方会看到结果和理由。"))


@bp.post("/complaints/<book>/<uuid:complaint_id>/decide-appeal")
@declare("complaint.decide_appeal")
def complaint_decide_appeal(book: str, complaint_id: UUID) -> Answer:
    """Somebody else has the last word."""

    def decide(ctx: Context, form: Any) -> None:
        decision, reason = form.decision.data or "", form.reason.data or ""
        appealing.decide_appeal(ctx, book, complaint_id, decision, reason)

    return _act(book, complaint_id, "decide_appeal", decide, _("已处理，这是最后的结果。"))


@bp.get("/complaints/<book>/<uuid:complaint_id>/files/<uuid:file_id>")
@declare("complaint.read")
def complaint_file(book: str, complaint_id: UUID, file_id: UUID) -> Response:
    """A file kept with a complaint; the look is recorded."""
    return file_answer(perform(lambda ctx: reading.evidence_of(ctx, book, complaint_id, file_id)))


@bp.route("/disputes/<book>/<uuid:dispute_id>", methods=["GET", "POST"])
@declare("dispute.decide_appeal")
def dispute_decide(book: str, dispute_id: UUID) -> Answer:
    """An appeal against a dispute's decision, and the last word on it."""
    form = forms.DecideAppealForm()
    with look() as ctx:
        it = dispute_appeal(ctx, book, dispute_id)
    upheld, reason = form.decision.data == "upheld", form.reason.data or ""

    def decide(ctx: Context) -> None:
        decide_dispute_appeal(ctx, book, dispute_id, upheld=upheld, reason=reason)

    if acted(form, decide):
        flash(_("已处理，这是最后的结果。"), "success")
        return redirect(url_for("oversight.complaints"), code=303)
    place = place_of(current_actor(), "visit", book, it.visit_id, None)
    return page("oversight/dispute.html", form, it=it, visit_place=place)
