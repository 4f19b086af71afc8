"""Holds: set minutes aside, give them back. Capture happens in the posting that uses them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Hold, HoldLeg, HoldOutcome, Outcome
from services.ids import derived
from services.ledger.accounts import Standing, standings
from services.ledger.decide import HeldLegs, decide_hold
from services.ledger.drafts import HoldDraft, Leg, Stamp
from services.ledger.rows import (
    held_accounts,
    insert_rows,
    lock_states,
    read_holds,
    save_states,
)


def hold(session: Session, draft: HoldDraft, stamp: Stamp) -> UUID:
    """Set minutes aside and return the hold's id; the same key gives the same hold.

    Raises NotEnough with the shortfall, AccountUnknown, AccountClosed or AmountZero.
    """
    states = lock_states(session, draft.book, {leg.account_id for leg in draft.legs})
    hold_id = derived("hold", draft.book, draft.key)
    known = _held_by_key(session, draft.book, draft.key)
    if known is not None:
        return known
    decide_hold(states, draft)
    session.add(
        Hold(
            book=draft.book,
            id=hold_id,
            purpose=draft.purpose,
            subject_id=draft.subject_id,
            idem_key=draft.key,
            actor_id=stamp.actor_id,
            created_at=stamp.now,
            expires_at=draft.expires_at,
        )
    )
    session.flush()
    insert_rows(
        session,
        HoldLeg,
        [
            {
                "book": draft.book,
                "hold_id": hold_id,
                "leg": place,
                "account_id": leg.account_id,
                "slot": 0,
                "amount_minutes": leg.amount_minutes,
            }
            for place, leg in enumerate(draft.legs)
        ],
    )
    save_states(session, draft.book, states)
    return hold_id


def _held_by_key(session: Session, book: str, key: str) -> UUID | None:
    """The hold that a key has made already; ask under the lock."""
    return session.scalar(sa.select(Hold.id).where(Hold.book == book, Hold.idem_key == key))


def hold_member(
    session: Session, book: str, owner_id: UUID, minutes: int, draft: HoldDraft, stamp: Stamp
) -> tuple[UUID | None, int]:
    """Set aside up to ``minutes`` of a member's coins, in spending order, as far as they go.

    ``draft`` brings everything but the legs. Returns the hold's id (None when there was
    nothing to take) and how many minutes it keeps, counted under the lock.
    """
    found = standings(session, book, owner_id)
    states = lock_states(session, book, {account.account_id for account in found})
    known = _held_by_key(session, book, draft.key)
    if known is not None:
        return known, held_minutes(read_holds(session, book, [known])[known])
    now_there = [
        replace(
            account,
            posted_minutes=states[account.account_id].posted_minutes,
            held_minutes=states[account.account_id].held_minutes,
        )
        for account in found
        if not states[account.account_id].closed
    ]
    legs = spread(now_there, minutes)
    if not legs:
        return None, 0
    whole = replace(draft, legs=legs)
    return hold(session, whole, stamp), whole.total_minutes()


def release(session: Session, book: str, hold_ids: Sequence[UUID], stamp: Stamp) -> None:
    """Give back what these holds keep; a hold that has ended already is left as it is."""
    if not hold_ids:
        return
    states = lock_states(session, book, held_accounts(session, book, hold_ids))
    open_holds = [h for h in read_holds(session, book, hold_ids).values() if not h.ended]
    if not open_holds:
        return
    touched = set()
    for held in open_holds:
        for leg in held.legs:
            states[leg.account_id].held_minutes -= leg.amount_minutes
            touched.add(leg.account_id)
    insert_rows(
        session,
        HoldOutcome,
        [
            {
                "book": book,
                "hold_id": held.hold_id,
                "outcome": Outcome.RELEASED.value,
                "captured_minutes": 0,
                "transfer_id": None,
                "actor_id": stamp.actor_id,
                "at": stamp.now,
            }
            for held in open_holds
        ],
    )
    save_states(session, book, {key: states[key] for key in touched})


def spread(found: Sequence[Standing], minutes: int) -> tuple[Leg, ...]:
    """Take minutes from a member's accounts in spending order, as far as they go."""
    legs: list[Leg] = []
    for account in found:
        part = min(minutes, account.available_minutes)
        if part > 0:
            legs.append(Leg(account.account_id, part))
            minutes -= part
    return tuple(legs)


def payment_legs(held: HeldLegs | None, minutes: int) -> tuple[Leg, ...]:
    """Negative legs that pay ``minutes`` out of a hold, in the order in which it was taken."""
    legs: list[Leg] = []
    for leg in held.legs if held is not None else ():
        part = min(minutes, leg.amount_minutes)
        if part > 0:
            legs.append(Leg(leg.account_id, -part))
            minutes -= part
    if minutes:
        raise ValueError("a payment may not exceed its hold")
    return tuple(legs)


def held_minutes(held: HeldLegs | None) -> int:
    """What a hold keeps in all, 0 without one."""
    return 0 if held is None else sum(leg.amount_minutes for leg in held.legs)
