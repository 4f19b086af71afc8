"""The history of the keys, followed event by event; needs no database.

The operator's key in force is the one introduced last. It signs every event that follows; the
very first event introduces the first key and is signed by that key itself. A retired key stays
valid for what it signed before it was retired.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.ledger.seals.headers import (
    INTRODUCED,
    OPERATOR,
    OUTSIDER,
    RETIRED,
    ZEROS,
    BlockHead,
    KeyEvent,
)
from services.ledger.seals.signing import is_signed, key_id_of


@dataclass(frozen=True, slots=True)
class Held:
    """A key, who holds it, and when it was introduced and retired."""

    key_id: str
    public_key: str
    role: str
    holder: str
    since: datetime
    until: datetime | None = None


class KeyRing:
    """What the events say, believed or not: ``problems`` has what is wrong with them."""

    def __init__(self, events: Iterable[KeyEvent] = ()) -> None:
        self.events: list[KeyEvent] = []
        #: (number of the event, what is wrong with it), in order.
        self.problems: list[tuple[int, str]] = []
        self.in_force: Held | None = None
        self._keys: dict[str, Held] = {}
        for event in events:
            self.add(event)

    def add(self, event: KeyEvent) -> None:
        """Follow the history by one event."""
        self.problems += [(event.number, code) for code in self._wrong(event)]
        self.events.append(event)
        if event.kind == INTRODUCED:
            held = Held(event.key_id, event.public_key, event.role, event.holder, event.at)
            self._keys[event.key_id] = held
            if event.role == OPERATOR:
                self.in_force = held
        elif event.key_id in self._keys:
            old = self._keys[event.key_id]
            self._keys[event.key_id] = Held(
                old.key_id, old.public_key, old.role, old.holder, old.since, event.at
            )

    def head(self) -> str:
        """The hash that the next event must name."""
        return self.events[-1].hash() if self.events else ZEROS

    def key(self, key_id: str, role: str) -> Held | None:
        """A key that was ever introduced in a role."""
        held = self._keys.get(key_id)
        return held if held is not None and held.role == role else None

    def held(self) -> list[Held]:
        """Every key that was ever introduced, the oldest first."""
        return list(self._keys.values())

    def witnesses(self) -> list[Held]:
        """Witnesses that have not been retired."""
        return [
            held for held in self._keys.values() if held.role == OUTSIDER and held.until is None
        ]

    def vouched_by(self, pinned: Collection[str]) -> frozenset[str]:
        """The keys (by id) that stand if the pinned ones are the operator's.

        Whatever signs an event of the history vouches for all that went before it, too.
        """
        found = set(pinned)
        for place, event in enumerate(self.events):
            if event.signed_by in found:
                found |= {each.key_id for each in self.events[: place + 1]}
        return frozenset(found)

    def has_signed(self, head: BlockHead) -> bool:
        """Whether an operator's key signed the block while it was not retired."""
        held = self.key(head.key_id, OPERATOR)
        if held is None or (held.until is not None and head.sealed_at > held.until):
            return False
        return is_signed(held.public_key, head.message(), head.signature)

    def _wrong(self, event: KeyEvent) -> Iterator[str]:
        if event.number != len(self.events):
            yield "number"
        if event.prev_hash != self.head():
            yield "chain"
        if _differs(event):
            yield "key_id"
        known = self._keys.get(event.key_id)
        if event.kind == INTRODUCED:
            if known is not None or event.role not in {OPERATOR, OUTSIDER}:
                yield "introduced"
        elif event.kind == RETIRED:
            in_force = self.in_force is not None and event.key_id == self.in_force.key_id
            if known is None or known.role != event.role or known.until is not None or in_force:
                yield "retired"
        else:
            yield "kind"
        signer = event.public_key if self.in_force is None else self.in_force.public_key
        if self.in_force is None and (event.kind, event.role) != (INTRODUCED, OPERATOR):
            yield "first"
        if event.signed_by != key_id_of(signer) or not is_signed(
            signer, event.message(), event.signature
        ):
            yield "signature"


def _differs(event: KeyEvent) -> bool:
    try:
        return key_id_of(event.public_key) != event.key_id
    except ValueError:
        return True
