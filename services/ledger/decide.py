"""The specification of a posting: pure, on numbers that the caller has locked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.ledger.drafts import (
    AccountClosed,
    AccountUnknown,
    AmountZero,
    Draft,
    HoldDraft,
    HoldEnded,
    Leg,
    NotBalanced,
    NotEnough,
)


@dataclass(slots=True)
class State:
    """One balance row under its lock; ``decide`` changes it as the posting will."""

    posted_minutes: int
    held_minutes: int
    floor_minutes: int | None
    ceiling_minutes: int | None
    version: int
    closed: bool = False

    @property
    def available_minutes(self) -> int:
        """Posted less held."""
        return self.posted_minutes - self.held_minutes

    def shortfall_minutes(self) -> int:
        """How far the available minutes lie below the floor; 0 when they do not."""
        if self.floor_minutes is None:
            return 0
        return max(0, self.floor_minutes - self.available_minutes)


@dataclass(frozen=True, slots=True)
class HeldLegs:
    """An open hold: what it keeps on each account, and whether it has already ended."""

    hold_id: UUID
    legs: tuple[Leg, ...]
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An entry to write."""

    account_id: UUID
    amount_minutes: int
    version: int
    balance_after_minutes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a posting writes: its entries, and how much of each hold was captured."""

    lines: tuple[Line, ...]
    captured_minutes: Mapping[UUID, int]


def decide_transfer(
    states: Mapping[UUID, State], holds: Mapping[UUID, HeldLegs], draft: Draft
) -> Plan:
    """Decide one transfer on locked states, changing them; a refusal raises and changes nothing.

    Raises AmountZero, NotBalanced, AccountUnknown, AccountClosed, HoldEnded or NotEnough.
    """
    legs = _spread_overflow(states, draft.legs)
    if len(legs) < 2 or sum(leg.amount_minutes for leg in legs) != 0:
        raise NotBalanced
    for hold_id in draft.captures:
        if holds[hold_id].ended:
            raise HoldEnded
    held_back = _held_by_account(holds, draft.captures)
    _check_floors(states, legs, held_back)
    lines = []
    for account_id, minutes in held_back.items():
        states[account_id].held_minutes -= minutes
    for leg in legs:
        state = states[leg.account_id]
        state.posted_minutes += leg.amount_minutes
        state.version += 1
        lines.append(Line(leg.account_id, leg.amount_minutes, state.version, state.posted_minutes))
    return Plan(tuple(lines), _captured(holds, draft, legs))


def decide_hold(states: Mapping[UUID, State], draft: HoldDraft) -> None:
    """Set minutes aside on locked states; raises NotEnough and changes nothing."""
    wanted: dict[UUID, int] = {}
    for leg in draft.legs:
        if leg.amount_minutes <= 0:
            raise AmountZero
        if leg.account_id not in states:
            raise AccountUnknown
        wanted[leg.account_id] = wanted.get(leg.account_id, 0) + leg.amount_minutes
    for account_id, minutes in wanted.items():
        state = states[account_id]
        if state.closed:
            raise AccountClosed
        if state.floor_minutes is not None:
            shortfall = state.floor_minutes - (state.available_minutes - minutes)
            if shortfall > 0:
                raise NotEnough(account_id=account_id, shortfall_minutes=shortfall)
    for account_id, minutes in wanted.items():
        states[account_id].held_minutes += minutes


def _spread_overflow(states: Mapping[UUID, State], legs: tuple[Leg, ...]) -> list[Leg]:
    """The legs as they will be written: what passes a ceiling goes to the overflow account.

    Legs on one account stay apart, so that a pool that pays and takes the overflow shows both.
    """
    spread: list[Leg] = []
    for leg in legs:
        state = states.get(leg.account_id)
        if state is None:
            raise AccountUnknown
        if leg.amount_minutes == 0:
            raise AmountZero
        amount, over = leg.amount_minutes, 0
        if amount > 0 and state.ceiling_minutes is not None and leg.overflow_id is not None:
            over = max(0, amount - max(0, state.ceiling_minutes - state.posted_minutes))
        if amount - over:
            spread.append(Leg(leg.account_id, amount - over))
        if over and leg.overflow_id is not None:
            if leg.overflow_id not in states:
                raise AccountUnknown
            spread.append(Leg(leg.overflow_id, over))
    return spread


def _held_by_account(holds: Mapping[UUID, HeldLegs], ids: tuple[UUID, ...]) -> dict[UUID, int]:
    held: dict[UUID, int] = {}
    for hold_id in ids:
        for leg in holds[hold_id].legs:
            held[leg.account_id] = held.get(leg.account_id, 0) + leg.amount_minutes
    return held


def _check_floors(
    states: Mapping[UUID, State], legs: list[Leg], held_back: Mapping[UUID, int]
) -> None:
    """Nobody who pays may end below the floor; a closed account takes nothing in or out."""
    net: dict[UUID, int] = {}
    for leg in legs:
        net[leg.account_id] = net.get(leg.account_id, 0) + leg.amount_minutes
    for account_id, minutes in net.items():
        state = states[account_id]
        if state.closed:
            raise AccountClosed
        if minutes >= 0 or state.floor_minutes is None:
            continue
        after = state.available_minutes + held_back.get(account_id, 0) + minutes
        if after < state.floor_minutes:
            raise NotEnough(account_id=account_id, shortfall_minutes=state.floor_minutes - after)


def _captured(holds: Mapping[UUID, HeldLegs], draft: Draft, legs: list[Leg]) -> dict[UUID, int]:
    """How much of each hold the transfer took: payments draw on the holds in their order."""
    owed: dict[UUID, int] = {}
    for leg in legs:
        if leg.amount_minutes < 0:
            owed[leg.account_id] = owed.get(leg.account_id, 0) - leg.amount_minutes
    captured: dict[UUID, int] = {}
    for hold_id in draft.captures:
        taken = 0
        for leg in holds[hold_id].legs:
            part = min(leg.amount_minutes, owed.get(leg.account_id, 0))
            owed[leg.account_id] = owed.get(leg.account_id, 0) - part
            taken += part
        captured[hold_id] = taken
    return captured
