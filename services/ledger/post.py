"""Posting transfers: lock, look up the key, decide, write. One or ten thousand, in their order.

A single transfer on PostgreSQL is one call of ``timebank_post``, so that no row stays locked
across the network; everything else is decided here, by ``services.ledger.decide``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Entry, HoldOutcome, Outcome, Transfer
from services.errors import DomainError, KeyReused
from services.ids import derived
from services.ledger import posting_call
from services.ledger.decide import (
    AccountState,
    HeldLegs,
    Plan,
    check_shape,
    decide_transfer,
    ends_of,
)
from services.ledger.drafts import AlreadyReversed, Draft, Leg, Posted, Stamp, spread
from services.ledger.expiry import lock_accounts
from services.ledger.rows import (
    held_places,
    insert_columns,
    is_postgresql,
    read_holds,
    save_rows,
)
from services.ledger.writing import count_posted, insert_transfers

#: Which keys and reversals have been through; made once, see services.ledger.rows.
_BY_KEY = sa.select(Transfer.idem_key, Transfer.request_hash).where(
    Transfer.book == sa.bindparam("in_book"),
    Transfer.idem_key.in_(sa.bindparam("keys", expanding=True)),
)
_BY_KEY_POSTGRESQL = """
SELECT w.key, t.request_hash FROM unnest(%s::text[]) AS w (key)
CROSS JOIN LATERAL (
  SELECT request_hash FROM transfers WHERE book = %s AND idem_key = w.key LIMIT 1) AS t
"""
_REVERSED = sa.select(Transfer.reverses_id).where(
    Transfer.book == sa.bindparam("in_book"),
    Transfer.reverses_id.in_(sa.bindparam("reverses", expanding=True)),
)


def post(session: Session, drafts: Sequence[Draft], stamp: Stamp) -> list[Posted]:
    """Post transfers of one book, in order, later ones seeing earlier ones; all or nothing.

    A key that has been through gives its first transfer again; with other content it is
    KeyReused. Any refusal raises (NotEnough, AboveCeiling, NotBalanced, HoldEnded, …) and the
    caller's unit of work rolls back whole. Post last in a unit of work: the rows stay locked
    until its end.
    """
    results: list[Posted] = []
    for result in _post(session, drafts, stamp, stop=True):
        assert isinstance(result, Posted)
        results.append(result)
    return results


def post_each(
    session: Session, drafts: Sequence[Draft], stamp: Stamp
) -> list[Posted | DomainError]:
    """Post transfers of one book, each with its own result: what is refused writes nothing.

    Later ones see earlier ones that were posted. The refusals are given back, not raised.
    """
    return _post(session, drafts, stamp, stop=False)


def transfer_id_of(draft: Draft) -> UUID:
    """A transfer's id follows from its book and key."""
    return derived("transfer", draft.book, draft.key)


def _post(
    session: Session, drafts: Sequence[Draft], stamp: Stamp, *, stop: bool
) -> list[Posted | DomainError]:
    if not drafts:
        return []
    book = drafts[0].book
    if any(draft.book != book for draft in drafts):
        raise ValueError("one call posts in one book")
    session.flush()
    if len(drafts) == 1 and posting_call.is_there(session):
        result = posting_call.post_one(session, drafts[0], transfer_id_of(drafts[0]), stamp)
        if stop and isinstance(result, DomainError):
            raise result
        if isinstance(result, Posted) and not result.repeated:
            count_posted(session, 1)
        return [result]
    hold_ids = sorted({hold_id for draft in drafts for hold_id in draft.captures})
    wanted = {account for draft in drafts for account in ends_of(draft)}
    accounts = lock_accounts(
        session,
        book,
        wanted,
        {spread(draft.key) for draft in drafts},
        stamp,
        places=held_places(session, book, hold_ids),
    )
    batch = _Batch(session, book, stamp, accounts, read_holds(session, book, hold_ids))
    batch.look_up(drafts)
    results: list[Posted | DomainError] = []
    for draft in drafts:
        try:
            results.append(batch.post(draft))
        except DomainError as refusal:
            if stop:
                raise
            results.append(refusal)
    batch.write()
    return results


