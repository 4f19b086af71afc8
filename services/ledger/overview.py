"""A book at a glance: its trial balance, and the few sums that show at once when it is wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance, Entry, Hold, Transfer
from services.ledger.rows import whole_sum

#: Kinds that belong to members: what the region owes them in help.
MEMBERS = (AccountKind.EARNED, AccountKind.RECEIVED, AccountKind.GRANTED)
#: The order in which a trial balance lists its kinds: members, the region, the rest.
KINDS = tuple(AccountKind)


@dataclass(frozen=True, slots=True)
class TrialLine:
    """All accounts of a kind: in and out are what entries say, kept is what balances say."""

    kind: AccountKind
    accounts: int
    in_minutes: int
    out_minutes: int
    kept_minutes: int
    held_minutes: int

    @property
    def balance_minutes(self) -> int:
        """What entries leave on these accounts."""
        return self.in_minutes - self.out_minutes


class Sums(ABC):
    """What a trial balance says of a book at large, in standard minutes."""

    __slots__ = ()

    @abstractmethod
    def of(self, *kinds: AccountKind) -> int:
        """What some kinds hold together."""

    @property
    def issued_minutes(self) -> int:
        """What has entered through issue accounts."""
        return -self.of(AccountKind.ISSUE)

    @property
    def pool_minutes(self) -> int:
        """What the public-welfare pools have."""
        return self.of(AccountKind.POOL)

    @property
    def outstanding_minutes(self) -> int:
        """What members may still draw help for."""
        return self.of(*MEMBERS)


@dataclass(frozen=True, slots=True)
class TrialBalance(Sums):
    """A book by kind of account; its balances sum to zero or the book is broken."""

    book: str
    lines: tuple[TrialLine, ...]

    @property
    def total_minutes(self) -> int:
        """The sum that must be zero."""
        return sum(line.balance_minutes for line in self.lines)

    @property
    def agrees(self) -> bool:
        """Zero in all, and each kind as its balances are kept."""
        kept = all(line.balance_minutes == line.kept_minutes for line in self.lines)
        return kept and self.total_minutes == 0

    def of(self, *kinds: AccountKind) -> int:
        """What some kinds hold together, in standard minutes."""
        return sum(line.balance_minutes for line in self.lines if line.kind in kinds)


def trial_balance(session: Session, book: str) -> TrialBalance:
    """The book by kind of account: entries on one side, kept balances on the other."""
    signed = Entry.amount_minutes
    moved = session.execute(
        sa.select(
            Account.kind,
            whole_sum(sa.case((signed > 0, signed), else_=0)).label("came_in"),
            whole_sum(sa.case((signed < 0, -signed), else_=0)).label("went_out"),
        )
        .join(Entry, sa.and_(Entry.book == Account.book, Entry.account_id == Account.id))
        .where(Account.book == book, Entry.book == book)
        .group_by(Account.kind)
    )
    kept = session.execute(
        sa.select(
            Account.kind,
            sa.func.count(Account.id.distinct()).label("accounts"),
            whole_sum(Balance.posted_minutes).label("posted"),
            whole_sum(Balance.held_minutes).label("held"),
        )
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book == book, Balance.book == book)
        .group_by(Account.kind)
    )
    by_kind = {row.kind: row for row in moved}
    kept_by_kind = {row.kind: row for row in kept}
    return TrialBalance(
        book,
        tuple(
            TrialLine(
                kind=kind,
                accounts=here.accounts if here else 0,
                in_minutes=there.came_in if there else 0,
                out_minutes=there.went_out if there else 0,
                kept_minutes=here.posted if here else 0,
                held_minutes=here.held if here else 0,
            )
            for kind in KINDS
            for here, there in [(kept_by_kind.get(kind), by_kind.get(kind))]
            if here or there
        ),
    )


@dataclass(frozen=True, slots=True)
class QuickCheck:
    """One comparison of two figures that must be equal. ``unit``: minutes or rows."""

    code: str
    unit: str
    expected: int
    found: int

    @property
    def ok(self) -> bool:
        """Whether they agree."""
        return self.expected == self.found


@dataclass(frozen=True, slots=True)
class Activity:
    """How much a book holds: rows of the tables that only grow."""

    transfers: int
    entries: int
    holds: int


def activity(session: Session, book: str) -> Activity:
    """Transfers, entries and holds of a book so far."""
    row = session.execute(
        sa.select(
            _one(sa.func.count(Transfer.id), Transfer.book == book),
            _one(sa.func.count(Entry.leg), Entry.book == book),
            _one(sa.func.count(Hold.id), Hold.book == book),
        )
    ).one()
    return Activity(*row)


def _one(expression: sa.ColumnElement[int], *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(expression).where(*where).scalar_subquery()
