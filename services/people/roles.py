"""Staff roles: given and ended within one's own region, never to oneself or one's kin."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.people import MemberStatus, RoleAssignment
from services import audit, outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.people.actors import roles_of
from services.people.errors import (
    NotActive,
    NotARole,
    RoleBeyond,
    RoleHeld,
    RolesClash,
    UnknownRole,
)
from services.people.reading import member_row
from services.places.branches import branch_row, open_row
from services.places.regions import region_on
from services.policy import AUDITOR, NATION, NATIONAL_ADMIN, REGION_ADMIN, ROLES, STAFF, Subject

#: In which kinds of scope a role makes sense.
SCOPES = {
    STAFF: ("branch", "region"),
    REGION_ADMIN: ("region",),
    AUDITOR: ("region", "nation"),
    NATIONAL_ADMIN: ("nation",),
}
#: Roles that only the national administrator gives: nobody picks his own auditor.
FROM_ABOVE = (AUDITOR, NATIONAL_ADMIN)

ROLE_GIVEN = "您有了新的岗位，请重新登录后使用。"
ROLE_ENDED = "您的一个岗位已经结束。"


def grant_role(ctx: Context, member_id: UUID, role: str, scope_kind: str, scope: str) -> UUID:
    """Give a checked member a role in a scope; returns the assignment's id.

    ``scope`` is a branch's id, a 12-digit region code, or the nation's twelve zeros. A region
    administrator gives staff and administrator roles within the own region; auditors and
    national administrators come from the national administrator.
    """
    member = member_row(ctx.session, member_id)
    if role not in ROLES or scope_kind not in SCOPES[role]:
        raise UnknownRole(field="role")
    subject = subject_of_scope(ctx, scope_kind, scope, member_id, opening=True)
    _require(ctx, role, subject)
    if member.status is not MemberStatus.ACTIVE:
        raise NotActive

    def do() -> dict[str, str]:
        held = roles_of(ctx.session, member_id)
        if any(r.name == role and r.scope == scope for r in held):
            raise RoleHeld
        if held and (role == AUDITOR) != any(r.name == AUDITOR for r in held):
            raise RolesClash
        made = RoleAssignment(
            member_id=member_id,
            id=ctx.new_id(),
            role=role,
            scope_kind=scope_kind,
            scope=scope,
            granted_by_id=ctx.actor.id,
            granted_at=ctx.now,
        )
        ctx.session.add(made)
        _record(ctx, "role.grant", member.home_book, made)
        outbox.tell(ctx, member.home_book, member_id, ROLE_GIVEN)
        ctx.session.flush()
        return {"role_id": str(made.id)}

    content = {"member_id": member_id, "role": role, "scope_kind": scope_kind, "scope": scope}
    return UUID(once(ctx, member.home_book, "role.grant", content, do)["role_id"])


def end_role(ctx: Context, member_id: UUID, role_id: UUID) -> None:
    """End a role at once, under the rules by which it is given. Ending it twice changes nothing."""
    member = member_row(ctx.session, member_id)
    row = ctx.session.get(RoleAssignment, (member_id, role_id))
    if row is None:
        raise NotARole
    office = subject_of_scope(ctx, row.scope_kind, row.scope, member_id, opening=False)
    _require(ctx, row.role, office)

    def do() -> dict[str, str]:
        if row.ended_at is None:
            row.ended_at = ctx.now
            _record(ctx, "role.end", member.home_book, row)
            outbox.tell(ctx, member.home_book, member_id, ROLE_ENDED)
            ctx.session.flush()
        return {}

    once(ctx, member.home_book, "role.end", {"member_id": member_id, "role_id": role_id}, do)


def anyone_has(ctx: Context, role: str) -> bool:
    """Whether the role is held by anybody (a new installation has no administrator yet)."""
    wanted = sa.select(RoleAssignment.id).where(
        RoleAssignment.role == role, RoleAssignment.ended_at.is_(None)
    )
    return ctx.session.scalar(wanted.limit(1)) is not None


def _require(ctx: Context, role: str, subject: Subject) -> None:
    policy.require(ctx.actor, "role.grant", subject)
    from_above = ctx.actor.is_system or ctx.actor.has_role(NATIONAL_ADMIN)
    if role in FROM_ABOVE and not from_above:
        raise RoleBeyond


def subject_of_scope(
    ctx: Context, scope_kind: str, scope: str, member_id: UUID, *, opening: bool
) -> Subject:
    """The scope as the policy's subject; a scope that does not exist is :class:`UnknownRole`."""
    if scope_kind == "nation":
        if scope != NATION:
            raise UnknownRole(field="scope")
        return Subject(member_id=member_id)
    if scope_kind == "region":
        if opening:
            region_on(ctx.session, scope, local_date(ctx.now))
        return Subject(region_code=scope, member_id=member_id)
    try:
        branch_id = UUID(scope)
    except ValueError:
        raise UnknownRole(field="scope") from None
    row = open_row(ctx.session, branch_id) if opening else branch_row(ctx.session, branch_id)
    return Subject(
        book=row.book, region_code=row.region_code, branch_id=row.id, member_id=member_id
    )


def _record(ctx: Context, act: str, book: str, row: RoleAssignment) -> None:
    audit.record(
        ctx,
        act,
        "member",
        row.member_id,
        book=book,
        after={"role": row.role, "scope_kind": row.scope_kind, "scope": row.scope},
    )
