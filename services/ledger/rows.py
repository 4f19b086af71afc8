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


def lock_states(session: Session, book: str, accounts: Iterable[UUID]) -> dict[UUID, State]:
    """Lock the balance rows in key order and read them; unknown accounts are left out.

    SQLite has locked the whole database already (BEGIN IMMEDIATE). Everything that depends on
    these rows is looked up in a later statement, which sees what a rival committed meanwhile.
    """
    wanted = sorted(set(accounts))
    session.flush()
    rows = session.execute(
        sa.select(Balance.account_id, Balance.posted_minutes, Balance.held_minutes)
        .add_columns(Balance.floor_minutes, Balance.version)
        .where(Balance.book == book, Balance.account_id.in_(wanted))
        .order_by(Balance.account_id, Balance.slot)
        .with_for_update(key_share=True)
    ).all()
    limits = {
        row.id: row
        for row in session.execute(
            sa.select(Account.id, Account.ceiling_minutes, Account.closed_at).where(
                Account.book == book, Account.id.in_(wanted)
            )
        )
    }
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
    return set(
        session.scalars(
            sa.select(HoldLeg.account_id).where(HoldLeg.book == book, HoldLeg.hold_id.in_(hold_ids))
        )
    )


def read_holds(session: Session, book: str, hold_ids: Sequence[UUID]) -> dict[UUID, HeldLegs]:
    """Holds with their legs, and whether each has ended; call after the rows are locked."""
    if not hold_ids:
        return {}
    ended = set(
        session.scalars(
            sa.select(HoldOutcome.hold_id).where(
                HoldOutcome.book == book, HoldOutcome.hold_id.in_(hold_ids)
            )
        )
    )
    legs: dict[UUID, list[Leg]] = {hold_id: [] for hold_id in hold_ids}
    for row in session.execute(
        sa.select(HoldLeg.hold_id, HoldLeg.account_id, HoldLeg.amount_minutes)
        .where(HoldLeg.book == book, HoldLeg.hold_id.in_(hold_ids))
        .order_by(HoldLeg.hold_id, HoldLeg.leg)
    ):
        legs[row.hold_id].append(Leg(row.account_id, row.amount_minutes))
    return {key: HeldLegs(key, tuple(found), key in ended) for key, found in legs.items()}


def save_states(session: Session, book: str, states: Mapping[UUID, State]) -> None:
    """Write the balances that were decided, each under the lock taken before."""
    table = cast("sa.Table", Balance.__table__)
    statement = (
        sa.update(table)
        .where(table.c.book == book, table.c.account_id == sa.bindparam("b_id"))
        .where(table.c.slot == 0)
        .values(
            posted_minutes=sa.bindparam("b_posted"),
            held_minutes=sa.bindparam("b_held"),
            version=sa.bindparam("b_version"),
        )
    )
    session.connection().execute(
        statement,
        [
            {
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
    table = cast("sa.Table", model.__table__)
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
