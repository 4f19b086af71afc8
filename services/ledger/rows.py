"""Locking balance rows and writing what was decided: one statement a table, on both engines.

Everything here speaks to the driver in sets: PostgreSQL takes arrays, SQLite ``executemany``
inside its one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from models.base import Base
from models.ledger import Account, Balance, Hold, HoldLeg, HoldOutcome
from services.ledger.decide import AccountState, HeldLeg, HeldLegs, State


def _table(model: type[Base]) -> sa.Table:
    return cast("sa.Table", model.__table__)


# Statements of the hot path, made once: building one anew costs more than running it.
_BALANCES, _ACCOUNTS = _table(Balance), _table(Account)
_HOLDS, _LEGS, _OUTCOMES = _table(Hold), _table(HoldLeg), _table(HoldOutcome)
_IN_BOOK = sa.bindparam("in_book", type_=sa.String())
_WANTED = sa.bindparam("wanted", type_=sa.Uuid(), expanding=True)

_LIMITS = sa.select(
    _ACCOUNTS.c.id, _ACCOUNTS.c.slots, _ACCOUNTS.c.ceiling_minutes, _ACCOUNTS.c.closed_at
).where(_ACCOUNTS.c.book == _IN_BOOK, _ACCOUNTS.c.id.in_(_WANTED))
_ROWS = (
    sa.select(
        _BALANCES.c.account_id,
        _BALANCES.c.slot,
        _BALANCES.c.posted_minutes,
        _BALANCES.c.held_minutes,
        _BALANCES.c.floor_minutes,
        _BALANCES.c.version,
        _BALANCES.c.posted_at,
        _BALANCES.c.expires_at,
    )
    .where(_BALANCES.c.book == _IN_BOOK, _BALANCES.c.account_id.in_(_WANTED))
    .order_by(_BALANCES.c.account_id, _BALANCES.c.slot)
)
# PostgreSQL looks up each key by itself, in their order, whatever it believes about the size of
# the tables: a list of a thousand keys on a table without statistics would be a walk over it.
_LIMITS_POSTGRESQL = """
SELECT a.id, a.slots, a.ceiling_minutes, a.closed_at
FROM unnest(%s::uuid[]) AS w (id)
CROSS JOIN LATERAL (
  SELECT id, slots, ceiling_minutes, closed_at FROM accounts
  WHERE book = %s AND id = w.id LIMIT 1) AS a
"""
_LOCK_POSTGRESQL = """
SELECT b.* FROM unnest(%s::uuid[], %s::integer[]) AS w (id, slot)
CROSS JOIN LATERAL (
  SELECT account_id, slot, posted_minutes, held_minutes, floor_minutes, version, posted_at,
    expires_at
  FROM balances WHERE book = %s AND account_id = w.id AND (w.slot IS NULL OR slot = w.slot)
  ORDER BY account_id, slot FOR NO KEY UPDATE) AS b
