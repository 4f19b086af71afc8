"""Told by hand: the call sheet, letters, the appointment slip, and how a member is reached."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from models.notices import CallAnswer
from services.context import Context
from services.errors import DomainError
from services.notices.calls import note_answer, settle_call
from services.notices.letters import handle, letter, undelivered
from services.notices.slips import appointment_slip
from services.people.reading import member_row, subject_of
from services.queries.branch.calls import CallSheet, call_sheet
from services.queries.branch.desks import require_desk
from timebank.edge import declare, perform, reading
from timebank.i18n import say, speaking
from timebank.web import inboxes
from timebank.web.branch import bp
from timebank.web.branch.acting import here, page
from timebank.web.branch.call_forms import AnswerForm
from timebank.web.forms.base import PageForm
from timebank.web.paging import page_number

MANY = 20
_SAID = {
    CallAnswer.YES: lambda: _("已记下：好。"),
    CallAnswer.ANOTHER_DAY: lambda: _("已记下：换一天。请在“还要办的”里安排。"),
    CallAnswer.CALL_BACK: lambda: _("已记下：网点回电。"),
    CallAnswer.NO_ANSWER: lambda: _("已记下：没有人接，过一会儿再打。"),
}


@bp.get("/calls")
@declare("call.work")
def calls() -> Any:
    """One call at a time: whom, what to say, and four buttons for the answer."""
    return _sheet(AnswerForm())


def _sheet(form: AnswerForm) -> Any:
    chosen = _id(request.args.get("item"))

    def look(ctx: Context) -> CallSheet:
        return call_sheet(ctx, here(ctx).id, chosen)

    return page("branch/calls.html", form, sheet=perform(look), say_in=say)


@bp.post("/calls/<book>/<uuid:item_id>")
@declare("call.work")
def call_answer(book: str, item_id: UUID) -> Any:
    """The answer, by one key; the next call comes up."""
    form = AnswerForm()
    answer, note = form.answer.data or "", form.note.data
    if not form.validate_on_submit():
        return _sheet(form)
    try:
        said = perform(lambda ctx: note_answer(ctx, book, item_id, answer, note), key=form.key)
    except DomainError as error:
        if error.kind not in ("conflict", "invalid"):
            raise
        flash(say(error.sentence, error.params), "error")
    else:
        flash(_SAID[said](), "success")
    return redirect(url_for("branch.calls"), 303)


@bp.post("/calls/<book>/<uuid:item_id>/settle")
@declare("call.work")
def call_settle(book: str, item_id: UUID) -> Response:
    """What was left to do is done."""
    perform(lambda ctx: settle_call(ctx, book, item_id), key=PageForm().key)
    flash(_("这一项办好了。"), "success")
    return redirect(url_for("branch.calls", _anchor="left"), 303)


@bp.get("/letters")
@declare("notice.handle")
def letters() -> Any:
    """What reached nobody, by whatever way."""
    number = page_number()
    with reading() as ctx:
        found = undelivered(ctx, here(ctx).id, limit=MANY, offset=(number - 1) * MANY)
    pages = -(-found.total // MANY)
    return page("branch/letters.html", found=found, number=number, pages=pages)


@bp.get("/letters/<book>/<uuid:message_id>")
@declare("notice.handle")
def letter_paper(book: str, message_id: UUID) -> Any:
    """One notice on paper, in the reader's language and in large print."""
    it = perform(lambda ctx: letter(ctx, book, message_id))
    with reading() as ctx:
        desk = here(ctx)
    with speaking(it.language):
        return page("branch/letter.html", it=it, desk=desk)


@bp.post("/letters/<book>/<uuid:message_id>/<how>")
@declare("notice.handle")
def letter_handled(book: str, message_id: UUID, how: str) -> Response:
    """The member has it now."""
    perform(lambda ctx: handle(ctx, book, message_id, how), key=PageForm().key)
    flash(_("已记下：本人知道了。"), "success")
    return redirect(url_for("branch.letters"), 303)


@bp.get("/members/<uuid:member_id>/appointments")
@declare("visit.read")
def appointments(member_id: UUID) -> Any:
    """Who comes when, to take home: large print, in the elder's language."""
    it = perform(lambda ctx: appointment_slip(ctx, member_id))
    with speaking(it.language):
        return render_template("branch/appointments.html", it=it)


_LINKS = {
    "back": "branch.member",
    "reach": "branch.member_reach",
    "email": "branch.member_reach_email",
    "code": "branch.member_reach_code",
    "end": "branch.member_end_email",
}


def _face(member_id: UUID) -> inboxes.Face:
    with reading() as ctx:
        require_desk(ctx, subject_of(member_row(ctx.session, member_id)))
    return inboxes.Face(
        "branch/_face.html",
        member_id,
        lambda name: url_for(_LINKS[name], member_id=member_id),
        {},
    )


@bp.route("/members/<uuid:member_id>/reach", methods=["GET", "POST"])
@declare("contact.update")
def member_reach(member_id: UUID) -> Any:
    """How the member is reached, as said at the counter."""
    return inboxes.reach_page(_face(member_id))


@bp.route("/members/<uuid:member_id>/reach/email", methods=["GET", "POST"])
@declare("contact.update")
def member_reach_email(member_id: UUID) -> Any:
    """The member's mail address."""
    return inboxes.email_page(_face(member_id))


@bp.route("/members/<uuid:member_id>/reach/code", methods=["GET", "POST"])
@declare("contact.update")
def member_reach_code(member_id: UUID) -> Any:
    """The code that the member reads out."""
    return inboxes.code_page(_face(member_id))


@bp.post("/members/<uuid:member_id>/reach/email/end")
@declare("contact.update")
def member_end_email(member_id: UUID) -> Any:
    """No more mail for the member."""
    return inboxes.end_email(_face(member_id))


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
