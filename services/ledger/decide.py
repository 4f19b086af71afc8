"""The specification of a posting: pure, on numbers that the caller has locked.

``timebank_post`` (see the migrations) says the same for one transfer inside PostgreSQL; a
property test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.errors import LockWider
from services.ledger.drafts import (
    AboveCeiling,
    AccountClosed,
    AccountUnknown,
    AmountZero,
    Draft,
    EffectiveLater,
    HoldDraft,
    HoldEnded,
    NotBalanced,
    NotEnough,
    spread,
)

#: What comes after the floors were shifted is posted later than everything before.
TICK = timedelta(microseconds=1)


@dataclass(slots=True)
class State:
    """One balance row under its lock; deciding changes it as the posting will."""

    posted_minutes: int
    held_minutes: int
    floor_minutes: int | None
    version: int
    posted_at: datetime | None = None
    expires_at: datetime | None = None
    #: Whether it has to be written.
    changed: bool = False

    @property
    def available_minutes(self) -> int:
        """Posted less held."""
        return self.posted_minutes - self.held_minutes


@dataclass(slots=True)
class AccountState:
    """An account and those of its balance rows that are locked, by slot."""

    rows: dict[int, State]
    slots: int = 1
    ceiling_minutes: int | None = None
    closed: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every row of the account is locked, so that its limits can be judged."""
        return len(self.rows) == self.slots

    def headroom_minutes(self) -> int:
        """What may still be spent over all locked rows; the account has a floor."""
        return sum(row.available_minutes - (row.floor_minutes or 0) for row in self.rows.values())


@dataclass(frozen=True, slots=True)
class HeldLeg:
    """What a hold keeps on one balance row."""

    account_id: UUID
    amount_minutes: int
    slot: int = 0


@dataclass(frozen=True, slots=True)
class HeldLegs:
    """A hold: what it keeps on each row, whether it has ended, and when it runs out."""

    hold_id: UUID
    legs: tuple[HeldLeg, ...]
    ended: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An entry to write."""

    account_id: UUID
    slot: int
    amount_minutes: int
    version: int
    balance_after_minutes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a posting writes: its entries, and how much of each hold was captured."""

    posted_at: datetime
    lines: tuple[Line, ...]
    captured_minutes: Mapping[UUID, int] = field(default_factory=dict)


def check_shape(draft: Draft) -> None:
    """What a draft must be whatever stands on its accounts: two legs or more that balance.

    Raises AmountZero or NotBalanced.
    """
    total = 0
    for leg in draft.legs:
        if leg.amount_minutes == 0:
            raise AmountZero
        total += leg.amount_minutes
    if total != 0 or len(draft.legs) < 2:
        raise NotBalanced


def decide_transfer(
    accounts: Mapping[UUID, AccountState],
    holds: Mapping[UUID, HeldLegs],
    draft: Draft,
    now: datetime,
) -> Plan:
    """Decide one transfer on locked accounts, changing them; a refusal raises and changes nothing.

    Raises EffectiveLater, HoldEnded, AccountUnknown, AboveCeiling, AccountClosed or NotEnough, and
    LockWider when a slot has run dry and not all of its account is locked.
    """
    if draft.effective_at > now:
        raise EffectiveLater
    for hold_id in draft.captures:
        if holds[hold_id].ended:
            raise HoldEnded
    homes = _homes(accounts, holds, draft)
    legs = _spread_overflow(accounts, draft, homes)
    back = _held_back(holds, draft.captures)
    net = _net(legs)
    if any(homes[account_id] not in accounts[account_id].rows for account_id in net):
        raise LockWider  # the account was spread over more rows while we waited
    dry = _check_limits(accounts, homes, net, back)
    for (account_id, slot), minutes in back.items():
        row = accounts[account_id].rows[slot]
        row.held_minutes -= minutes
        row.changed = True
    moment = now
    for account_id in net:
        row = accounts[account_id].rows[homes[account_id]]
        if row.posted_at is not None and row.posted_at > moment:
            moment = row.posted_at
    for account_id in dry:
        # Floors move before the minutes do, so that no row is ever below its own.
        ahead = {homes[account_id]: net[account_id]}
        moment = level(accounts[account_id], moment, ahead)
    lines = []
    for account_id, minutes in legs:
        slot = homes[account_id]
        row = accounts[account_id].rows[slot]
        row.posted_minutes += minutes
        row.version += 1
        row.posted_at, row.changed = moment, True
        lines.append(Line(account_id, slot, minutes, row.version, row.posted_minutes))
    captured = _captured(holds, draft.captures, legs) if draft.captures else {}
    return Plan(moment, tuple(lines), captured)


