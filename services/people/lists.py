"""Lists around a person: relatives, delegations, roles, and who waits for the identity check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.people import Delegation, Guardianship, Kinship, Member, MemberStatus, RoleAssignment
from services import policy
from services.clock import local_date
from services.context import Context
from services.people.forms import SCOPES
from services.people.guardians import PURPOSE
from services.people.reading import member_row, subject_of

#: In place of a consent: by a court's or a committee's paper.
GUARDIAN = "guardian"


@dataclass(frozen=True, slots=True)
class KinView:
    """``relation`` is what the other person is to the member."""

    member_id: UUID
    name: str
    relation: str
    #: The day of a verified death.
    died_on: date | None = None


@dataclass(frozen=True, slots=True)
class DelegationView:
    """Who may act for whom, in what, until which day."""

    id: UUID
    member_id: UUID
    member_name: str
    delegate_id: UUID
    delegate_name: str
    scopes: frozenset[str]
    consent: str
    granted_at: datetime
    #: None for a guardian of record, whose leave ends at the counter.
    ends_on: date | None
    in_force: bool
    #: How much of the elder's coins may be set aside in a month; None: no limit was set.
    spend_minutes: int | None

    @property
    def is_guardian(self) -> bool:
        """Whether this is the guardian of record, who needs no delegation."""
        return self.consent == GUARDIAN


@dataclass(frozen=True, slots=True)
class GuardianView:
    """A guardianship on record; ``reference`` is the paper's number."""

    id: UUID
    guardian_id: UUID
    guardian_name: str
    document: str
    reference: str
    since: date
    ended_at: datetime | None
    end_reason: str | None


@dataclass(frozen=True, slots=True)
class RoleView:
    """A staff role in force."""

    id: UUID
    role: str
    scope_kind: str
    scope: str
    granted_at: datetime


def kin_of(ctx: Context, member_id: UUID) -> tuple[KinView, ...]:
    """A member's recorded relatives, by name."""
    policy.require(ctx.actor, "member.read", subject_of(member_row(ctx.session, member_id)))
    rows = ctx.session.execute(
        sa.select(Member.id, Member.name, Member.died_at, Kinship.relation)
        .join(Member, Member.id == Kinship.other_id)
        .where(Kinship.member_id == member_id)
        .order_by(Member.name, Member.id)
    )
    return tuple(
        KinView(row.id, row.name, row.relation, local_date(row.died_at) if row.died_at else None)
        for row in rows
    )


def helping_kin(ctx: Context, member_id: UUID) -> tuple[KinView, ...]:
    """The member's recorded relatives who could act for the member: those with an account."""
    policy.require(ctx.actor, "delegation.grant", subject_of(member_row(ctx.session, member_id)))
    rows = ctx.session.execute(
        sa.select(Member.id, Member.name, Kinship.relation)
        .join(Member, Member.id == Kinship.other_id)
        .where(Kinship.member_id == member_id, Member.status == MemberStatus.ACTIVE)
        .order_by(Member.name, Member.id)
    )
    return tuple(KinView(row.id, row.name, row.relation) for row in rows)


def delegations_of(ctx: Context, member_id: UUID) -> tuple[DelegationView, ...]:
    """Who may act for a member, newest first, ended ones too."""
    policy.require(ctx.actor, "member.read", subject_of(member_row(ctx.session, member_id)))
    return _delegations(ctx, Delegation.member_id == member_id)


def delegated_to_me(ctx: Context) -> tuple[DelegationView, ...]:
    """For whom the actor may act: as guardian first, then the newest, ended ones too."""
    policy.require(ctx.actor, "account.use")
    mine = Guardianship.guardian_id == ctx.actor.id
    return _guarded(ctx, mine) + _delegations(ctx, Delegation.delegate_id == ctx.actor.id)


