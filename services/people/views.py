"""A member's record as others see it: whole for those who work with it, masked for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Assessment, Certificate, Consent, Member, MemberStatus, Sex
from services import audit, policy, rates
from services.clock import age_on, local_date
from services.context import Context
from services.people import texts
from services.people.reading import current_grade, level_on, member_row, subject_of

#: Relations to a record that show it whole; auditors and administrators see it masked.
WHOLE_FOR = frozenset({"self", "kin:see", "staff"})


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One certificate; ``valid`` is as of the day of reading."""

    id: UUID
    code: str
    issuer: str
    reference: str
    valid_from: date
    valid_to: date | None
    valid: bool


@dataclass(frozen=True, slots=True)
class ConsentView:
    """What somebody agreed to, and how."""

    id: UUID
    kind: str
    how: str
    given_by: str
    at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """One assessment of care needs."""

    id: UUID
    grade: int
    assessed_on: date
    assessor: str


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member's record. Where ``whole`` is false, names and numbers are masked or missing."""

    id: UUID
    whole: bool
    number: str
    name: str
    sex: Sex
    born_on: date | None
    age_years: int
    home_book: str
    region_code: str
    branch_id: UUID
    status: MemberStatus
    id_number_masked: str
    phone: str | None
    address: str | None
    contact: str | None
    latitude_e6: int | None
    longitude_e6: int | None
    skills: tuple[str, ...]
    service_codes: tuple[str, ...]
    is_provider: bool
    is_recipient: bool
    level: str
    care_grade: int
    door_word: str | None
    in_hardship: bool
    lives_alone: bool
    special_family: bool
    spends_under_age: bool
    paused_until: date | None
    served_minutes: int
    joined_at: datetime
    joined_how: str
    joined_by_id: UUID | None
    joined_relation: str | None
    identity_checked_at: datetime | None
    certificates: tuple[CertificateView, ...]
    consents: tuple[ConsentView, ...]
    assessments: tuple[AssessmentView, ...]
    #: The day of a verified death.
    died_on: date | None = None


def member_view(ctx: Context, member_id: UUID) -> MemberView:
    """A member's record, whole or masked by who asks.

    A look by anybody but the member is itself recorded: call this in a unit of work that
    commits, before the page is rendered.
    """
    member = member_row(ctx.session, member_id)
    subject = subject_of(member)
    policy.require(ctx.actor, "member.read", subject)
    whole = bool(policy.relations(ctx.actor, subject) & WHOLE_FOR)
    if ctx.actor.id != member_id:
        audit.record(
            ctx,
            "member.read",
            "member",
            member.id,
            book=member.home_book,
            after={"whole": whole},
        )
    return _view(ctx, member, whole)


def _view(ctx: Context, member: Member, whole: bool) -> MemberView:
    session, today = ctx.session, local_date(ctx.now)
    phone = ctx.vault.open_or_none("member.phone", member.phone_sealed)
    id_number = ctx.vault.open("member.id_number", member.id_number_sealed)
    masked_id = texts.masked_digits(id_number, 6, 4) if whole else None
    return MemberView(
        id=member.id,
        whole=whole,
        number=member.number,
        name=member.name if whole else texts.masked_name(member.name),
        sex=member.sex,
        born_on=member.born_on if whole else None,
        age_years=age_on(member.born_on, today),
        home_book=member.home_book,
        region_code=member.region_code,
        branch_id=member.branch_id,
        status=member.status,
        id_number_masked=masked_id or "*" * len(id_number),
        phone=phone if whole else texts.masked_digits(phone, 3, 4),
        address=ctx.vault.open_or_none("member.address", member.address_sealed) if whole else None,
        contact=ctx.vault.open_or_none("member.contact", member.contact_sealed) if whole else None,
        latitude_e6=member.latitude_e6 if whole else None,
        longitude_e6=member.longitude_e6 if whole else None,
        skills=tuple(member.skills),
        service_codes=tuple(member.service_codes),
        is_provider=member.is_provider,
        is_recipient=member.is_recipient,
        level=level_on(session, member, today, rates.rule_set_on(session, today)),
        care_grade=current_grade(session, member.id, today),
        door_word=member.door_word if whole else None,
        in_hardship=member.in_hardship,
        lives_alone=member.lives_alone,
        special_family=member.special_family,
        spends_under_age=member.spends_under_age,
        paused_until=member.paused_until,
        served_minutes=member.served_minutes,
        joined_at=member.joined_at,
        joined_how=member.joined_how,
        joined_by_id=member.joined_by_id,
        joined_relation=member.joined_relation,
        identity_checked_at=member.identity_checked_at,
        died_on=local_date(member.died_at) if member.died_at else None,
        certificates=_certificates(session, member.id, today, whole),
        consents=_consents(session, member.id, whole),
        assessments=_assessments(session, member.id),
    )


def _certificates(
    session: Session, member_id: UUID, today: date, whole: bool
) -> tuple[CertificateView, ...]:
    rows = session.scalars(
        sa.select(Certificate)
        .where(Certificate.member_id == member_id)
        .order_by(Certificate.valid_from.desc(), Certificate.id.desc())
    )
    return tuple(
        CertificateView(
            id=row.id,
            code=row.code,
            issuer=row.issuer,
            reference=row.reference if whole else "",
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            valid=row.valid_from <= today and (row.valid_to is None or today <= row.valid_to),
        )
        for row in rows
    )


def _consents(session: Session, member_id: UUID, whole: bool) -> tuple[ConsentView, ...]:
    rows = session.scalars(
        sa.select(Consent).where(Consent.member_id == member_id).order_by(Consent.at, Consent.id)
    )
    return tuple(
        ConsentView(
            id=row.id,
            kind=row.kind,
            how=row.how,
            given_by=row.given_by if whole else "",
            at=row.at,
            withdrawn_at=row.withdrawn_at,
        )
        for row in rows
    )


def _assessments(session: Session, member_id: UUID) -> tuple[AssessmentView, ...]:
    rows = session.scalars(
        sa.select(Assessment)
        .where(Assessment.member_id == member_id)
        .order_by(Assessment.assessed_on.desc(), Assessment.recorded_at.desc())
    )
    return tuple(AssessmentView(row.id, row.grade, row.assessed_on, row.assessor) for row in rows)
