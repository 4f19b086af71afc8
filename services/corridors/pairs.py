"""What holds between many pairs of books on a day, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import Corridor
from models.places import Book
from models.reserve import FundRecord
from services.corridors.finding import (
    CorridorView,
    agreements_on,
    governing,
    holding,
    joined,
    keeper_of,
    keepers_of,
    scopes_of,
    seen_by,
)
from services.places.keeping import keepers as kept_by_others

#: A payer's book and the book of whom it pays.
Pair = tuple[str, str]
NOT_JOINED, SHUT = "not_joined", "corridor_shut"


def views_of(session: Session, pairs: Collection[Pair], day: date) -> dict[Pair, CorridorView]:
    """What holds between each pair, as its first book sees it; caps and funds aside."""
    wanted = {pair for pair in pairs if pair[0] != pair[1]}
    if not wanted:
        return {}
    keepers = keepers_of(session, {book for pair in wanted for book in pair}, day)
    agreements = agreements_on(session, day)
    return {
        (one, other): CorridorView(None, one, other, None, True, True, None, None)
        if keepers[one] == keepers[other]
        else seen_by(governing(agreements, one, other, keepers), one, other)
        for one, other in wanted
    }


def barriers(session: Session, pairs: Collection[Pair], day: date) -> dict[Pair, str]:
    """Why the first book of a pair may not be debited for the second; open pairs are left out."""
    views = views_of(session, pairs, day)
    if not views:
        return {}
    there = joined(session, {book for pair in views for book in pair})
    found: dict[Pair, str] = {}
    for pair, view in views.items():
        if view.is_kept_together:
            continue
        if not there.issuperset(pair):
            found[pair] = NOT_JOINED
        elif not view.pays(pair[0]):
            found[pair] = SHUT
    return found


def payers_of(session: Session, payee_book: str, day: date) -> dict[str, CorridorView]:
    """Every book that may be debited for one book today, with what holds between the two."""
    codes = scopes_of(payee_book, keeper_of(session, payee_book, day))
    mine = sa.or_(Corridor.one_code.in_(codes), Corridor.other_code.in_(codes))
    agreements = list(session.scalars(sa.select(Corridor).where(holding(day), mine)))
    there = set(
        session.scalars(
            sa.select(FundRecord.book)
            .where(FundRecord.signed_at.is_not(None))
            .distinct()
            .execution_options(cross_book=True)
        )
    )
    found = {
        book: CorridorView(None, book, payee_book, None, True, True, None, None)
        for book in _kept_beside(session, payee_book, day)
    }
    if payee_book in there:
        keepers = keepers_of(session, there, day)
        for book in there - found.keys() - {payee_book}:
            agreed = governing(agreements, book, payee_book, keepers)
            found[book] = seen_by(agreed, book, payee_book)
    return {book: view for book, view in sorted(found.items()) if view.pays(book)}


def _kept_beside(session: Session, book: str, day: date) -> set[str]:
    """Other books of the county that keeps this one."""
    keeper = keeper_of(session, book, day)
    kept = {each for each, by in kept_by_others(session, day).items() if by == keeper} | {keeper}
    return set(session.scalars(sa.select(Book.book).where(Book.book.in_(kept - {book}))))
