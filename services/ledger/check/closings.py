"""The closed months of an exported book, worked out again while its entries stream by."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.ledger.check.state import AccountState, Posted
from services.ledger.check.words import Report, uuid_in
from services.ledger.seals.canonical import moment_text
from services.ledger.seals.headers import Malformed, hex_in, moment_in, number_in, text_in

#: Accounts, minutes in, minutes out.
Sums = tuple[int, int, int]


@dataclass(slots=True)
class Month:
    """A closed month as its lines tell it."""

    line: int
    entries: int
    content_hash: str
    digest: Any
    #: Kind -> what is told of it, and the line that tells it.
    kinds: dict[str, tuple[Sums, int]] = field(default_factory=dict)


class Closings:
    """Takes the lines of the closings first, then hears of every entry in order of its row."""

    def __init__(self, book: str, report: Report) -> None:
        self._book, self._report = book, report
        self._names: list[str] = []
        self._watermarks: list[datetime] = []
        self._months: dict[str, Month] = {}
        #: (account, slot) -> {month: (minutes, version, line)}.
        self._lines: dict[tuple[UUID, int], dict[str, tuple[int, int, int]]] = {}
        self._came: Counter[tuple[int, str]] = Counter()
        self._went: Counter[tuple[int, str]] = Counter()
        self._entries: Counter[int] = Counter()

    def take_month(self, row: Mapping[str, Any]) -> str:
        """The line of a month; returns what it is ordered by."""
        name, watermark = text_in(row, "month"), moment_in(row, "watermark")
        entries = number_in(row, "entries")
        if self._watermarks and watermark <= self._watermarks[-1]:
            self._report.breach("closing_order")
        self._names.append(name)
        self._watermarks.append(watermark)
        to_the_second = f"{moment_text(watermark)[:19]}Z"
        head = ("closing 1", self._book, name, to_the_second, entries)
        digest = hashlib.sha256("".join(f"{each}\n" for each in head).encode())
        self._months[name] = Month(self._report.line, entries, hex_in(row, "content_hash"), digest)
        return name

    def take_kind(self, row: Mapping[str, Any]) -> str:
        """The line of a kind of account in a month."""
        month, kind = self._month(row), text_in(row, "kind")
        accounts = number_in(row, "accounts")
        came, went = number_in(row, "in_minutes"), number_in(row, "out_minutes")
        month.kinds[kind] = ((accounts, came, went), self._report.line)
        month.digest.update(f"kind {kind} {accounts} {came} {went}\n".encode())
        return f"{text_in(row, 'month')} {kind}"

    def take_line(self, row: Mapping[str, Any]) -> str:
        """The line of a balance row in a month."""
        month, account, slot = self._month(row), uuid_in(row, "account_id"), number_in(row, "slot")
        minutes, version = number_in(row, "posted_minutes"), number_in(row, "version")
        kept = (minutes, version, self._report.line)
        self._lines.setdefault((account, slot), {})[text_in(row, "month")] = kept
        month.digest.update(f"line {account} {slot} {minutes} {version}\n".encode())
        return f"{text_in(row, 'month')} {account} {slot:08}"

    def passed(self, account: AccountState, slot: int, entry: Posted) -> None:
        """An entry is about to be added to its row."""
        if not self._names:
            return
        row, here = account.slots[slot], bisect_right(self._watermarks, entry.posted_at)
        if row.posted_at is not None:
            before = bisect_right(self._watermarks, row.posted_at)
            if before < here:
                self._compare(account, slot, before)
        moved = self._came if entry.amount_minutes > 0 else self._went
        moved[here, account.kind] += abs(entry.amount_minutes)
        self._entries[here] += 1

    def ended(self, account: AccountState, slot: int) -> None:
        """No further entry comes on this row."""
        posted_at = account.slots[slot].posted_at
        if self._names and posted_at is not None:
            last = bisect_right(self._watermarks, posted_at)
            if last < len(self._names):
                self._compare(account, slot, last)

    def finish(self, accounts: Iterable[AccountState]) -> None:
        """Everything that is told about each month and has not been compared yet."""
        for (account_id, slot), months in self._lines.items():
            for name, (minutes, version, line) in months.items():
                place = f"{account_id}/{slot}"
                self._differs(line, name, place, None, (minutes, version))
        opened = Counter(
            (bisect_right(self._watermarks, account.opened_at), account.kind)
            for account in accounts
        )
        for index, name in enumerate(self._names):
            month = self._months[name]
            if month.entries != self._entries[index]:
                self._differs(month.line, name, "entries", self._entries[index], month.entries)
            if month.digest.hexdigest() != month.content_hash:
                found = month.content_hash
                self._differs(month.line, name, "SHA-256", month.digest.hexdigest(), found)
            counted = (opened, self._came, self._went)
            kinds = {kind for sums in counted for when, kind in sums if when <= index}
            for kind in sorted({*kinds, *month.kinds}):
                expected = tuple(_until(sums, index, kind) for sums in counted)
                told, line = month.kinds.get(kind, ((0, 0, 0), month.line))
                if told != expected:
                    self._differs(line, name, kind, expected, told)

    def _compare(self, account: AccountState, slot: int, index: int) -> None:
        """What stands on a row at the end of a month in which it changed."""
        row, name = account.slots[slot], self._names[index]
        kept = self._lines.get((account.id, slot), {}).pop(name, None)
        expected = (row.after_minutes, row.version)
        if kept is None or kept[:2] != expected:
            line = self._months[name].line if kept is None else kept[2]
            found = None if kept is None else kept[:2]
            self._differs(line, name, account.place(slot), expected, found)

    def _month(self, row: Mapping[str, Any]) -> Month:
        month = self._months.get(text_in(row, "month"))
        if month is None:
            raise Malformed("month")
        return month

    def _differs(
        self, line: int, month: str, account: str, expected: object, found: object
    ) -> None:
        self._report.breach(
            "closing_differs",
            line,
            month=month,
            account=account,
            expected=expected,
            found=found,
        )


def _until(sums: Counter[tuple[int, str]], index: int, kind: str) -> int:
    return sum(number for (when, of), number in sums.items() if of == kind and when <= index)
