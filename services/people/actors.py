"""The actor of a login: roles, delegations and kin as they hold at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Delegation, Kinship, Member, MemberStatus, RoleAssignment
from services.clock import local_date
from services.people.forms import SCOPES
from services.people.guardians import guardianship_of, wards_of
from services.people.reading import member_row
from services.places.keeping import roles_on
from services.policy import Actor, Role


def actor_for(session: Session, member_id: UUID, now: datetime) -> Actor:
    """Who a member is to the policy, at ``now``; raises :class:`NotAMember`."""
    member = member_row(session, member_id)
    return Actor(
        id=member.id,
        name=member.name,
        home_book=member.home_book,
        other_books=tuple(member.other_books),
        number=member.number,
        is_provider=member.is_provider,
        is_recipient=member.is_recipient,
        is_active=member.status is MemberStatus.ACTIVE,
        roles=roles_on(session, roles_of(session, member_id), local_date(now)),
        kin=kin_scopes(session, member_id, now),
        relatives=relatives_of(session, member_id),
    )


def roles_of(session: Session, member_id: UUID) -> tuple[Role, ...]:
    """The staff roles in force, oldest first."""
    rows = session.execute(
        sa.select(RoleAssignment.role, RoleAssignment.scope_kind, RoleAssignment.scope)
        .where(RoleAssignment.member_id == member_id, RoleAssignment.ended_at.is_(None))
        .order_by(RoleAssignment.granted_at, RoleAssignment.id)
    )
    return tuple(Role(row.role, row.scope_kind, row.scope) for row in rows)


def kin_scopes(session: Session, delegate_id: UUID, now: datetime) -> Mapping[UUID, frozenset[str]]:
    """For whom a person may act today, and in what; ended and revoked delegations are gone."""
    rows = session.execute(
        sa.select(Delegation.member_id, Delegation.scope)
        .join(Member, Member.id == Delegation.member_id)
        .where(
            Delegation.delegate_id == delegate_id,
            Delegation.revoked_at.is_(None),
            Delegation.ends_on >= local_date(now),
            Member.status == MemberStatus.ACTIVE,
        )
    )
    scopes: dict[UUID, frozenset[str]] = {}
    for row in rows:
        scopes[row.member_id] = scopes.get(row.member_id, frozenset()) | frozenset(row.scope)
    # A guardian of record needs no further leave.
    return {**scopes, **dict.fromkeys(wards_of(session, delegate_id), frozenset(SCOPES))}


def helpers_of(session: Session, member_id: UUID, now: datetime) -> frozenset[UUID]:
    """Who may act for a member today: everybody with a delegation, and the guardian of record."""
    delegates = session.scalars(
        sa.select(Delegation.delegate_id).where(
            Delegation.member_id == member_id,
            Delegation.revoked_at.is_(None),
            Delegation.ends_on >= local_date(now),
        )
    )
    guardianship = guardianship_of(session, member_id)
    return frozenset(delegates) | ({guardianship.guardian_id} if guardianship else set())


def relatives_of(session: Session, member_id: UUID) -> frozenset[UUID]:
    """Everybody recorded as kin, whatever the relation."""
    return frozenset(
        session.scalars(sa.select(Kinship.other_id).where(Kinship.member_id == member_id))
    )
