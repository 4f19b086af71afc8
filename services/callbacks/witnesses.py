"""Whose signatures make a seed: needs no database, for whoever repeats a draw."""

from __future__ import annotations

from services.ledger.seals.headers import OUTSIDER
from services.ledger.seals.keyring import Held, KeyRing


def first_witnesses(ring: KeyRing, wanted: int) -> tuple[Held, ...]:
    """The witnesses who were introduced first, of those in force; empty when they are too few.

    In the order of the key history: a newcomer, whatever his key, puts nobody out of his place.
    """
    found = [held for held in ring.held() if held.role == OUTSIDER and held.until is None]
    return tuple(found[:wanted]) if len(found) >= wanted else ()