def decide_hold(
    accounts: Mapping[UUID, AccountState], draft: HoldDraft, now: datetime
) -> tuple[HeldLeg, ...]:
    """Set minutes aside on locked accounts; the legs say on which slot.

    Raises AmountZero, AccountUnknown, AccountClosed or NotEnough and changes nothing, or LockWider.
    """
    wanted: dict[UUID, int] = {}
    for leg in draft.legs:
        if leg.amount_minutes <= 0:
            raise AmountZero
        if leg.account_id not in accounts:
            raise AccountUnknown(account_id=leg.account_id)
        wanted[leg.account_id] = wanted.get(leg.account_id, 0) + leg.amount_minutes
    number = spread(draft.key)
    homes = {account_id: number % accounts[account_id].slots for account_id in wanted}
    if any(slot not in accounts[account_id].rows for account_id, slot in homes.items()):
        raise LockWider
    net = {account_id: -minutes for account_id, minutes in wanted.items()}
    dry = _check_limits(accounts, homes, net, {})
    for account_id in dry:
        level(accounts[account_id], now, {homes[account_id]: net[account_id]})
    for account_id, minutes in wanted.items():
        row = accounts[account_id].rows[homes[account_id]]
        row.held_minutes += minutes
        row.changed = True
        if draft.expires_at is not None:
            row.expires_at = min(row.expires_at or draft.expires_at, draft.expires_at)
    return tuple(
        HeldLeg(leg.account_id, leg.amount_minutes, homes[leg.account_id]) for leg in draft.legs
    )


def level(account: AccountState, moment: datetime, ahead: Mapping[int, int]) -> datetime:
    """Share what an account may still spend evenly among its rows, by shifting their floors.

    All rows are locked. ``ahead`` is what is about to be taken from a row. The floors sum to what
    they summed to. Returns the moment of the shift: later than all that any row has posted, so
    that its history can be told in order.
    """
    latest = [row.posted_at for row in account.rows.values() if row.posted_at is not None]
    moment = max([moment, *(past + TICK for past in latest)])
    rows = sorted(account.rows.items())
    room = account.headroom_minutes() + sum(ahead.values())
    each, more = divmod(room, len(rows))
    for place, (slot, row) in enumerate(rows):
        share = each + (1 if place < more else 0)
        row.floor_minutes = row.available_minutes + ahead.get(slot, 0) - share
        row.posted_at, row.changed = moment, True
    return moment


def _homes(
    accounts: Mapping[UUID, AccountState], holds: Mapping[UUID, HeldLegs], draft: Draft
) -> dict[UUID, int]:
    """The slot of each account that the legs go to: where it was held, else as the key says."""
    number = spread(draft.key)
    homes = {
        account_id: number % accounts[account_id].slots
        for account_id in ends_of(draft)
        if account_id in accounts
    }
    for hold_id in reversed(draft.captures):
        for held in reversed(holds[hold_id].legs):
            homes[held.account_id] = held.slot
    return homes


