"""Holds: legs, and one outcome that says how much of them was used, and not too early."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import UtcDateTime
from models.ledger import Account, Hold, HoldLeg, HoldOutcome, Outcome
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import grouped, rows_of, side_by_side
from services.ledger.verify.suspects import Suspects, among, broken, is_whole

_NONE = sa.literal_column("0", sa.BigInteger())
_ONE = sa.literal_column("1", sa.BigInteger())

Ids = Sequence[UUID] | None


def check_holds(session: Session, book: str, _tally: Tally) -> Iterator[Breach]:
    """Every hold has legs on known accounts and ends at most once, within what it held."""
    suspects = Suspects(session)
    suspects.look(_unsound(book))
    for ids in suspects.parts():
        yield from _walk(session, book, ids)


def _unsound(book: str) -> sa.Select[Any]:
    """Holds that are not there once, with whole legs on accounts, ended at most once as told."""
    known = sa.and_(Account.book == HoldLeg.book, Account.id == HoldLeg.account_id)
    whole = sa.and_(Account.id.is_not(None), is_whole(HoldLeg.amount_minutes))
    outcome, captured = HoldOutcome.outcome, HoldOutcome.captured_minutes
    told = sa.or_(
        sa.and_(outcome == Outcome.CAPTURED, captured > 0, HoldOutcome.transfer_id.is_not(None)),
        sa.and_(outcome.in_((Outcome.RELEASED, Outcome.EXPIRED)), captured == 0),
    )
    expired = sa.case((outcome == Outcome.EXPIRED, HoldOutcome.at))
    rows = sa.union_all(
        _row(Hold.id, heads=_ONE, until=Hold.expires_at).where(Hold.book == book),
        _row(
            HoldLeg.hold_id,
            legs=_ONE,
            held=HoldLeg.amount_minutes,
            wrong=sa.case((whole, _NONE), else_=_ONE),
        )
        .outerjoin(Account, known)
        .where(HoldLeg.book == book),
        _row(
            HoldOutcome.hold_id,
            ends=_ONE,
            used=captured,
            wrong=sa.case((told, _NONE), else_=_ONE),
            expired=expired,
        ).where(HoldOutcome.book == book),
    ).subquery()
    total = {name: sa.func.sum(rows.c[name]) for name in _COUNTS}
    expired_at = sa.func.max(rows.c.expired, type_=UtcDateTime())
    sound = sa.and_(
        total["heads"] == 1,
        total["legs"] >= 1,
        total["ends"] <= 1,
        total["wrong"] == 0,
        total["used"] <= total["held"],
        sa.or_(expired_at.is_(None), expired_at >= sa.func.max(rows.c.until)),
    )
    return sa.select(rows.c.id).group_by(rows.c.id).having(broken(sound))


_COUNTS = ("heads", "legs", "held", "wrong", "ends", "used")


def _row(key: Any, **values: Any) -> sa.Select[Any]:
    never = sa.cast(sa.null(), UtcDateTime())
    return sa.select(
        key.label("id"),
        *(values.get(name, _NONE).label(name) for name in _COUNTS),
        *(values.get(name, never).label(name) for name in ("until", "expired")),
    )


def _walk(session: Session, book: str, ids: Ids) -> Iterator[Breach]:
    """What is wrong with these holds, or with all of them."""
    for hold_id, (row, legs, outcomes) in side_by_side(
        _holds(session, book, ids), _legs(session, book, ids), _outcomes(session, book, ids)
    ):
        place = f"hold {hold_id}"
        kept, ends = list(legs or ()), list(outcomes or ())
        if row is None:
            if kept:
                yield Breach("hold_leg_without_hold", book, place)
            if ends:
                yield Breach("outcome_without_hold", book, place)
            continue
        if not kept:
            yield Breach("hold_without_legs", book, place)
        if any(leg.known_id is None for leg in kept):
            yield Breach("account_unknown", book, place)
        if len(ends) > 1:
            yield Breach("hold_ended_twice", book, place, {"times": len(ends)})
        held = sum(leg.amount_minutes for leg in kept)
        for end in ends:
            yield from _check_outcome(book, place, row, end, held)


def _check_outcome(book: str, place: str, hold: Any, end: Any, held: int) -> Iterator[Breach]:
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
    if end.outcome == Outcome.EXPIRED.value and (
        hold.expires_at is None or end.at < hold.expires_at
    ):
        yield Breach("expired_too_early", book, place)


def _holds(session: Session, book: str, ids: Ids) -> Iterator[tuple[UUID, Any]]:
    statement = (
        sa.select(Hold.id, Hold.expires_at)
        .where(Hold.book == book, among(Hold.id, ids))
        .order_by(Hold.id)
    )
    return ((row.id, row) for row in rows_of(session, statement))


def _legs(session: Session, book: str, ids: Ids) -> Iterator[tuple[UUID, Iterator[Any]]]:
    same = sa.and_(Account.book == HoldLeg.book, Account.id == HoldLeg.account_id)
    statement = (
        sa.select(HoldLeg.hold_id, HoldLeg.amount_minutes, Account.id.label("known_id"))
        .outerjoin(Account, same)
        .where(HoldLeg.book == book, among(HoldLeg.hold_id, ids))
        .order_by(HoldLeg.hold_id, HoldLeg.leg)
    )
    return grouped(rows_of(session, statement), lambda row: row.hold_id)


def _outcomes(session: Session, book: str, ids: Ids) -> Iterator[tuple[UUID, Iterator[Any]]]:
    statement = (
        sa.select(
            HoldOutcome.hold_id,
            sa.type_coerce(HoldOutcome.outcome, sa.String).label("outcome"),
            HoldOutcome.captured_minutes,
            HoldOutcome.transfer_id,
            HoldOutcome.at,
        )
        .where(HoldOutcome.book == book, among(HoldOutcome.hold_id, ids))
        .order_by(HoldOutcome.hold_id)
    )
    return grouped(rows_of(session, statement), lambda row: row.hold_id)
