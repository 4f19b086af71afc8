"""Holds: legs, and one outcome that says how much of them was used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, Hold, HoldLeg, HoldOutcome, Outcome
from services.ids import derived
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import grouped, rows_of, side_by_side


def check_holds(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    """Every hold has legs on known accounts and ends at most once, within what it held."""
    for hold_id, (row, legs, outcomes) in side_by_side(
        _holds(session, book), _legs(session, book), _outcomes(session, book)
    ):
        place = f"hold {hold_id}"
        kept, ends = list(legs or ()), list(outcomes or ())
        if row is None:
            if kept:
                yield Breach("hold_leg_without_hold", book, place)
            if ends:
                yield Breach("outcome_without_hold", book, place)
            continue
        tally.add("holds")
        if row.id != derived("hold", book, row.idem_key):
            yield Breach("hold_key_differs", book, place)
        if not kept:
            yield Breach("hold_without_legs", book, place)
        if any(leg.known_id is None for leg in kept):
            yield Breach("account_unknown", book, place)
        if len(ends) > 1:
            yield Breach("hold_ended_twice", book, place, {"times": len(ends)})
        held = sum(leg.amount_minutes for leg in kept)
        for end in ends:
            yield from _check_outcome(book, place, end, held)


def _check_outcome(book: str, place: str, end: Any, held: int) -> Iterator[Breach]:
    captured = end.captured_minutes
    if captured > held:
        detail = {"captured_minutes": captured, "held_minutes": held}
        yield Breach("captured_exceeds_hold", book, place, detail)
    if end.outcome == Outcome.CAPTURED.value:
        right = captured > 0 and end.transfer_id is not None
    else:
        right = captured == 0 and end.outcome in (Outcome.RELEASED, Outcome.EXPIRED)
    if not right:
        yield Breach("outcome_wrong", book, place)


def _holds(session: Session, book: str) -> Iterator[tuple[UUID, Any]]:
    statement = sa.select(Hold.id, Hold.idem_key).where(Hold.book == book).order_by(Hold.id)
    return ((row.id, row) for row in rows_of(session, statement))


def _legs(session: Session, book: str) -> Iterator[tuple[UUID, Iterator[Any]]]:
    same = sa.and_(Account.book == HoldLeg.book, Account.id == HoldLeg.account_id)
    statement = (
        sa.select(HoldLeg.hold_id, HoldLeg.amount_minutes, Account.id.label("known_id"))
        .outerjoin(Account, same)
        .where(HoldLeg.book == book)
        .order_by(HoldLeg.hold_id, HoldLeg.leg)
    )
    return grouped(rows_of(session, statement), lambda row: row.hold_id)


def _outcomes(session: Session, book: str) -> Iterator[tuple[UUID, Iterator[Any]]]:
    statement = (
        sa.select(
            HoldOutcome.hold_id,
            sa.type_coerce(HoldOutcome.outcome, sa.String).label("outcome"),
            HoldOutcome.captured_minutes,
            HoldOutcome.transfer_id,
        )
        .where(HoldOutcome.book == book)
        .order_by(HoldOutcome.hold_id)
    )
    return grouped(rows_of(session, statement), lambda row: row.hold_id)
