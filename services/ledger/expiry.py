"""Locking for an act, and the end of holds that have run out on what is locked.

A hold that has run out frees its minutes at that moment, whoever has noticed: readers leave it
out, the next writer on its accounts ends it first, and a job ends the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Balance, HoldOutcome, Outcome
from services.errors import LockWider
from services.ledger.decide import AccountState, HeldLegs
from services.ledger.drafts import Stamp
from services.ledger.rows import (
    expiring_holds,
    held_places,
    insert_rows,
    is_postgresql,
    lock_rows,
    read_accounts,
    read_holds,
    save_rows,
)

#: In ``session.info``: this unit of work runs again and locks all slots from the start.
WIDE = "wide"


def lock_accounts(
    session: Session,
    book: str,
    accounts: Iterable[UUID],
    spreads: Iterable[int],
    stamp: Stamp,
    *,
    places: Iterable[tuple[UUID, int]] = (),
    wide: bool = False,
) -> dict[UUID, AccountState]:
    """Lock what an act needs of these accounts, in key order, and end what has run out on it.

    An account that is spread over slots is locked only where the act's keys lead (``spreads``)
    and where its holds are (``places``), so that others can work on the rest; all of it when the
    unit of work runs again after LockWider, and on SQLite, which has one writer anyway.
    """
    session.flush()
    wanted, held = set(accounts), set(places)
    wanted |= {account for account, _ in held}
    on_postgresql = is_postgresql(session)
    wide = wide or not on_postgresql or bool(session.info.get(WIDE))
    if wide:
        if on_postgresql:
            wanted |= _accounts_of(session, book, _run_out(session, book, wanted, stamp.now))
        found = lock_rows(session, book, wanted)
    else:
        slots = {key: row.slots for key, row in read_accounts(session, book, wanted).items()}
        spread_out = {key for key in wanted if slots.get(key, 1) > 1}
        some = {(key, number % slots[key]) for key in spread_out for number in set(spreads)}
        some |= {place for place in held if place[0] in spread_out}
        found = lock_rows(session, book, wanted - spread_out, some)
    if any(_has_run_out(account, stamp.now) for account in found.values()):
        if not wide:
            raise LockWider
        _end_run_out(session, book, found, stamp)
    return found


def expire_due(session: Session, book: str, stamp: Stamp, limit: int = 500) -> int:
    """End holds that have run out, on up to ``limit`` balance rows; returns how many rows."""
    due = session.scalars(
        sa.select(Balance.account_id)
        .where(Balance.book == book, Balance.expires_at <= stamp.now)
        .order_by(Balance.account_id)
        .limit(limit)
    ).all()
    if due:
        lock_accounts(session, book, due, (), stamp, wide=True)
    return len(due)


def run_out_minutes(
    session: Session, book: str, accounts: Iterable[UUID], now: datetime
) -> dict[UUID, int]:
    """Minutes that open holds still keep on these accounts although they have run out."""
    freed: dict[UUID, int] = {}
    for held in _run_out(session, book, accounts, now).values():
        for leg in held.legs:
            freed[leg.account_id] = freed.get(leg.account_id, 0) + leg.amount_minutes
    return freed


def _has_run_out(account: AccountState, now: datetime) -> bool:
    return any(
        row.expires_at is not None and row.expires_at <= now for row in account.rows.values()
    )


def _run_out(
    session: Session, book: str, accounts: Iterable[UUID], now: datetime
) -> Mapping[UUID, HeldLegs]:
    ends = expiring_holds(session, book, accounts)
    return read_holds(session, book, sorted(key for key, at in ends.items() if at <= now))


def _accounts_of(session: Session, book: str, holds: Mapping[UUID, HeldLegs]) -> set[UUID]:
    return {account for account, _ in held_places(session, book, sorted(holds))}


def _end_run_out(
    session: Session, book: str, found: dict[UUID, AccountState], stamp: Stamp
) -> None:
    """Write the end of holds that have run out, and free what they kept, before anything else."""
    run_out = _run_out(session, book, found, stamp.now)
    further = _accounts_of(session, book, run_out) - set(found)
    if further:
        found.update(lock_rows(session, book, further))
    for held in run_out.values():
        for leg in held.legs:
            row = found[leg.account_id].rows[leg.slot]
            row.held_minutes -= leg.amount_minutes
            row.changed = True
    outcomes = [
        {
            "book": book,
            "hold_id": hold_id,
            "outcome": Outcome.EXPIRED.value,
            "captured_minutes": 0,
            "transfer_id": None,
            "actor_id": stamp.actor_id,
            "at": stamp.now,
        }
        for hold_id in run_out
    ]
    insert_rows(session, HoldOutcome, outcomes)
    _set_next_ends(session, book, found, stamp.now)
    save_rows(session, book, found)


def _set_next_ends(
    session: Session, book: str, found: Mapping[UUID, AccountState], now: datetime
) -> None:
    """Beside every balance whose holds have run out, when the next one will."""
    ends = expiring_holds(session, book, found)
    open_holds = read_holds(session, book, sorted(ends))
    following: dict[tuple[UUID, int], datetime] = {}
    for hold_id, held in open_holds.items():
        for leg in held.legs:
            place = leg.account_id, leg.slot
            following[place] = min(following.get(place, ends[hold_id]), ends[hold_id])
    for key, account in found.items():
        for slot, row in account.rows.items():
            if row.expires_at is not None and row.expires_at <= now:
                row.expires_at, row.changed = following.get((key, slot)), True
