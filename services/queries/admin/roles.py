"""Who holds which office within a region, and what a new one may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.people import Member, MemberStatus, RoleAssignment
from models.places import Book, Branch, Region, Tier
from services import policy
from services.clock import local_date
from services.context import Context
from services.errors import DomainError, Forbidden
from services.people import handles
from services.people.errors import NotAMember, RoleBeyond
from services.people.reading import member_row
from services.people.roles import FROM_ABOVE, SCOPES
from services.places.regions import valid_on, within
from services.policy import (
    NATION,
    NATIONAL_ADMIN,
    NO_RIGHT,
    REGION_ADMIN,
    ROLES,
    Decision,
    Subject,
    covers,
)
from services.rules.member_number import parse_number
from services.rules.names import Name

#: Holders of an office on one page.
PAGE = 50


@dataclass(frozen=True, slots=True)
class Holder:
    """A role in force, and whether the actor may end it."""

    role_id: UUID
    member_id: UUID
    name: str
    number: str
    role: str
    scope: Name
    granted_at: datetime
    may_end: Decision


@dataclass(frozen=True, slots=True)
class HolderList:
    """A page of holders, and how many there are in all."""

    holders: tuple[Holder, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be given an office."""

    member_id: UUID
    name: str
    number: str
    is_active: bool
    #: The policy's refusal where it is the actor or the actor's kin; else empty.
    blocked: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an office may hold: ``value`` is its kind and code, as a form sends it."""

    value: str
    name: Name
    kind: str


@dataclass(frozen=True, slots=True)
class Offices:
    """What the actor may give: the roles, and the places."""

    roles: tuple[str, ...]
    scopes: tuple[Scope, ...]


def holders(ctx: Context, offset: int = 0) -> HolderList:
    """Everybody who holds an office within the actor's regions, newest first."""
    wanted = [RoleAssignment.ended_at.is_(None), *_within(ctx)]
    total = ctx.session.scalar(
        sa.select(sa.func.count()).select_from(RoleAssignment).where(*wanted)
    )
    rows = ctx.session.execute(
        sa.select(RoleAssignment, Member.name, Member.number)
        .join(Member, Member.id == RoleAssignment.member_id)
        .where(*wanted)
        .order_by(RoleAssignment.granted_at.desc(), RoleAssignment.id.desc())
        .limit(PAGE)
        .offset(offset)
    ).all()
    return HolderList(
        tuple(_holder(ctx, row, name, number) for row, name, number in rows), total or 0
    )


def _within(ctx: Context) -> list[sa.ColumnElement[bool]]:
    """The condition that an office lies within the actor's regions."""
    prefixes = _prefixes(ctx)
    if "" in prefixes:
        return []
    branches = ctx.session.scalars(
        sa.select(Branch.id).where(
            sa.or_(*(Branch.region_code.startswith(p, autoescape=True) for p in prefixes))
        )
    )
    regions = (RoleAssignment.scope.startswith(p, autoescape=True) for p in prefixes)
    return [
        sa.or_(
            sa.and_(RoleAssignment.scope_kind == "region", sa.or_(*regions)),
            sa.and_(
                RoleAssignment.scope_kind == "branch",
                RoleAssignment.scope.in_([str(branch_id) for branch_id in branches]),
            ),
        )
    ]


def _prefixes(ctx: Context) -> tuple[str, ...]:
    """The leading digits of every region that the actor administers; "" is the nation."""
    found = tuple(
        "" if role.scope_kind == "nation" else within(role.scope)
        for role in ctx.actor.roles
        if role.name in (REGION_ADMIN, NATIONAL_ADMIN)
    )
    if not found:
        raise Forbidden(NO_RIGHT)
    return found


def _holder(ctx: Context, row: RoleAssignment, name: str, number: str) -> Holder:
    decision = policy.can(ctx.actor, "role.grant", _subject(ctx, row))
    if decision.allowed and row.role in FROM_ABOVE and not ctx.actor.has_role(NATIONAL_ADMIN):
        decision = Decision(False, RoleBeyond().sentence)
    return Holder(
        role_id=row.id,
        member_id=row.member_id,
        name=name,
        number=number,
        role=row.role,
        scope=_scope_name(ctx, row.scope_kind, row.scope),
        granted_at=row.granted_at,
        may_end=decision,
    )


def _subject(ctx: Context, row: RoleAssignment) -> Subject:
    if row.scope_kind == "branch":
        branch = ctx.session.get_one(Branch, UUID(row.scope))
        return Subject(branch.book, branch.region_code, branch.id, row.member_id)
    code = None if row.scope_kind == "nation" else row.scope
    return Subject(region_code=code, member_id=row.member_id)


def _scope_name(ctx: Context, kind: str, scope: str) -> Name:
    if kind == "nation":
        return Name("全国", "the whole nation")
    if kind == "branch":
        branch = ctx.session.get_one(Branch, UUID(scope))
        return Name(branch.name, branch.name_en)
    region = ctx.session.scalar(
        sa.select(Region).where(Region.code == scope).order_by(Region.valid_from.desc()).limit(1)
    )
    return Name(region.name, region.name_en) if region else Name(scope, scope)


def offices(ctx: Context) -> Offices:
    """What the actor may give, and where: regions that keep a book, and what lies above them."""
    from_above = ctx.actor.has_role(NATIONAL_ADMIN)
    prefixes = _prefixes(ctx)
    roles = tuple(role for role in ROLES if from_above or role not in FROM_ABOVE)
    kinds = {kind for role in roles for kind in SCOPES[role]}
    scopes = [Scope(f"nation:{NATION}", Name("全国", "the whole nation"), "nation")]
    scopes += [
        Scope(f"region:{row.code}", Name(row.name, row.name_en), "region")
        for row in _regions(ctx)
        if any(row.code.startswith(prefix) for prefix in prefixes)
    ]
    branches = ctx.session.scalars(
        sa.select(Branch)
        .where(
            Branch.closed_on.is_(None),
            sa.or_(*(Branch.region_code.startswith(p, autoescape=True) for p in prefixes)),
        )
        .order_by(Branch.region_code, Branch.name, Branch.id)
    )
    scopes += [Scope(f"branch:{row.id}", Name(row.name, row.name_en), "branch") for row in branches]
    return Offices(roles, tuple(scope for scope in scopes if scope.kind in kinds))


def _regions(ctx: Context) -> list[Region]:
    """Counties that keep a book, and the cities and provinces above them."""
    books = list(ctx.session.scalars(sa.select(Book.region_code)))
    rows = ctx.session.scalars(
        sa.select(Region)
        .where(
            valid_on(local_date(ctx.now)),
            Region.tier.in_((Tier.PROVINCE, Tier.CITY, Tier.COUNTY)),
        )
        .order_by(Region.code)
    )
    return [row for row in rows if any(covers(row.code, book) for book in books)]


def candidate(ctx: Context, text: str) -> Candidate:
    """Whose number this is, before an office is given; raises a sentence on ``number``."""
    if not policy.may_ever(ctx.actor, "role.grant"):
        raise Forbidden(NO_RIGHT)
    try:
        number = parse_number(text)
    except DomainError as error:
        error.field = "number"
        raise
    member_id = handles.holder(ctx.session, "number", number)
    if member_id is None:
        raise NotAMember(field="number")
    member = member_row(ctx.session, member_id)
    touched = member_id in {ctx.actor.id} | ctx.actor.relatives
    return Candidate(
        member_id=member_id,
        name=member.name,
        number=member.number,
        is_active=member.status is MemberStatus.ACTIVE,
        blocked=policy.OWN_AFFAIR if touched else "",
    )
