"""The volunteer's side: a doubt about a record, something to say, and an answer to others."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for

from services.errors import NotFound
from services.queries import volunteer as read
from timebank.edge import current_actor, declare, reading, takes_files
from timebank.web import complaining
from timebank.web.volunteer import bp
from timebank.web.words.complaints import OF_NO_VISIT, OF_OWN_SERVICE

_LINKS = {
    "back": "volunteer.home",
    "list": "volunteer.complaints",
    "new": "volunteer.complaint_new",
    "text": "volunteer.complaint_text",
    "one": "volunteer.complaint",
    "answer": "volunteer.complaint_answer",
    "appeal": "volunteer.complaint_appeal",
    "withdraw": "volunteer.complaint_withdraw",
    "file": "volunteer.complaint_file",
    "visit": "volunteer.visit",
}
ONE = "/complaints/<book>/<uuid:complaint_id>"


def _face() -> complaining.Face:
    def link(name: str, **values: Any) -> str:
        if name == "visit":
            values.pop("book", None)
        return url_for(_LINKS[name], **values)

    actor = current_actor()
    return complaining.Face("layouts/work.html", actor.id, actor.home_book, "self", link, {})


@bp.get("/complaints")
@declare("complaint.read")
def complaints() -> Any:
    """What was said, and how far it is."""
    return complaining.list_page(_face())


@bp.route("/complaints/new", methods=["GET", "POST"])
@declare("complaint.make")
def complaint_new() -> Any:
    """What is it about?"""
    if not request.args.get("visit"):
        return complaining.kind_page(_face(), OF_NO_VISIT)
    if not request.args.get("book"):
        return redirect(_with_book(request.args["visit"]), 303)
    return complaining.kind_page(_face(), OF_OWN_SERVICE)


def _with_book(visit: str) -> str:
    """A statement does not say in which book a visit is."""
    with reading() as ctx:
        _request, own = read.own_visit(ctx, uuid_of(visit))
        book = own.book
    return url_for("volunteer.complaint_new", book=book, visit=visit)


def uuid_of(text: str) -> UUID:
    """An id of an address; nonsense is not there."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


@bp.route("/complaints/new/<kind>", methods=["GET", "POST"])
@declare("complaint.make")
def complaint_text(kind: str) -> Any:
    """How was it?"""
    return complaining.text_page(_face(), kind)


@bp.get(ONE)
@declare("complaint.read")
def complaint(book: str, complaint_id: UUID) -> Any:
    """Both sides, and the decision."""
    return complaining.one_page(_face(), book, complaint_id)


@bp.route(f"{ONE}/answer", methods=["GET", "POST"])
@declare("complaint.answer")
@takes_files
def complaint_answer(book: str, complaint_id: UUID) -> Any:
    """One's own side of it."""
    return complaining.answer_page(_face(), book, complaint_id)


@bp.route(f"{ONE}/appeal", methods=["GET", "POST"])
@declare("complaint.appeal")
def complaint_appeal(book: str, complaint_id: UUID) -> Any:
    """Why somebody else should look again."""
    return complaining.appeal_page(_face(), book, complaint_id)


@bp.route("/visits/<uuid:visit_id>/appeal", methods=["GET", "POST"])
@declare("dispute.appeal")
def dispute_appeal(visit_id: UUID) -> Any:
    """The decision on a visit was wrong."""
    with reading() as ctx:
        _request, own = read.own_visit(ctx, visit_id)
        book = own.book
    return complaining.dispute_appeal_page(_face(), book, visit_id)


@bp.post(f"{ONE}/withdraw")
@declare("complaint.withdraw")
def complaint_withdraw(book: str, complaint_id: UUID) -> Any:
    """Take it back."""
    return complaining.withdraw(_face(), book, complaint_id)


@bp.get(f"{ONE}/files/<uuid:file_id>")
@declare("complaint.read")
def complaint_file(book: str, complaint_id: UUID, file_id: UUID) -> Any:
    """A file that goes with it."""
    return complaining.file(book, complaint_id, file_id)
