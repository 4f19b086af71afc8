"""Locking balance rows and writing what was decided: one statement a table, on both engines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import Base
from models.ledger import Account, Balance, HoldLeg, HoldOutcome
from services.ledger.decide import HeldLegs, State
from services.ledger.drafts import Leg


def _table(model: type[Base]) -> sa.Table:
    return cast("sa.Table", model.__table__)


# Statements of the hot path, made once: building one anew costs more than running it.
_BALANCES, _ACCOUNTS = _table(Balance), _table(Account)
_LEGS, _OUTCOMES = _table(HoldLeg), _table(HoldOutcome)
_IN_BOOK = sa.bindparam("in_book", type_=sa.String())
_WANTED = sa.bindparam("wanted", type_=sa.Uuid(), expanding=True)

_LOCK = (
    sa.select(
        _BALANCES.c.account_id,
        _BALANCES.c.posted_minutes,
        _BALANCES.c.held_minutes,
        _BALANCES.c.floor_minutes,
        _BALANCES.c.version,
    )
    .where(_BALANCES.c.book == _IN_BOOK, _BALANCES.c.account_id.in_(_WANTED))
    .order_by(_BALANCES.c.account_id, _BALANCES.c.slot)
    .with_for_update(key_share=True)
)
_LIMITS = sa.select(_ACCOUNTS.c.id, _ACCOUNTS.c.ceiling_minutes, _ACCOUNTS.c.closed_at).where(
    _ACCOUNTS.c.book == _IN_BOOK, _ACCOUNTS.c.id.in_(_WANTED)
)
_HELD_LEGS = (
    sa.select(_LEGS.c.hold_id, _LEGS.c.account_id, _LEGS.c.amount_minutes)
    .where(_LEGS.c.book == _IN_BOOK, _LEGS.c.hold_id.in_(_WANTED))
    .order_by(_LEGS.c.hold_id, _LEGS.c.leg)
)
_ENDED = sa.select(_OUTCOMES.c.hold_id).where(
    _OUTCOMES.c.book == _IN_BOOK, _OUTCOMES.c.hold_id.in_(_WANTED)
)
_SAVE = (
    sa.update(_BALANCES)
    .where(_BALANCES.c.book == _IN_BOOK, _BALANCES.c.account_id == sa.bindparam("b_id"))
    .where(_BALANCES.c.slot == 0)
    .values(
        posted_minutes=sa.bindparam("b_posted"),
        held_minutes=sa.bindparam("b_held"),
        version=sa.bindparam("b_version"),
    )
)


def lock_states(session: Session, book: str, accounts: Iterable[UUID]) -> dict[UUID, State]:
    """Lock the balance rows in key order and read them; unknown accounts are left out.

    SQLite has locked the whole database already (BEGIN IMMEDIATE). Everything that depends on
    these rows is looked up in a later statement, which sees what a rival committed meanwhile.
    """
    session.flush()
    connection = session.connection()
    wanted = {"in_book": book, "wanted": sorted(set(accounts))}
    rows = connection.execute(_LOCK, wanted).all()
    limits = {row.id: row for row in connection.execute(_LIMITS, wanted)}
    return {
        row.account_id: State(
            posted_minutes=row.posted_minutes,
            held_minutes=row.held_minutes,
            floor_minutes=row.floor_minutes,
            ceiling_minutes=limits[row.account_id].ceiling_minutes,
            version=row.version,
            closed=limits[row.account_id].closed_at is not None,
        )
        for row in rows
    }


def held_accounts(session: Session, book: str, hold_ids: Sequence[UUID]) -> set[UUID]:
    """The accounts that these holds touch (legs never change, so no lock is needed)."""
    if not hold_ids:
        return set()
    session.flush()
    wanted = {"in_book": book, "wanted": list(hold_ids)}
    return {row.account_id for row in session.connection().execute(_HELD_LEGS, wanted)}


def read_holds(session: Session, book: str, hold_ids: Sequence[UUID]) -> dict[UUID, HeldLegs]:
    """Holds with their legs, and whether each has ended; call after the rows are locked."""
    if not hold_ids:
        return {}
    session.flush()
    connection = session.connection()
    wanted = {"in_book": book, "wanted": list(hold_ids)}
    ended = {row.hold_id for row in connection.execute(_ENDED, wanted)}
    legs: dict[UUID, list[Leg]] = {hold_id: [] for hold_id in hold_ids}
    for row in connection.execute(_HELD_LEGS, wanted):
        legs[row.hold_id].append(Leg(row.account_id, row.amount_minutes))
    return {key: HeldLegs(key, tuple(found), key in ended) for key, found in legs.items()}


def save_states(session: Session, book: str, states: Mapping[UUID, State]) -> None:
    """Write the balances that were decided, each under the lock taken before."""
    session.connection().execute(
        _SAVE,
        [
            {
                "in_book": book,
                "b_id": account_id,
                "b_posted": state.posted_minutes,
                "b_held": state.held_minutes,
                "b_version": state.version,
            }
            for account_id, state in sorted(states.items())
        ],
    )


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of one table: one statement on PostgreSQL, so that its triggers see them whole.

    SQLite takes them one by one inside the transaction, which costs it nothing.
    """
    if not rows:
        return
    connection = session.connection()
    table = _table(model)
    if connection.dialect.name != "postgresql":
        connection.execute(sa.insert(table), [dict(row) for row in rows])
        return
    names = [column.name for column in table.columns if column.name in rows[0]]
    columns = ", ".join(names)
    arrays = ", ".join(
        f"CAST(%s AS {table.c[name].type.compile(connection.dialect)}[])" for name in names
    )
    # Names come from the models, values go in as parameters.
    text = f"INSERT INTO {table.name} ({columns}) SELECT * FROM unnest({arrays})"  # noqa: S608
    connection.exec_driver_sql(text, tuple([row[name] for row in rows] for name in names))


def whole_sum(expression: Any) -> sa.Cast[int]:
    """A sum as an integer, 0 over nothing: PostgreSQL sums big integers into a decimal."""
    return sa.cast(sa.func.coalesce(sa.func.sum(expression), 0), sa.BigInteger())
