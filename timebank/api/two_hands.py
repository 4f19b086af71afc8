"""What two people sign, for programs: postings taken back, and services entered by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.entries import proposing as putting_forward
from services.entries import signing as countersigning
from services.entries.proposing import EntryForm
from services.evidence import FileView
from services.queries.audit.listing import Want
from services.queries.two_hands import entries as entry_queries
from services.queries.two_hands import reversals as queries
from services.queries.two_hands.entries import EntryFilter, EntryView
from services.queries.two_hands.reversals import ReversalFilter, ReversalLine
from services.reversing import proposing, signing
from timebank.api import cursors
from timebank.api.area import Area, writing
from timebank.api.schemas import two_hands as wire
from timebank.api.schemas.base import Nothing
from timebank.edge import declare, perform, reading, takes_files

area = Area("two_hands", "补录和冲正")

REVERSALS = "/ledger/<book:book>/reversals"
ENTRIES = "/ledger/<book:book>/entries-by-hand"
ENTRY = f"{ENTRIES}/<uuid:entry_id>"
REVERSAL = f"{REVERSALS}/<uuid:reversal_id>"


def _done() -> Response:
    return current_app.response_class(status=204)


@area.get("/reversals", says="等签署的和办过的冲正")
@declare("reversal.read")
@area.arguments(wire.ReversalQuery, location="query")
@area.response(200, wire.ReversalList)
def list_reversals(asked: dict[str, Any]) -> dict[str, Any]:
    """Reversals of the caller's regions, those that wait longest first."""
    wanted = ReversalFilter(state=asked.get("state", ""), book=asked.get("book", ""))
    want = Want(page=cursors.offset_of(asked.get("cursor")) or 1, size=asked["limit"])
    with reading() as ctx:
        found = queries.reversals(ctx, wanted, want)
    more = found.page * found.size < found.total
    return {"items": found.rows, "next_cursor": cursors.of_offset(found.page + 1, more=more)}


@area.post(REVERSALS, says="提出冲正一笔往来")
@declare("reversal.propose")
@area.arguments(wire.ReversalIn)
@area.response(201, wire.ReversalMadeOut)
def propose_reversal(said: dict[str, Any], book: str) -> dict[str, Any]:
    """Ask two administrators to take a posting back; nothing moves by that."""
    because = {name: said.get(name) for name in ("flag_id", "sheet_id", "complaint_id")}
    made = writing(
        lambda ctx: proposing.propose_reversal(
            ctx, book, said["transfer_id"], said["reason"], said.get("note", ""), **because
        )
    )
    return {"book": book, "id": made}


@area.get(REVERSAL, says="一件冲正")
@declare("reversal.read")
@area.response(200, wire.ReversalOut)
def read_reversal(book: str, reversal_id: UUID) -> ReversalLine:
    """One reversal; the look is recorded."""
    return perform(lambda ctx: queries.reversal(ctx, book, reversal_id)).line


@area.post(f"{REVERSAL}/signature", says="签署一件冲正")
@declare("reversal.sign")
@area.arguments(Nothing, required=False)
@area.response(200, wire.ReversalSignedOut)
def sign_reversal(_said: dict[str, Any], book: str, reversal_id: UUID) -> dict[str, Any]:
    """One of two names; with the second one the posting is taken back."""
    return {"transfer_id": writing(lambda ctx: signing.sign_reversal(ctx, book, reversal_id))}


@area.post(f"{REVERSAL}/refusal", says="不同意一件冲正")
@declare("reversal.refuse")
@area.arguments(wire.HandReasonIn)
@area.response(204)
def refuse_reversal(said: dict[str, Any], book: str, reversal_id: UUID) -> Response:
    """Nothing is taken back; the proposer reads why."""
    writing(lambda ctx: signing.refuse_reversal(ctx, book, reversal_id, said["reason"]))
    return _done()


@area.post(f"{REVERSAL}/withdrawal", says="撤回自己提出的冲正")
@declare("reversal.withdraw")
@area.arguments(Nothing, required=False)
@area.response(204)
def withdraw_reversal(_said: dict[str, Any], book: str, reversal_id: UUID) -> Response:
    """Drop one's own proposal."""
    writing(lambda ctx: proposing.withdraw_reversal(ctx, book, reversal_id))
    return _done()


@area.get("/entries-by-hand", says="等签署的和办过的补录")
@declare("entry.read")
@area.arguments(wire.HandEntryQuery, location="query")
@area.response(200, wire.HandEntryList)
def list_entries_by_hand(asked: dict[str, Any]) -> dict[str, Any]:
    """Entries where the caller works or watches, those due soonest first."""
    wanted = EntryFilter(state=asked.get("state", ""), kind=asked.get("kind", ""))
    want = Want(page=cursors.offset_of(asked.get("cursor")) or 1, size=asked["limit"])
    with reading() as ctx:
        found = entry_queries.entries(ctx, wanted, want)
    more = found.page * found.size < found.total
    return {"items": found.rows, "next_cursor": cursors.of_offset(found.page + 1, more=more)}


@area.post(ENTRIES, says="提出补录或者更正一次服务")
@declare("entry.propose")
@takes_files
@area.arguments(wire.HandEntryIn)
@area.response(201, wire.ReversalMadeOut)
def propose_entry(said: dict[str, Any], book: str) -> dict[str, Any]:
    """Put a service before a second person, with its papers; nothing is credited by that."""
    files = tuple(said.pop("files"))
    form = EntryForm(**said)
    made = writing(lambda ctx: putting_forward.propose_entry(ctx, book, form, files))
    return {"book": book, "id": made}


@area.get(ENTRY, says="一件补录和它的证明材料")
@declare("entry.read")
@area.response(200, wire.HandEntryWholeOut)
def read_entry(book: str, entry_id: UUID) -> EntryView:
    """One entry with both names; the look is recorded."""
    return perform(lambda ctx: entry_queries.entry(ctx, book, entry_id))


@area.get(f"{ENTRY}/files/<uuid:file_id>", says="补录的一份证明材料")
@declare("entry.read")
@area.response(200, wire.HandFileOut)
def read_entry_file(book: str, entry_id: UUID, file_id: UUID) -> FileView:
    """A paper with its bytes; the look is recorded."""
    return perform(lambda ctx: entry_queries.entry_file(ctx, book, entry_id, file_id))


@area.post(f"{ENTRY}/signature", says="签署一件补录")
@declare("entry.sign")
@area.arguments(Nothing, required=False)
@area.response(200, wire.HandEntrySignedOut)
def sign_entry(_said: dict[str, Any], book: str, entry_id: UUID) -> dict[str, Any]:
    """The second name: the service is credited, and marked for ever."""
    made = writing(lambda ctx: countersigning.sign_entry(ctx, book, entry_id))
    return {"book": book, "visit_id": made}


@area.post(f"{ENTRY}/refusal", says="不同意一件补录")
@declare("entry.sign")
@area.arguments(wire.HandReasonIn)
@area.response(204)
def refuse_entry(said: dict[str, Any], book: str, entry_id: UUID) -> Response:
    """It is not credited; everybody concerned reads why."""
    writing(lambda ctx: countersigning.refuse_entry(ctx, book, entry_id, said["reason"]))
    return _done()


@area.post(f"{ENTRY}/withdrawal", says="撤回自己提出的补录")
@declare("entry.withdraw")
@area.arguments(Nothing, required=False)
@area.response(204)
def withdraw_entry(_said: dict[str, Any], book: str, entry_id: UUID) -> Response:
    """Drop one's own entry."""
    writing(lambda ctx: putting_forward.withdraw_entry(ctx, book, entry_id))
    return _done()
