"""Files for the checker as pages and programs get them: the same bytes, with cache headers."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, request

from services.ledger.seals.daylist import dumps
from services.ledger.seals.heads import NoSuchList
from services.queries import seals
from timebank.edge import reading

#: Downloads of lists and proofs by one address: each reads rows of every book.
FILES_AN_ADDRESS = "120 per minute"
#: A list's text never changes, but witnesses sign it for some hours.
LIST_SECONDS = 300


def day_of(text: str) -> date:
    """The day in an address; NoSuchList for anything that is not written as 2026-03-10."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NoSuchList from None
    if day.isoformat() != text:
        raise NoSuchList
    return day


def seal_of(book: str, transfer_id: UUID | None) -> seals.SealLine | None:
    """Where a transfer on a page is sealed; None where nothing was posted."""
    if transfer_id is None:
        return None
    with reading() as ctx:
        return seals.seal_line(ctx, book, transfer_id)


def list_answer(day: date, since: date | None) -> Response:
    """A published list, as ``flask seals heads`` writes it; 304 for whoever has it already."""
    with reading() as ctx:
        mark = seals.list_mark(ctx, day, since)
        known = request.if_none_match.contains(mark)
        found = None if known else seals.list_file(ctx, day, since)
    answer = Response(status=304) if found is None else saved(found, f"timebank-heads-{day}")
    answer.set_etag(mark)
    answer.headers["Cache-Control"] = f"public, max-age={LIST_SECONDS}"
    return answer


def receipt_answer(book: str, transfer_id: UUID) -> Response:
    """A transfer's receipt for whoever may see the transfer; never kept by a browser."""
    with reading() as ctx:
        found = seals.receipt_file(ctx, book, transfer_id)
    answer = saved(found, f"timebank-receipt-{transfer_id}")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def growth_answer(book: str, old: int, new: int) -> Response:
    """The proof between two blocks of a book: it never changes, but the history of keys grows."""
    with reading() as ctx:
        found = seals.growth_file(ctx, book, old, new)
    answer = saved(found, f"timebank-consistency-{book}-{old}-{new}")
    answer.headers["Cache-Control"] = f"public, max-age={LIST_SECONDS}"
    return answer


def saved(found: dict[str, Any], name: str) -> Response:
    """JSON that a browser saves under ``name``, which is made of digits and ids alone."""
    answer = Response(dumps(found), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return answer
