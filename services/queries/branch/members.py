"""A member as the counter sees one: the record, who belongs to it, what is under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.ledger import AccountKind
from models.people import Handle, Member
from models.places import Branch
from models.requests import Request, RequestState
from services import audit, policy, rates
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden
from services.ledger.accounts import available_minutes, standings
from services.ledger.statement import Mark, Statement, statement
from services.moving.reading import LeftAccount, left_accounts
from services.origins import Origin, accounts_by_origin
from services.people.books import books_of
from services.people.finding import MemberHit, find_members
from services.people.lists import (
    DelegationView,
    GuardianView,
    KinView,
    RoleView,
    delegations_of,
    guardians_of,
    kin_of,
    roles_held,
)
from services.people.reading import member_row, subject_of
from services.people.views import MemberView, member_view
from services.places.branches import branch_row
from services.places.regions import full_name
from services.policy import NO_RIGHT, Decision
from services.queries.behind import Behind, HeldFor, behind, held_for
from services.queries.branch.desks import masked_address, name_of, service_name
from services.requests.reviewing import subject_of as request_subject
from services.rules.names import Name

#: How many of a member's requests the page shows.
RECENT = 8
STATEMENT_LINES = 30

#: The acts on the page -> the act of the policy that allows each.
ACTS = {
    "ask": "request.ask",
    "identity": "identity.check",
    "contact": "member.update",
    "assessment": "assessment.record",
    "certificate": "certificate.record",
    "kinship": "kinship.record",
    "delegation": "delegation.grant",
    "guardian": "guardian.record",
    "consent": "consent.record",
    "card": "card.issue",
    "role": "role.grant",
}


@dataclass(frozen=True, slots=True)
class Coins:
    """What a member has, in standard minutes."""

    total_minutes: int
    available_minutes: int
    held_minutes: int
    by_origin: tuple[tuple[AccountKind, int], ...]


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A member's statement, whose coins stand where, and what is behind lines and holds."""

    name: str
    statement: Statement
    origins: tuple[Origin, ...]
    #: By transfer.
    about: Mapping[UUID, Behind]
    #: By hold; what is set aside for the member's own requests is left out.
    held_for: Mapping[UUID, HeldFor]
    #: Accounts of books that the member has moved from.
    left: tuple[LeftAccount, ...]


@dataclass(frozen=True, slots=True)
class RequestSummary:
    """One of the member's own requests."""

    book: str
    id: UUID
    reference: str
    service: Name
    starts_at: datetime
    booked_minutes: int
    state: RequestState


@dataclass(frozen=True, slots=True)
class MemberFile:
    """A member's record with all that hangs on it.

    ``view`` carries no whole address; it and the ID number are asked for by
    :func:`reveal`.
    """

    view: MemberView
    region: Name
    branch: Name
    level: Name
    grade: Name
    certificate_names: Mapping[str, Name]
    service_names: tuple[Name, ...]
    joined_by: str | None
    kin: tuple[KinView, ...]
    delegations: tuple[DelegationView, ...]
    guardians: tuple[GuardianView, ...]
    roles: tuple[RoleView, ...]
    card_since: datetime | None
    door_since: datetime | None
    requests: tuple[RequestSummary, ...]
    coins: Coins | None
    may: Mapping[str, Decision]


@dataclass(frozen=True, slots=True)
class Revealed:
    """What is masked until somebody asks for it."""

    id_number: str
    address: str | None


def find(ctx: Context, text: str) -> tuple[tuple[MemberHit, Name], ...]:
    """Members and their branches, by number, ID number, telephone or name; recorded."""
    hits = find_members(ctx, text)
    branches = ctx.session.scalars(
        sa.select(Branch).where(Branch.id.in_({hit.branch_id for hit in hits}))
    )
    names = {each.id: Name(each.name, each.name_en) for each in branches}
    return tuple((hit, names[hit.branch_id]) for hit in hits)


