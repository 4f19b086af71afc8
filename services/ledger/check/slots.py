"""Running balances recomputed while an export streams by: one small state for each balance row.

Entries of one row may come in another order than that of their versions (a sealer that is behind
takes what waits in no order); they wait until their turn, in memory as long as they are few, then
in a temporary file, so that memory does not grow with the export.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from services.ledger.check.closings import Closings
from services.ledger.check.state import AccountState, Posted, Slot
from services.ledger.check.words import Report

#: So many entries may wait in memory for earlier ones; then all that wait go into a file.
MOST_WAITING = 20_000


class Spill:
    """Entries that wait for earlier ones, in a temporary file that goes when it is closed."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute(
            "CREATE TABLE waiting (account BLOB, slot INTEGER, version INTEGER, number INTEGER,"
            " amount INTEGER, after INTEGER, posted TEXT, line INTEGER,"
            " PRIMARY KEY (account, slot, version, number)) WITHOUT ROWID"
        )
        self._number = 0

    def add(self, account_id: UUID, slot: int, entries: Iterable[Posted]) -> None:
        """Let entries of a row wait here."""
        for entry in entries:
            # A version that comes twice is kept twice: whoever reads them names it.
            self._number += 1
            self._file.execute(
                "INSERT INTO waiting VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    account_id.bytes,
                    slot,
                    entry.version,
                    self._number,
                    entry.amount_minutes,
                    entry.after_minutes,
                    entry.posted_at.isoformat(),
                    entry.line,
                ),
            )

    def of(self, account_id: UUID, slot: int) -> Iterator[Posted]:
        """What waits on a row, by version."""
        rows = self._file.execute(
            "SELECT version, amount, after, posted, line FROM waiting"
            " WHERE account = ? AND slot = ? ORDER BY version, number",
            (account_id.bytes, slot),
        )
        for version, amount, after, posted, line in rows:
            yield Posted(version, amount, after, datetime.fromisoformat(posted), line)

    def close(self) -> None:
        """Drop the file."""
        self._file.close()


class Slots:
    """Every account of a book and what was posted on it so far."""

    def __init__(self, book: str, report: Report) -> None:
        self._report = report
        self.closings = Closings(book, report)
        self.accounts: dict[UUID, AccountState] = {}
        self._waiting: dict[tuple[UUID, int], dict[int, Posted]] = {}
        self._count = 0
        self._spill: Spill | None = None

    def row(self, account_id: UUID, slot: int) -> Slot | None:
        """The balance row, if there is to be one."""
        account = self.accounts.get(account_id)
        if account is None or not 0 <= slot < len(account.slots):
            return None
        return account.slots[slot]

    def post(self, account: AccountState, slot: int, entry: Posted) -> None:
        """Add an entry, or let it wait for those before it."""
        row = account.slots[slot]
        here = (account.id, slot)
        waiting = self._waiting.get(here, {})
        if entry.version <= row.version or entry.version in waiting:
            place = account.place(slot)
            self._report.breach("version_repeated", account=place, found=entry.version)
        elif entry.version == row.version + 1:
            self._apply(account, slot, entry)
            while (following := waiting.pop(row.version + 1, None)) is not None:
                self._count -= 1
                self._apply(account, slot, following)
        else:
            self._waiting.setdefault(here, {})[entry.version] = entry
            self._count += 1
            if self._count > MOST_WAITING:
                self._put_aside()

    def finish(self) -> Iterator[tuple[AccountState, int, Slot]]:
        """No further entry comes: every row, once nothing waits on it any more."""
        self._put_aside()
        for account in self.accounts.values():
            for slot, row in enumerate(account.slots):
                if self._spill is not None:
                    self._catch_up(account, slot, self._spill.of(account.id, slot))
                self.closings.ended(account, slot)
                yield account, slot, row
        if self._spill is not None:
            self._spill.close()
        self.closings.finish(self.accounts.values())

    def _put_aside(self) -> None:
        for (account_id, slot), entries in self._waiting.items():
            if entries:
                self._spill = self._spill or Spill()
                self._spill.add(account_id, slot, entries.values())
        self._waiting.clear()
        self._count = 0

    def _catch_up(self, account: AccountState, slot: int, entries: Iterator[Posted]) -> None:
        row, place = account.slots[slot], account.place(slot)
        for entry in entries:
            if entry.version <= row.version:
                self._report.breach(
                    "version_repeated", entry.line, account=place, found=entry.version
                )
                continue
            if entry.version != row.version + 1:
                self._report.breach(
                    "version_missing", entry.line, account=place, expected=row.version + 1
                )
                # From here on as kept: what is missing is named once, not with all that follow.
                row.version = entry.version - 1
                row.after_minutes = entry.after_minutes - entry.amount_minutes
            self._apply(account, slot, entry)

    def _apply(self, account: AccountState, slot: int, entry: Posted) -> None:
        row = account.slots[slot]
        self.closings.passed(account, slot, entry)
        expected = row.after_minutes + entry.amount_minutes
        if entry.after_minutes != expected:
            self._report.breach(
                "running_balance_broken",
                entry.line,
                account=account.place(slot),
                version=entry.version,
                expected=expected,
                found=entry.after_minutes,
            )
        if row.posted_at is not None and entry.posted_at < row.posted_at:
            self._report.breach(
                "posted_before", entry.line, account=account.place(slot), version=entry.version
            )
        else:
            row.posted_at = entry.posted_at
        row.total_minutes += entry.amount_minutes
        row.after_minutes, row.version = entry.after_minutes, entry.version
