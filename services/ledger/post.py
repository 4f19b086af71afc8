"""Posting transfers: lock, look up the key, decide, write. One or many, in the order given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Entry, HoldOutcome, Outcome, Transfer
from services.errors import KeyReused
from services.ids import derived
from services.ledger.decide import Plan, decide_transfer
from services.ledger.drafts import AlreadyReversed, Draft, Leg, Posted, Stamp
from services.ledger.rows import (
    held_accounts,
    insert_rows,
    lock_states,
    read_holds,
    save_states,
)

#: Which keys and reversals have been through; made once, see services.ledger.rows.
_KNOWN = sa.select(Transfer.idem_key, Transfer.request_hash, Transfer.reverses_id).where(
    Transfer.book == sa.bindparam("in_book"),
    sa.or_(
        Transfer.idem_key.in_(sa.bindparam("keys", expanding=True)),
        Transfer.reverses_id.in_(sa.bindparam("reverses", expanding=True)),
    ),
)


def post(session: Session, drafts: Sequence[Draft], stamp: Stamp) -> list[Posted]:
    """Post transfers of one book, in order, later ones seeing earlier ones.

    A key that has been through gives its first transfer again; with other content it is
    KeyReused. Any refusal raises (NotEnough, NotBalanced, HoldEnded, …) and the caller's unit
    of work rolls back whole. Post last in a unit of work: the rows stay locked until its end.
    """
    if not drafts:
        return []
    book = drafts[0].book
    if any(draft.book != book for draft in drafts):
        raise ValueError("one call posts in one book")
    hold_ids = sorted({hold_id for draft in drafts for hold_id in draft.captures})
    accounts = held_accounts(session, book, hold_ids)
    for draft in drafts:
        for leg in draft.legs:
            accounts.add(leg.account_id)
            if leg.overflow_id is not None:
                accounts.add(leg.overflow_id)
    states = lock_states(session, book, accounts)
    before = _known(session, book, drafts)
    holds = read_holds(session, book, hold_ids)
    results: list[Posted] = []
    plans: list[tuple[Draft, Plan]] = []
    fresh: dict[str, tuple[Leg, ...]] = {}
    undone: set[UUID] = set()
    for draft in drafts:
        if draft.key in before:
            results.append(_repeated(session, book, draft, before[draft.key], fresh))
            continue
        if draft.reverses_id is not None and draft.reverses_id in undone:
            raise AlreadyReversed
        plan = decide_transfer(states, holds, draft)
        for hold_id in draft.captures:
            holds[hold_id] = _ended(holds[hold_id])
        plans.append((draft, plan))
        legs = tuple(Leg(line.account_id, line.amount_minutes) for line in plan.lines)
        results.append(Posted(transfer_id_of(draft), legs))
        before[draft.key], fresh[draft.key] = draft.request_hash(), legs
        if draft.reverses_id is not None:
            undone.add(draft.reverses_id)
    if plans:
        _write(session, plans, before, stamp)
        touched = {line.account_id for _, plan in plans for line in plan.lines}
        ended = {hold_id for draft, _ in plans for hold_id in draft.captures}
        touched |= {leg.account_id for hold_id in ended for leg in holds[hold_id].legs}
        save_states(session, book, {key: states[key] for key in touched})
    return results


def transfer_id_of(draft: Draft) -> UUID:
    """A transfer's id follows from its book and key."""
    return derived("transfer", draft.book, draft.key)


def _known(session: Session, book: str, drafts: Sequence[Draft]) -> dict[str, str]:
    """Keys of these drafts that have been through, with the hash of their content."""
    wanted = {
        "in_book": book,
        "keys": [draft.key for draft in drafts],
        "reverses": [draft.reverses_id for draft in drafts if draft.reverses_id is not None],
    }
    rows = session.connection().execute(_KNOWN, wanted).all()
    known = {row.idem_key: row.request_hash for row in rows}
    undone = {row.reverses_id for row in rows if row.reverses_id is not None}
    for draft in drafts:
        if draft.reverses_id in undone and known.get(draft.key) != draft.request_hash():
            raise AlreadyReversed
    return known


def _repeated(
    session: Session,
    book: str,
    draft: Draft,
    request_hash: str,
    fresh: Mapping[str, tuple[Leg, ...]],
) -> Posted:
    """The first answer again; ``fresh`` has what this very call is about to write."""
    if request_hash != draft.request_hash():
        raise KeyReused
    transfer_id = transfer_id_of(draft)
    if draft.key in fresh:
        return Posted(transfer_id, fresh[draft.key], repeated=True)
    rows = session.execute(
        sa.select(Entry.account_id, Entry.amount_minutes)
        .where(Entry.book == book, Entry.transfer_id == transfer_id)
        .order_by(Entry.leg)
    )
    return Posted(transfer_id, tuple(Leg(*row) for row in rows), repeated=True)


def _ended(hold: Any) -> Any:
    return type(hold)(hold.hold_id, hold.legs, ended=True)


def _write(
    session: Session,
    plans: Sequence[tuple[Draft, Plan]],
    hashes: Mapping[str, str],
    stamp: Stamp,
) -> None:
    """Entries first: the transfer row closes them, and the database proves the sum there."""
    entries = [row for draft, plan in plans for row in _entry_rows(draft, plan)]
    transfers = [_transfer_row(draft, hashes[draft.key], stamp) for draft, _ in plans]
    outcomes = [row for draft, plan in plans for row in _outcome_rows(draft, plan, stamp)]
    insert_rows(session, Entry, entries)
    insert_rows(session, Transfer, transfers)
    insert_rows(session, HoldOutcome, outcomes)


def _entry_rows(draft: Draft, plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "book": draft.book,
            "transfer_id": transfer_id_of(draft),
            "leg": place,
            "account_id": line.account_id,
            "slot": 0,
            "amount_minutes": line.amount_minutes,
            "version": line.version,
            "balance_after_minutes": line.balance_after_minutes,
        }
        for place, line in enumerate(plan.lines)
    ]


def _transfer_row(draft: Draft, request_hash: str, stamp: Stamp) -> dict[str, Any]:
    return {
        "book": draft.book,
        "id": transfer_id_of(draft),
        "kind": draft.kind,
        "idem_key": draft.key,
        "request_hash": request_hash,
        "effective_at": draft.effective_at,
        "posted_at": stamp.now,
        "actor_id": stamp.actor_id,
        "acting_for_id": draft.acting_for_id,
        "reason": draft.reason,
        "link_id": draft.link_id,
        "reverses_id": draft.reverses_id,
        "valuation_id": draft.valuation_id,
    }


def _outcome_rows(draft: Draft, plan: Plan, stamp: Stamp) -> list[dict[str, Any]]:
    """A hold of which nothing was taken has been released, in the same act."""
    return [
        {
            "book": draft.book,
            "hold_id": hold_id,
            "outcome": (Outcome.CAPTURED if minutes else Outcome.RELEASED).value,
            "captured_minutes": minutes,
            "transfer_id": transfer_id_of(draft),
            "actor_id": stamp.actor_id,
            "at": stamp.now,
        }
        for hold_id, minutes in plan.captured_minutes.items()
    ]
