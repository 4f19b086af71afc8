"""What holds between many pairs of books on a day, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.moving import Succession
from services.corridors.finding import CorridorView, agreements_on, governing, joined, seen_by

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
        else seen_by(governing(agreements, one, other), one, other)
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


def keepers_of(session: Session, books: Iterable[str], day: date) -> dict[str, str]:
    """The county that keeps each book on a day: its own region, or the one that took over."""
    found = {book: book for book in books}
    rows = session.execute(
        sa.select(Succession.book, Succession.new_code)
        .where(Succession.book.in_(found), Succession.from_day <= day)
        .order_by(Succession.from_day)
    )
    found.update((row.book, row.new_code) for row in rows)
    return found