def member_file(ctx: Context, member_id: UUID) -> MemberFile:
    """The whole page of a member, for staff; the look is recorded: call it in a unit of work."""
    member = member_row(ctx.session, member_id)
    require_staff(ctx, member)
    view = member_view(ctx, member_id)
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    branch = branch_row(ctx.session, member.branch_id)
    subject = policy.Subject(
        book=member.home_book,
        region_code=member.region_code,
        branch_id=member.branch_id,
        member_id=member.id,
        elder_id=member.id,
    )
    return MemberFile(
        view=masked_view(view),
        region=Name(*full_name(ctx.session, member.region_code, local_date(ctx.now))),
        branch=Name(branch.name, branch.name_en),
        level=rules.level(view.level).name,
        grade=rules.grade(view.care_grade).name,
        certificate_names={code: each.name for code, each in rules.certificates.items()},
        service_names=tuple(
            rules.services[code].name for code in view.service_codes if code in rules.services
        ),
        joined_by=name_of(ctx, member.joined_by_id),
        kin=kin_of(ctx, member_id),
        delegations=delegations_of(ctx, member_id),
        guardians=guardians_of(ctx, member_id),
        roles=roles_held(ctx, member_id),
        card_since=_since(ctx, member_id, "card"),
        door_since=_since(ctx, member_id, "door"),
        requests=_requests(ctx, member),
        coins=_coins(ctx, member),
        may={name: policy.can(ctx.actor, act, subject) for name, act in ACTS.items()},
    )


def require_staff(ctx: Context, member: Member) -> None:
    """Raise Forbidden unless the actor works at the member's branch: this is the counter."""
    if "staff" not in policy.relations(ctx.actor, subject_of(member)):
        raise Forbidden(NO_RIGHT)


def masked_view(view: MemberView) -> MemberView:
    """The same record with its address cut short."""
    return replace(view, address=masked_address(view.address))


def reveal(ctx: Context, member_id: UUID) -> Revealed:
    """The whole ID number and address; recorded as a sensitive look: run it in a unit of work."""
    member = member_row(ctx.session, member_id)
    require_staff(ctx, member)
    policy.require(ctx.actor, "member.read", subject_of(member))
    audit.record(
        ctx,
        "member.reveal",
        "member",
        member.id,
        book=member.home_book,
        after={"fields": ["id_number", "address"]},
        acting_for_id=member.id,
    )
    return Revealed(
        ctx.vault.open("member.id_number", member.id_number_sealed),
        ctx.vault.open_or_none("member.address", member.address_sealed),
    )


def statement_file(ctx: Context, member_id: UUID, after: Mark | None = None) -> StatementFile:
    """A page of a member's statement; the look is recorded."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "statement.read", subject_of(member))
    audit.record(ctx, "statement.read", "member", member.id, book=member.home_book)
    found = statement(
        ctx.session,
        member.home_book,
        member_id,
        now=ctx.now,
        limit=STATEMENT_LINES,
        after=after,
        left=books_of(member)[1:],
    )
    return StatementFile(
        name=member.name,
        statement=found,
        origins=accounts_by_origin(ctx, member),
        about=behind(ctx, member, found.lines),
        held_for=held_for(ctx, member, found.pending),
        left=left_accounts(ctx, member),
    )


def _since(ctx: Context, member_id: UUID, kind: str) -> datetime | None:
    return ctx.session.scalar(
        sa.select(sa.func.max(Handle.created_at, type_=Handle.created_at.type)).where(
            Handle.member_id == member_id, Handle.kind == kind, Handle.revoked_at.is_(None)
        )
    )


def _requests(ctx: Context, member: Member) -> tuple[RequestSummary, ...]:
    rows = ctx.session.scalars(
        sa.select(Request)
        .where(Request.book.in_(books_of(member)), Request.elder_id == member.id)
        .order_by(Request.starts_at.desc(), Request.id)
        .limit(RECENT)
    )
    return tuple(
        RequestSummary(
            book=row.book,
            id=row.id,
            reference=row.reference,
            service=service_name(ctx, row.rule_set_version, row.service_code),
            starts_at=row.starts_at,
            booked_minutes=row.booked_minutes,
            state=row.state,
        )
        for row in rows
        if policy.can(ctx.actor, "request.read", request_subject(row)).allowed
    )


def _coins(ctx: Context, member: Member) -> Coins | None:
    if not policy.can(ctx.actor, "statement.read", subject_of(member)).allowed:
        return None
    found = standings(ctx.session, member.home_book, member.id, now=ctx.now)
    return Coins(
        total_minutes=sum(each.posted_minutes for each in found),
        available_minutes=available_minutes(found),
        held_minutes=sum(each.held_minutes for each in found),
        by_origin=tuple((each.kind, each.posted_minutes) for each in found),
    )
