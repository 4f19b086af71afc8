"""Leaves worked out from the tables' own rows, as streams; the formats are canonical's.

Whole books go through here, so ids are read as 16 bytes and moments as microseconds: making an
object of each would cost several times as much as the hashing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Entry, Transfer, TransferNote, ValuationRecord
from models.seals import NO_NOTE
from services.ledger.seals.canonical import (
    EPOCH,
    NOTE,
    VALUATION_FIELDS,
    hash_bytes,
    pack_entry,
    pack_transfer,
    text_bytes,
    valuation_hash,
)
from services.ledger.seals.merkle import leaf_hash

NO_NOTE_BYTES = NO_NOTE.bytes
#: Rows fetched at once; the server keeps the rest.
AT_ONCE = 5000


class Leaf(NamedTuple):
    """The leaf of a transfer (``note_id`` is NO_NOTE's bytes) or of a note; ids are 16 bytes."""

    transfer_id: bytes
    note_id: bytes
    #: When it was posted or written, in microseconds since 1970.
    at: int
    leaf_hash: bytes


class Raw:
    """How one engine's ids and moments are read without making objects of them."""

    def __init__(self, session: Session) -> None:
        self._postgresql = session.connection().dialect.name == "postgresql"

    def id(self, column: Any, name: str = "") -> Any:
        """A column of ids, for :meth:`id_bytes`."""
        if self._postgresql:
            return sa.func.uuid_send(column, type_=sa.LargeBinary()).label(name or column.key)
        return sa.type_coerce(column, sa.String()).label(name or column.key)

    def moment(self, column: Any) -> Any:
        """A column of moments, for :meth:`micros`."""
        if self._postgresql:
            seconds = sa.func.extract("epoch", column)
            return sa.cast(seconds * 1_000_000, sa.BigInteger()).label(column.key)
        return sa.type_coerce(column, sa.String()).label(column.key)

    @property
    def id_bytes(self) -> Callable[[Any], bytes]:
        """16 bytes of what :meth:`id` read."""
        return bytes if self._postgresql else bytes.fromhex

    @property
    def micros(self) -> Callable[[Any], int]:
        """Microseconds of what :meth:`moment` read."""
        return int if self._postgresql else _micros_of_text


_NAIVE_EPOCH = EPOCH.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)


def _micros_of_text(text: str) -> int:
    """SQLite keeps moments as texts of UTC without a zone."""
    return (datetime.fromisoformat(text) - _NAIVE_EPOCH) // _MICROSECOND


def stream(session: Session, statement: sa.Executable) -> Iterator[Any]:
    """Rows of columns, some thousand at a time, past the object mapper: it costs a third."""
    result = session.connection().execute(statement, execution_options={"yield_per": AT_ONCE})
    try:
        for rows in result.partitions():
            yield from rows
    finally:
        result.close()


def plain_stream(session: Session, statement: sa.Select[Any]) -> Iterator[Any]:
    """The same for columns of ids, numbers and texts, as the driver gives them.

    On SQLite it goes past SQLAlchemy's rows as well, which cost as much again.
    """
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        yield from stream(session, statement)
        return
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    driver = connection.connection.driver_connection
    assert driver is not None
    cursor = driver.cursor()
    try:
        yield from cursor.execute(str(compiled))
    finally:
        cursor.close()


def transfer_leaves(session: Session, book: str, only: sa.Subquery | None = None) -> Iterator[Leaf]:
    """Leaves of a book's transfers by id; ``only`` has the ``transfer_id`` of those wanted.

    ValueError or struct.error when a row holds what no leaf can hold.
    """
    raw = Raw(session)
    id_bytes, moment = raw.id_bytes, raw.micros
    named = text_bytes(book)
    legs, values = _entries(session, raw, book, only), _valued(session, raw, book, only)
    head, value = next(legs, None), next(values, None)
    for row in plain_stream(session, _transfers(raw, book, only)):
        key = id_bytes(row[0])
        while head is not None and head[0] < key:
            head = next(legs, None)  # an entry without a transfer; the check of entries names it
        entries: list[bytes] = []
        if head is not None and head[0] == key:
            entries = head[1]
            head = next(legs, None)
        cited, posted = row[8:11], moment(row[5])
        valued = None  # cited and not there: the leaf says so
        if value is not None and value[0] == key:
            valued = value[1]
            value = next(values, None)
        packed = pack_transfer(
            named,
            key,
            row[1:4],
            (moment(row[4]), posted),
            id_bytes(row[6]),
            None if row[7] is None else id_bytes(row[7]),
            row[11],
            (
                None if cited[0] is None else id_bytes(cited[0]),
                None if cited[1] is None else id_bytes(cited[1]),
                None if cited[2] is None else id_bytes(cited[2]),
            ),
            valued,
            entries,
        )
        yield Leaf(key, NO_NOTE_BYTES, posted, leaf_hash(packed))


