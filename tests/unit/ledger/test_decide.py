"""``decide`` against a tiny reference model: the same answer for everything that can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import DomainError
from services.ledger.decide import HeldLegs, State, decide_hold, decide_transfer
from services.ledger.drafts import Draft, HoldDraft, Leg, NotEnough

NOW = datetime(2026, 3, 10, tzinfo=UTC)
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

    def transfer(self, legs: list[Leg], holds: list[list[Leg]], ended: bool) -> str:
        """Apply a transfer or give the code of its refusal."""
        moves: list[tuple[UUID, int]] = []
        for leg in legs:
            if leg.account_id not in self.posted:
                return "account_unknown"
            if leg.amount_minutes == 0:
                return "amount_zero"
            parts = self._with_overflow(leg)
            if any(account not in self.posted for account, _ in parts):
                return "account_unknown"
            moves += parts
        if len(moves) < 2 or sum(minutes for _, minutes in moves):
            return "not_balanced"
        if ended:
            return "hold_ended"
        freed = [leg for legs_of_hold in holds for leg in legs_of_hold]
        refusal = self._limits(moves, freed)
        if refusal:
            return refusal
        for account, minutes in moves:
            self.posted[account] += minutes
        for leg in freed:
            self.held[leg.account_id] -= leg.amount_minutes
        return "done"

    def _limits(self, moves: list[tuple[UUID, int]], freed: list[Leg]) -> str:
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

    def _with_overflow(self, leg: Leg) -> list[tuple[UUID, int]]:
        ceiling = self.ceiling[leg.account_id]
        if leg.overflow_id is None or ceiling is None or leg.amount_minutes < 0:
            return [(leg.account_id, leg.amount_minutes)]
        room = max(0, ceiling - self.posted[leg.account_id])
        into = min(room, leg.amount_minutes)
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


@st.composite
def books(draw: st.DrawFn) -> dict[UUID, State]:
    """Four accounts with or without limits, none of them below its floor."""
    states = {}
    for account in ACCOUNTS:
        floor = draw(limits)
        posted = draw(st.integers(0, 80)) + (floor or 0)
        room = posted - (floor if floor is not None else posted - 40)
        states[account] = State(
            posted_minutes=posted,
            held_minutes=draw(st.integers(0, room)),
            floor_minutes=floor,
            ceiling_minutes=draw(st.none() | st.integers(0, 100)),
            version=draw(st.integers(0, 9)),
            closed=draw(st.integers(0, 9)) == 0,
        )
    return states


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
def holds_on(draw: st.DrawFn, states: dict[UUID, State]) -> dict[UUID, HeldLegs]:
    """Open holds that make up part of what the accounts hold, some of them ended since."""
    found = {}
    for number in range(draw(st.integers(0, 2))):
        parts = []
        for account, state in states.items():
            taken = sum(
                leg.amount_minutes
                for other in found.values()
                for leg in other.legs
                if leg.account_id == account
            )
            part = draw(st.integers(0, state.held_minutes - taken))
            if part:
                parts.append(Leg(account, part))
        key = UUID(int=1000 + number)
        found[key] = HeldLegs(key, tuple(parts), ended=draw(st.integers(0, 9)) == 0)
    return found


def model_of(states: dict[UUID, State]) -> Model:
    """The same accounts for the reference model."""
    return Model(
        posted={key: state.posted_minutes for key, state in states.items()},
        held={key: state.held_minutes for key, state in states.items()},
        floor={key: state.floor_minutes for key, state in states.items()},
        ceiling={key: state.ceiling_minutes for key, state in states.items()},
        closed={key for key, state in states.items() if state.closed},
    )


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
        plan = decide_transfer(states, holds, draft)
    except DomainError as refusal:
        answer = refusal.code
    assert answer == expected
    if plan is None:
        assert states == before
        return
    assert {key: state.posted_minutes for key, state in states.items()} == model.posted
    assert {key: state.held_minutes for key, state in states.items()} == model.held
    assert sum(line.amount_minutes for line in plan.lines) == 0
    assert len(plan.lines) >= 2
    running = {key: (state.posted_minutes, state.version) for key, state in before.items()}
    for line in plan.lines:
        assert line.amount_minutes != 0
        posted, version = running[line.account_id]
        running[line.account_id] = (posted + line.amount_minutes, version + 1)
        assert (line.balance_after_minutes, line.version) == running[line.account_id]
    for hold_id, captured in plan.captured_minutes.items():
        assert 0 <= captured <= sum(leg.amount_minutes for leg in holds[hold_id].legs)


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
        decide_hold(states, draft)
    except DomainError as refusal:
        answer = refusal.code
    assert answer == expected
    if answer != "done":
        assert states == before
    assert {key: state.held_minutes for key, state in states.items()} == model.held


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_accepted_transfer_takes_a_payer_below_the_floor(data: st.DataObject) -> None:
    states = data.draw(books())
    wanted = data.draw(legs())
    before = deepcopy(states)
    try:
        decide_transfer(states, {}, Draft("1", "test", "k", wanted, NOW))
    except DomainError:
        return
    for key, state in states.items():
        if state.posted_minutes < before[key].posted_minutes and state.floor_minutes is not None:
            assert state.available_minutes >= state.floor_minutes


def open_state(posted: int, **limits_: int | None) -> State:
    """An account with a floor of zero."""
    given_limits = {"floor_minutes": 0, "ceiling_minutes": None, **limits_}
    return State(posted_minutes=posted, held_minutes=0, version=0, **given_limits)


def test_the_shortfall_is_what_is_missing() -> None:
    first, second = ACCOUNTS[:2]
    states = {first: open_state(10), second: open_state(0)}
    draft = Draft("1", "test", "k", (Leg(first, -25), Leg(second, 25)), NOW)
    with pytest.raises(NotEnough) as short:
        decide_transfer(states, {}, draft)
    assert short.value.params == {"account_id": first, "shortfall_minutes": 15}


def test_money_in_heals_an_account_that_was_below_its_floor() -> None:
    first, second = ACCOUNTS[:2]
    states = {first: open_state(-30), second: open_state(50)}
    decide_transfer(states, {}, Draft("1", "test", "k", (Leg(first, 10), Leg(second, -10)), NOW))
    assert states[first].posted_minutes == -20
    assert states[first].shortfall_minutes() == 20


def test_the_request_hash_tells_drafts_apart() -> None:
    one = Draft("1", "test", "k", (Leg(ACCOUNTS[0], 1), Leg(ACCOUNTS[1], -1)), NOW)
    other = Draft("1", "test", "k", (Leg(ACCOUNTS[0], 2), Leg(ACCOUNTS[1], -2)), NOW)
    same = Draft("1", "test", "k", (Leg(ACCOUNTS[0], 1), Leg(ACCOUNTS[1], -1)), NOW)
    assert one.request_hash() == same.request_hash() != other.request_hash()
