"""Every figure of every dashboard, worked out from bare rows in plain loops.

Shares no code with what the pages read: rows are loaded as they are, and nothing is summed by a
database. Whoever adds a figure to a page adds it here, or the walk fails on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit_seals import AuditBlock
from models.availability import WeeklyWindow
from models.callbacks import Callback
from models.entries import ManualEntry
from models.flags import Flag
from models.ledger import (
    Account,
    Balance,
    Closing,
    ClosingLine,
    Entry,
    Hold,
    HoldLeg,
    HoldOutcome,
    Transfer,
    ValuationRecord,
)
from models.oversight import AuditRecord, IssueAuthorisation
from models.people import Member
from models.places import Book, Branch, Region
from models.ratings import Rating
from models.requests import Request, Visit
from models.reserve import ReserveReading
from models.returns import EntitlementRoll, RollEntry
from models.seals import Block, BlockLeaf
from models.service_days import GroupPlace, GroupSession, WelfareSubject, WelfareVisit
from models.sheets import WorkSheet

CHINA = timezone(timedelta(hours=8))
TABLES = (
    Account, Balance, Entry, Transfer, ValuationRecord, Hold, HoldLeg, HoldOutcome, Closing,
    ClosingLine, Member, Book, Branch, Region, Request, Visit, ManualEntry, WorkSheet, Flag,
    Callback, Rating, WeeklyWindow, WelfareSubject, WelfareVisit, GroupPlace, GroupSession,
    ReserveReading, EntitlementRoll, RollEntry, IssueAuthorisation, AuditRecord, AuditBlock,
    Block, BlockLeaf,
)  # fmt: skip
#: Visits a month by tier, as published.
DUE = {"high": 4, "middle": 2, "low": 1}
MEMBERS = ("earned", "received", "granted")


def day_of(moment: datetime) -> date:
    """The day in China."""
    return moment.astimezone(CHINA).date()


def month_of(moment: datetime) -> str:
    """The month in China."""
    return f"{day_of(moment):%Y-%m}"


@dataclass
class Rows:
    """Rows of every table, and the page that is looked at: its months, its day, the moment."""

    of: dict[Any, list[Any]]
    now: datetime
    first: str = ""
    last: str = "9999-12"
    at: datetime | None = None

    @classmethod
    def read(cls, session: Session, now: datetime) -> Rows:
        """Everything there is."""
        found = {}
        for model in TABLES:
            rows = session.scalars(sa.select(model).execution_options(cross_book=True)).all()
            found[model] = list(rows)
        session.expunge_all()
        return cls(found, now)

    def __getitem__(self, model: Any) -> list[Any]:
        return self.of[model]

    def in_months(self, moment: datetime | None) -> bool:
        """Whether a moment lies in the months of the page."""
        return moment is not None and self.first <= month_of(moment) <= self.last

    def branches(self) -> dict[UUID, Any]:
        """Every branch by id."""
        return {each.id: each for each in self[Branch]}

    def holds(self, of: str) -> Callable[[str, Any], bool]:
        """Whether what a branch of a book has belongs to the place of a mark."""
        branches = self.branches()
        if of in ("all", "0" * 12):
            return lambda book, branch: True
        if of.endswith("-none"):
            return lambda book, branch: book == of[:12] and branch not in branches
        # What another book has with a branch of this one is the other book's.
        places = {(each.book, each.id): each.region_code for each in self[Branch]}
        if len(of) == 36:
            return lambda book, branch: str(branch) == of and (book, branch) in places
        code = of[:12]
        if of.endswith("-direct") or code[6:] != "000000":
            return lambda book, branch: places.get((book, branch), "")[:9] == code[:9]
        length = 2 if code[2:6] == "0000" else 4 if code[4:6] == "00" else 6
        regions = {each.book: each.region_code for each in self[Book]}
        return lambda book, branch: regions.get(book, book)[:length] == code[:length]


def entries_of(rows: Rows) -> Iterator[tuple[Any, Any, Any]]:
    """Entry, its transfer, its account."""
    transfers = {(each.book, each.id): each for each in rows[Transfer]}
    accounts = {(each.book, each.id): each for each in rows[Account]}
    for entry in rows[Entry]:
        transfer = transfers[entry.book, entry.transfer_id]
        if rows.at is None or transfer.posted_at <= rows.at:
            yield entry, transfer, accounts[entry.book, entry.account_id]


def credits_of(rows: Rows) -> Iterator[tuple[str, Any, Any, Any, int]]:
    """Book, request, visit, valuation of each credit in the months with +1; taken back with -1."""
    requests = {(each.book, each.id): each for each in rows[Request]}
    visits = {(each.book, each.id): each for each in rows[Visit]}
    valued = {(each.book, each.id): each for each in rows[ValuationRecord]}
    transfers = {(each.book, each.id): each for each in rows[Transfer]}
    for value in rows[ValuationRecord]:
        # The book of a volunteer from elsewhere has a copy, and no visit.
        if rows.in_months(value.created_at) and (value.book, value.visit_id) in visits:
            visit = visits[value.book, value.visit_id]
            yield value.book, requests[value.book, visit.request_id], visit, value, 1
    for transfer in rows[Transfer]:
        if transfer.reverses_id is None or not rows.in_months(transfer.posted_at):
            continue
        credit = transfers[transfer.book, transfer.reverses_id]
        value = valued.get((credit.book, credit.valuation_id))
        if value is not None and (value.book, value.visit_id) in visits:
            visit = visits[value.book, value.visit_id]
            yield value.book, requests[value.book, visit.request_id], visit, value, -1


def level(rows: Rows, name: str, of: str) -> int:
    """Figures of a street, a branch, a book or a region."""
    here = rows.holds(of)
    active = [
        each
        for each in rows[Member]
        if each.status.value == "active" and here(each.home_book, each.branch_id)
    ]
    credited = [each for each in credits_of(rows) if here(each[0], each[1].branch_id)]

    def count(model: Any, is_one: Callable[[Any], bool]) -> int:
        return sum(1 for each in rows[model] if here(each.book, each.branch_id) and is_one(each))

    ways: dict[str, Callable[[], int]] = {
        "members": lambda: len(active),
        "volunteers": lambda: sum(1 for each in active if each.is_provider),
        "elders": lambda: sum(1 for each in active if each.is_recipient),
        "visits": lambda: sum(sign for *_, sign in credited),
        "actual_minutes": lambda: sum(v.actual_minutes * sign for _, _, v, _, sign in credited),
        "earn_minutes": lambda: sum(v.earn_minutes * sign for *_, v, sign in credited),
        "manual_entries": lambda: count(ManualEntry, lambda each: each.state.value == "signed"),
        "manual_waiting": lambda: count(ManualEntry, lambda each: each.state.value == "proposed"),
        "open_sheets": lambda: count(WorkSheet, lambda each: each.state.value != "closed"),
        "open_flags": lambda: count(Flag, lambda each: each.state.value == "open"),
        "open_callbacks": lambda: count(Callback, lambda each: each.done_at is None),
        "failed_callbacks": lambda: count(
            Callback, lambda each: each.result is not None and each.result.value == "failed"
        ),
    }
    return ways[name]()


def book(rows: Rows, name: str, of: str) -> int:
    """Figures of a book or of the books of a region."""
    here = rows.holds(of)
    # The months of a page choose among its streets, never what a whole book comes to.
    rows = replace(rows, first="", last="9999-12")
    at_kind: Counter[str] = Counter()
    for entry, _, account in entries_of(rows):
        if here(entry.book, None):
            at_kind[account.kind.value] += entry.amount_minutes

    def count(model: Any, is_one: Callable[[Any], bool] = lambda each: True) -> int:
        return sum(1 for each in rows[model] if here(each.book, None) and is_one(each))

    sealed = max((each.size for each in rows[Block] if here(each.book, None)), default=0)
    ways: dict[str, Callable[[], int]] = {
        "books": lambda: count(Book),
        "issued_minutes": lambda: -at_kind["issue"],
        "pool_minutes": lambda: at_kind["pool"],
        "outstanding_minutes": lambda: sum(at_kind[each] for each in MEMBERS),
        "held_minutes": lambda: sum(held_of(rows, here).values()),
        "sum_minutes": lambda: sum(at_kind.values()),
        "transfers": lambda: count(Transfer),
        "requests": lambda: count(Request),
        "visits": lambda: sum(sign for found, *_, sign in credits_of(rows) if here(found, None)),
        "records": lambda: count(AuditRecord),
        "sealed": lambda: count(BlockLeaf),
        "unsealed": lambda: count(Transfer) - sealed,
        "waiting_authorisations": lambda: count(IssueAuthorisation, lambda e: not e.signed_at),
    }
    return ways[name]()


def held_of(rows: Rows, here: Callable[[str, Any], bool]) -> Counter[str]:
    """What open holds keep, by kind of account."""
    ended = {(each.book, each.hold_id) for each in rows[HoldOutcome]}
    kinds = {(each.book, each.id): each.kind.value for each in rows[Account]}
    found: Counter[str] = Counter()
    for leg in rows[HoldLeg]:
        if here(leg.book, None) and (leg.book, leg.hold_id) not in ended:
            found[kinds[leg.book, leg.account_id]] += leg.amount_minutes
    return found


def trial(rows: Rows, name: str, of: str) -> int:
    """The trial balance: of everything, or of one kind of account behind a colon."""
    place, _, kind = of.partition(":")
    here = rows.holds(place)
    moved = [
        entry.amount_minutes
        for entry, _, account in entries_of(rows)
        if here(entry.book, None) and kind in ("", account.kind.value)
    ]
    held = held_of(rows, here)
    ways: dict[str, Callable[[], int]] = {
        "accounts": lambda: sum(
            1
            for each in rows[Account]
            if here(each.book, None)
            and kind in ("", each.kind.value)
            and (rows.at is None or each.opened_at <= rows.at)
        ),
        "in_minutes": lambda: sum(each for each in moved if each > 0),
        "out_minutes": lambda: -sum(each for each in moved if each < 0),
        "balance_minutes": lambda: sum(moved),
        "held_minutes": lambda: held[kind] if kind else sum(held.values()),
    }
    return ways[name]()


def check(rows: Rows, name: str, of: str) -> int:
    """The light checks: expected and found, both from entries."""
    place, _, code = of.partition(":")
    here = rows.holds(place)
    entries = [each for each in rows[Entry] if here(each.book, None)]
    counted = {
        "entries_sum_to_zero": sum(each.amount_minutes for each in entries),
        "balances_sum_to_zero": sum(each.amount_minutes for each in entries),
        "every_entry_is_counted": len(entries),
        "nobody_below_floor": 0,
    }
    return counted[code]


def pool(rows: Rows, name: str, of: str) -> int:
    """What moved pool accounts, by kind of transfer."""
    place, _, kind = of.partition(":")
    here = rows.holds(place)
    moved = [
        entry.amount_minutes
        for entry, transfer, account in entries_of(rows)
        if here(entry.book, None)
        and account.kind.value == "pool"
        and kind in ("", transfer.kind)
        and rows.in_months(transfer.posted_at)
    ]
    return {
        "entries": len(moved),
        "in_minutes": sum(each for each in moved if each > 0),
        "out_minutes": -sum(each for each in moved if each < 0),
    }[name]


def clearing(rows: Rows, name: str, of: str) -> int:
    """Between two books."""
    one, _, other = of.partition(":")
    if name == "counter_minutes":
        one, other = other, one
    return sum(
        entry.amount_minutes
        for entry, _, account in entries_of(rows)
        if entry.book == one and account.kind.value == "clearing" and account.period == other
    )


def closing(rows: Rows, name: str, of: str) -> int:
    """A closed month."""
    place, _, month = of.partition(":")
    found = [
        entry
        for entry, transfer, _ in entries_of(rows)
        if entry.book == place and month_of(transfer.posted_at) == month
    ]
    return len(found) if name == "entries" else len({(e.account_id, e.slot) for e in found})


def end_of_day(text: str) -> datetime:
    """The last moment of a day in China."""
    day = date.fromisoformat(text) + timedelta(days=1)
    midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    return midnight.astimezone(UTC) - timedelta(microseconds=1)
