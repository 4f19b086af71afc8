"""Accounts: running balances, kept balances, what is held, floors and ceilings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, Balance, Entry, HoldLeg, HoldOutcome, Transfer
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import grouped, rows_of, side_by_side


def check_accounts(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    """Walk accounts, kept balances, entries and open holds together, in order of account."""
    for account_id, (account, balances, entries, legs) in side_by_side(
        _accounts(session, book),
        grouped(_balances(session, book), lambda row: row.account_id),
        grouped(_entries(session, book), lambda row: row.account_id),
        grouped(_open_legs(session, book), lambda row: row.account_id),
    ):
        place = f"account {account_id}"
        if account is None:
            yield Breach("account_unknown", book, place)
        else:
            tally.add("accounts")
        found: list[Any] = []
        for slot, (balance, slot_entries, slot_legs) in side_by_side(
            ((row.slot, row) for row in balances or ()),
            grouped(entries or (), lambda row: row.slot),
            grouped(legs or (), lambda row: row.slot),
        ):
            if balance is not None:
                tally.add("balances")
                found.append(balance)
            here = _Slot(session, book, f"{place}/{slot}", account, balance)
            yield from here.check(slot_entries or (), slot_legs or (), tally)
        if account is not None:
            yield from _check_slots(book, place, account, found)
    yield from _check_closed(session, book)


class _Slot:
    """One balance row and everything that was posted or is held on it."""

    def __init__(self, session: Session, book: str, place: str, account: Any, balance: Any):
        self._session, self._book, self._place = session, book, place
        self._balance = balance
        self._floor = None if balance is None else balance.floor_minutes
        self._ceiling = None if account is None else account.ceiling_minutes

    def check(self, entries: Any, legs: Any, tally: Tally) -> Iterator[Breach]:
        """Everything about this row, from its first entry to what it may spend now."""
        total, count = 0, 0
        before, version = 0, 0
        last: Any = None
        for entry in entries:
            if last is not None and last.transfer_id != entry.transfer_id:
                yield from self._check_floor(last)
            tally.add("running balances")
            if entry.version != version + 1:
                detail = {"expected": version + 1, "found": entry.version}
                yield self._breach("sequence_gap", entry, **detail)
            if entry.balance_after_minutes != before + entry.amount_minutes:
                yield self._breach(
                    "running_balance_broken",
                    entry,
                    entries_minutes=before + entry.amount_minutes,
                    kept_minutes=entry.balance_after_minutes,
                )
            yield from self._check_ceiling(entry)
            # From here on as kept: one broken row is named once, not with all that follow.
            before, version = entry.balance_after_minutes, entry.version
            total, count = total + entry.amount_minutes, count + 1
            last = entry
        if last is not None:
            yield from self._check_floor(last)
        held = 0
        for leg in legs:
            tally.add("open hold legs")
            held += leg.amount_minutes
        yield from self._check_kept(total, count, held)

    def _check_floor(self, entry: Any) -> Iterator[Breach]:
        """After a whole transfer: within one, what is paid may come before what flows back."""
        after = entry.balance_after_minutes
        if self._floor is not None and after < self._floor:
            detail = {"found_minutes": after, "floor_minutes": self._floor}
            yield self._breach("below_floor", entry, **detail)

    def _check_ceiling(self, entry: Any) -> Iterator[Breach]:
        after = entry.balance_after_minutes
        over = self._ceiling is not None and entry.amount_minutes > 0 and after > self._ceiling
        if over and not self._gives_back(entry):
            detail = {"found_minutes": after, "ceiling_minutes": self._ceiling}
            yield self._breach("above_ceiling", entry, **detail)

    def _gives_back(self, entry: Any) -> bool:
        """A reversal may pass the ceiling: what was taken by mistake comes back whole."""
        reverses = self._session.scalar(
            sa.select(Transfer.reverses_id).where(
                Transfer.book == self._book, Transfer.id == entry.transfer_id
            )
        )
        return reverses is not None

    def _check_kept(self, total: int, count: int, held: int) -> Iterator[Breach]:
        kept = self._balance
        if kept is None:
            yield self._breach("balance_missing")
            return
        if kept.posted_minutes != total:
            yield self._breach(
                "balance_differs", entries_minutes=total, kept_minutes=kept.posted_minutes
            )
        if kept.version != count:
            yield self._breach("version_differs", entries=count, kept=kept.version)
        if kept.held_minutes != held:
            yield self._breach("held_differs", entries_minutes=held, kept_minutes=kept.held_minutes)
        if self._floor is not None:
            available = min(total - held, kept.posted_minutes - kept.held_minutes)
            if available < self._floor:
                yield self._breach(
                    "below_floor", found_minutes=available, floor_minutes=self._floor
                )

    def _breach(self, code: str, entry: Any = None, **detail: Any) -> Breach:
        place = self._place if entry is None else f"{self._place} v{entry.version}"
        return Breach(code, self._book, place, detail)


def _check_slots(book: str, place: str, account: Any, balances: list[Any]) -> Iterator[Breach]:
    """The slots are all there, and their floors make up the account's floor."""
    if len(balances) != account.slots:
        detail = {"expected": account.slots, "found": len(balances)}
        yield Breach("slots_differ", book, place, detail)
    floors = [row.floor_minutes for row in balances]
    if account.floor_minutes is None:
        agree = all(floor is None for floor in floors)
    else:
        agree = None not in floors and sum(floors) == account.floor_minutes
    if balances and not agree:
        yield Breach("floor_differs", book, place)


def _check_closed(session: Session, book: str) -> Iterator[Breach]:
    late = session.execute(
        sa.select(Entry.account_id, Entry.slot, Entry.version)
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(Entry.book == book, Transfer.posted_at > Account.closed_at)
    )
    for row in late:
        place = f"account {row.account_id}/{row.slot} v{row.version}"
        yield Breach("entry_after_closing", book, place)


def _accounts(session: Session, book: str) -> Iterator[tuple[UUID, Any]]:
    statement = (
        sa.select(Account.id, Account.floor_minutes, Account.ceiling_minutes, Account.slots)
        .where(Account.book == book)
        .order_by(Account.id)
    )
    return ((row.id, row) for row in rows_of(session, statement))


def _balances(session: Session, book: str) -> Iterator[Any]:
    return rows_of(
        session,
        sa.select(
            Balance.account_id,
            Balance.slot,
            Balance.posted_minutes,
            Balance.held_minutes,
            Balance.floor_minutes,
            Balance.version,
        )
        .where(Balance.book == book)
        .order_by(Balance.account_id, Balance.slot),
    )


def _entries(session: Session, book: str) -> Iterator[Any]:
    return rows_of(
        session,
        sa.select(
            Entry.account_id,
            Entry.slot,
            Entry.version,
            Entry.transfer_id,
            Entry.amount_minutes,
            Entry.balance_after_minutes,
        )
        .where(Entry.book == book)
        .order_by(Entry.account_id, Entry.slot, Entry.version),
    )


def _open_legs(session: Session, book: str) -> Iterator[Any]:
    """Legs of holds that have not ended."""
    same_hold = sa.and_(HoldOutcome.book == HoldLeg.book, HoldOutcome.hold_id == HoldLeg.hold_id)
    return rows_of(
        session,
        sa.select(HoldLeg.account_id, HoldLeg.slot, HoldLeg.amount_minutes)
        .outerjoin(HoldOutcome, same_hold)
        .where(HoldLeg.book == book, HoldOutcome.hold_id.is_(None))
        .order_by(HoldLeg.account_id, HoldLeg.slot),
    )