def _spread_overflow(
    accounts: Mapping[UUID, AccountState], draft: Draft, homes: Mapping[UUID, int]
) -> list[tuple[UUID, int]]:
    """The legs as they will be written: what passes a ceiling goes to the overflow account.

    Legs on one account stay apart, so that a pool that pays and takes the overflow shows both.
    Only a reversal passes a ceiling: what was taken by mistake comes back whole.
    """
    written: list[tuple[UUID, int]] = []
    put: dict[UUID, int] = {}
    for leg in draft.legs:
        account = accounts.get(leg.account_id)
        if account is None:
            raise AccountUnknown(account_id=leg.account_id)
        over = 0
        ceiling = account.ceiling_minutes
        if leg.amount_minutes > 0 and ceiling is not None and draft.reverses_id is None:
            stands = account.rows[homes[leg.account_id]].posted_minutes
            stands += put.get(leg.account_id, 0)
            over = max(0, leg.amount_minutes - max(0, ceiling - stands))
            if over and leg.overflow_id is None:
                raise AboveCeiling(
                    account_id=leg.account_id, ceiling_minutes=ceiling, excess_minutes=over
                )
        if leg.amount_minutes != over:
            written.append((leg.account_id, leg.amount_minutes - over))
            put[leg.account_id] = put.get(leg.account_id, 0) + leg.amount_minutes - over
        if over and leg.overflow_id is not None:
            if leg.overflow_id not in accounts:
                raise AccountUnknown(account_id=leg.overflow_id)
            written.append((leg.overflow_id, over))
            put[leg.overflow_id] = put.get(leg.overflow_id, 0) + over
    return written


def _held_back(
    holds: Mapping[UUID, HeldLegs], captures: Iterable[UUID]
) -> dict[tuple[UUID, int], int]:
    """What the captured holds give back, by balance row."""
    back: dict[tuple[UUID, int], int] = {}
    for hold_id in captures:
        for held in holds[hold_id].legs:
            place = held.account_id, held.slot
            back[place] = back.get(place, 0) + held.amount_minutes
    return back


def _net(legs: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    net: dict[UUID, int] = {}
    for account_id, minutes in legs:
        net[account_id] = net.get(account_id, 0) + minutes
    return net


def _check_limits(
    accounts: Mapping[UUID, AccountState],
    homes: Mapping[UUID, int],
    net: Mapping[UUID, int],
    back: Mapping[tuple[UUID, int], int],
) -> list[UUID]:
    """Nobody who pays may end below the floor; a closed account takes nothing in or out.

    Returns the accounts whose slot has too little while all their slots have enough.
    """
    dry: list[UUID] = []
    for account_id, minutes in net.items():
        account, slot = accounts[account_id], homes[account_id]
        row = account.rows[slot]
        if account.closed:
            raise AccountClosed(account_id=account_id)
        if minutes >= 0 or row.floor_minutes is None:
            continue
        after = row.available_minutes + back.get((account_id, slot), 0) + minutes
        if after >= row.floor_minutes:
            continue
        if not account.is_whole:
            raise LockWider
        freed = sum(back.get((account_id, each), 0) for each in account.rows)
        room = account.headroom_minutes() + freed + minutes
        if room < 0:
            floor = sum(each.floor_minutes or 0 for each in account.rows.values())
            raise NotEnough(account_id=account_id, floor_minutes=floor, shortfall_minutes=-room)
        dry.append(account_id)
    return dry


def _captured(
    holds: Mapping[UUID, HeldLegs],
    captures: Sequence[UUID],
    legs: Iterable[tuple[UUID, int]],
) -> dict[UUID, int]:
    """How much of each hold the transfer took: payments draw on the holds in their order."""
    owed: dict[UUID, int] = {}
    for account_id, minutes in legs:
        if minutes < 0:
            owed[account_id] = owed.get(account_id, 0) - minutes
    captured: dict[UUID, int] = {}
    for hold_id in captures:
        taken = 0
        for held in holds[hold_id].legs:
            part = min(held.amount_minutes, owed.get(held.account_id, 0))
            owed[held.account_id] = owed.get(held.account_id, 0) - part
            taken += part
        captured[hold_id] = taken
    return captured


def ends_of(draft: Draft) -> set[UUID]:
    """Every account that a draft may touch, the overflow's included."""
    touched = {leg.account_id for leg in draft.legs}
    touched.update(leg.overflow_id for leg in draft.legs if leg.overflow_id is not None)
    return touched
