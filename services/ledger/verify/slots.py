"""Balance rows walked entry by entry: what is wrong with an account, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, Balance, Entry, Hold, HoldLeg, HoldOutcome, Transfer
from services.ledger.breaches import Breach
from services.ledger.streams import grouped, rows_of, side_by_side
from services.ledger.verify.suspects import among

Ids = Sequence[UUID] | None


def walk(session: Session, book: str, ids: Ids) -> Iterator[Breach]:
    """Walk accounts, kept balances, entries and open holds together, in order of account."""
    for account_id, (account, balances, entries, legs) in side_by_side(
        _accounts(session, book, ids),
        grouped(_balances(session, book, ids), lambda row: row.account_id),
        grouped(_entries(session, book, ids), lambda row: row.account_id),
        grouped(_open_legs(session, book, ids), lambda row: row.account_id),
    ):
        place = f"account {account_id}"
        if account is None:
            yield Breach("account_unknown", book, place)
        found: list[Any] = []
        for slot, (balance, slot_entries, slot_legs) in side_by_side(
            ((row.slot, row) for row in balances or ()),
            grouped(entries or (), lambda row: row.slot),
            grouped(legs or (), lambda row: row.slot),
        ):
            if balance is not None:
                found.append(balance)
            here = _Slot(book, f"{place}/{slot}", account, balance)
            yield from here.check(slot_entries or (), slot_legs or ())
        if account is not None:
            yield from _check_slots(book, place, account, found)
            if account.slots > 1 and account.floor_minutes is not None:
                yield from _check_total(session, book, place, account)


class _Slot:
    """One balance row and everything that was posted or is held on it."""

    def __init__(self, book: str, place: str, account: Any, balance: Any) -> None:
        self._book, self._place = book, place
        self._balance = balance
        self._spread = account is not None and account.slots > 1
        self._floor = None if balance is None else balance.floor_minutes
        self._ceiling = None if account is None else account.ceiling_minutes

    def check(self, entries: Any, legs: Any) -> Iterator[Breach]:
        """Everything about this row, from its first entry to what it may spend now."""
        total, count = 0, 0
        before, version = 0, 0
        moment: Any = None
        last: Any = None
        for entry in entries:
            if last is not None and last.transfer_id != entry.transfer_id:
                yield from self._check_floor(last)
            if entry.version != version + 1:
                detail = {"expected": version + 1, "found": entry.version}
                yield self._breach("sequence_gap", entry, **detail)
            if not isinstance(entry.amount_minutes, int):
                raise TypeError("an amount is no whole number")
            if entry.balance_after_minutes != before + entry.amount_minutes:
                yield self._breach(
                    "running_balance_broken",
                    entry,
                    entries_minutes=before + entry.amount_minutes,
                    kept_minutes=entry.balance_after_minutes,
                )
            if None not in (moment, entry.posted_at) and entry.posted_at < moment:
                yield self._breach("posted_at_runs_back", entry)
            yield from self._check_ceiling(entry)
            # From here on as kept: one broken row is named once, not with all that follow.
            before, version = entry.balance_after_minutes, entry.version
            moment = entry.posted_at
            total, count = total + entry.amount_minutes, count + 1
            last = entry
        if last is not None:
            yield from self._check_floor(last)
        yield from self._check_kept(total, count, moment, list(legs))

    def _check_floor(self, entry: Any) -> Iterator[Breach]:
        """After a whole transfer: within one, what is paid may come before what flows back.

        The floor of one slot among several may have been another one then: those are tested
        together, by the account's own floor.
        """
        after = entry.balance_after_minutes
        if self._floor is not None and not self._spread and after < self._floor:
            detail = {"found_minutes": after, "floor_minutes": self._floor}
            yield self._breach("below_floor", entry, **detail)

    def _check_ceiling(self, entry: Any) -> Iterator[Breach]:
        """A reversal may pass the ceiling: what was taken by mistake comes back whole."""
        after = entry.balance_after_minutes
        over = self._ceiling is not None and entry.amount_minutes > 0 and after > self._ceiling
        if over and entry.reverses_id is None:
            detail = {"found_minutes": after, "ceiling_minutes": self._ceiling}
            yield self._breach("above_ceiling", entry, **detail)

    def _check_kept(
        self, total: int, count: int, moment: Any, legs: Sequence[Any]
    ) -> Iterator[Breach]:
        kept = self._balance
        held = sum(leg.amount_minutes for leg in legs)
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
        # Where an entry lacks its transfer, or is lacking itself, that has been named.
        if kept.version == count and (moment is not None or not count):
            yield from self._check_moment(moment)
        ends = [leg.expires_at for leg in legs if leg.expires_at is not None]
        if ends and (kept.expires_at is None or kept.expires_at > min(ends)):
            yield self._breach("expires_at_differs")
        if self._floor is not None:
            available = min(total - held, kept.posted_minutes - kept.held_minutes)
            if available < self._floor:
                yield self._breach(
                    "below_floor", found_minutes=available, floor_minutes=self._floor
                )

    def _check_moment(self, moment: Any) -> Iterator[Breach]:
        """With several slots, a shift of floors stamps them all later than their entries."""
        kept = self._balance.posted_at
        shifted = self._spread and kept is not None and (moment is None or kept > moment)
        if kept != moment and not shifted:
            yield self._breach("posted_at_differs")

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


def _check_total(session: Session, book: str, place: str, account: Any) -> Iterator[Breach]:
    """All slots together, at the end of every moment: within one they have no order."""
    rows = rows_of(
        session,
        sa.select(Transfer.posted_at, Entry.amount_minutes)
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(Entry.book == book, Entry.account_id == account.id)
        .order_by(Transfer.posted_at),
    )
    total = 0
    for moment, entries in grouped(rows, lambda row: row.posted_at):
        total += sum(entry.amount_minutes for entry in entries)
        if total < account.floor_minutes:
            detail = {"found_minutes": total, "floor_minutes": account.floor_minutes}
            yield Breach("below_floor", book, f"{place} {moment:%Y-%m-%dT%H:%M:%S.%fZ}", detail)


def _accounts(session: Session, book: str, ids: Ids) -> Iterator[tuple[UUID, Any]]:
    statement = (
        sa.select(Account.id, Account.floor_minutes, Account.ceiling_minutes, Account.slots)
        .where(Account.book == book, among(Account.id, ids))
        .order_by(Account.id)
    )
    return ((row.id, row) for row in rows_of(session, statement))


def _balances(session: Session, book: str, ids: Ids) -> Iterator[Any]:
    return rows_of(
        session,
        sa.select(
            Balance.account_id,
            Balance.slot,
            Balance.posted_minutes,
            Balance.held_minutes,
            Balance.floor_minutes,
            Balance.version,
            Balance.posted_at,
            Balance.expires_at,
        )
        .where(Balance.book == book, among(Balance.account_id, ids))
        .order_by(Balance.account_id, Balance.slot),
    )


def _entries(session: Session, book: str, ids: Ids) -> Iterator[Any]:
    return rows_of(
        session,
        sa.select(
            Entry.account_id,
            Entry.slot,
            Entry.version,
            Entry.transfer_id,
            Entry.amount_minutes,
            Entry.balance_after_minutes,
            Transfer.posted_at,
            Transfer.reverses_id,
        )
        .outerjoin(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(Entry.book == book, among(Entry.account_id, ids))
        .order_by(Entry.account_id, Entry.slot, Entry.version),
    )


def _open_legs(session: Session, book: str, ids: Ids) -> Iterator[Any]:
    """Legs of holds that have not ended."""
    same_hold = sa.and_(HoldOutcome.book == HoldLeg.book, HoldOutcome.hold_id == HoldLeg.hold_id)
    of_leg = sa.and_(Hold.book == HoldLeg.book, Hold.id == HoldLeg.hold_id)
    return rows_of(
        session,
        sa.select(HoldLeg.account_id, HoldLeg.slot, HoldLeg.amount_minutes, Hold.expires_at)
        .outerjoin(HoldOutcome, same_hold)
        .outerjoin(Hold, of_leg)
        .where(HoldLeg.book == book, HoldOutcome.hold_id.is_(None))
        .where(among(HoldLeg.account_id, ids))
        .order_by(HoldLeg.account_id, HoldLeg.slot),
    )
