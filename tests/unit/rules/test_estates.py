"""Who inherits how much, for any family and any disclaimers."""

from __future__ import annotations

import random
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.rules.estates import Division, Heir, divide, portions

ORDERS = (("spouse", "child", "parent"), ("sibling", "grandparent"))
#: Relations that no order of the law names.
OUTSIDE = ("grandchild", "parent_in_law", "child_in_law", "friend")


def key(number: int) -> UUID:
    return UUID(int=number)


def by_law(
    number: int,
    relation: str = "child",
    of: int | None = None,
    *,
    dead: bool = False,
    no: bool = False,
) -> Heir:
    above = None if of is None else key(of)
    return Heir(key(number), relation, above, died_before=dead, disclaimed=no)


def named(number: int, parts: int, *, dead: bool = False, no: bool = False) -> Heir:
    return Heir(key(number), "friend", parts=parts, died_before=dead, disclaimed=no)


def shares(minutes: int, *heirs: Heir) -> dict[int, int]:
    """The shares by number, and the pool's under 0; they are the whole estate."""
    found = divide(minutes, heirs, ORDERS)
    assert sum(found.shares.values()) + found.remainder_minutes == minutes
    return {k.int: m for k, m in found.shares.items()} | {0: found.remainder_minutes}


def test_the_first_order_shares_alike_and_the_rest_goes_to_the_pool() -> None:
    family = (by_law(1, "spouse"), by_law(2), by_law(3, "parent"), by_law(4, "sibling"))
    assert shares(100, *family) == {1: 33, 2: 33, 3: 33, 0: 1}
    assert divide(100, family, ORDERS).order == 1


def test_descendants_stand_in_the_place_of_a_child_who_died_before() -> None:
    line = (by_law(2, dead=True), by_law(21, of=2), by_law(22, of=2, dead=True))
    family = (by_law(1, "spouse"), *line, by_law(221, of=22), by_law(222, of=22))
    # A half for the line: a quarter for the grandchild, an eighth for each of the next.
    assert shares(800, *family) == {1: 400, 21: 200, 221: 100, 222: 100, 0: 0}


def test_a_childs_line_without_anybody_falls_out() -> None:
    assert shares(90, by_law(1), by_law(2, dead=True), by_law(3, "spouse", dead=True)) == {
        1: 90,
        0: 0,
    }


def test_whoever_disclaims_is_not_represented() -> None:
    # The living child's own child gets nothing; the other child takes all.
    assert shares(90, by_law(1, no=True), by_law(11, of=1), by_law(2)) == {2: 90, 0: 0}
    # Within a line the others of the line are next.
    line = (by_law(2, dead=True), by_law(21, of=2, no=True), by_law(22, of=2))
    assert shares(90, by_law(1), *line) == {1: 45, 22: 45, 0: 0}


def test_of_a_sibling_who_died_before_only_the_own_children_come() -> None:
    nieces = (by_law(1, "sibling", dead=True), by_law(11, of=1), by_law(12, of=1, dead=True))
    assert shares(90, *nieces, by_law(121, of=12), by_law(2, "grandparent")) == {
        11: 45,
        2: 45,
        0: 0,
    }
    assert divide(90, nieces, ORDERS).order == 2


def test_a_parent_or_spouse_who_died_before_is_not_represented() -> None:
    dead = (by_law(1, "parent", dead=True), by_law(11, of=1), by_law(2, "spouse", dead=True))
    assert divide(90, (*dead, by_law(21, of=2)), ORDERS) == Division({}, 90, None)


def test_a_will_comes_first_and_leaves_the_family_nothing() -> None:
    assert shares(100, named(1, 2), named(2, 1), by_law(3)) == {1: 66, 2: 33, 0: 1}
    assert divide(100, (named(1, 1), by_law(3)), ORDERS).order is None


def test_the_part_of_one_named_who_died_before_or_disclaims_goes_the_way_of_the_law() -> None:
    assert shares(100, named(1, 1), named(2, 1, dead=True), by_law(3), by_law(4)) == {
        1: 50,
        3: 25,
        4: 25,
        0: 0,
    }
    assert shares(100, named(1, 1), named(2, 1, no=True)) == {1: 50, 0: 50}


def test_the_same_person_named_and_by_the_law_has_both_parts() -> None:
    both = (Heir(key(1), "child", parts=1), named(2, 1, dead=True), by_law(1), by_law(3))
    # A half by the will, and a half of the other half: rounded down once.
    assert shares(103, *both) == {1: 77, 3: 25, 0: 1}


