"""Books, bodies that run branches, and branches: opening and closing them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from models.places import OperatorKind
from services.notes import erase_note
from services.places.books import open_book
from services.places.branches import BranchForm, open_branch, open_operator
from services.places.closing import Closing, close_branch
from timebank.api.area import Area, writing
from timebank.api.schemas import places as wire
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.people import MadeOut
from timebank.edge import declare

area = Area("places", "账本、机构和网点")


@area.post("/books", says="开一个区县的账本")
@declare("book.open")
@area.arguments(wire.BookIn)
@area.response(201, wire.BookOpenedOut)
def open_a_book(said: dict[str, Any]) -> dict[str, Any]:
    """With its pool and its issue account."""
    return {"book": writing(lambda ctx: open_book(ctx, said["region_code"]))}


@area.post("/operators", says="登记一个运营机构")
@declare("place.manage")
@area.arguments(wire.OperatorIn)
@area.response(201, MadeOut)
def add_operator(said: dict[str, Any]) -> dict[str, Any]:
    """A body that may run branches, in any region."""
    kind = OperatorKind(said["kind"])
    return {"id": writing(lambda ctx: open_operator(ctx, said["name"], said["name_en"], kind))}


@area.post("/branches", says="开一个网点")
@declare("place.manage")
@area.arguments(wire.BranchIn)
@area.response(201, MadeOut)
def open_a_branch(form: BranchForm) -> dict[str, Any]:
    """In a region whose county keeps a book."""
    return {"id": writing(lambda ctx: open_branch(ctx, form))}


@area.post("/branches/<uuid:branch_id>/close", says="关一个网点，由别的网点接手")
@declare("place.manage")
@area.arguments(wire.BranchCloseIn, required=False)
@area.response(200, wire.BranchClosedOut)
def close_a_branch(said: dict[str, Any], branch_id: UUID) -> Closing:
    """Its members and open affairs go to the successor."""
    return writing(lambda ctx: close_branch(ctx, branch_id, said["successor_id"]))


@area.post("/ledger/<book:book>/notes/<uuid:note_id>/erase", says="抹去一条附注的文字")
@declare("note.erase")
@area.arguments(Nothing, required=False)
@area.response(204)
def erase_a_note(_said: dict[str, Any], book: str, note_id: UUID) -> Response:
    """For good; its digest stays in the seals."""
    writing(lambda ctx: erase_note(ctx, book, note_id))
    return current_app.response_class(status=204)
