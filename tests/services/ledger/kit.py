"""A book with two elders and a provider, and short words for what tests do to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import AccountKind, Balance, Entry
from models.places import Book
from services.ids import derived
from services.ledger.accounts import (
    account_id,
    open_account,
    open_book_accounts,
    open_member_accounts,
    pool_of,
    standing,
)
from services.ledger.drafts import Draft, HoldDraft, Leg, Posted, Stamp
from services.ledger.holds import hold
from services.ledger.post import post
from services.ledger.streams import snapshot
from services.ledger.verify.whole import Tally, verify_book
from timebank.uow import UnitOfWork

T = TypeVar("T")

BOOK = "330303000000"
NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
CLERK = UUID(int=7)
STAMP = Stamp(NOW, CLERK)
ELDER, OTHER, PROVIDER = (derived("member", name) for name in ("elder", "other", "provider"))
POOL = pool_of(BOOK)
ISSUE = account_id(BOOK, AccountKind.ISSUE)
#: Storage cap in these tests: ten hours.
CEILING = 600


def earned(member: UUID) -> UUID:
    """The member's account of earned coins."""
    return account_id(BOOK, AccountKind.EARNED, member)


def received(member: UUID) -> UUID:
    """The member's account of received coins."""
    return account_id(BOOK, AccountKind.RECEIVED, member)


def granted(member: UUID, period: str = "2026Q1") -> UUID:
    """The member's account of coins granted for a period."""
    return account_id(BOOK, AccountKind.GRANTED, member, period)


@dataclass
class Ledger:
    """The ledger of one database."""

    url: str
    uow: UnitOfWork

    def run(self, work: Callable[[Session], T]) -> T:
        """One unit of work, committed."""
        return self.uow.run(work)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A reading session."""
        with self.uow.read() as session:
            yield session

    def open(self) -> None:
        """The book, its own accounts, and three members."""

        def work(session: Session) -> None:
            session.add(Book(book=BOOK, region_code=BOOK, opened_at=NOW))
            session.flush()
            open_book_accounts(session, BOOK, now=NOW)
            for member in (ELDER, OTHER, PROVIDER):
                open_member_accounts(session, BOOK, member, now=NOW, ceiling_minutes=CEILING)

        self.run(work)

    def open_grant(self, member: UUID, period: str = "2026Q1") -> UUID:
        """An account for granted coins."""
        return self.run(
            lambda session: open_account(
                session, BOOK, AccountKind.GRANTED, now=NOW, owner_id=member, period=period
            )
        )

    def post(self, *legs: tuple[UUID, int], key: str, **fields: Any) -> Posted:
        """Post one transfer in a unit of work of its own."""
        return self.run(lambda session: post(session, [draft(*legs, key=key, **fields)], STAMP))[0]

    def give(self, account: UUID, minutes: int, key: str = "") -> UUID:
        """Minutes out of nowhere (the issue account) into an account."""
        key = key or f"give:{account}:{minutes}"
        return self.post((ISSUE, -minutes), (account, minutes), key=key).transfer_id

    def hold(self, *legs: tuple[UUID, int], key: str) -> UUID:
        """Set minutes aside in a unit of work of its own."""
        return self.run(lambda session: hold(session, hold_draft(*legs, key=key), STAMP))

    def posted(self, account: UUID) -> int:
        """What stands on an account."""
        with self.read() as session:
            return standing(session, BOOK, account).posted_minutes

    def available(self, account: UUID) -> int:
        """What may be spent of an account."""
        with self.read() as session:
            return standing(session, BOOK, account).available_minutes

    def count(self, model: Any) -> int:
        """Rows of a table in the book."""
        with self.read() as session:
            return session.scalars(
                sa.select(sa.func.count()).select_from(model).where(model.book == BOOK)
            ).one()

    def versions(self, account: UUID) -> list[int]:
        """The versions of an account's entries, in order."""
        with self.read() as session:
            return list(
                session.scalars(
                    sa.select(Entry.version)
                    .where(Entry.book == BOOK, Entry.account_id == account)
                    .order_by(Entry.version)
                )
            )

    def held(self, account: UUID) -> int:
        """What is set aside on an account, as kept."""
        with self.read() as session:
            return session.scalars(
                sa.select(Balance.held_minutes).where(Balance.account_id == account)
            ).one()

    def breaches(self) -> list[str]:
        """The codes that a whole check names, in order, each once."""
        with self.read() as session:
            snapshot(session)
            return sorted(self.codes_in(session))

    @staticmethod
    def codes_in(session: Session) -> set[str]:
        """The codes that a whole check names of what a session sees."""
        return {found.code for found in verify_book(session, BOOK, Tally())}

    def assert_clean(self) -> None:
        """The whole check names nothing."""
        with self.read() as session:
            snapshot(session)
            assert list(verify_book(session, BOOK, Tally())) == []


def legs_of(*legs: tuple[UUID, int]) -> tuple[Leg, ...]:
    """Legs from pairs."""
    return tuple(Leg(account, minutes) for account, minutes in legs)


def draft(*legs: tuple[UUID, int], key: str, **fields: Any) -> Draft:
    """A transfer to post."""
    given = {"kind": "test", "effective_at": NOW, **fields}
    return Draft(book=BOOK, key=key, legs=legs_of(*legs), **given)


def hold_draft(*legs: tuple[UUID, int], key: str, **fields: Any) -> HoldDraft:
    """Minutes to set aside."""
    given = {"purpose": "test", "subject_id": UUID(int=1), **fields}
    return HoldDraft(book=BOOK, key=key, legs=legs_of(*legs), **given)
