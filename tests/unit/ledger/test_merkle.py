"""Roots and proofs against a naive recursion written down straight from RFC 6962, section 2.1."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.seals.merkle import (
    EMPTY,
    Frontier,
    consistency_path,
    frontier_of,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

SIZES = range(131)
DATA = [b"leaf %d" % number for number in SIZES]
LEAVES = [leaf_hash(data) for data in DATA]

#: The eight leaves and roots that implementations of Certificate Transparency share.
KNOWN_LEAVES = [
    bytes.fromhex(digits)
    for digits in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def power_below(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def mth(data: list[bytes]) -> bytes:
    """MTH(D[n]) of the RFC."""
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = power_below(len(data))
    return sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of the RFC."""
    if len(data) == 1:
        return []
    k = power_below(len(data))
    if m < k:
        return [*path(m, data[:k]), mth(data[k:])]
    return [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: list[bytes], known: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of the RFC."""
    if m == len(data):
        return [] if known else [mth(data)]
    k = power_below(len(data))
    if m <= k:
        return [*subproof(m, data[:k], known), mth(data[k:])]
    return [*subproof(m - k, data[k:], False), mth(data[:k])]


def full(level: int, place: int) -> bytes:
    low, high = place << level, (place + 1) << level
    assert high <= len(DATA), "a node over leaves that are not there"
    return mth(DATA[low:high])


def test_the_known_roots() -> None:
    frontier = Frontier()
    for data, root in zip(KNOWN_LEAVES, KNOWN_ROOTS, strict=True):
        frontier.append(leaf_hash(data))
        assert frontier.root().hex() == root


@pytest.mark.parametrize("size", SIZES)
def test_roots_and_frontiers_at_every_size(size: int) -> None:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf)
    assert frontier.size == size
    assert frontier.root() == mth(DATA[:size])
    assert root_of(size, full) == mth(DATA[:size])
    taken_up = frontier_of(size, full)
    assert taken_up.peaks == frontier.peaks
    for leaf in LEAVES[size:]:
        taken_up.append(leaf)
    assert taken_up.root() == mth(DATA)


@pytest.mark.parametrize("size", range(1, 131))
def test_inclusion_at_every_size(size: int) -> None:
    root = mth(DATA[:size])
    for place in range(size):
        found = inclusion_path(place, size, full)
        assert found == path(place, DATA[:size])
        assert verify_inclusion(LEAVES[place], place, size, found, root)
        assert not verify_inclusion(leaf_hash(b"other"), place, size, found, root)
        assert not verify_inclusion(LEAVES[place], (place + 1) % (size + 1), size, found, root)
        assert not verify_inclusion(LEAVES[place], place, size, [*found, root], root)
        if found:
            assert not verify_inclusion(LEAVES[place], place, size, found[1:], root)
            assert not verify_inclusion(LEAVES[place], place, size, found[:-1], root)


@pytest.mark.parametrize("new", range(1, 131))
def test_consistency_at_every_size(new: int) -> None:
    new_root = mth(DATA[:new])
    for old in range(1, new + 1):
        old_root = mth(DATA[:old])
        found = consistency_path(old, new, full)
        assert found == subproof(old, DATA[:new], known=True)
        assert verify_consistency(old, new, old_root, new_root, found)
        other = leaf_hash(b"other")
        assert not verify_consistency(old, new, other, new_root, found)
        assert not verify_consistency(old, new, old_root, other, found)
        assert not verify_consistency(old, new, old_root, new_root, [*found, other])
        if found:
            assert not verify_consistency(old, new, old_root, new_root, found[:-1])
            assert not verify_consistency(old, new, old_root, new_root, found[1:])


def test_a_tree_without_leaves_begins_every_tree() -> None:
    assert Frontier().root() == EMPTY == mth([])
    assert consistency_path(0, 5, full) == []
    assert verify_consistency(0, 5, EMPTY, mth(DATA[:5]), [])
    assert not verify_consistency(0, 5, LEAVES[0], mth(DATA[:5]), [])
    assert not verify_consistency(5, 4, mth(DATA[:5]), mth(DATA[:4]), [])


def test_what_is_outside_is_refused() -> None:
    for place, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match="no such leaf"):
            inclusion_path(place, size, full)
        assert not verify_inclusion(LEAVES[0], place, size, [], LEAVES[0])
    with pytest.raises(ValueError, match="smaller"):
        consistency_path(4, 3, full)
    with pytest.raises(ValueError, match="peak"):
        Frontier(3, [LEAVES[0]])


def test_kept_nodes_come_as_they_fill() -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(66_000)]
    frontier, nodes = Frontier(), {}
    for start in range(0, len(leaves), 777):
        for level, place, found in frontier.extend(leaves[start : start + 777]):
            nodes[level, place] = found
    assert set(nodes) == {(8, place) for place in range(257)} | {(16, 0)}
    plain = Frontier()
    for leaf in leaves[:256]:
        plain.append(leaf)
    assert nodes[8, 0] == plain.root()
    for leaf in leaves[256:65_536]:
        plain.append(leaf)
    assert nodes[16, 0] == plain.root()
    for leaf in leaves[65_536:]:
        plain.append(leaf)
    assert (frontier.root(), frontier.size) == (plain.root(), plain.size)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=60), st.data())
def test_any_leaf_of_any_tree(data: list[bytes], draw: st.DataObject) -> None:
    def node(level: int, place: int) -> bytes:
        return mth(data[place << level : (place + 1) << level])

    place = draw.draw(st.integers(0, len(data) - 1))
    old = draw.draw(st.integers(1, len(data)))
    root = mth(data)
    steps = inclusion_path(place, len(data), node)
    assert verify_inclusion(leaf_hash(data[place]), place, len(data), steps, root)
    steps = consistency_path(old, len(data), node)
    assert verify_consistency(old, len(data), mth(data[:old]), root, steps)


def test_a_leaf_is_never_a_node() -> None:
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])
