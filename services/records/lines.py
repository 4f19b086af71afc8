"""What a record of service says, in the fields of 民政部令 67, articles 5 and 7 to 10."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Article 5: who serves. The ID number and the telephone are masked on every page."""

    member_id: UUID
    number: str
    name: str
    sex: str
    born_on: date
    id_number: str
    region: Name
    phone: str | None
    skills: tuple[str, ...]
    services: tuple[Name, ...]
    joined_on: date

    @property
    def missing(self) -> tuple[str, ...]:
        """What the record lacks, by code."""
        parts = {"phone": self.phone, "skills": self.skills, "services": self.services}
        return tuple(code for code, value in parts.items() if not value)


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """Article 7: one service. Minutes are those actually given; the unit of the law is the hour.

    ``kind`` is ``visit`` or ``group``. The place is a district, never an elder's door.
    """

    book: str
    id: UUID
    kind: str
    reference: str
    provider_id: UUID
    service_code: str
    activity: Name
    content: Name
    began_at: datetime
    ended_at: datetime
    day: date
    place: Name
    remote: bool
    actual_minutes: int
    branch_id: UUID
    organiser: Name
    operator: Name
    person_in_charge: str | None
    recorded_at: datetime
    due_on: date
    recorded_on: date
    by_hand: bool

    @property
    def missing(self) -> tuple[str, ...]:
        """What the record lacks, by code."""
        return () if self.person_in_charge else ("person_in_charge",)

    @property
    def is_late(self) -> bool:
        """Whether it was recorded after the last day for it."""
        return self.recorded_on > self.due_on


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """Article 8: one training, and how it ended."""

    book: str
    session_id: UUID
    member_id: UUID
    name: Name
    contents: str
    study_minutes: int
    organiser: str
    day: date
    result: str


@dataclass(frozen=True, slots=True)
class HonourRecord:
    """Article 9: an honour. A withdrawn one is not part of a record."""

    book: str
    id: UUID
    member_id: UUID
    name: str
    given_on: date
    given_by: str


@dataclass(frozen=True, slots=True)
class EvaluationRecord:
    """Article 10: how good a service was, and when that was said. 3 good, 2 fair, 1 not good."""

    book: str
    visit_id: UUID
    member_id: UUID
    service: Name
    score: int
    day: date


def hours_text(minutes: int) -> str:
    """Hours with two decimals, half up, as the law counts: 62 minutes are 1.03."""
    hundredths = (minutes * 100 + 30) // 60
    return f"{hundredths // 100}.{hundredths % 100:02d}"
