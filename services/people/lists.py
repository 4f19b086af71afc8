"""Lists around a person: relatives, delegations, roles, and who waits for the identity check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.people import Delegation, Kinship, Member, MemberStatus, RoleAssignment
from services import policy
from services.clock import local_date
from services.context import Context
from services.people.reading import member_row, subject_of


@dataclass(frozen=True, slots=True)
class KinView:
    """``relation`` is what the other person is to the member."""

    member_id: UUID
    name: str
    relation: str


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
    ends_on: date
    in_force: bool


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
        sa.select(Member.id, Member.name, Kinship.relation)
        .join(Member, Member.id == Kinship.other_id)
        .where(Kinship.member_id == member_id)
        .order_by(Member.name, Member.id)
    )
    return tuple(KinView(row.id, row.name, row.relation) for row in rows)


def delegations_of(ctx: Context, member_id: UUID) -> tuple[DelegationView, ...]:
    """Who may act for a member, newest first, ended ones too."""
    policy.require(ctx.actor, "member.read", subject_of(member_row(ctx.session, member_id)))
    return _delegations(ctx, Delegation.member_id == member_id)


def delegated_to_me(ctx: Context) -> tuple[DelegationView, ...]:
    """For whom the actor may act, newest first, ended ones too."""
    policy.require(ctx.actor, "account.use")
    return _delegations(ctx, Delegation.delegate_id == ctx.actor.id)


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
