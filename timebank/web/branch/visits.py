"""Visits at the counter: the elder's word by telephone, what went wrong, what is disputed."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.context import Context
from services.policy import OWN_AFFAIR
from services.queries.after import after_visit
from services.queries.branch.visits import VisitFile, visit_file
from services.visits.closed_door import report_closed_door
from services.visits.complaints import note_words, take_complaint
from services.visits.disputes import decide_dispute
from services.visits.reviewing import decide_missed, reject, stand
from services.visits.sentences import VisitStateChanged
from services.visits.voice import note_leaving, note_unanswered, record_voice
from services.visits.withdrawing import withdraw
from timebank.edge import current_actor, declare, perform, reading
from timebank.seals.files import seal_of
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, page
from timebank.web.branch.forms import (
    ClosedDoorForm,
    DecideForm,
    LeftForm,
    MissedForm,
    ReasonForm,
    VoiceForm,
    WordsForm,
)
from timebank.web.forms.base import PageForm

Answer = tuple[str, int] | Response


def _file(book: str, visit_id: UUID) -> VisitFile:
    return perform(lambda ctx: visit_file(ctx, book, visit_id))


def _back(book: str, visit_id: UUID) -> Response:
    return redirect(url_for("branch.visit", book=book, visit_id=visit_id), code=303)


@bp.get("/visits/<book>/<uuid:visit_id>")
@declare("visit.read")
def visit(book: str, visit_id: UUID) -> tuple[str, int]:
    """A visit with its evidence, and what may be done with it now."""
    it = _file(book, visit_id)
    seal = seal_of(book, it.receipt.transfer_id if it.receipt else None)
    with reading() as ctx:
        after = after_visit(ctx, book, visit_id)
    return page("branch/visit.html", it=it, own_affair=OWN_AFFAIR, seal=seal, after=after)


@bp.route("/visits/<book>/<uuid:visit_id>/voice", methods=["GET", "POST"])
@declare("visit.voice")
def voice(book: str, visit_id: UUID) -> Answer:
    """What to ask the elder, and what the elder said."""
    form = VoiceForm()
    heard = frozenset(form.heard.data or ())
    reached = form.reached.data or ""
    if acted(form, lambda ctx: record_voice(ctx, book, visit_id, heard, reached)):
        flash(_("已记下老人的确认。"), "success")
        return _back(book, visit_id)
    return page("branch/voice.html", form, it=_file(book, visit_id), speaker=current_actor().name)


@bp.route("/visits/<book>/<uuid:visit_id>/left", methods=["GET", "POST"])
@declare("visit.voice")
def left(book: str, visit_id: UUID) -> Answer:
    """A forgotten check-out: when the visitor left, by the elder's word and never by a guess."""
    form = LeftForm()
    it = _file(book, visit_id)
    reached = form.reached.data or ""
    came = it.came

    def note(ctx: Context) -> None:
        if came is None:
            raise VisitStateChanged
        note_leaving(ctx, book, visit_id, form.moment(came.at), reached)

    if acted(form, note):
        flash(_("已记下。接着请老人确认这次服务。"), "success")
        return _back(book, visit_id)
    return page("branch/left.html", form, it=it)


@bp.post("/visits/<book>/<uuid:visit_id>/unanswered")
@declare("visit.voice")
def unanswered(book: str, visit_id: UUID) -> Response:
    """A call that nobody answered."""
    perform(lambda ctx: note_unanswered(ctx, book, visit_id), key=PageForm().key)
    flash(_("已记下：没有联系上老人。"), "info")
    return _back(book, visit_id)


@bp.route("/visits/<book>/<uuid:visit_id>/missed", methods=["GET", "POST"])
@declare("visit.review")
def missed(book: str, visit_id: UUID) -> Answer:
    """Nobody checked in: a no-show, or excused."""
    form = MissedForm()
    excused, reason = form.outcome.data == "excused", form.reason.data or ""
    if acted(form, lambda ctx: decide_missed(ctx, book, visit_id, excused=excused, reason=reason)):
        flash(_("已认定，预留的时间已放回。"), "success")
        return _back(book, visit_id)
    return page("branch/missed.html", form, it=_file(book, visit_id))


