"""What the rules of oversight look at: plain rows of whole numbers, and what they find.

Moments are whole seconds since 1970 (UTC), lengths whole minutes unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

DAY = 86_400
#: China keeps one clock, eight hours ahead.
LOCAL = 8 * 3_600


class Served(NamedTuple):
    """A credited visit as it is on record. A tuple: a book has a million of them."""

    id: UUID
    book: str
    request_id: UUID
    branch_id: UUID
    elder_id: UUID
    provider_id: UUID
    service: str
    remote: bool
    came: int
    left: int
    #: Standard minutes that the provider earned.
    earned: int
    latitude_e6: int | None
    longitude_e6: int | None
    came_by: str
    left_by: str
    #: How the elder's word was taken (own, family, voice, …), by whom and when.
    word: str
    word_by: UUID | None
    word_at: int
    came_device: str | None
    left_device: str | None
    word_device: str | None
    credited: int


class Keyed(NamedTuple):
    """A service that somebody keyed in: a manual entry, or a printed slip at the counter."""

    #: Of the entry; of a slip, of its visit.
    id: UUID
    way: str  # entry, slip
    by: UUID
    at: int
    #: The second signature of an entry; None: there is none (yet).
    second: UUID | None
    second_at: int
    branch_id: UUID
    visit_id: UUID | None
    #: How long the service is said to have taken, in minutes.
    minutes: int


class Given(NamedTuple):
    """Coins that went from one member to another without a service."""

    id: UUID
    giver_id: UUID
    receiver_id: UUID
    minutes: int
    at: int


@dataclass(frozen=True, slots=True)
class Window:
    """Everything of one book between two moments; ``served`` may hold visits of other books."""

    book: str
    since: int
    until: int
    served: Sequence[Served]
    keyed: Sequence[Keyed] = ()
    given: Sequence[Given] = ()
    #: Member -> moment of death.
    deaths: Mapping[UUID, int] = field(default_factory=dict)
    #: Branch or member -> when the branch or the account closed.
    closings: Mapping[UUID, int] = field(default_factory=dict)
    #: (elder, provider) whose call-back within the last days said that it was so.
    passed: frozenset[tuple[UUID, UUID]] = frozenset()


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A published table of thresholds, with what the rule set says beside it."""

    version: str
    #: Code -> name -> figure; only codes that are in the table are looked for.
    held_to: Mapping[str, Mapping[str, int]]
    #: (up to so many metres or None, metres a minute), the shortest way first.
    fastest: tuple[tuple[int | None, int], ...]
    #: Services in which the provider is away from the elder for most of the time.
    away: frozenset[str]
    #: Service -> local hours (from, to) in which it makes sense; "" for all others.
    hours: Mapping[str, tuple[int, int]]
    pair_window_days: int = 90


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: about what, when, which visits, and the figures that speak for it."""

    code: str
    #: visit, member, pair, branch, administrator, device, members.
    subject_kind: str
    subject_id: UUID
    #: When the last of it happened.
    happened: int
    visits: tuple[UUID, ...]
    #: Whom it speaks of: nobody decides about himself or his kin.
    people: tuple[UUID, ...]
    figures: Mapping[str, Any]
    held_to: Mapping[str, int]
    branch_id: UUID | None = None
    #: Of the entries that it is about, where those are no visits (yet).
    entries: tuple[UUID, ...] = ()

    @property
    def about(self) -> tuple[UUID, ...]:
        """What makes it the same finding when it is found again."""
        return self.entries or self.visits


def thresholds_of(
    content: Mapping[str, Any], *, in_a_row: int, share_percent: int, window_days: int
) -> Thresholds:
    """Read a table's content, with the three figures that the rule set itself publishes."""
    held = {each["code"]: dict(each["held_to"]) for each in content["codes"]}
    held["equal_durations"]["in_a_row"] = in_a_row
    held["concentrated_pair"]["share_percent"] = share_percent
    hours = {code: (low, high) for code, (low, high) in content["hours"]["services"].items()}
    low, high = content["hours"]["default"]
    return Thresholds(
        version=content["version"],
        held_to=held,
        fastest=tuple((each["up_to_m"], each["metres_a_minute"]) for each in content["fastest"]),
        away=frozenset(content["away"]),
        hours={**hours, "": (low, high)},
        pair_window_days=window_days,
    )


def recent(window: Window, days: int) -> list[Served]:
    """The visits of the window's last so many days."""
    since = window.until - days * DAY
    return [row for row in window.served if row.came >= since]


def by_provider(rows: Sequence[Served]) -> dict[UUID, list[Served]]:
    """Each provider's visits in the order of coming."""
    found: dict[UUID, list[Served]] = {}
    for row in rows:
        found.setdefault(row.provider_id, []).append(row)
    for own in found.values():
        own.sort(key=lambda row: row.came)
    return found