def guardians_of(ctx: Context, member_id: UUID) -> tuple[GuardianView, ...]:
    """A member's guardians on record, the present one first.

    The paper's number is for the member and the counter; others read it empty.
    """
    subject = subject_of(member_row(ctx.session, member_id))
    policy.require(ctx.actor, "member.read", subject)
    whole = bool(policy.relations(ctx.actor, subject) & {"self", "staff"})
    rows = ctx.session.execute(
        sa.select(Guardianship, Member.name)
        .join(Member, Member.id == Guardianship.guardian_id)
        .where(Guardianship.member_id == member_id)
        .order_by(sa.desc(Guardianship.ended_at.is_(None)), Guardianship.recorded_at.desc())
    )
    return tuple(
        GuardianView(
            id=row.id,
            guardian_id=row.guardian_id,
            guardian_name=name,
            document=row.document,
            reference=ctx.vault.open(PURPOSE, row.reference_sealed) if whole else "",
            since=row.since,
            ended_at=row.ended_at,
            end_reason=row.end_reason,
        )
        for row, name in rows
    )


def _guarded(ctx: Context, wanted: sa.ColumnElement[bool]) -> tuple[DelegationView, ...]:
    """Guardianships that hold, as the leave that they are."""
    ward, guardian = aliased(Member), aliased(Member)
    rows = ctx.session.execute(
        sa.select(Guardianship, ward.name.label("ward"), guardian.name.label("guardian"))
        .join(ward, ward.id == Guardianship.member_id)
        .join(guardian, guardian.id == Guardianship.guardian_id)
        .where(wanted, Guardianship.ended_at.is_(None))
        .order_by(Guardianship.recorded_at.desc(), Guardianship.id.desc())
    )
    return tuple(
        DelegationView(
            id=row.Guardianship.id,
            member_id=row.Guardianship.member_id,
            member_name=row.ward,
            delegate_id=row.Guardianship.guardian_id,
            delegate_name=row.guardian,
            scopes=frozenset(SCOPES),
            consent=GUARDIAN,
            granted_at=row.Guardianship.recorded_at,
            ends_on=None,
            in_force=True,
            spend_minutes=None,
        )
        for row in rows
    )


def _delegations(ctx: Context, wanted: sa.ColumnElement[bool]) -> tuple[DelegationView, ...]:
    elder, delegate = aliased(Member), aliased(Member)
    today = local_date(ctx.now)
    rows = ctx.session.execute(
        sa.select(Delegation, elder.name.label("elder"), delegate.name.label("delegate"))
        .join(elder, elder.id == Delegation.member_id)
        .join(delegate, delegate.id == Delegation.delegate_id)
        .where(wanted)
        .order_by(Delegation.granted_at.desc(), Delegation.id.desc())
    )
    return tuple(
        DelegationView(
            id=row.Delegation.id,
            member_id=row.Delegation.member_id,
            member_name=row.elder,
            delegate_id=row.Delegation.delegate_id,
            delegate_name=row.delegate,
            scopes=frozenset(row.Delegation.scope),
            consent=row.Delegation.consent,
            granted_at=row.Delegation.granted_at,
            ends_on=row.Delegation.ends_on,
            spend_minutes=row.Delegation.spend_minutes,
            in_force=row.Delegation.revoked_at is None and row.Delegation.ends_on >= today,
        )
        for row in rows
    )


def roles_held(ctx: Context, member_id: UUID) -> tuple[RoleView, ...]:
    """A member's staff roles in force, oldest first."""
    policy.require(ctx.actor, "member.read", subject_of(member_row(ctx.session, member_id)))
    rows = ctx.session.scalars(
        sa.select(RoleAssignment)
        .where(RoleAssignment.member_id == member_id, RoleAssignment.ended_at.is_(None))
        .order_by(RoleAssignment.granted_at, RoleAssignment.id)
    )
    return tuple(RoleView(r.id, r.role, r.scope_kind, r.scope, r.granted_at) for r in rows)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who has signed up and waits for the identity check."""

    member_id: UUID
    number: str
    name: str
    joined_at: datetime
    joined_how: str


def signed_up_by_me(ctx: Context) -> tuple[Waiting, ...]:
    """The relatives whom the actor signed up and whose identity is not yet checked."""
    policy.require(ctx.actor, "account.use")
    return _waiting(
        ctx.session, sa.and_(Member.joined_by_id == ctx.actor.id, Member.joined_how == "family")
    )


def _waiting(session: Session, wanted: sa.ColumnElement[bool]) -> tuple[Waiting, ...]:
    rows = session.scalars(
        sa.select(Member)
        .where(Member.status == MemberStatus.PENDING, wanted)
        .order_by(Member.joined_at, Member.id)
    )
    return tuple(Waiting(r.id, r.number, r.name, r.joined_at, r.joined_how) for r in rows)
