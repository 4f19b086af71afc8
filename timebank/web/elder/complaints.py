"""The elder, or a relative for the elder: something to say, in large print, a question a page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request, url_for

from services.queries import elder as queries
from timebank.edge import reading, takes_files
from timebank.web import complaining
from timebank.web.elder.whom import page, whom
from timebank.web.words.complaints import OF_NO_VISIT, OF_VISIT

_LINKS = {
    "back": ".home",
    "list": ".complaints",
    "new": ".complaint_new",
    "text": ".complaint_text",
    "one": ".complaint",
    "answer": ".complaint_answer",
    "appeal": ".complaint_appeal",
    "withdraw": ".complaint_withdraw",
    "file": ".complaint_file",
    "visit": ".visit_page",
}
ONE = "/complaints/<book>/<uuid:complaint_id>"


def _face() -> complaining.Face:
    with reading() as ctx:
        elder = queries.elder_view(ctx, whom())
    how: Any = {"own": "self", "family": "family", "staff": "counter"}[elder.acting]

    def link(name: str, **values: Any) -> str:
        return url_for(_LINKS[name], **values)

    return complaining.Face(
        "elder/_face.html",
        elder.id,
        elder.book,
        how,
        link,
        {"elder": elder},
        may_say=elder.acting != "family" or elder.may_ask or elder.may_confirm,
    )


@page("/complaints", "complaint.read")
def complaints() -> Any:
    """What was said, and how far it is."""
    return complaining.list_page(_face())


@page("/complaints/new", "complaint.make", ("GET", "POST"))
def complaint_new() -> Any:
    """What is it about?"""
    return complaining.kind_page(_face(), OF_VISIT if request.args.get("visit") else OF_NO_VISIT)


@page("/complaints/new/<kind>", "complaint.make", ("GET", "POST"))
def complaint_text(kind: str) -> Any:
    """How was it?"""
    return complaining.text_page(_face(), kind)


@page(ONE, "complaint.read")
def complaint(book: str, complaint_id: UUID) -> Any:
    """Both sides, and the decision."""
    return complaining.one_page(_face(), book, complaint_id)


@page(f"{ONE}/answer", "complaint.answer", ("GET", "POST"))
@takes_files
def complaint_answer(book: str, complaint_id: UUID) -> Any:
    """One's own side of it."""
    return complaining.answer_page(_face(), book, complaint_id)


@page(f"{ONE}/appeal", "complaint.appeal", ("GET", "POST"))
def complaint_appeal(book: str, complaint_id: UUID) -> Any:
    """Why somebody else should look again."""
    return complaining.appeal_page(_face(), book, complaint_id)


@page("/visits/<book>/<uuid:visit_id>/appeal", "dispute.appeal", ("GET", "POST"))
def dispute_appeal(book: str, visit_id: UUID) -> Any:
    """The decision on a visit was wrong."""
    return complaining.dispute_appeal_page(_face(), book, visit_id)


@page(f"{ONE}/withdraw", "complaint.withdraw", ("POST",))
def complaint_withdraw(book: str, complaint_id: UUID) -> Any:
    """Take it back."""
    return complaining.withdraw(_face(), book, complaint_id)


@page(f"{ONE}/files/<uuid:file_id>", "complaint.read")
def complaint_file(book: str, complaint_id: UUID, file_id: UUID) -> Any:
    """A file that goes with it."""
    return complaining.file(book, complaint_id, file_id)