@bp.route("/visits/<book>/<uuid:visit_id>/reject", methods=["GET", "POST"])
@declare("visit.review")
def reject_visit(book: str, visit_id: UUID) -> Answer:
    """A visit in review that cannot stand."""
    form = ReasonForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: reject(ctx, book, visit_id, reason)):
        flash(_("已认定不入账，双方会看到您写的理由。"), "success")
        return _back(book, visit_id)
    return page("branch/reject.html", form, it=_file(book, visit_id))


@bp.route("/visits/<book>/<uuid:visit_id>/stand", methods=["GET", "POST"])
@declare("visit.review")
def stand_visit(book: str, visit_id: UUID) -> Answer:
    """A visit in review whose elder has died since: what is on record is enough."""
    form = ReasonForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: stand(ctx, book, visit_id, reason)):
        flash(_("已认定属实，服务已经入账。"), "success")
        return _back(book, visit_id)
    return page("branch/stand.html", form, it=_file(book, visit_id))


@bp.route("/visits/<book>/<uuid:visit_id>/withdraw", methods=["GET", "POST"])
@declare("visit.cancel")
def withdraw_visit(book: str, visit_id: UUID) -> Answer:
    """A volunteer rings because he cannot come."""
    form = ReasonForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: withdraw(ctx, book, visit_id, reason)):
        flash(_("已替志愿者退单，申请重新开放给别的志愿者。"), "success")
        return _back(book, visit_id)
    return page("branch/withdraw.html", form, it=_file(book, visit_id))


@bp.route("/visits/<book>/<uuid:visit_id>/closed-door", methods=["GET", "POST"])
@declare("visit.closed_door")
def closed_door(book: str, visit_id: UUID) -> Answer:
    """A volunteer rings from a door that nobody opens: a safety sheet opens at once."""
    form = ClosedDoorForm()
    opened: list[UUID] = []
    if acted(form, lambda ctx: opened.append(report_closed_door(ctx, book, visit_id))):
        flash(_("安全单已打开，请马上联系老人的紧急联系人。"), "warning")
        return redirect(url_for("branch.sheet", book=book, sheet_id=opened[-1]), code=303)
    return page("branch/closed_door.html", form, it=_file(book, visit_id))


@bp.route("/visits/<book>/<uuid:visit_id>/complaint", methods=["GET", "POST"])
@declare("visit.review")
def complaint(book: str, visit_id: UUID) -> Answer:
    """One side says by telephone that the visit was not as recorded."""
    form = WordsForm()
    side, text = form.side.data, form.text.data or ""
    if not form.is_submitted() and request.args.get("side") in ("elder", "provider"):
        form.side.data = request.args["side"]
    if acted(form, lambda ctx: take_complaint(ctx, book, visit_id, side, text)):
        flash(_("已记为异议，预留的时间会保留到处理完为止。"), "success")
        return _back(book, visit_id)
    return page("branch/complaint.html", form, it=_file(book, visit_id))


@bp.route("/visits/<book>/<uuid:visit_id>/dispute", methods=["GET", "POST"])
@declare("dispute.decide")
def dispute(book: str, visit_id: UUID) -> Answer:
    """Both sides' words and the evidence, then the decision."""
    form = DecideForm()
    credit, reason = form.decision.data == "credit", form.reason.data or ""
    dispute_id = form.dispute_id
    if dispute_id is not None and acted(
        form,
        lambda ctx: decide_dispute(ctx, book, dispute_id, credit=credit, reason=reason),
    ):
        flash(_("异议已处理，双方会看到结果和理由。"), "success")
        return _back(book, visit_id)
    it = _file(book, visit_id)
    if it.open_dispute_id is None:
        return _back(book, visit_id)
    form.dispute.data = str(it.open_dispute_id)
    return page("branch/dispute.html", form, it=it)


@bp.route("/visits/<book>/<uuid:visit_id>/words", methods=["GET", "POST"])
@declare("dispute.decide")
def words(book: str, visit_id: UUID) -> Answer:
    """The other side's words, before a dispute is decided."""
    form = WordsForm()
    side, text = form.side.data, form.text.data or ""
    if acted(form, lambda ctx: note_words(ctx, book, visit_id, side, text)):
        flash(_("已记下对方的话。"), "success")
        there = url_for("branch.dispute", book=book, visit_id=visit_id)
        return redirect(there, code=303)
    return page("branch/words.html", form, it=_file(book, visit_id))