"""
_HELD_LEGS = (
    sa.select(
        _LEGS.c.hold_id,
        _LEGS.c.account_id,
        _LEGS.c.slot,
        _LEGS.c.amount_minutes,
        _HOLDS.c.expires_at,
    )
    .join(_HOLDS, sa.and_(_HOLDS.c.book == _LEGS.c.book, _HOLDS.c.id == _LEGS.c.hold_id))
    .where(_LEGS.c.book == _IN_BOOK, _LEGS.c.hold_id.in_(_WANTED))
    .order_by(_LEGS.c.hold_id, _LEGS.c.leg)
)
_ENDED = sa.select(_OUTCOMES.c.hold_id).where(
    _OUTCOMES.c.book == _IN_BOOK, _OUTCOMES.c.hold_id.in_(_WANTED)
)
#: Open holds with an end on these accounts.
_EXPIRING = (
    sa.select(_HOLDS.c.id, _HOLDS.c.expires_at)
    .join(_LEGS, sa.and_(_LEGS.c.book == _HOLDS.c.book, _LEGS.c.hold_id == _HOLDS.c.id))
    .outerjoin(
        _OUTCOMES, sa.and_(_OUTCOMES.c.book == _HOLDS.c.book, _OUTCOMES.c.hold_id == _HOLDS.c.id)
    )
    .where(_LEGS.c.book == _IN_BOOK, _LEGS.c.account_id.in_(_WANTED))
    .where(_HOLDS.c.expires_at.is_not(None), _OUTCOMES.c.hold_id.is_(None))
    .distinct()
)


def is_postgresql(session: Session) -> bool:
    """Whether the session speaks to PostgreSQL."""
    return session.connection().dialect.name == "postgresql"


def read_accounts(session: Session, book: str, accounts: Iterable[UUID]) -> dict[UUID, Any]:
    """Slots, ceiling and closing day of these accounts, unlocked; unknown ones are left out."""
    connection, wanted = session.connection(), sorted(set(accounts))
    if is_postgresql(session):
        found = connection.exec_driver_sql(_LIMITS_POSTGRESQL, (wanted, book))
    else:
        found = connection.execute(_LIMITS, {"in_book": book, "wanted": wanted})
    return {row.id: row for row in found}


def lock_rows(
    session: Session, book: str, accounts: Iterable[UUID], places: Iterable[tuple[UUID, int]] = ()
) -> dict[UUID, AccountState]:
    """Lock balance rows in key order and read them; unknown accounts are left out.

    Every row of ``accounts``, and of further accounts the slots in ``places``. SQLite has locked
    the whole database already (BEGIN IMMEDIATE). Everything that depends on these rows is looked
    up in a later statement, which sees what a rival committed meanwhile.
    """
    connection, whole = session.connection(), set(accounts)
    some = {place for place in places if place[0] not in whole}
    if is_postgresql(session):
        wanted: list[tuple[UUID, int | None]] = sorted([*((key, None) for key in whole), *some])
        columns = [key for key, _ in wanted], [slot for _, slot in wanted], book
        rows = connection.exec_driver_sql(_LOCK_POSTGRESQL, columns).all()
    else:
        keys = sorted(whole | {account for account, _ in some})
        rows = connection.execute(_ROWS, {"in_book": book, "wanted": keys}).all()
    limits = read_accounts(session, book, {row.account_id for row in rows})
    found: dict[UUID, AccountState] = {}
    for key, slot, *numbers in rows:
        if key not in found:
            limit = limits[key]
            found[key] = AccountState(
                {}, limit.slots, limit.ceiling_minutes, limit.closed_at is not None
            )
        found[key].rows[slot] = State(*numbers)
    return found


def held_places(session: Session, book: str, hold_ids: Sequence[UUID]) -> set[tuple[UUID, int]]:
    """The balance rows that these holds are on (legs never change, so no lock is needed)."""
    if not hold_ids:
        return set()
    wanted = {"in_book": book, "wanted": list(hold_ids)}
    rows = session.connection().execute(_HELD_LEGS, wanted)
    return {(row.account_id, row.slot) for row in rows}


def read_holds(session: Session, book: str, hold_ids: Sequence[UUID]) -> dict[UUID, HeldLegs]:
    """Holds with their legs, and whether each has ended; call after the rows are locked."""
    if not hold_ids:
        return {}
    session.flush()
    connection = session.connection()
    wanted = {"in_book": book, "wanted": list(hold_ids)}
    ended = {row.hold_id for row in connection.execute(_ENDED, wanted)}
    legs: dict[UUID, list[HeldLeg]] = {hold_id: [] for hold_id in hold_ids}
    ends: dict[UUID, datetime | None] = {}
    for row in connection.execute(_HELD_LEGS, wanted):
        legs[row.hold_id].append(HeldLeg(row.account_id, row.amount_minutes, row.slot))
        ends[row.hold_id] = row.expires_at
    return {
        key: HeldLegs(key, tuple(found), key in ended, ends.get(key)) for key, found in legs.items()
    }


def expiring_holds(session: Session, book: str, accounts: Iterable[UUID]) -> dict[UUID, datetime]:
    """Open holds on these accounts that have an end, and when that is."""
    wanted = {"in_book": book, "wanted": sorted(set(accounts))}
    rows = session.connection().execute(_EXPIRING, wanted)
    return {row.id: row.expires_at for row in rows}


def save_rows(session: Session, book: str, accounts: Mapping[UUID, AccountState]) -> None:
    """Write the balance rows that were changed, each under the lock taken before."""
    changed = [
        (row, key, slot)
        for key, account in sorted(accounts.items())
        for slot, row in account.rows.items()
        if row.changed
    ]
    if not changed:
        return
    connection = session.connection()
    columns = (
        [row.posted_minutes for row, _, _ in changed],
        [row.held_minutes for row, _, _ in changed],
        [row.floor_minutes for row, _, _ in changed],
        [row.version for row, _, _ in changed],
        [row.posted_at for row, _, _ in changed],
        [row.expires_at for row, _, _ in changed],
        [key for _, key, _ in changed],
        [slot for _, _, slot in changed],
    )
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_SAVE_POSTGRESQL, (*columns, book))
    else:
        posted_at, expires_at, keys = (stored(values) for values in columns[4:7])
        rows = zip(*columns[:4], posted_at, expires_at, keys, columns[7], strict=True)
        connection.exec_driver_sql(_SAVE_SQLITE, [(*row[:6], book, *row[6:]) for row in rows])
    for row, _, _ in changed:
        row.changed = False


_SAVE_POSTGRESQL = """
UPDATE balances AS b SET posted_minutes = s.posted_minutes, held_minutes = s.held_minutes,
  floor_minutes = s.floor_minutes, version = s.version, posted_at = s.posted_at,
  expires_at = s.expires_at
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[],
  %s::timestamptz[], %s::uuid[], %s::integer[])
  AS s (posted_minutes, held_minutes, floor_minutes, version, posted_at, expires_at, account_id,
    slot)
