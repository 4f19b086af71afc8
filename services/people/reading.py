"""What other services read about a person: facts on a day, never a live object but one.

``member_row`` hands out the stored row to services that change it; everything else is frozen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Assessment, Certificate, Consent, Kinship, Member, MemberStatus, Sex
from services import rates
from services.clock import age_on, local_date
from services.people.errors import NotAMember
from services.people.forms import OWN
from services.policy import Subject
from services.rules.eligibility import HEALTH_DECLARATION, INSURANCE
from services.rules.levels import HeldCertificate, provider_level, valid_codes
from services.rules.rule_set import RuleSet


def member_row(session: Session, member_id: UUID) -> Member:
    """The stored member, or :class:`NotAMember`; services only."""
    row = session.get(Member, member_id)
    if row is None:
        raise NotAMember
    return row


def subject_of(member: Member) -> Subject:
    """The policy's view of a member's own affair."""
    return Subject(
        book=member.home_book,
        region_code=member.region_code,
        branch_id=member.branch_id,
        member_id=member.id,
    )


def current_grade(session: Session, member_id: UUID, day: date) -> int:
    """The care grade that holds on a day; 0 when nobody has assessed the person yet."""
    return current_grades(session, [member_id], day).get(member_id, 0)


def current_grades(session: Session, ids: Iterable[UUID], day: date) -> dict[UUID, int]:
    """The same for many members; whoever was never assessed is left out."""
    rows = session.execute(
        sa.select(Assessment.member_id, Assessment.grade)
        .where(Assessment.member_id.in_(list(ids)), Assessment.assessed_on <= day)
        .order_by(Assessment.assessed_on, Assessment.recorded_at, Assessment.id)
    )
    return {row.member_id: row.grade for row in rows}


def held_certificates(session: Session, member_id: UUID) -> tuple[HeldCertificate, ...]:
    """Everything a member holds or held, with its first and last day, oldest first."""
    return certificates_of(session, [member_id])[member_id]


def certificates_of(
    session: Session, ids: Iterable[UUID]
) -> dict[UUID, tuple[HeldCertificate, ...]]:
    """The same for many members; every one of them has an entry."""
    found: dict[UUID, list[HeldCertificate]] = {each: [] for each in ids}
    rows = session.execute(
        sa.select(
            Certificate.member_id, Certificate.code, Certificate.valid_from, Certificate.valid_to
        )
        .where(Certificate.member_id.in_(list(found)))
        .order_by(Certificate.valid_from, Certificate.id)
    )
    for row in rows:
        held = HeldCertificate(row.code, row.valid_from, row.valid_to)
        found[row.member_id].append(held)
    return {member_id: tuple(those) for member_id, those in found.items()}


def level_on(session: Session, member: Member, day: date, rules: RuleSet) -> str:
    """The provider level that follows from certificates valid on a day and minutes served."""
    codes = valid_codes(held_certificates(session, member.id), day)
    return provider_level(codes, member.served_minutes, rules)


def has_consent(session: Session, member_id: UUID, kind: str) -> bool:
    """Whether a consent of this kind stands: given in person or taken down by staff.

    What somebody else said at sign-up (a relative, a minor about a guardian) is only a claim.
    """
    return bool(consenting(session, [member_id], kind))


def consenting(session: Session, ids: Iterable[UUID], kind: str) -> frozenset[UUID]:
    """Those of some members for whom such a consent stands."""
    return frozenset(
        session.scalars(
            sa.select(Consent.member_id).where(
                Consent.member_id.in_(list(ids)),
                Consent.kind == kind,
                Consent.withdrawn_at.is_(None),
                sa.or_(Consent.how == OWN, Consent.recorded_by_id.is_not(None)),
            )
        )
    )


def kin_relation(session: Session, member_id: UUID, other_id: UUID) -> str | None:
    """What ``other`` is to the member (spouse, parent, child, …), or None."""
    return session.scalar(
        sa.select(Kinship.relation).where(
            Kinship.member_id == member_id, Kinship.other_id == other_id
        )
    )


@dataclass(frozen=True, slots=True)
class ProviderProfile:
    """What decides whether a person may serve, at one moment. Minutes are actual minutes."""

    member_id: UUID
    home_book: str
    region_code: str
    branch_id: UUID
    age_years: int
    sex: Sex
    is_provider: bool
    is_active: bool
    identity_checked: bool
    level: str
    #: Codes valid on the day; ``held`` has them all, with their days.
    certificates: frozenset[str]
    held: tuple[HeldCertificate, ...]
    insured: bool
    health_declared: bool
    #: Only asked of those under the rule set's adult age.
    guardian_consent: bool
    #: The last day of a pause, or None; ``paused`` says whether it covers the moment.
    paused_until: date | None
    paused: bool
    served_minutes: int
    latitude_e6: int | None
    longitude_e6: int | None


def provider_profile(
    session: Session, member_id: UUID, on: datetime, rules: RuleSet | None = None
) -> ProviderProfile:
    """A provider's facts as they hold at a moment; certificates are those valid on its day.

    Levels follow from the rule set in force on that day unless ``rules`` is given.
    """
    member = member_row(session, member_id)
    day = local_date(on)
    held = held_certificates(session, member_id)
    codes = valid_codes(held, day)
    rules = rules or rates.rule_set_on(session, day)
    return ProviderProfile(
        member_id=member.id,
        home_book=member.home_book,
        region_code=member.region_code,
        branch_id=member.branch_id,
        age_years=age_on(member.born_on, day),
        sex=member.sex,
        is_provider=member.is_provider,
        is_active=member.status is MemberStatus.ACTIVE,
        identity_checked=member.identity_checked_at is not None,
        level=provider_level(codes, member.served_minutes, rules),
        certificates=codes,
        held=held,
        insured=INSURANCE in codes,
        health_declared=HEALTH_DECLARATION in codes,
        guardian_consent=has_consent(session, member_id, "guardian"),
        paused_until=member.paused_until,
        paused=member.paused_until is not None and day <= member.paused_until,
        served_minutes=member.served_minutes,
        latitude_e6=member.latitude_e6,
        longitude_e6=member.longitude_e6,
    )
