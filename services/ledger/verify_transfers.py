"""Transfers against their entries, against the holds they used, and reversals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.ledger import Entry, HoldLeg, HoldOutcome, Transfer
from services.ids import derived
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import grouped, rows_of, side_by_side


def check_transfers(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    """Every transfer has entries, at least two, that sum to zero; so has the whole book."""
    total = 0
    for transfer_id, (row, legs, captures) in side_by_side(
        _transfers(session, book), _entries(session, book), _captures(session, book)
    ):
        place = f"transfer {transfer_id}"
        found = list(legs or ())
        tally.add("entries", len(found))
        total += sum(leg.amount_minutes for leg in found)
        if row is None:
            if found:
                yield Breach("entry_without_transfer", book, place, {"legs": len(found)})
            if captures is not None:
                yield Breach("capture_without_transfer", book, place)
            continue
        tally.add("transfers")
        yield from _check_legs(book, place, found)
        if row.id != derived("transfer", book, row.idem_key):
            yield Breach("transfer_key_differs", book, place)
        if captures is not None:
            yield from _check_captures(book, place, found, list(captures))
    if total:
        yield Breach("book_not_balanced", book, f"book {book}", {"sum_minutes": total})


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


def _transfers(session: Session, book: str) -> Iterator[tuple[UUID, Any]]:
    statement = (
        sa.select(Transfer.id, Transfer.idem_key).where(Transfer.book == book).order_by(Transfer.id)
    )
    return ((row.id, row) for row in rows_of(session, statement))


def _entries(session: Session, book: str) -> Iterator[tuple[UUID, Iterator[Any]]]:
    statement = (
        sa.select(Entry.transfer_id, Entry.leg, Entry.account_id, Entry.amount_minutes)
        .where(Entry.book == book)
        .order_by(Entry.transfer_id, Entry.leg)
    )
    return grouped(rows_of(session, statement), lambda row: row.transfer_id)


def _captures(session: Session, book: str) -> Iterator[tuple[UUID, Iterator[Any]]]:
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
        .order_by(HoldOutcome.transfer_id, HoldOutcome.hold_id)
    )
    return grouped(rows_of(session, statement), lambda row: row.transfer_id)


def check_reversals(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    """A reversal has exactly the opposite legs of a transfer that no other one reverses."""
    for reversal_id, (undoing, undone, target) in side_by_side(
        _legs_of_reversals(session, book, Transfer.id),
        _legs_of_reversals(session, book, Transfer.reverses_id),
        _targets(session, book),
    ):
        tally.add("reversals")
        place = f"transfer {reversal_id}"
        if target is None or target.id is None:
            yield Breach("reversal_of_unknown", book, place)
            continue
        if target.reverses_id is not None:
            yield Breach("reversal_of_reversal", book, place)
        if _signed(undoing, -1) != _signed(undone, 1):
            yield Breach("reversal_not_opposite", book, place)
    times = sa.func.count()
    for row in session.execute(
        sa.select(Transfer.reverses_id, times.label("times"))
        .where(Transfer.book == book, Transfer.reverses_id.is_not(None))
        .group_by(Transfer.reverses_id)
        .having(times > 1)
    ):
        place = f"transfer {row.reverses_id}"
        yield Breach("reversed_twice", book, place, {"times": row.times})


def _signed(legs: Iterable[Any] | None, sign: int) -> list[tuple[UUID, int]]:
    return sorted((leg.account_id, sign * leg.amount_minutes) for leg in legs or ())


def _legs_of_reversals(
    session: Session, book: str, of: Any
) -> Iterator[tuple[UUID, Iterator[Any]]]:
    """Legs of each reversal, or of what it reverses, by the reversal's id."""
    statement = (
        sa.select(Transfer.id, Entry.account_id, Entry.amount_minutes)
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == of))
        .where(Transfer.book == book, Transfer.reverses_id.is_not(None))
        .order_by(Transfer.id, Entry.leg)
    )
    return grouped(rows_of(session, statement), lambda row: row.id)


def _targets(session: Session, book: str) -> Iterator[tuple[UUID, Any]]:
    target = aliased(Transfer)
    statement = (
        sa.select(Transfer.id.label("reversal_id"), target.id, target.reverses_id)
        .outerjoin(target, sa.and_(target.book == Transfer.book, target.id == Transfer.reverses_id))
        .where(Transfer.book == book, Transfer.reverses_id.is_not(None))
        .order_by(Transfer.id)
    )
    return ((row.reversal_id, row) for row in rows_of(session, statement))