def _valued(
    session: Session, raw: Raw, book: str, only: sa.Subquery | None
) -> Iterator[tuple[bytes, bytes]]:
    """Hashes of the valuations that transfers cite, by transfer."""
    cited = sa.and_(
        ValuationRecord.book == Transfer.book, ValuationRecord.id == Transfer.valuation_id
    )
    fields = (getattr(ValuationRecord, name).label(f"v_{name}") for name in VALUATION_FIELDS)
    statement = (
        sa.select(raw.id(Transfer.id), *fields)
        .join(ValuationRecord, cited)
        .where(Transfer.book == book, Transfer.valuation_id.is_not(None))
        .order_by(Transfer.id)
    )
    if only is not None:
        statement = statement.join(only, only.c.transfer_id == Transfer.id)
    id_bytes = raw.id_bytes
    for key, *values in stream(session, statement):
        content = dict(zip(VALUATION_FIELDS, values, strict=True))
        yield id_bytes(key), hash_bytes(valuation_hash(content))


def _transfers(raw: Raw, book: str, only: sa.Subquery | None) -> sa.Select[Any]:
    statement = (
        sa.select(
            raw.id(Transfer.id),
            Transfer.kind,
            Transfer.idem_key,
            Transfer.request_hash,
            raw.moment(Transfer.effective_at),
            raw.moment(Transfer.posted_at),
            raw.id(Transfer.actor_id),
            raw.id(Transfer.acting_for_id),
            raw.id(Transfer.link_id),
            raw.id(Transfer.reverses_id),
            raw.id(Transfer.valuation_id),
            Transfer.reason,
        )
        .where(Transfer.book == book)
        .order_by(Transfer.id)
    )
    if only is not None:
        statement = statement.join(only, only.c.transfer_id == Transfer.id)
    return statement


def _entries(
    session: Session, raw: Raw, book: str, only: sa.Subquery | None
) -> Iterator[tuple[bytes, list[bytes]]]:
    """Packed entries by transfer."""
    statement = (
        sa.select(
            raw.id(Entry.transfer_id),
            raw.id(Entry.account_id),
            Entry.slot,
            Entry.amount_minutes,
            Entry.version,
        )
        .where(Entry.book == book)
        .order_by(Entry.transfer_id, Entry.leg)
    )
    if only is not None:
        statement = statement.join(only, only.c.transfer_id == Entry.transfer_id)
    id_bytes = raw.id_bytes
    for key, rows in groupby(plain_stream(session, statement), itemgetter(0)):
        packed = [
            pack_entry(id_bytes(account), slot, minutes, version)
            for _, account, slot, minutes, version in rows
        ]
        yield id_bytes(key), packed


def note_leaves(session: Session, book: str, only: sa.Subquery | None = None) -> Iterator[Leaf]:
    """Leaves of a book's notes by (transfer, note); ``only`` has the ``note_id`` of some."""
    raw = Raw(session)
    id_bytes, moment = raw.id_bytes, raw.micros
    named = text_bytes(book)
    statement = (
        sa.select(
            raw.id(TransferNote.transfer_id),
            raw.id(TransferNote.id),
            TransferNote.text_hash,
            raw.id(TransferNote.actor_id),
            raw.moment(TransferNote.at),
        )
        .where(TransferNote.book == book)
        .order_by(TransferNote.transfer_id, TransferNote.id)
    )
    if only is not None:
        statement = statement.join(only, only.c.note_id == TransferNote.id)
    for transfer, note, text_hash, actor, at in stream(session, statement):
        transfer_id, note_id, written = id_bytes(transfer), id_bytes(note), moment(at)
        packed = pack_note(named, note_id, transfer_id, text_hash, id_bytes(actor), written)
        yield Leaf(transfer_id, note_id, written, leaf_hash(packed))


def pack_note(
    book: bytes, note_id: bytes, transfer_id: bytes, text_hash: str, actor_id: bytes, at: int
) -> bytes:
    """A note's bytes, from values as its row gives them."""
    moment = at.to_bytes(8, "big", signed=True)
    return b"".join((NOTE, book, note_id, transfer_id, text_bytes(text_hash), actor_id, moment))
