"""Transfers against their entries, and against the holds they used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Entry, HoldLeg, HoldOutcome, Transfer
from services.ledger.breaches import Breach, Tally
from services.ledger.rows import whole_sum
from services.ledger.streams import grouped, rows_of, side_by_side
from services.ledger.verify.suspects import Suspects, among, broken, unsearched

#: Transfers with more legs than this are always read leg by leg.
_FEW = 40
_NONE = sa.literal_column("0", sa.BigInteger())
_ONE = sa.literal_column("1", sa.BigInteger())

Ids = Sequence[UUID] | None


def check_transfers(session: Session, book: str, _tally: Tally) -> Iterator[Breach]:
    """Every transfer has entries, at least two, that sum to zero; so has the whole book."""
    suspects = Suspects(session)
    suspects.look(_unsound(book))
    suspects.look(_captured_wrongly(book))
    suspects.look(_captured_by_nobody(book))
    for ids in suspects.parts():
        yield from _walk(session, book, ids)
    total = session.scalar(
        sa.select(whole_sum(Entry.amount_minutes)).where(unsearched(Entry.book) == book)
    )
    if total:
        yield Breach("book_not_balanced", book, f"book {book}", {"sum_minutes": total})


def _unsound(book: str) -> sa.Select[Any]:
    """Transfers that are not there once, with balanced legs numbered from 0.

    n powers of two sum to 2^n - 1 only when each of the first n is there once: so one sum
    says that no leg's number is missing or double.
    """
    place = sa.case((Entry.leg < _FEW, _ONE.bitwise_lshift(Entry.leg)), else_=_NONE)
    rows = sa.union_all(
        sa.select(
            Entry.transfer_id.label("id"),
            _NONE.label("heads"),
            _ONE.label("legs"),
            Entry.amount_minutes.label("minutes"),
            place.label("places"),
            sa.case((Entry.amount_minutes == 0, _ONE), else_=_NONE).label("empty"),
        ).where(unsearched(Entry.book) == book),
        sa.select(Transfer.id, _ONE, *[_NONE] * 4).where(Transfer.book == book),
    ).subquery()
    legs = sa.func.sum(rows.c.legs)
    sound = sa.and_(
        sa.func.sum(rows.c.heads) == 1,
        legs.between(2, _FEW),
        sa.func.sum(rows.c.minutes) == 0,
        sa.func.sum(rows.c.places) == _ONE.bitwise_lshift(sa.cast(legs, sa.Integer())) - 1,
        sa.func.sum(rows.c.empty) == 0,
    )
    return sa.select(rows.c.id).group_by(rows.c.id).having(broken(sound))


def _captured_wrongly(book: str) -> sa.Select[Any]:
    """Transfers that took something else from their holds than what they paid."""
    same_hold = sa.and_(HoldLeg.book == HoldOutcome.book, HoldLeg.hold_id == HoldOutcome.hold_id)
    ended = sa.and_(HoldOutcome.book == book, HoldOutcome.transfer_id.is_not(None))
    both = sa.union_all(
        sa.select(
            HoldOutcome.transfer_id.label("id"),
            HoldLeg.account_id,
            HoldLeg.amount_minutes.label("held"),
            _NONE.label("paid"),
        )
        .join(HoldLeg, same_hold)
        .where(ended),
        sa.select(
            Entry.transfer_id, Entry.account_id, _NONE, (-Entry.amount_minutes).label("paid")
        ).where(
            Entry.book == book,
            Entry.amount_minutes < 0,
            Entry.transfer_id.in_(sa.select(HoldOutcome.transfer_id).where(ended)),
        ),
    ).subquery()
    held, paid = whole_sum(both.c.held), whole_sum(both.c.paid)
    taken = (
        sa.select(both.c.id, sa.case((held < paid, held), else_=paid).label("due"))
        .group_by(both.c.id, both.c.account_id)
        .subquery()
    )
    rows = sa.union_all(
        sa.select(taken.c.id, taken.c.due, _NONE.label("kept")),
        sa.select(HoldOutcome.transfer_id, _NONE, HoldOutcome.captured_minutes).where(ended),
    ).subquery()
    agree = sa.func.sum(rows.c.due) == sa.func.sum(rows.c.kept)
    return sa.select(rows.c.id).group_by(rows.c.id).having(broken(agree))


def _captured_by_nobody(book: str) -> sa.Select[Any]:
    known = sa.exists().where(Transfer.book == book, Transfer.id == HoldOutcome.transfer_id)
    return sa.select(HoldOutcome.transfer_id).where(
        HoldOutcome.book == book, HoldOutcome.transfer_id.is_not(None), ~known
    )


def _walk(session: Session, book: str, ids: Ids) -> Iterator[Breach]:
    """What is wrong with these transfers, or with all of them."""
    for transfer_id, (row, legs, captures) in side_by_side(
        _transfers(session, book, ids),
        _entries(session, book, ids),
        _captures(session, book, ids),
    ):
        place = f"transfer {transfer_id}"
        found = list(legs or ())
        if row is None:
            if found:
                yield Breach("entry_without_transfer", book, place, {"legs": len(found)})
            if captures is not None:
                yield Breach("capture_without_transfer", book, place)
            continue
        yield from _check_legs(book, place, found)
        if captures is not None:
            yield from _check_captures(book, place, found, list(captures))


def _check_legs(book: str, place: str, legs: Sequence[Any]) -> Iterator[Breach]:
    if not legs:
        yield Breach("transfer_without_entries", book, place)
        return
    if len(legs) < 2:
        yield Breach("transfer_too_few_legs", book, place, {"legs": len(legs)})
    total = sum(leg.amount_minutes for leg in legs)
    if total:
        yield Breach("transfer_not_balanced", book, place, {"sum_minutes": total})
    if [leg.leg for leg in legs] != list(range(len(legs))):
        yield Breach("leg_missing", book, place)
    if any(leg.amount_minutes == 0 for leg in legs):
        yield Breach("amount_zero", book, place)


def _check_captures(
    book: str, place: str, legs: Sequence[Any], captures: Sequence[Any]
) -> Iterator[Breach]:
    """What its holds gave up is what the transfer took from the accounts they were on."""
    paid: dict[UUID, int] = {}
    for leg in legs:
        if leg.amount_minutes < 0:
            paid[leg.account_id] = paid.get(leg.account_id, 0) - leg.amount_minutes
    held: dict[UUID, int] = {}
    for row in captures:
        if row.account_id is not None:
            held[row.account_id] = held.get(row.account_id, 0) + row.amount_minutes
    due = sum(min(minutes, paid.get(account_id, 0)) for account_id, minutes in held.items())
    kept = sum({row.hold_id: row.captured_minutes for row in captures}.values())
    if kept != due:
        yield Breach("capture_differs", book, place, {"entries_minutes": due, "kept_minutes": kept})


def _transfers(session: Session, book: str, ids: Ids) -> Iterator[tuple[UUID, Any]]:
    statement = (
        sa.select(Transfer.id)
        .where(Transfer.book == book, among(Transfer.id, ids))
        .order_by(Transfer.id)
    )
    # A key that stands twice is named by the check of keys: here one row stands for both.
    return ((key, key) for key, _ in grouped(rows_of(session, statement), lambda row: row.id))


def _entries(session: Session, book: str, ids: Ids) -> Iterator[tuple[UUID, Iterator[Any]]]:
    statement = (
        sa.select(Entry.transfer_id, Entry.leg, Entry.account_id, Entry.amount_minutes)
        .where(Entry.book == book, among(Entry.transfer_id, ids))
        .order_by(Entry.transfer_id, Entry.leg)
    )
    return grouped(rows_of(session, statement), lambda row: row.transfer_id)


def _captures(session: Session, book: str, ids: Ids) -> Iterator[tuple[UUID, Iterator[Any]]]:
    """Legs of the holds that each transfer ended, by transfer."""
    same_hold = sa.and_(HoldLeg.book == HoldOutcome.book, HoldLeg.hold_id == HoldOutcome.hold_id)
    statement = (
        sa.select(
            HoldOutcome.transfer_id,
            HoldOutcome.hold_id,
            HoldOutcome.captured_minutes,
            HoldLeg.account_id,
            HoldLeg.amount_minutes,
        )
        .outerjoin(HoldLeg, same_hold)
        .where(HoldOutcome.book == book, HoldOutcome.transfer_id.is_not(None))
        .where(among(HoldOutcome.transfer_id, ids))
        .order_by(HoldOutcome.transfer_id, HoldOutcome.hold_id)
    )
    return grouped(rows_of(session, statement), lambda row: row.transfer_id)
