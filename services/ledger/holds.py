"""Holds: set minutes aside, give them back. Capture happens in the posting that uses them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import AccountKind, Hold, HoldLeg, HoldOutcome, Outcome
from services.errors import KeyReused
from services.ids import derived
from services.ledger.accounts import Standing, standing, standings
from services.ledger.decide import AccountState, HeldLeg, HeldLegs, decide_hold
from services.ledger.drafts import HoldDraft, HoldEnded, Leg, Stamp
from services.ledger.drafts import spread as spread_of
from services.ledger.expiry import lock_accounts
from services.ledger.rows import held_places, insert_rows, read_holds, save_rows


def hold(session: Session, draft: HoldDraft, stamp: Stamp) -> UUID:
    """Set minutes aside and return the hold's id; the same key gives the same hold.

    Raises NotEnough with the shortfall, AccountUnknown, AccountClosed or AmountZero, and KeyReused
    when the key has been used for another hold.
    """
    accounts = lock_accounts(
        session,
        draft.book,
        {leg.account_id for leg in draft.legs},
        {spread_of(draft.key)},
        stamp,
    )
    request_hash = draft.request_hash()
    known = _held_by_key(session, draft.book, draft.key, request_hash)
    if known is not None:
        return known
    return _write(session, draft, accounts, request_hash, stamp)


def _write(
    session: Session,
    draft: HoldDraft,
    accounts: dict[UUID, AccountState],
    request_hash: str,
    stamp: Stamp,
) -> UUID:
    legs = decide_hold(accounts, draft, stamp.now)
    hold_id = _insert(session, draft, legs, request_hash, stamp)
    save_rows(session, draft.book, accounts)
    return hold_id


def _insert(
    session: Session,
    draft: HoldDraft,
    legs: Sequence[HeldLeg],
    request_hash: str,
    stamp: Stamp,
) -> UUID:
    hold_id = derived("hold", draft.book, draft.key)
    row = {
        "book": draft.book,
        "id": hold_id,
        "purpose": draft.purpose,
        "subject_id": draft.subject_id,
        "idem_key": draft.key,
        "request_hash": request_hash,
        "actor_id": stamp.actor_id,
        "created_at": stamp.now,
        "expires_at": draft.expires_at,
    }
    insert_rows(session, Hold, [row])
    insert_rows(
        session,
        HoldLeg,
        [
            {
                "book": draft.book,
                "hold_id": hold_id,
                "leg": place,
                "account_id": leg.account_id,
                "slot": leg.slot,
                "amount_minutes": leg.amount_minutes,
            }
            for place, leg in enumerate(legs)
        ],
    )
    return hold_id


def _held_by_key(session: Session, book: str, key: str, request_hash: str) -> UUID | None:
    """The hold that a key has made already; ask under the lock. Older holds have no hash."""
    row = session.execute(
        sa.select(Hold.id, Hold.request_hash).where(Hold.book == book, Hold.idem_key == key)
    ).one_or_none()
    if row is None:
        return None
    if row.request_hash not in ("", request_hash):
        raise KeyReused
    found: UUID = row.id
    return found


def hold_member(
    session: Session,
    book: str,
    owner_id: UUID,
    minutes: int,
    draft: HoldDraft,
    stamp: Stamp,
    *,
    ended: Callable[[str], bool] | None = None,
    first: Leg | None = None,
) -> tuple[UUID | None, int]:
    """Set aside up to ``minutes`` of a member's coins, in spending order, as far as they go.

    ``draft`` brings everything but the legs. ``ended`` says of which periods the grants have run
    out: what no job has taken back yet is not the member's any more. ``first`` is somebody else's
    account that pays before the member's own, and the most that it pays. Returns the hold's id
    (None when there was nothing to take) and how many minutes it keeps, counted under the lock.
    """
    found = [
        each
        for each in standings(session, book, owner_id, now=stamp.now)
        if each.kind is not AccountKind.GRANTED or ended is None or not ended(each.period)
    ]
    if first is not None:
        found = [standing(session, book, first.account_id), *found]
    accounts = lock_accounts(
        session, book, [each.account_id for each in found], {spread_of(draft.key)}, stamp
    )
    request_hash = draft.request_hash(asked_minutes=minutes)
    known = _held_by_key(session, book, draft.key, request_hash)
    if known is not None:
        return known, held_minutes(read_holds(session, book, [known])[known])
    now_there = [
        _locked(each, accounts[each.account_id])
        for each in found
        if not accounts[each.account_id].closed
    ]
    legs = spread(now_there, minutes, first)
    if not legs:
        return None, 0
    whole = replace(draft, legs=legs)
    return _write(session, whole, accounts, request_hash, stamp), whole.total_minutes()


def hold_account(
    session: Session, book: str, account: UUID, minutes: int, draft: HoldDraft, stamp: Stamp
) -> tuple[UUID | None, int]:
    """Set aside up to ``minutes`` of one account, as far as they go, whoever owns it.

    The answer is that of ``hold_member``: None and 0 where there is nothing to take.
    """
    accounts = lock_accounts(session, book, {account}, {spread_of(draft.key)}, stamp)
    request_hash = draft.request_hash(asked_minutes=minutes)
    known = _held_by_key(session, book, draft.key, request_hash)
    if known is not None:
        return known, held_minutes(read_holds(session, book, [known])[known])
    if accounts[account].closed:
        return None, 0
    legs = spread([_locked(standing(session, book, account), accounts[account])], minutes)
    if not legs:
        return None, 0
    whole = replace(draft, legs=legs)
    return _write(session, whole, accounts, request_hash, stamp), whole.total_minutes()


def _locked(standing: Standing, account: AccountState) -> Standing:
    """A standing as it is under the lock."""
    return replace(
        standing,
        posted_minutes=sum(row.posted_minutes for row in account.rows.values()),
        held_minutes=sum(row.held_minutes for row in account.rows.values()),
    )


def release(session: Session, book: str, hold_ids: Sequence[UUID], stamp: Stamp) -> None:
    """Give back what these holds keep; a hold that has ended already is left as it is."""
    if not hold_ids:
        return
    session.flush()
    places = held_places(session, book, hold_ids)
    accounts = lock_accounts(session, book, (), (), stamp, places=places)
    open_holds = [h for h in read_holds(session, book, hold_ids).values() if not h.ended]
    if not open_holds:
        return
    for held in open_holds:
        for leg in held.legs:
            row = accounts[leg.account_id].rows[leg.slot]
            row.held_minutes -= leg.amount_minutes
            row.changed = True
    _end(session, book, open_holds, stamp)
    save_rows(session, book, accounts)


def _end(session: Session, book: str, open_holds: Sequence[HeldLegs], stamp: Stamp) -> None:
    """Write that these holds were released."""
    outcomes = [
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
    ]
    insert_rows(session, HoldOutcome, outcomes)


def keep(session: Session, book: str, hold_id: UUID, key: str, stamp: Stamp) -> UUID:
    """Let a hold run on without an end: the same minutes under a new hold, whose id is returned.

    Raises HoldEnded when it has ended, or run out, by now.
    """
    places = held_places(session, book, [hold_id])
    accounts = lock_accounts(session, book, (), (), stamp, places=places)
    held = read_holds(session, book, [hold_id])[hold_id]
    if held.ended or not held.legs:
        raise HoldEnded
    old = session.get_one(Hold, (book, hold_id))
    kept = HoldDraft(
        book=book,
        purpose=old.purpose,
        subject_id=old.subject_id,
        key=key,
        legs=tuple(Leg(leg.account_id, leg.amount_minutes) for leg in held.legs),
    )
    _end(session, book, [held], stamp)
    new_id = _insert(session, kept, held.legs, kept.request_hash(), stamp)
    save_rows(session, book, accounts)
    return new_id


def spread(found: Sequence[Standing], minutes: int, first: Leg | None = None) -> tuple[Leg, ...]:
    """Take minutes from accounts in the order given, as far as they go; ``first`` has a limit."""
    legs: list[Leg] = []
    for account in found:
        part = min(minutes, account.available_minutes)
        if first is not None and account.account_id == first.account_id:
            part = min(part, first.amount_minutes)
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
