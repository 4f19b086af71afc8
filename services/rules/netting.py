"""From what pairs of regions owe each other to the fewest payments that even it all out.

Standard minutes throughout. A region's net is what it owes all others together (negative: is
owed); the nets of a country sum to zero. Among n regions with a net, n minus g payments are the
fewest, g being the largest number of groups that each sum to zero by themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: Up to so many regions (after equal opposites) the fewest payments are found for certain: 2 to
#: the power of it sets are looked at, a tenth of a second.
EXACT_UP_TO = 16

Net = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Position:
    """What the first book of a pair owes the other (negative: is owed)."""

    one_book: str
    other_book: str
    owes_minutes: int


@dataclass(frozen=True, slots=True)
class Payment:
    """Minutes that one book makes good to another."""

    from_book: str
    to_book: str
    minutes: int


def nets_of(positions: Iterable[Position]) -> dict[str, int]:
    """What each book owes all others together, books in their order; their sum is zero."""
    found: dict[str, int] = defaultdict(int)
    for each in positions:
        found[each.one_book] += each.owes_minutes
        found[each.other_book] -= each.owes_minutes
    return dict(sorted(found.items()))


def fewest_payments(nets: Mapping[str, int]) -> tuple[Payment, ...]:
    """Payments that bring every net to zero, by payer and payee in their order.

    Equal opposites pay each other first, which never costs a payment. For the rest the fewest are
    certain up to :data:`EXACT_UP_TO` regions; beyond that the largest debt always pays the largest
    claim, which takes at most one payment less than there are regions, and perhaps more than the
    fewest. The same nets give the same payments on every machine.
    """
    if sum(nets.values()) != 0:
        raise ValueError("nets that do not sum to zero cannot be paid")
    rest = sorted((book, net) for book, net in nets.items() if net)
    opposites, rest = _equal_opposites(rest)
    groups = zero_groups(rest) if len(rest) <= EXACT_UP_TO else [rest]
    found = [*opposites, *(each for group in groups for each in _even_out(group))]
    return tuple(sorted(found, key=lambda each: (each.from_book, each.to_book)))


def _equal_opposites(nets: list[Net]) -> tuple[list[Payment], list[Net]]:
    """Whoever owes just what another is owed pays that one.

    Two such regions may always stand as a group of their own: whatever groups they are taken out
    of make one group together, so that their number does not fall.
    """
    waiting: dict[int, list[str]] = defaultdict(list)
    paid: list[Payment] = []
    for book, net in nets:
        if waiting[-net]:
            opposite = waiting[-net].pop(0)
            payer, payee = (book, opposite) if net > 0 else (opposite, book)
            paid.append(Payment(payer, payee, abs(net)))
        else:
            waiting[net].append(book)
    rest = sorted((book, net) for net, books in waiting.items() for book in books)
    return paid, rest


def zero_groups(nets: list[Net]) -> list[list[Net]]:
    """The nets in as many groups as can be that each sum to zero."""
    size = 1 << len(nets)
    sums, most = [0] * size, [0] * size
    for chosen in range(1, size):
        lowest = chosen & -chosen
        sums[chosen] = sums[chosen ^ lowest] + nets[lowest.bit_length() - 1][1]
        best, left = 0, chosen
        while left:
            bit = left & -left
            best = max(best, most[chosen ^ bit])
            left ^= bit
        # Whole groups come off a set one after the other: each time nothing is left over counts.
        most[chosen] = best + (sums[chosen] == 0)
    return _taken_apart(nets, sums, most)


def _taken_apart(nets: list[Net], sums: list[int], most: list[int]) -> list[list[Net]]:
    """Walk back from the whole by the members whose leaving costs no group."""
    groups: list[list[Net]] = []
    chosen = len(sums) - 1
    while chosen:
        if sums[chosen] == 0:
            groups.append([])
        wanted = most[chosen] - (sums[chosen] == 0)
        place = next(
            place
            for place in range(len(nets))
            if chosen >> place & 1 and most[chosen ^ (1 << place)] == wanted
        )
        groups[-1].append(nets[place])
        chosen ^= 1 << place
    return groups


def _even_out(group: list[Net]) -> list[Payment]:
    """The largest debt pays the largest claim until a group is even."""
    debts = {book: net for book, net in group if net > 0}
    claims = {book: -net for book, net in group if net < 0}
    paid: list[Payment] = []
    while debts:
        payer, payee = _largest(debts), _largest(claims)
        minutes = min(debts[payer], claims[payee])
        paid.append(Payment(payer, payee, minutes))
        for side, book in ((debts, payer), (claims, payee)):
            side[book] -= minutes
            if not side[book]:
                del side[book]
    return paid


def _largest(side: Mapping[str, int]) -> str:
    """Whoever has most; of equals the one whose book comes first."""
    return min(side, key=lambda book: (-side[book], book))
