"""The full export, one JSON object a line, in the order in which a stranger can check it.

docs/exports.md has the lines one by one, ``services.ledger.check.export`` reads them. Within a
book the leaves come by position, each block behind its last leaf; what is not sealed yet follows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import Base
from models.ledger import (
    Account,
    Balance,
    Closing,
    ClosingKind,
    ClosingLine,
    Entry,
    Hold,
    HoldLeg,
    HoldOutcome,
    Transfer,
    TransferNote,
    ValuationRecord,
)
from models.seals import NO_NOTE, Block, BlockLeaf, HeadList, HeadSignature, SealKey
from services.ledger.export.names import Advance
from services.ledger.export.rows import Source
from services.ledger.seals.canonical import canonical_json
from services.ledger.streams import grouped, rows_of, side_by_side

VERSION = 1
#: What the five values of an entry are.
ENTRY = ("account_id", "slot", "amount_minutes", "version", "balance_after_minutes")

_SAME_TRANSFER = sa.and_(Transfer.book == BlockLeaf.book, Transfer.id == BlockLeaf.transfer_id)
_IS_TRANSFER = BlockLeaf.note_id == NO_NOTE
_OF_TRANSFER = sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id)
_ITS_VALUATION = sa.and_(
    ValuationRecord.book == Transfer.book, ValuationRecord.id == Transfer.valuation_id
)


def lines(sources: Iterable[Source], advance: Advance) -> Iterator[str]:
    """Every line; the last one counts them and has their SHA-256."""
    found = list(sources)
    digest, count = hashlib.sha256(), 0
    for row in _rows(found, advance):
        text = _line(row)
        digest.update(text.encode())
        count += 1
        yield text
    yield _line({"kind": "end", "lines": count, "sha256": digest.hexdigest()})


def _line(row: Mapping[str, Any]) -> str:
    return f"{canonical_json(row)}\n"


def _rows(sources: list[Source], advance: Advance) -> Iterator[dict[str, Any]]:
    yield {
        "kind": "timebank-export",
        "version": VERSION,
        "books": [source.book for source in sources],
        "entry": ENTRY,
    }
    if sources:
        yield from _signers(sources[0].session)
    for source in sources:
        yield {"kind": "book", "book": source.book}
        yield from _book(source.session, source.book, advance)


def _signers(session: Session) -> Iterator[dict[str, Any]]:
    """The history of the keys, and the published lists with their witnesses."""
    for row in rows_of(session, _select(SealKey).order_by(SealKey.number)):
        yield {"kind": "key", "event": _plain(row, SealKey)}
    signatures = _select(HeadSignature).order_by(HeadSignature.day, HeadSignature.key_id)
    for _day, (head, signed) in side_by_side(
        ((row.day, row) for row in rows_of(session, _select(HeadList).order_by(HeadList.day))),
        grouped(rows_of(session, signatures), lambda row: row.day),
    ):
        if head is not None:
            witnesses = [_plain(row, HeadSignature, "day") for row in signed or ()]
            yield {"kind": "heads", "list": _plain(head, HeadList), "signatures": witnesses}


def _book(session: Session, book: str, advance: Advance) -> Iterator[dict[str, Any]]:
    for row in _of_book(session, book, Account, Account.id):
        yield {"kind": "account", "account": _plain(row, Account)}
    for row in _of_book(session, book, Closing, Closing.month):
        yield {"kind": "closing", "closing": _plain(row, Closing)}
    for row in _of_book(session, book, ClosingKind, ClosingKind.month, ClosingKind.kind):
        yield {"kind": "closing-kind", "closing_kind": _plain(row, ClosingKind)}
    places = (ClosingLine.month, ClosingLine.account_id, ClosingLine.slot)
    for row in _of_book(session, book, ClosingLine, *places):
        yield {"kind": "closing-line", "closing_line": _plain(row, ClosingLine)}
    yield from _sealed(session, book, advance)
    yield from _unsealed(session, book, advance)
    yield from _holds(session, book)
    for row in _of_book(session, book, Balance, Balance.account_id, Balance.slot):
        yield {"kind": "balance", "balance": _plain(row, Balance)}


def _sealed(session: Session, book: str, advance: Advance) -> Iterator[dict[str, Any]]:
    """The leaves by position; each block behind the leaf that it ends with."""
    blocks = _of_book(session, book, Block, Block.size, Block.height)
    for _position, (leaf, legs, valuation, note, ends) in side_by_side(
        ((row.position, row) for row in _of_book(session, book, BlockLeaf, BlockLeaf.position)),
        grouped(_sealed_entries(session, book), lambda row: row.position),
        _sealed_valuations(session, book),
        _sealed_notes(session, book),
        grouped(blocks, lambda row: row.size - 1),
    ):
        if leaf is not None:
            place = {"position": leaf.position, "leaf_hash": leaf.leaf_hash}
            if legs is not None:
                yield place | _transfer(legs, valuation)
                advance(1)
            elif note is not None:
                yield place | {"kind": "note", "note": _plain(note, TransferNote)}
            else:
                # A leaf whose content is gone: told as it is, for whoever checks.
                yield place | {"kind": "leaf", "leaf": _plain(leaf, BlockLeaf)}
        for block in ends or ():
            yield {"kind": "block", "block": _plain(block, Block)}


def _sealed_entries(session: Session, book: str) -> Iterator[Any]:
    return rows_of(
        session,
        sa.select(BlockLeaf.position, *_columns(Transfer), *_entry_columns())
        .join(Transfer, _SAME_TRANSFER)
        .join(Entry, _OF_TRANSFER)
        .where(BlockLeaf.book == book, _IS_TRANSFER)
        .order_by(BlockLeaf.position, Entry.leg),
    )


def _sealed_valuations(session: Session, book: str) -> Iterator[tuple[int, Any]]:
    statement = (
        sa.select(BlockLeaf.position, *_columns(ValuationRecord))
        .join(Transfer, _SAME_TRANSFER)
        .join(ValuationRecord, _ITS_VALUATION)
        .where(BlockLeaf.book == book, _IS_TRANSFER)
        .order_by(BlockLeaf.position)
    )
    return ((row.position, row) for row in rows_of(session, statement))


def _sealed_notes(session: Session, book: str) -> Iterator[tuple[int, Any]]:
    same_note = sa.and_(TransferNote.book == BlockLeaf.book, TransferNote.id == BlockLeaf.note_id)
    statement = (
        sa.select(BlockLeaf.position, *_columns(TransferNote))
        .join(TransferNote, same_note)
        .where(BlockLeaf.book == book)
        .order_by(BlockLeaf.position)
    )
    return ((row.position, row) for row in rows_of(session, statement))


def _unsealed(session: Session, book: str, advance: Advance) -> Iterator[dict[str, Any]]:
    """What has no leaf yet, by its moment; the sealer's queue is not asked."""
    of_transfer = sa.and_(_SAME_TRANSFER, _IS_TRANSFER)
    no_leaf = (Transfer.book == book, BlockLeaf.position.is_(None))
    order = (Transfer.posted_at, Transfer.id)
    entries = rows_of(
        session,
        sa.select(*_columns(Transfer), *_entry_columns())
        .outerjoin(BlockLeaf, of_transfer)
        .join(Entry, _OF_TRANSFER)
        .where(*no_leaf)
        .order_by(*order, Entry.leg),
    )
    valuations = rows_of(
        session,
        sa.select(Transfer.posted_at, Transfer.id.label("of_transfer"), *_columns(ValuationRecord))
        .outerjoin(BlockLeaf, of_transfer)
        .join(ValuationRecord, _ITS_VALUATION)
        .where(*no_leaf)
        .order_by(*order),
    )
    for _key, (legs, valuation) in side_by_side(
        grouped(entries, lambda row: (row.posted_at, row.id)),
        (((row.posted_at, row.of_transfer), row) for row in valuations),
    ):
        if legs is not None:
            yield _transfer(legs, valuation)
            advance(1)
    of_note = sa.and_(BlockLeaf.book == TransferNote.book, BlockLeaf.note_id == TransferNote.id)
    notes = (
        sa.select(*_columns(TransferNote))
        .outerjoin(BlockLeaf, sa.and_(of_note, BlockLeaf.transfer_id == TransferNote.transfer_id))
        .where(TransferNote.book == book, BlockLeaf.position.is_(None))
        .order_by(TransferNote.at, TransferNote.id)
    )
    for row in rows_of(session, notes):
        yield {"kind": "note", "note": _plain(row, TransferNote)}


