"""What is asked of somebody who joins, and how each answer is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from models.people import Sex

#: How somebody comes to be a member.
SELF, FAMILY, COUNTER = "self", "family", "counter"
HOWS = (SELF, FAMILY, COUNTER)
#: Brought along by an older time bank; nobody chooses this.
IMPORTED = "import"
#: How a consent was given: by oneself on one's own login, or in front of somebody.
OWN, SIGNATURE, VOICE, DOCUMENT = "own", "signature", "voice", "document"
CONSENT_HOWS = (OWN, SIGNATURE, VOICE, DOCUMENT)
#: Consents that somebody took down for another.
WITNESSED = (SIGNATURE, VOICE, DOCUMENT)
#: What a delegate may do: look, ask for help, confirm that help came.
SCOPES = ("see", "ask", "confirm")


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who agrees for somebody under age, what they are to the child, and how they agreed."""

    name: str
    relation: str
    how: str
    #: The guardian's own ID number; needed for a child under 14.
    id_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterForm:
    """Everything a record needs. Places on the map are millionths of a degree.

    ``relation`` is what the relative who signs somebody up is to the new member (child, spouse);
    ``terms_how`` how the new member agreed to the terms.
    """

    how: str
    name: str
    sex: Sex
    born_on: date
    id_number: str
    region_code: str
    branch_id: UUID
    terms: bool
    terms_how: str = OWN
    phone: str | None = None
    address: str | None = None
    contact: str | None = None
    latitude_e6: int | None = None
    longitude_e6: int | None = None
    skills: tuple[str, ...] = ()
    service_codes: tuple[str, ...] = ()
    wants_to_serve: bool = False
    wants_to_receive: bool = False
    guardian: Guardian | None = None
    relation: str | None = None
    login_name: str | None = None
    door_word: str | None = None
    #: The separate consents, by whoever was asked; None: not asked yet.
    health: bool | None = None
    place: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactForm:
    """Contact details as they should stand from now on; None clears what is not required."""

    phone: str | None
    address: str | None
    contact: str | None
    latitude_e6: int | None = None
    longitude_e6: int | None = None
    region_code: str | None = None
    branch_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateForm:
    """A course, licence, insurance or declaration; both days are included."""

    code: str
    issuer: str
    reference: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentForm:
    """A GB/T 42195 assessment. With a total score, the grade is checked against it.

    ``coma``, ``dementia`` and ``risk_events`` (falls, choking, getting lost and so on within 30
    days) are what the standard allows to worsen the grade.
    """

    grade: int
    assessed_on: date
    assessor: str
    total_score: int | None = None
    coma: bool = False
    dementia: bool = False
    risk_events: int = 0
