"""``decide`` against a tiny reference model: the same answer for everything that can be asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import DomainError, LockWider
from services.ledger.decide import (
    AccountState,
    HeldLeg,
    HeldLegs,
    Plan,
    State,
    check_shape,
    decide_hold,
    decide_transfer,
)
from services.ledger.drafts import AboveCeiling, Draft, HoldDraft, Leg, NotEnough

NOW = datetime(2026, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)
ACCOUNTS = [UUID(int=number) for number in range(1, 5)]
UNKNOWN = UUID(int=99)


@dataclass
class Model:
    """Accounts as plain numbers, and the rules said once more in the plainest way."""

    posted: dict[UUID, int]
    held: dict[UUID, int]
    floor: Mapping[UUID, int | None]
    ceiling: Mapping[UUID, int | None]
    closed: set[UUID] = field(default_factory=set)

    def transfer(self, legs: list[Leg], holds: list[list[HeldLeg]], ended: bool) -> str:
        """Apply a transfer or give the code of its refusal."""
        moves: list[tuple[UUID, int]] = []
        if any(leg.amount_minutes == 0 for leg in legs):
            return "amount_zero"
        if len(legs) < 2 or sum(leg.amount_minutes for leg in legs):
            return "not_balanced"
        if ended:
            return "hold_ended"
        for leg in legs:
            if leg.account_id not in self.posted:
                return "account_unknown"
            parts = self._with_overflow(leg, moves)
            if not parts:
                return "above_ceiling"
            if any(account not in self.posted for account, _ in parts):
                return "account_unknown"
            moves += parts
        freed = [leg for legs_of_hold in holds for leg in legs_of_hold]
        refusal = self._limits(moves, freed)
        if refusal:
            return refusal
        for account, minutes in moves:
            self.posted[account] += minutes
        for leg in freed:
            self.held[leg.account_id] -= leg.amount_minutes
        return "done"

    def _limits(self, moves: list[tuple[UUID, int]], freed: list[HeldLeg]) -> str:
        """The code of a floor or a closed door in the way, or nothing."""
        after = {account: self.posted[account] - self.held[account] for account in self.posted}
        for leg in freed:
            after[leg.account_id] += leg.amount_minutes
        net = dict.fromkeys((account for account, _ in moves), 0)
        for account, minutes in moves:
            net[account] += minutes
            after[account] += minutes
        for account in net:
            floor = self.floor[account]
            if account in self.closed:
                return "account_closed"
            if net[account] < 0 and floor is not None and after[account] < floor:
                return "not_enough"
        return ""

    def _with_overflow(self, leg: Leg, before: list[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
        ceiling = self.ceiling[leg.account_id]
        if ceiling is None or leg.amount_minutes < 0:
            return [(leg.account_id, leg.amount_minutes)]
        put = sum(amount for account, amount in before if account == leg.account_id)
        room = max(0, ceiling - self.posted[leg.account_id] - put)
        into = min(room, leg.amount_minutes)
        if leg.overflow_id is None:
            return [(leg.account_id, into)] if into == leg.amount_minutes else []
        parts = [(leg.account_id, into), (leg.overflow_id, leg.amount_minutes - into)]
        return [part for part in parts if part[1]]

    def hold(self, legs: list[Leg]) -> str:
        """Set minutes aside or give the code of the refusal."""
        for leg in legs:
            if leg.amount_minutes <= 0:
                return "amount_zero"
            if leg.account_id not in self.posted:
                return "account_unknown"
        for leg in legs:
            floor = self.floor[leg.account_id]
            if leg.account_id in self.closed:
                return "account_closed"
            wanted = sum(x.amount_minutes for x in legs if x.account_id == leg.account_id)
            left = self.posted[leg.account_id] - self.held[leg.account_id] - wanted
            if floor is not None and left < floor:
                return "not_enough"
        for leg in legs:
            self.held[leg.account_id] += leg.amount_minutes
        return "done"


minutes = st.integers(-60, 60)
limits = st.none() | st.integers(-50, 50)


Books = dict[UUID, AccountState]


@st.composite
def books(draw: st.DrawFn) -> Books:
    """Four accounts with or without limits, some over several rows, no row below its floor."""
    return {account: draw(account_states()) for account in ACCOUNTS}


@st.composite
def account_states(draw: st.DrawFn) -> AccountState:
    """An account of one row, with a ceiling or not, or of several rows, all of them locked."""
    slots = draw(st.sampled_from([1, 1, 1, 3]))
    has_floor = draw(st.booleans())
    rows = {}
    for slot in range(slots):
        floor = draw(st.integers(-50, 50)) if has_floor else None
        posted = draw(st.integers(0, 80)) + (floor or 0)
        room = posted - (floor if floor is not None else posted - 40)
        rows[slot] = State(
            posted_minutes=posted,
            held_minutes=draw(st.integers(0, room)),
            floor_minutes=floor,
            version=draw(st.integers(0, 9)),
            posted_at=draw(st.none() | st.just(NOW) | st.just(NOW + DAY)),
        )
    return AccountState(
        rows,
        slots,
        draw(st.none() | st.integers(0, 100)) if slots == 1 else None,
        closed=draw(st.integers(0, 9)) == 0,
    )


accounts = st.sampled_from([*ACCOUNTS, *ACCOUNTS, *ACCOUNTS, UNKNOWN])


@st.composite
def legs(draw: st.DrawFn) -> tuple[Leg, ...]:
    """Legs that mostly balance."""
    found = draw(st.lists(st.builds(Leg, accounts, minutes, st.none() | accounts), max_size=5))
    if found and draw(st.integers(0, 5)):
        rest = -sum(leg.amount_minutes for leg in found)
        found.append(Leg(draw(accounts), rest))
    return tuple(found)


@st.composite
def holds_on(draw: st.DrawFn, states: Books) -> dict[UUID, HeldLegs]:
    """Open holds that make up part of what the accounts hold, some of them ended since."""
    found = {}
    left = {
        (account, slot): row.held_minutes
        for account, state in states.items()
        for slot, row in state.rows.items()
    }
    for number in range(draw(st.integers(0, 2))):
        parts = []
        for (account, slot), room in left.items():
            part = draw(st.integers(0, room))
            left[account, slot] -= part
            if part:
                parts.append(HeldLeg(account, part, slot))
        key = UUID(int=1000 + number)
        found[key] = HeldLegs(key, tuple(parts), ended=draw(st.integers(0, 9)) == 0)
    return found


def posted_of(states: Books) -> dict[UUID, int]:
    """What stands on each account."""
    return {key: sum(row.posted_minutes for row in x.rows.values()) for key, x in states.items()}


def held_of(states: Books) -> dict[UUID, int]:
    """What is held on each account."""
    return {key: sum(row.held_minutes for row in x.rows.values()) for key, x in states.items()}


def floor_of(state: AccountState) -> int | None:
    """An account's floor: the sum of its rows'."""
    floors = [row.floor_minutes for row in state.rows.values()]
    return None if floors[0] is None else sum(floor or 0 for floor in floors)


def model_of(states: Books) -> Model:
    """The same accounts for the reference model."""
    return Model(
        posted=posted_of(states),
        held=held_of(states),
        floor={key: floor_of(state) for key, state in states.items()},
        ceiling={key: state.ceiling_minutes for key, state in states.items()},
        closed={key for key, state in states.items() if state.closed},
    )


def decided(states: Books, holds: dict[UUID, HeldLegs], draft: Draft) -> Plan:
    """A draft judged whole: its shape, then its accounts."""
    check_shape(draft)
    return decide_transfer(states, holds, draft, NOW)


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_transfer_is_decided_as_the_model_decides_it(data: st.DataObject) -> None:
    states = data.draw(books())
    holds = data.draw(holds_on(states))
    wanted = data.draw(legs())
    draft = Draft("1", "test", "k", wanted, NOW, captures=tuple(holds))
    model, before = model_of(states), deepcopy(states)
    expected = model.transfer(
        list(wanted),
        [list(held.legs) for held in holds.values()],
        any(held.ended for held in holds.values()),
    )
    plan, answer = None, "done"
    try:
        plan = decided(states, holds, draft)
    except DomainError as refusal:
        answer = refusal.code
    assert answer == expected
    if plan is None:
        assert states == before
        return
    assert posted_of(states) == model.posted
    assert held_of(states) == model.held
    assert {key: floor_of(state) for key, state in states.items()} == model.floor
    assert sum(line.amount_minutes for line in plan.lines) == 0
    assert len(plan.lines) >= 2
    check_lines(before, plan)
    for hold_id, captured in plan.captured_minutes.items():
        assert 0 <= captured <= sum(leg.amount_minutes for leg in holds[hold_id].legs)


def check_lines(before: Books, plan: Plan) -> None:
    """Running balances and versions go on where each row stood; nothing is posted before that."""
    running = {
        (key, slot): (row.posted_minutes, row.version)
        for key, state in before.items()
        for slot, row in state.rows.items()
    }
    for line in plan.lines:
        assert line.amount_minutes != 0
        place = line.account_id, line.slot
        posted, version = running[place]
        running[place] = (posted + line.amount_minutes, version + 1)
        assert (line.balance_after_minutes, line.version) == running[place]
        past = before[line.account_id].rows[line.slot].posted_at
        assert plan.posted_at >= max(NOW, past or NOW)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_hold_is_decided_as_the_model_decides_it(data: st.DataObject) -> None:
    states = data.draw(books())
    wanted = data.draw(st.lists(st.builds(Leg, accounts, minutes), min_size=1, max_size=4))
    model, before = model_of(states), deepcopy(states)
    expected = model.hold(wanted)
    draft = HoldDraft("1", "test", UUID(int=5), "k", tuple(wanted))
    answer = "done"
    try:
        decide_hold(states, draft, NOW)
    except DomainError as refusal:
        answer = refusal.code
    assert answer == expected
    if answer != "done":
        assert states == before
    assert held_of(states) == model.held


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_accepted_transfer_takes_a_payers_row_below_its_floor(data: st.DataObject) -> None:
    states = data.draw(books())
    wanted = data.draw(legs())
    before = posted_of(states)
    try:
        decided(states, {}, Draft("1", "test", "k", wanted, NOW))
    except DomainError:
        return
    for key, state in states.items():
        if posted_of(states)[key] < before[key] and floor_of(state) is not None:
            for row in state.rows.values():
                assert row.available_minutes >= (row.floor_minutes or 0)


def open_state(posted: int, floor: int | None = 0, ceiling: int | None = None) -> AccountState:
    """An account of one row."""
    return AccountState({0: State(posted, 0, floor, 0)}, 1, ceiling)


def moving(source: UUID, target: UUID, amount: int) -> Draft:
    """A transfer from one account to another."""
    return Draft("1", "test", "k", (Leg(source, -amount), Leg(target, amount)), NOW)


def test_the_shortfall_is_what_is_missing() -> None:
    first, second = ACCOUNTS[:2]
    states = {first: open_state(10), second: open_state(0)}
    with pytest.raises(NotEnough) as short:
        decided(states, {}, moving(first, second, 25))
    found = {"account_id": first, "floor_minutes": 0, "shortfall_minutes": 15}
    assert short.value.params == found


def test_what_passes_a_ceiling_without_an_overflow_is_refused() -> None:
    first, second = ACCOUNTS[:2]
    states = {first: open_state(50), second: open_state(90, ceiling=100)}
    with pytest.raises(AboveCeiling) as above:
        decided(states, {}, moving(first, second, 25))
    found = {"account_id": second, "ceiling_minutes": 100, "excess_minutes": 15}
    assert above.value.params == found


def test_money_in_heals_an_account_that_was_below_its_floor() -> None:
    first, second = ACCOUNTS[:2]
    states = {first: open_state(-30), second: open_state(50)}
    decided(states, {}, moving(second, first, 10))
    assert posted_of(states)[first] == -20


def test_a_dry_slot_asks_for_the_whole_account_to_be_locked() -> None:
    first, second = ACCOUNTS[:2]
    rows = {slot: State(5, 0, 0, 0) for slot in range(3)}
    states = {first: AccountState(rows, 4), second: open_state(0)}
    with pytest.raises(LockWider):
        decided(states, {}, moving(first, second, 6))


def test_a_dry_slot_borrows_from_the_others_and_all_share_evenly_after() -> None:
    first, second = ACCOUNTS[:2]
    rows = {slot: State(10, 0, 0, 0, NOW + DAY) for slot in range(4)}
    states = {first: AccountState(rows, 4), second: open_state(0)}
    plan = decided(states, {}, moving(first, second, 30))
    room = [row.available_minutes - (row.floor_minutes or 0) for row in rows.values()]
    assert sorted(room) == [2, 2, 3, 3]
    assert sum(row.floor_minutes or 0 for row in rows.values()) == 0
    # Told in order: the shift, and what came with it, is later than all that came before.
    assert plan.posted_at > NOW + DAY
    assert {row.posted_at for row in rows.values()} == {plan.posted_at}


def test_the_request_hash_tells_drafts_apart() -> None:
    one = Draft("1", "test", "k", (Leg(ACCOUNTS[0], 1), Leg(ACCOUNTS[1], -1)), NOW)
    other = Draft("1", "test", "k", (Leg(ACCOUNTS[0], 2), Leg(ACCOUNTS[1], -2)), NOW)
    same = Draft("1", "test", "k", (Leg(ACCOUNTS[0], 1), Leg(ACCOUNTS[1], -1)), NOW)
    assert one.request_hash() == same.request_hash() != other.request_hash()


def test_the_request_hash_is_that_of_the_canonical_json() -> None:
    ids = [UUID(int=number) for number in range(7, 12)]
    draft = Draft(
        "3303",
        "service",
        'a "quoted" key，一',
        (Leg(ACCOUNTS[0], -1), Leg(ACCOUNTS[1], 1, ids[0])),
        NOW + DAY / 7,
        captures=(ids[1], ids[2]),
        acting_for_id=ids[3],
        valuation_id=ids[4],
        reason="late",
    )
    content = {each.name: getattr(draft, each.name) for each in fields(draft)}
    content["legs"] = [[leg.account_id, leg.amount_minutes, leg.overflow_id] for leg in draft.legs]
    text = json.dumps(content, sort_keys=True, default=str)
    assert draft.request_hash() == hashlib.sha256(text.encode()).hexdigest()
