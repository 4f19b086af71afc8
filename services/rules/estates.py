"""Who inherits how much: a will first, then the order of the law, in whole minutes.

Civil Code 1123, 1127, 1128, 1154. Pure: no session, no clock. An heir who died *after* the one
whose estate it is still inherits (the share belongs to that heir's own estate).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

#: Whose descendants stand in the place of one who died before, generation after generation.
BY_DESCENDANTS = "child"
#: Whose own children do, and nobody further.
BY_CHILDREN = "sibling"
#: What a representative is to the one represented.
REPRESENTATIVE = "child"

_WHOLE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Heir:
    """One line of the list of heirs: named in a will iff ``parts`` is given.

    ``represents`` is the key of the statutory heir in whose place this one stands.
    """

    key: UUID
    relation: str
    represents: UUID | None = None
    parts: int | None = None
    died_before: bool = False
    disclaimed: bool = False


@dataclass(frozen=True, slots=True)
class Portions:
    """Each taker's exact part of the whole. What is missing from one goes to the pool."""

    by_key: Mapping[UUID, Fraction]
    #: Which order of the law took what no will gave away: 1, 2; None where none did.
    order: int | None


@dataclass(frozen=True, slots=True)
class Division:
    """Whole minutes. The shares and the remainder are the estate."""

    #: Of everybody who takes, a share of zero minutes too.
    shares: Mapping[UUID, int]
    #: What rounding left over, and what nobody inherits: it goes to the pool.
    remainder_minutes: int
    order: int | None


def divide(minutes: int, heirs: Sequence[Heir], orders: Sequence[Sequence[str]]) -> Division:
    """Divide ``minutes`` (>= 0); each share is rounded down once, whatever the list's order."""
    taken = portions(heirs, orders)
    shares = {key: int(minutes * part) for key, part in taken.by_key.items()}
    return Division(shares, minutes - sum(shares.values()), taken.order)


def portions(heirs: Sequence[Heir], orders: Sequence[Sequence[str]]) -> Portions:
    """The exact parts: those of the will, and the law's of all that the will does not reach.

    The part of somebody named who died before, or disclaims, goes the way of the law. Whoever
    stands on the list twice, named and by the law, has both parts.
    """
    by_will = _by_will(heirs)
    left = _WHOLE - sum(by_will.values())
    by_law, order = _by_law(heirs, orders) if left else ({}, None)
    found = dict(by_will)
    for key, part in by_law.items():
        found[key] = found.get(key, Fraction(0)) + left * part
    return Portions(found, order)


def _by_will(heirs: Sequence[Heir]) -> dict[UUID, Fraction]:
    named = [(heir, heir.parts) for heir in heirs if heir.parts is not None]
    total = sum(parts for _, parts in named)
    found: dict[UUID, Fraction] = {}
    for heir, parts in named:
        if not heir.died_before and not heir.disclaimed:
            found[heir.key] = found.get(heir.key, Fraction(0)) + Fraction(parts, total)
    return found


def _by_law(
    heirs: Sequence[Heir], orders: Sequence[Sequence[str]]
) -> tuple[dict[UUID, Fraction], int | None]:
    """The first order in which anybody takes, in equal lines; nobody at all is ``({}, None)``."""
    statutory = [heir for heir in heirs if heir.parts is None]
    behind: dict[UUID, list[Heir]] = {}
    for heir in statutory:
        if heir.represents is not None and heir.relation == REPRESENTATIVE:
            behind.setdefault(heir.represents, []).append(heir)
    for number, relations in enumerate(orders, start=1):
        lines = [
            _line(heir, behind, _generations(heir.relation))
            for heir in statutory
            if heir.represents is None and heir.relation in relations
        ]
        shared = _equally(lines)
        if shared:
            return shared, number
    return {}, None


def _generations(relation: str) -> int | None:
    """How far down a line may be represented: 0 is not at all, None is without end."""
    return {BY_DESCENDANTS: None, BY_CHILDREN: 1}.get(relation, 0)


def _line(
    heir: Heir, behind: Mapping[UUID, Sequence[Heir]], generations: int | None
) -> dict[UUID, Fraction]:
    """Who takes in one line, and which part of it; nobody, where it falls out.

    Disclaiming opens no representation: only a death before does.
    """
    if not heir.died_before:
        return {} if heir.disclaimed else {heir.key: _WHOLE}
    if generations == 0:
        return {}
    further = None if generations is None else generations - 1
    return _equally([_line(child, behind, further) for child in behind.get(heir.key, ())])


def _equally(lines: Sequence[Mapping[UUID, Fraction]]) -> dict[UUID, Fraction]:
    """The lines in which somebody takes share alike; the others' parts are theirs."""
    taking = [line for line in lines if line]
    found: dict[UUID, Fraction] = {}
    for line in taking:
        for key, part in line.items():
            found[key] = found.get(key, Fraction(0)) + part / len(taking)
    return found
