"""Transfers between books: one in each, balanced by itself, through the pair of clearing accounts.

Book A's clearing account for B says what A owes B (positive) or is owed; the one in B for A is its
mirror. Both halves are written in one database transaction, the books in their order, and carry
the same ``link_id``; a payment for somebody in a third book has three halves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance
from services.ids import derived
from services.ledger.accounts import account_id
from services.ledger.drafts import Draft, Leg, NotBalanced, Posted, Stamp
from services.ledger.post import post

#: Balance rows that writers of one pair spread over.
CLEARING_SLOTS = 8


@dataclass(frozen=True, slots=True)
class Crossing:
    """Minutes that go from one book to another: which draft gives them, and which takes them."""

    from_book: str
    to_book: str
    minutes: int


def clearing_account(book: str, counter_book: str) -> UUID:
    """The account of a book that mirrors what stands between it and another book."""
    return account_id(book, AccountKind.CLEARING, period=counter_book)


def open_clearing(session: Session, book: str, counter_book: str, *, now: datetime) -> None:
    """Open both mirrors of a pair of books, which have no floor; open ones are left alone.

    Two first acts of a pair may come at once: whoever is second waits and finds them open.
    """
    if book == counter_book:
        raise ValueError("a book does not clear with itself")
    for own, other in sorted(((book, counter_book), (counter_book, book))):
        if session.get(Account, (own, clearing_account(own, other))) is None:
            _open(session, own, other, now)


def _open(session: Session, book: str, counter_book: str, now: datetime) -> None:
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    key = clearing_account(book, counter_book)
    account = {
        "book": book,
        "id": key,
        "kind": AccountKind.CLEARING,
        "owner_id": None,
        "period": counter_book,
        "floor_minutes": None,
        "ceiling_minutes": None,
        "slots": CLEARING_SLOTS,
        "opened_at": now,
        "closed_at": None,
    }
    claimed = insert(Account).on_conflict_do_nothing().returning(sa.literal(1))
    if not session.connection().execute(claimed, [account]).all():
        return
    session.add_all(
        Balance(
            book=book,
            account_id=key,
            slot=slot,
            posted_minutes=0,
            held_minutes=0,
            floor_minutes=None,
            version=0,
        )
        for slot in range(CLEARING_SLOTS)
    )
    session.flush()


def cleared_with(session: Session, book: str) -> list[str]:
    """The books that a book has a clearing account for."""
    return list(
        session.scalars(
            sa.select(Account.period)
            .where(Account.book == book, Account.kind == AccountKind.CLEARING)
            .order_by(Account.period)
        )
    )


def link_of(book: str, key: str) -> UUID:
    """What ties the halves of an act: it follows from the payer's book and the act's key."""
    return derived("link", book, key)


def gives(book: str, to_book: str, minutes: int) -> Leg:
    """The clearing leg of the half that is debited: its book owes so much more."""
    return Leg(clearing_account(book, to_book), minutes)


def takes(book: str, from_book: str, minutes: int) -> Leg:
    """The clearing leg of the half that is credited: its book is owed so much more."""
    return Leg(clearing_account(book, from_book), -minutes)


def post_linked(
    session: Session,
    drafts: Sequence[Draft],
    crossings: Sequence[Crossing],
    link_id: UUID,
    stamp: Stamp,
) -> dict[str, list[Posted]]:
    """Post drafts of several books under one link, all or none; returns them by book, in order.

    ``crossings`` say what goes from which book to which: every clearing leg has to come from one
    of them, and each pair has to cancel out, otherwise NotBalanced is raised and nothing is
    written. Refusals are those of :func:`services.ledger.post.post`. Post last in a unit of work.
    """
    require_mirrored(drafts, crossings)
    return post_by_book(session, [replace(draft, link_id=link_id) for draft in drafts], stamp)


def post_by_book(
    session: Session, drafts: Sequence[Draft], stamp: Stamp
) -> dict[str, list[Posted]]:
    """Post drafts of several books that carry their links already, the books in their order."""
    ordered = sorted(drafts, key=lambda draft: draft.book)
    done: dict[str, list[Posted]] = {}
    for book, of_book in groupby(ordered, key=lambda draft: draft.book):
        done[book] = post(session, list(of_book), stamp)
    return done


def require_mirrored(drafts: Sequence[Draft], crossings: Sequence[Crossing]) -> None:
    """Raise NotBalanced unless every book's clearing legs come to what the crossings say."""
    wanted: dict[tuple[str, UUID], int] = defaultdict(int)
    for each in crossings:
        if each.minutes <= 0:
            raise NotBalanced
        wanted[each.from_book, clearing_account(each.from_book, each.to_book)] += each.minutes
        wanted[each.to_book, clearing_account(each.to_book, each.from_book)] -= each.minutes
    mirrors: dict[tuple[str, UUID], int] = defaultdict(int)
    known = _mirrors_of({draft.book for draft in drafts})
    for draft in drafts:
        for leg in draft.legs:
            if leg.account_id in known:
                mirrors[draft.book, leg.account_id] += leg.amount_minutes
    if {key: sum_ for key, sum_ in mirrors.items() if sum_} != {
        key: sum_ for key, sum_ in wanted.items() if sum_
    }:
        raise NotBalanced


def _mirrors_of(books: set[str]) -> Mapping[UUID, tuple[str, str]]:
    """Every clearing account that these books may have for each other."""
    return {
        clearing_account(one, other): (one, other)
        for one in books
        for other in books
        if one != other
    }
