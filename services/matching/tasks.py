"""What the scorer is asked and what it answers: plain data, the same for every caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A request that looks for somebody, as the scorer sees it."""

    request_id: UUID
    book: str
    service_code: str
    starts_at: datetime
    booked_minutes: int
    remote: bool
    #: The elder's door; None where it is not known or nobody has to go there.
    latitude_e6: int | None
    longitude_e6: int | None
    elder_id: UUID
    #: Whether the elder only stays there, and the county, while its people may be asked too.
    away: bool = False
    host_book: str | None = None
    #: How many it takes in all: of two people one may know less.
    people_needed: int = 1
    #: How many are still needed, and whether the listed training is still missing among them.
    people_missing: int = 1
    training_missing: bool = True
    required_sex: str | None = None
    preferred_sex: str | None = None
    languages: frozenset[str] = frozenset()
    language_must: bool = False
    #: Providers who have been there -> how often in the last year.
    known: Mapping[UUID, int] = field(default_factory=dict)
    #: Providers who may not come, whatever the reason: kin, avoided by either side, kept apart,
    #: coming already.
    barred: frozenset[UUID] = frozenset()
    #: Whether somebody experienced is coming already, and for whom a branch has named a companion:
    #: a first home visit is made in company.
    company: bool = False
    companions: frozenset[UUID] = frozenset()
    #: Somebody whom the elder would rather see, or who comes as a rule.
    wished_id: UUID | None = None
    #: For the order in which the batch serves: minutes waited, and the request's risk tier.
    waited_minutes: int = 0
    risk_tier: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """A code for machines and a Chinese sentence with ``{params}`` for people."""

    code: str
    sentence: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody eligible, with what speaks for and against, in thousandths of a minute."""

    provider_id: UUID
    #: The sum of the terms; the lowest comes first.
    cost_milliminutes: int
    terms: Mapping[str, int]
    #: The largest differences to the middle candidate, in words.
    reasons: tuple[Reason, ...]
    #: Straight from the nearest serving place; None where a place is not known.
    distance_m: int | None
    travel_minutes: int
    #: Chance of a yes when asked, in thousandths.
    yes_permille: int


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Something that could be otherwise, and how many people would fit then."""

    code: str
    sentence: str
    params: Mapping[str, Any]
    people: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """The eligible people, best first, and why the others are not among them."""

    candidates: tuple[Candidate, ...]
    eligible: int
    #: Code of a refusal -> how many it turned away (a person may be turned away by several).
    refused: Mapping[str, int]
    #: Cheapest first; only where too few are eligible.
    relaxations: tuple[Relaxation, ...]
