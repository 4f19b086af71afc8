"""What a leaf commits to, read back from the line of an export that tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.ledger.check.words import as_uuid, maybe, uuid_in
from services.ledger.seals.canonical import EntryLine, NoteFacts, TransferFacts, valuation_hash
from services.ledger.seals.headers import (
    Malformed,
    hex_in,
    items_in,
    mapping_in,
    moment_in,
    number_in,
    text_in,
)


def transfer_facts(book: str, line: Mapping[str, Any]) -> TransferFacts:
    """What a transfer's leaf commits to, from its line; Malformed when something is missing."""
    row = mapping_in(line, "transfer")
    valuation = None
    if line.get("valuation") is not None:
        valuation = {**mapping_in(line, "valuation"), "book": book}
        if valuation.get("id") != row.get("valuation_id"):
            raise Malformed("valuation")
    try:
        valued = None if valuation is None else valuation_hash(valuation)
    except KeyError:
        raise Malformed("valuation") from None
    return TransferFacts(
        book=book,
        id=uuid_in(row, "id"),
        kind=text_in(row, "kind"),
        idem_key=text_in(row, "idem_key"),
        request_hash=text_in(row, "request_hash"),
        effective_at=moment_in(row, "effective_at"),
        posted_at=moment_in(row, "posted_at"),
        actor_id=uuid_in(row, "actor_id"),
        acting_for_id=maybe(uuid_in, row, "acting_for_id"),
        reason=text_in(row, "reason"),
        link_id=maybe(uuid_in, row, "link_id"),
        reverses_id=maybe(uuid_in, row, "reverses_id"),
        valuation_id=maybe(uuid_in, row, "valuation_id"),
        valuation_hash=valued,
        entries=tuple(_entry(entry) for entry in items_in(line, "entries")),
    )


def note_facts(book: str, line: Mapping[str, Any]) -> NoteFacts:
    """What a note's leaf commits to, from its line."""
    row = mapping_in(line, "note")
    return NoteFacts(
        book,
        uuid_in(row, "id"),
        uuid_in(row, "transfer_id"),
        hex_in(row, "text_hash"),
        uuid_in(row, "actor_id"),
        moment_in(row, "at"),
    )


def _entry(given: Any) -> EntryLine:
    if not isinstance(given, list) or len(given) != 5:
        raise Malformed("entries")
    numbers = dict(enumerate(given[1:]))
    slot, amount, version, after = (number_in({"n": numbers[n]}, "n") for n in range(4))
    return EntryLine(as_uuid(given[0], "entries"), slot, amount, version, after)