@dataclass
class _Batch:
    """What one call of the posting core knows and is about to write."""

    session: Session
    book: str
    stamp: Stamp
    accounts: dict[UUID, AccountState]
    holds: dict[UUID, HeldLegs]
    #: Hash of the content of every key that has been through, before or in this call.
    hashes: dict[str, str] = field(default_factory=dict)
    undone: set[UUID] = field(default_factory=set)
    plans: dict[str, tuple[Draft, UUID, Plan]] = field(default_factory=dict)

    def look_up(self, drafts: Sequence[Draft]) -> None:
        """Which keys, and which reversals, have been through; call after the rows are locked."""
        connection = self.session.connection()
        keys = [draft.key for draft in drafts]
        if is_postgresql(self.session):
            known = connection.exec_driver_sql(_BY_KEY_POSTGRESQL, (keys, self.book))
        else:
            known = connection.execute(_BY_KEY, {"in_book": self.book, "keys": keys})
        self.hashes.update((key, found) for key, found in known)
        reverses = [draft.reverses_id for draft in drafts if draft.reverses_id is not None]
        if reverses:
            wanted = {"in_book": self.book, "reverses": reverses}
            found = connection.execute(_REVERSED, wanted).scalars()
            self.undone.update(key for key in found if key is not None)

    def post(self, draft: Draft) -> Posted:
        """Decide one draft; its rows are written at the end, with all others."""
        check_shape(draft)
        request_hash = draft.request_hash()
        known = self.hashes.get(draft.key)
        if known == request_hash:
            return self._again(draft)
        if draft.reverses_id in self.undone:
            raise AlreadyReversed
        if known is not None:
            raise KeyReused
        plan = decide_transfer(self.accounts, self.holds, draft, self.stamp.now)
        for hold_id in draft.captures:
            self.holds[hold_id] = HeldLegs(hold_id, self.holds[hold_id].legs, ended=True)
        transfer_id = transfer_id_of(draft)
        self.plans[draft.key] = draft, transfer_id, plan
        self.hashes[draft.key] = request_hash
        if draft.reverses_id is not None:
            self.undone.add(draft.reverses_id)
        return Posted(transfer_id, _legs(plan))

    def _again(self, draft: Draft) -> Posted:
        """The first answer, given again."""
        transfer_id = transfer_id_of(draft)
        if draft.key in self.plans:
            return Posted(transfer_id, _legs(self.plans[draft.key][2]), repeated=True)
        rows = self.session.execute(
            sa.select(Entry.account_id, Entry.amount_minutes)
            .where(Entry.book == self.book, Entry.transfer_id == transfer_id)
            .order_by(Entry.leg)
        )
        return Posted(transfer_id, tuple(Leg(*row) for row in rows), repeated=True)

    def write(self) -> None:
        """Everything that was decided, a statement a table; then the balances."""
        if not self.plans:
            return
        plans = list(self.plans.values())
        insert_transfers(
            self.session, _transfer_columns(plans, self.hashes, self.stamp), _entry_columns(plans)
        )
        outcomes = _outcome_columns(plans, self.stamp)
        if outcomes["hold_id"]:
            insert_columns(self.session, HoldOutcome, outcomes)
        save_rows(self.session, self.book, self.accounts)


def _legs(plan: Plan) -> tuple[Leg, ...]:
    return tuple(Leg(line.account_id, line.amount_minutes) for line in plan.lines)


Plans = Sequence[tuple[Draft, UUID, Plan]]


def _entry_columns(plans: Plans) -> dict[str, list[Any]]:
    lines = [
        (draft.book, transfer_id, leg, line)
        for draft, transfer_id, plan in plans
        for leg, line in enumerate(plan.lines)
    ]
    return {
        "book": [book for book, _, _, _ in lines],
        "transfer_id": [transfer_id for _, transfer_id, _, _ in lines],
        "leg": [leg for _, _, leg, _ in lines],
        "account_id": [line.account_id for _, _, _, line in lines],
        "slot": [line.slot for _, _, _, line in lines],
        "amount_minutes": [line.amount_minutes for _, _, _, line in lines],
        "version": [line.version for _, _, _, line in lines],
        "balance_after_minutes": [line.balance_after_minutes for _, _, _, line in lines],
    }


def _transfer_columns(
    plans: Plans, hashes: Mapping[str, str], stamp: Stamp
) -> dict[str, list[Any]]:
    return {
        "book": [draft.book for draft, _, _ in plans],
        "id": [transfer_id for _, transfer_id, _ in plans],
        "kind": [draft.kind for draft, _, _ in plans],
        "idem_key": [draft.key for draft, _, _ in plans],
        "request_hash": [hashes[draft.key] for draft, _, _ in plans],
        "effective_at": [draft.effective_at for draft, _, _ in plans],
        "posted_at": [plan.posted_at for _, _, plan in plans],
        "actor_id": [stamp.actor_id for _ in plans],
        "acting_for_id": [draft.acting_for_id for draft, _, _ in plans],
        "reason": [draft.reason for draft, _, _ in plans],
        "link_id": [draft.link_id for draft, _, _ in plans],
        "reverses_id": [draft.reverses_id for draft, _, _ in plans],
        "valuation_id": [draft.valuation_id for draft, _, _ in plans],
    }


def _outcome_columns(plans: Plans, stamp: Stamp) -> dict[str, list[Any]]:
    """A hold of which nothing was taken has been released, in the same act."""
    ended = [
        (draft.book, transfer_id, hold_id, minutes)
        for draft, transfer_id, plan in plans
        for hold_id, minutes in plan.captured_minutes.items()
    ]
    return {
        "book": [book for book, _, _, _ in ended],
        "hold_id": [hold_id for _, _, hold_id, _ in ended],
        "outcome": [
            (Outcome.CAPTURED if minutes else Outcome.RELEASED).value for *_, minutes in ended
        ],
        "captured_minutes": [minutes for *_, minutes in ended],
        "transfer_id": [transfer_id for _, transfer_id, _, _ in ended],
        "actor_id": [stamp.actor_id for _ in ended],
        "at": [stamp.now for _ in ended],
    }