def test_an_estate_of_nothing_and_a_share_of_nothing() -> None:
    assert shares(0, by_law(1), by_law(2)) == {1: 0, 2: 0, 0: 0}
    assert shares(2, by_law(1), by_law(2), by_law(3)) == {1: 0, 2: 0, 3: 0, 0: 2}


class Tree:
    """A drawn family: flattened for the rule, walked apart from it for what the law says."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw, self._next = draw, 0
        self.heirs: list[Heir] = []
        self.below: dict[UUID, list[Heir]] = {}
        for relation in draw(st.lists(st.sampled_from(sum(ORDERS, ()) + OUTSIDE), max_size=7)):
            self._person(relation, None, 3)
        for _ in range(draw(st.integers(0, 3))):
            self._person("friend", None, 0, draw(st.integers(1, 4)))

    def _person(
        self, relation: str, above: UUID | None, depth: int, parts: int | None = None
    ) -> Heir:
        self._next += 1
        dead, no = self._draw(st.booleans()), self._draw(st.booleans())
        heir = Heir(key(self._next), relation, above, parts, dead, no)
        self.heirs.append(heir)
        if depth and parts is None:
            count = self._draw(st.integers(0, 2))
            below = [self._person("child", heir.key, depth - 1) for _ in range(count)]
            self.below[heir.key] = below
        return heir

    @property
    def roots(self) -> list[Heir]:
        return [h for h in self.heirs if h.represents is None and h.parts is None]

    def takers(self, heir: Heir, relation: str) -> set[UUID]:
        """Everybody whom the law calls in one line."""
        if not heir.died_before:
            return set() if heir.disclaimed else {heir.key}
        if relation not in ("child", "sibling"):
            return set()
        deeper = "child" if relation == "child" else "nephew"
        return {k for child in self.below.get(heir.key, ()) for k in self.takers(child, deeper)}

    def lawful(self) -> tuple[set[UUID], int | None]:
        for number, relations in enumerate(ORDERS, start=1):
            called = [self.takers(h, h.relation) for h in self.roots if h.relation in relations]
            if any(called):
                return set().union(*called), number
        return set(), None


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    return Tree(draw)


@given(trees(), st.integers(0, 5_000_000))
def test_shares_and_remainder_are_the_estate_and_only_the_law_and_the_will_inherit(
    tree: Tree, minutes: int
) -> None:
    found = divide(minutes, tree.heirs, ORDERS)
    assert sum(found.shares.values()) + found.remainder_minutes == minutes
    assert all(share >= 0 for share in found.shares.values())
    assert found.remainder_minutes >= 0
    all_named = [h for h in tree.heirs if h.parts is not None]
    willing = {h.key for h in all_named if not h.died_before and not h.disclaimed}
    lawful, order = tree.lawful()
    if all_named and len(willing) == len(all_named):
        lawful, order = set(), None
    # Nobody else inherits, and nobody of the order that is called is left out.
    assert (set(found.shares), found.order) == (willing | lawful, order)
    if lawful or (all_named and len(willing) == len(all_named)):
        assert found.remainder_minutes < max(len(found.shares), 1)


@given(trees(), st.integers(0, 5_000_000), st.randoms(use_true_random=False))
def test_the_order_of_the_list_changes_nothing(
    tree: Tree, minutes: int, chance: random.Random
) -> None:
    shuffled = list(tree.heirs)
    chance.shuffle(shuffled)
    assert divide(minutes, shuffled, ORDERS) == divide(minutes, tree.heirs, ORDERS)


@given(trees())
def test_the_lines_of_an_order_weigh_alike_and_disclaiming_enlarges_the_others(tree: Tree) -> None:
    taken = portions(tree.heirs, ORDERS)
    if taken.order is not None:
        lines = [
            sum(taken.by_key[k] for k in tree.takers(h, h.relation))
            for h in tree.roots
            if h.relation in ORDERS[taken.order - 1] and tree.takers(h, h.relation)
        ]
        assert len(set(lines)) == 1
    if any(h.parts is not None for h in tree.heirs):
        return
    for heir in tree.heirs:
        if heir.key in taken.by_key and len(taken.by_key) > 1:
            without = [h if h != heir else _disclaiming(h) for h in tree.heirs]
            after = portions(without, ORDERS).by_key
            gone: set[UUID] = {heir.key}
            assert set(after) == set(taken.by_key) - gone
            assert all(after[k] >= taken.by_key[k] for k in after)
            assert sum(after.values(), Fraction(0)) == 1


def _disclaiming(heir: Heir) -> Heir:
    return Heir(heir.key, heir.relation, heir.represents, heir.parts, heir.died_before, True)
