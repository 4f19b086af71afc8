"""A published rule set: frozen, typed, and known by the hash of its content.

The numbers live in ``data/``; these classes give them names. A file becomes a ``RuleSet`` through
``services.rules.schema``, which refuses what does not fit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from services.errors import Invalid
from services.rules.names import Name
from services.rules.sections import (
    CheckIn,
    Earning,
    EvidenceClass,
    Gifts,
    Grants,
    Inheritance,
    Penalties,
    Records,
    RegionalField,
    Reserve,
    Spending,
    Star,
)

ElderPays = Literal["chosen", "full"]
TwoPeople = Literal["never", "always", "first_visit"]

MINUTES_IN_DAY = 24 * 60


class UnknownService(Invalid):
    """服务目录里没有 {service} 这一项。"""

    code = "unknown_service"


class UnknownLevel(Invalid):
    """没有 {level} 这个服务者等级。"""

    code = "unknown_level"


class UnknownGrade(Invalid):
    """照护等级应是 0 到 {highest} 的整数，现在是 {grade}。"""

    code = "unknown_grade"


@dataclass(frozen=True, slots=True)
class Tier:
    """S: what kind of service it is."""

    code: str
    name: Name
    percent: int


@dataclass(frozen=True, slots=True)
class Level:
    """P: what the provider has learnt and served."""

    code: str
    name: Name
    #: What has to be shown for it, in words.
    terms: Name
    percent: int
    served_hours: int


@dataclass(frozen=True, slots=True)
class Grade:
    """R: the recipient's care grade after GB/T 42195."""

    grade: int
    name: Name
    percent: int


@dataclass(frozen=True, slots=True)
class DayKind:
    """T, by the day."""

    code: str
    name: Name
    percent: int


@dataclass(frozen=True, slots=True)
class HourBand:
    """T, by the hour: from a minute of the day up to, not including, another."""

    code: str
    name: Name
    percent: int
    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True)
class CertificateKind:
    """A course, licence, title or document, and the level that it supports by itself."""

    code: str
    name: Name
    kind: str
    level: str
    hours: int


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One line of the catalogue."""

    code: str
    name: Name
    tier: str
    care: bool
    min_minutes: int
    max_minutes: int
    #: The listed training: at least this level, all of these and one of those certificates.
    level: str
    all_of: frozenset[str]
    one_of: frozenset[str]
    #: With one of these, a provider's factor above 100 counts on this line.
    recognises: frozenset[str]
    two_people: TwoPeople
    #: Two people from this grade on; None where the grade does not matter.
    two_people_from_grade: int | None
    flags: frozenset[str]
    limits: Name | None

    @property
    def remote(self) -> bool:
        """It can be given without being there."""
        return "remote" in self.flags

    @property
    def insurance(self) -> bool:
        """The provider must hold a valid accident insurance."""
        return "insurance" in self.flags

    @property
    def same_sex(self) -> bool:
        """The recipient is asked whether the provider should be of the same sex."""
        return "same_sex" in self.flags

    @property
    def money_log(self) -> bool:
        """Money that passes through the provider's hands is written down."""
        return "money_log" in self.flags

    @property
    def group(self) -> bool:
        """It can be given to several recipients at once."""
        return "group" in self.flags


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """Everything that one version of the rules says. Compare two by ``content_hash``."""

    version: str
    content_hash: str
    title: Name
    effective_from: date
    elder_pays: ElderPays
    #: The weight S x P x R is cut at this, in units of 100^3.
    weight_cap: int
    overrun_minutes: int
    minimum_minutes: int
    minutes_per_coin: int
    tiers: Mapping[str, Tier]
    levels: Mapping[str, Level]
    grades: tuple[Grade, ...]
    day_kinds: Mapping[str, DayKind]
    hour_bands: tuple[HourBand, ...]
    certificates: Mapping[str, CertificateKind]
    services: Mapping[str, ServiceLine]
    #: What the second of two people needs, if the first one has the listed training.
    second_level: str
    excluded: tuple[Name, ...]
    earning: Earning
    spending: Spending
    check_in: CheckIn
    closed_door_minutes: int
    silence_hours: int
    penalties: Penalties
    stars: tuple[Star, ...]
    star_clean_months: int
    grants: Grants
    gifts: Gifts
    inheritance: Inheritance
    reserve: Reserve
    records: Records
    old_balances: Mapping[str, EvidenceClass]
    old_balance_notice_days: int
    old_balance_sample_percent: int
    old_balance_witnesses: int
    regional: Mapping[str, RegionalField]
    #: The document itself, as it was published.
    content: Mapping[str, Any] = field(repr=False, compare=False)

    def service(self, code: str) -> ServiceLine:
        """The catalogue line, or :class:`UnknownService`."""
        try:
            return self.services[code]
        except (KeyError, TypeError):
            raise UnknownService(field="service", service=code) from None

    def level(self, code: str) -> Level:
        """The provider level, or :class:`UnknownLevel`."""
        try:
            return self.levels[code]
        except (KeyError, TypeError):
            raise UnknownLevel(field="provider_level", level=code) from None

    def grade(self, grade: int) -> Grade:
        """The recipient's grade, or :class:`UnknownGrade`."""
        if not 0 <= grade < len(self.grades):
            raise UnknownGrade(field="care_grade", grade=grade, highest=len(self.grades) - 1)
        return self.grades[grade]

    def default(self, name: str) -> int:
        """What holds where a region has set nothing."""
        return self.regional[name].default

    def level_rank(self, code: str) -> int:
        """0 for the lowest level, rising."""
        self.level(code)
        return list(self.levels).index(code)


def canonical_json(content: Any) -> str:
    """One spelling for one content: sorted keys, no spaces, no floats, text as it is."""
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def hash_of(content: Any) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()