def _holds(session: Session, book: str) -> Iterator[dict[str, Any]]:
    for _id, (row, legs, outcome) in side_by_side(
        ((row.id, row) for row in _of_book(session, book, Hold, Hold.id)),
        grouped(
            _of_book(session, book, HoldLeg, HoldLeg.hold_id, HoldLeg.leg),
            lambda leg: leg.hold_id,
        ),
        ((row.hold_id, row) for row in _of_book(session, book, HoldOutcome, HoldOutcome.hold_id)),
    ):
        if row is not None:
            yield {
                "kind": "hold",
                "hold": _plain(row, Hold),
                "legs": [_plain(leg, HoldLeg, "hold_id") for leg in legs or ()],
                "outcome": None if outcome is None else _plain(outcome, HoldOutcome, "hold_id"),
            }


def _transfer(legs: Iterable[Any], valuation: Any) -> dict[str, Any]:
    rows = list(legs)
    line: dict[str, Any] = {
        "kind": "transfer",
        "transfer": _plain(rows[0], Transfer),
        "entries": [[getattr(row, name) for name in ENTRY] for row in rows],
    }
    if valuation is not None:
        line["valuation"] = _plain(valuation, ValuationRecord)
    return line


def _of_book(session: Session, book: str, model: Any, *order: Any) -> Iterator[Any]:
    return rows_of(session, _select(model).where(model.book == book).order_by(*order))


def _select(model: type[Base]) -> sa.Select[Any]:
    return sa.select(*_columns(model))


def _columns(model: type[Base]) -> list[sa.ColumnElement[Any]]:
    """The columns of a table as they are named there; the book stands in the book's own line."""
    return [column for column in model.__table__.columns if column.name != "book"]


def _entry_columns() -> list[Any]:
    return [getattr(Entry, name) for name in ENTRY]


def _plain(row: Any, model: type[Base], *without: str) -> dict[str, Any]:
    names = (column.name for column in _columns(model))
    return {name: getattr(row, name) for name in names if name not in without}