WHERE b.book = %s AND b.account_id = s.account_id AND b.slot = s.slot
"""
_SAVE_SQLITE = """
UPDATE balances SET posted_minutes = ?, held_minutes = ?, floor_minutes = ?, version = ?,
  posted_at = ?, expires_at = ?
WHERE book = ? AND account_id = ? AND slot = ?
"""


def stored(values: Sequence[Any]) -> Sequence[Any]:
    """A column as SQLite's driver takes it: ids and moments as text, as the models store them."""
    first = next((value for value in values if value is not None), None)
    if isinstance(first, UUID):
        return [None if value is None else value.hex for value in values]
    if isinstance(first, datetime):
        return [None if value is None else _moment_text(value) for value in values]
    if isinstance(first, dict | list):
        return [json.dumps(value) for value in values]
    return values


@lru_cache(maxsize=64)
def _moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of one table, given as mappings; see :func:`insert_columns`."""
    if rows:
        names = [name for name in _names(model) if name in rows[0]]
        insert_columns(session, model, {name: [row[name] for row in rows] for name in names})


def insert_columns(
    session: Session, model: type[Base], columns: Mapping[str, Sequence[Any]]
) -> None:
    """Insert rows of one table, given column by column.

    One statement on PostgreSQL, so that its triggers see the rows whole. SQLite takes them one by
    one inside the transaction, which costs it nothing.
    """
    connection = session.connection()
    names = tuple(columns)
    if connection.dialect.name == "postgresql":
        values = tuple(_texts(model, name, columns[name]) for name in names)
        connection.exec_driver_sql(insert_text(model, names), values)
        return
    marks = ", ".join("?" for _ in names)
    # Names come from the models, values go in as parameters.
    text = f"INSERT INTO {model.__tablename__} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
    rows = zip(*(stored(columns[name]) for name in names), strict=True)
    connection.exec_driver_sql(text, list(rows))


def _texts(model: type[Base], name: str, column: Sequence[Any]) -> list[Any]:
    """A column as psycopg takes it: JSON as text."""
    if isinstance(_table(model).c[name].type, sa.JSON):
        return [json.dumps(value) for value in column]
    return list(column)


@cache
def insert_text(model: type[Base], names: tuple[str, ...]) -> str:
    """PostgreSQL's insert of whole columns, each one array."""
    arrays = ", ".join(f"%s::{_postgresql_type(model, name)}[]" for name in names)
    # Names come from the models, values go in as parameters.
    return (
        f"INSERT INTO {model.__tablename__} ({', '.join(names)})"  # noqa: S608
        f" SELECT * FROM unnest({arrays})"
    )


def _postgresql_type(model: type[Base], name: str) -> str:
    dialect: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(_table(model).c[name].type.compile(dialect))


@cache
def _names(model: type[Base]) -> tuple[str, ...]:
    return tuple(column.name for column in _table(model).columns)


def whole_sum(expression: Any) -> sa.Cast[int]:
    """A sum as an integer, 0 over nothing: PostgreSQL sums big integers into a decimal."""
    return sa.cast(sa.func.coalesce(sa.func.sum(expression), 0), sa.BigInteger())
