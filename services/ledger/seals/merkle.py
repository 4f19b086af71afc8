"""Merkle trees as RFC 6962 has them: roots, and proofs made and verified.

Only the standard library is used here. A *full* node (level, position) stands over the leaves
from ``position << level`` up to ``(position + 1) << level``, all of them there; every hash that a
root or a proof needs is a full node or is folded from some.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

#: Root of a tree without leaves.
EMPTY = sha256(b"").digest()
#: Nodes at every eighth level are kept: full subtrees of 256, 65,536, … leaves.
BAND = 8
#: Gives the hash of a full node by level and position.
Full = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """The full subtrees along a tree's right edge: all that appending and the root need.

    ``peaks`` are the roots of the full subtrees of a tree of ``size`` leaves, the largest first:
    one for each bit that is set in ``size``.
    """

    __slots__ = ("_peaks", "_size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size < 0 or size.bit_count() != len(peaks):
            raise ValueError("a frontier has one peak for each bit of its size")
        self._size = size
        self._peaks = list(peaks)

    @property
    def size(self) -> int:
        """Leaves appended so far."""
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """Roots of the full subtrees, the largest first."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Append a leaf's hash."""
        peaks, rest = self._peaks, self._size
        while rest & 1:
            leaf = sha256(b"\1" + peaks.pop() + leaf).digest()
            rest >>= 1
        peaks.append(leaf)
        self._size += 1

    def extend(self, leaves: Iterable[bytes]) -> Iterator[tuple[int, int, bytes]]:
        """Append leaves' hashes; gives each kept node (level, position, hash) as it fills."""
        peaks = self._peaks
        for leaf in leaves:
            place, level, found = self._size, 0, leaf
            while place & 1:
                found = sha256(b"\1" + peaks.pop() + found).digest()
                place >>= 1
                level += 1
                if level % BAND == 0:
                    yield level, place, found
            peaks.append(found)
            self._size += 1

    def root(self) -> bytes:
        """RFC 6962 root over all leaves so far."""
        if not self._peaks:
            return EMPTY
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = node_hash(peak, found)
        return found


def frontier_of(size: int, full: Full) -> Frontier:
    """The frontier of the first ``size`` leaves."""
    return Frontier(size, [full(level, place) for level, place in _full_nodes(0, size)])


def root_of(size: int, full: Full) -> bytes:
    """The root over the first ``size`` leaves."""
    return frontier_of(size, full).root()


def inclusion_path(position: int, size: int, full: Full) -> list[bytes]:
    """The hashes that lead from a leaf to the root, the lowest first; ValueError outside."""
    if not 0 <= position < size:
        raise ValueError("there is no such leaf in the tree")
    low, high = 0, size
    path = []
    while high - low > 1:
        middle = low + _split(high - low)
        if position < middle:
            path.append(_range_root(middle, high, full))
            high = middle
        else:
            path.append(_range_root(low, middle, full))
            low = middle
    return path[::-1]


def consistency_path(old: int, new: int, full: Full) -> list[bytes]:
    """The hashes that show a tree of ``old`` leaves to be the beginning of one of ``new``."""
    if not 0 <= old <= new:
        raise ValueError("the older tree must be the smaller one")
    if old in {0, new}:
        return []
    low, high = 0, new
    path = []
    whole = True  # the old tree is a node that the verifier knows as its root
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range_root(middle, high, full))
            high = middle
        else:
            path.append(_range_root(low, middle, full))
            low, whole = middle, False
    if not whole:
        path.append(_range_root(low, high, full))
    return path[::-1]


def verify_inclusion(
    leaf: bytes, position: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether ``leaf`` stands at ``position`` among the ``size`` leaves under ``root``."""
    if not 0 <= position < size:
        return False
    place, last, found = position, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            found = node_hash(found, step)
        place >>= 1
        last >>= 1
    return last == 0 and found == root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the tree of ``old`` leaves is the beginning of the tree of ``new`` leaves."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place >>= 1
        last >>= 1
    found_old = found_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            found_old, found_new = node_hash(step, found_old), node_hash(step, found_new)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            found_new = node_hash(found_new, step)
        place >>= 1
        last >>= 1
    return last == 0 and found_old == old_root and found_new == new_root


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << ((count - 1).bit_length() - 1)


def _full_nodes(low: int, high: int) -> Iterator[tuple[int, int]]:
    """The full nodes that make up the leaves from ``low`` to ``high``, the largest first.

    ``low`` is a multiple of the largest of them, as in every range that RFC 6962 splits off.
    """
    while low < high:
        level = (high - low).bit_length() - 1
        yield level, low >> level
        low += 1 << level


def _range_root(low: int, high: int, full: Full) -> bytes:
    found: bytes | None = None
    for level, place in reversed(list(_full_nodes(low, high))):
        node = full(level, place)
        found = node if found is None else node_hash(node, found)
    if found is None:
        raise ValueError("a range without leaves has no root")
    return found
