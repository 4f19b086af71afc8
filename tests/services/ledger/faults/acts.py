"""What the writers under load do: act after act, each known beforehand, so that whoever looks
afterwards can tell what must be there, what may be there, and what must not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import ActKey, Hold, HoldOutcome, Transfer
from services.acts import once
from services.context import Context
from services.ids import derived
from services.ledger.accounts import standing
from services.ledger.holds import hold, release
from services.ledger.post import post
from services.ledger.reverse import reverse
from services.policy import SYSTEM
from services.vault import Vault
from tests.services.ledger.kit import (
    BOOK,
    ELDER,
    ISSUE,
    NOW,
    OTHER,
    POOL,
    PROVIDER,
    STAMP,
    Ledger,
    draft,
    hold_draft,
    received,
)

#: The acts of a round, in order; every one of them is one unit of work.
ROUND = ("pay", "hold", "capture", "hold", "release", "reverse")
PAYER, PAYEE, GIVER = received(ELDER), received(OTHER), received(PROVIDER)
#: What the payers have at the beginning: more than any run spends.
PLENTY = 1_000_000
VAULT = Vault(data_key=b"d" * 32, index_key=b"i" * 32)


@dataclass(frozen=True)
class Act:
    """One unit of work, what it leaves in the tables, and what it moves."""

    key: str
    work: Callable[[Session], None]
    #: "transfer KEY", "hold KEY", "outcome KEY" and "act KEY": all of them are there, or none.
    marks: frozenset[str]
    posted: Mapping[UUID, int] = field(default_factory=dict)
    held: Mapping[UUID, int] = field(default_factory=dict)


def act(writer: int, turn: int) -> Act:
    """The act of a writer at a turn: always the same one.

    Even writers claim the act's key first, as services do; odd ones rely on the ledger's keys.
    """
    made = _MAKERS[ROUND[turn % len(ROUND)]](writer, turn)
    if writer % 2:
        return made
    marks = made.marks | {f"act {SYSTEM.id}:{made.key}"}
    return Act(made.key, _claimed(made), marks, made.posted, made.held)


def _claimed(made: Act) -> Callable[[Session], None]:
    def work(session: Session) -> None:
        def do() -> dict[str, str]:
            made.work(session)
            return {"key": made.key}

        ctx = Context(session=session, actor=SYSTEM, now=NOW, vault=VAULT, key=made.key)
        assert once(ctx, BOOK, "test", {"key": made.key}, do) == {"key": made.key}

    return work


def _key(writer: int, turn: int) -> str:
    return f"w{writer}:{turn}"


def _amounts(writer: int, turn: int) -> tuple[int, int]:
    random = Random(f"{writer}:{turn}")
    return random.randint(1, 9), random.randint(1, 9)


def _pay(writer: int, turn: int) -> Act:
    key, (some, more) = _key(writer, turn), _amounts(writer, turn)
    legs = {PAYER: -some - more, PAYEE: some, POOL: more}
    one = draft(*legs.items(), key=key)
    return Act(key, lambda s: _all(post(s, [one], STAMP)), frozenset({f"transfer {key}"}), legs)


def _hold(writer: int, turn: int) -> Act:
    key, (some, more) = _key(writer, turn), _amounts(writer, turn)
    legs = {PAYER: some + more, GIVER: more}
    one = hold_draft(*legs.items(), key=key)
    marks = frozenset({f"hold {key}"})
    return Act(key, lambda s: _all(hold(s, one, STAMP)), marks, held=legs)


def _capture(writer: int, turn: int) -> Act:
    """Takes part of the hold before, gives the rest back, and pays something else beside it."""
    key, held = _key(writer, turn), _hold(writer, turn - 1)
    some, _ = _amounts(writer, turn - 1)
    taken = draft((PAYER, -some), (POOL, some), key=key, captures=(_hold_id(held.key),))
    beside = draft((GIVER, -1), (PAYEE, 1), key=f"{key}:beside")
    return Act(
        key,
        lambda s: _all(post(s, [taken, beside], STAMP)),
        frozenset({f"transfer {key}", f"transfer {key}:beside", f"outcome {_hold_id(held.key)}"}),
        {PAYER: -some, POOL: some, GIVER: -1, PAYEE: 1},
        {account: -minutes for account, minutes in held.held.items()},
    )


def _release(writer: int, turn: int) -> Act:
    held = _hold(writer, turn - 1)
    return Act(
        _key(writer, turn),
        lambda s: release(s, BOOK, [_hold_id(held.key)], STAMP),
        frozenset({f"outcome {_hold_id(held.key)}"}),
        held={account: -minutes for account, minutes in held.held.items()},
    )


def _reverse(writer: int, turn: int) -> Act:
    key, paid = _key(writer, turn), _pay(writer, turn - ROUND.index("reverse"))

    def work(session: Session) -> None:
        undone = derived("transfer", BOOK, paid.key)
        told = {"key": key, "reason": "wrong_time", "stamp": STAMP, "effective_at": NOW}
        reverse(session, BOOK, undone, **told)  # type: ignore[arg-type]

    back = {account: -minutes for account, minutes in paid.posted.items()}
    return Act(key, work, frozenset({f"transfer {key}"}), back)


_MAKERS: dict[str, Callable[[int, int], Act]] = {
    "pay": _pay,
    "hold": _hold,
    "capture": _capture,
    "release": _release,
    "reverse": _reverse,
}


def _all(_answers: object) -> None:
    """The answers are looked at in the tables."""


def _hold_id(key: str) -> UUID:
    return derived("hold", BOOK, key)


def endow(ledger: Ledger) -> None:
    """What the writers need to begin."""
    for account in (PAYER, PAYEE, GIVER):
        ledger.give(account, PLENTY, key=f"endow {account}")
    # In parts, by keys that lead to every slot of the pool: none of them is empty.
    part = PLENTY // 32
    drafts = [draft((ISSUE, -part), (POOL, part), key=f"endow pool {n}") for n in range(32)]
    ledger.run(lambda session: post(session, drafts, STAMP))


def held(ledger: Ledger, account: UUID) -> int:
    """What is set aside on all slots of an account, as kept."""
    with ledger.read() as session:
        return standing(session, BOOK, account).held_minutes


def marks_in(ledger: Ledger) -> set[str]:
    """What the writers left in the tables."""
    with ledger.read() as session:
        found = [
            ("transfer", session.scalars(sa.select(Transfer.idem_key))),
            ("hold", session.scalars(sa.select(Hold.idem_key))),
            ("outcome", session.scalars(sa.select(HoldOutcome.hold_id))),
            ("act", session.scalars(sa.select(ActKey.key))),
        ]
        every = {f"{kind} {key}" for kind, keys in found for key in keys}
    return {mark for mark in every if not mark.startswith("transfer endow")}


def assert_whole(ledger: Ledger, acknowledged: Mapping[int, int]) -> None:
    """Every acknowledged act is there; the one under way is there whole or not at all.

    ``acknowledged`` counts each writer's answered acts.
    """
    found = marks_in(ledger)
    known: set[str] = set()
    for writer, count in acknowledged.items():
        for turn in range(count):
            lost = act(writer, turn).marks - found
            assert not lost, f"acknowledged and lost: {sorted(lost)}"
            known |= act(writer, turn).marks
        unknown = act(writer, count).marks
        there = unknown & found
        assert there in (set(), unknown), f"half done: {sorted(there)} of {sorted(unknown)}"
        known |= unknown
    assert found <= known, f"out of nowhere: {sorted(found - known)}"
    ledger.assert_clean()


def assert_exactly(ledger: Ledger, done: Mapping[int, int]) -> None:
    """So many acts of each writer, each once, and nothing else: in the tables and in the sums."""
    acts = [act(writer, turn) for writer, count in done.items() for turn in range(count)]
    assert marks_in(ledger) == set().union(*(one.marks for one in acts))
    posted = _summed(one.posted for one in acts)
    set_aside = _summed(one.held for one in acts)
    for account in (PAYER, PAYEE, GIVER, POOL):
        assert ledger.posted(account) == PLENTY + posted[account]
        assert held(ledger, account) == set_aside[account]
    ledger.assert_clean()


def _summed(parts: Iterable[Mapping[UUID, int]]) -> Counter[UUID]:
    total: Counter[UUID] = Counter()
    for part in parts:
        for account, minutes in part.items():
            total[account] += minutes
    return total


def ask_again(ledger: Ledger, acknowledged: Mapping[int, int]) -> dict[int, int]:
    """Whoever did not hear the answer asks again, with the same key; what is done then."""
    for writer, count in acknowledged.items():
        ledger.run(act(writer, count).work)
    return {writer: count + 1 for writer, count in acknowledged.items()}
