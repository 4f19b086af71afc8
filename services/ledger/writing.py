"""Writing transfers with their entries and their place in the sealer's queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from models.ledger import Entry, Transfer
from models.seals import NO_NOTE, Unsealed
from services.ledger.rows import insert_columns, insert_text

Columns = Mapping[str, Sequence[Any]]


def insert_transfers(session: Session, transfers: Columns, entries: Columns) -> None:
    """Insert balanced transfers, given column by column, and queue them for the sealer.

    On PostgreSQL it is one statement: its triggers see a transfer and its entries together, and
    refuse either without the other. On SQLite entries go first and the transfer closes them.
    """
    connection = session.connection()
    count_posted(session, len(transfers["id"]))
    if connection.dialect.name == "postgresql":
        names, legs = tuple(transfers), tuple(entries)
        values = [*transfers.values(), transfers["book"], transfers["id"], *entries.values()]
        connection.exec_driver_sql(
            _statement(names, legs), tuple(list(column) for column in values)
        )
        return
    insert_columns(session, Entry, entries)
    insert_columns(session, Transfer, transfers)
    queued = {
        "book": transfers["book"],
        "transfer_id": transfers["id"],
        "note_id": [NO_NOTE] * len(transfers["id"]),
    }
    insert_columns(session, Unsealed, queued)


def count_posted(session: Session, number: int) -> None:
    """Remember how many were posted: whoever commits tells those who watch."""
    session.info["posted"] = session.info.get("posted", 0) + number


@cache
def _statement(transfers: tuple[str, ...], entries: tuple[str, ...]) -> str:
    return (
        f"WITH posted AS ({insert_text(Transfer, transfers)}), queued AS ("  # noqa: S608
        f"INSERT INTO {Unsealed.__tablename__} (book, transfer_id, note_id)"
        f" SELECT *, '{NO_NOTE}'::uuid FROM unnest(%s::varchar[], %s::uuid[]))"
        f" {insert_text(Entry, entries)}"
    )
