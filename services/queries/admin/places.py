"""The branches of a book, and what closing one would move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Member, MemberStatus
from models.places import Book, Branch, Operator, Region, Tier
from models.requests import Request
from services import policy
from services.clock import local_date
from services.context import Context
from services.errors import NotFound
from services.places.branches import operators
from services.places.closing import may_follow
from services.places.regions import valid_on, within
from services.policy import Subject
from services.queries.admin.books import count_of, name_of_region, require_book
from services.requests.hosted import books_at
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class BranchLine:
    """A branch of the region. ``may_close`` is the policy's answer for the actor."""

    id: UUID
    name: Name
    operator: Name
    region: Name
    address: str
    phone: str
    successor_rule: str
    successor: Name | None
    opened_on: date
    closed_on: date | None
    members: int
    person_in_charge: str | None
    may_close: bool


@dataclass(frozen=True, slots=True)
class BranchesFile:
    """The branches of a book, open ones first."""

    book: str
    name: Name
    branches: tuple[BranchLine, ...]
    may_open: bool


def branches_file(ctx: Context, book: str) -> BranchesFile:
    """The branches of a region's book with their operators and members."""
    row = require_book(ctx, book)
    rows = ctx.session.execute(
        sa.select(Branch, Operator)
        .join(Operator, Operator.id == Branch.operator_id)
        .where(Branch.book == book)
        .order_by(Branch.closed_on.is_not(None), Branch.region_code, Branch.name, Branch.id)
    ).all()
    known = {branch.id: Name(branch.name, branch.name_en) for branch, _ in rows}
    counts: dict[UUID, int] = {
        row[0]: row[1]
        for row in ctx.session.execute(
            sa.select(Member.branch_id, sa.func.count())
            .where(Member.home_book == book, Member.status != MemberStatus.CLOSED)
            .group_by(Member.branch_id)
        )
    }
    return BranchesFile(
        book,
        name_of_region(ctx, row.region_code),
        tuple(
            BranchLine(
                id=branch.id,
                name=known[branch.id],
                operator=Name(operator.name, operator.name_en),
                region=name_of_region(ctx, branch.region_code),
                address=branch.address,
                phone=branch.phone,
                successor_rule=branch.successor_rule.value,
                successor=known.get(branch.successor_branch_id)
                if branch.successor_branch_id
                else None,
                opened_on=branch.opened_on,
                closed_on=branch.closed_on,
                members=counts.get(branch.id, 0),
                person_in_charge=branch.person_in_charge,
                may_close=branch.closed_on is None
                and policy.can(ctx.actor, "place.manage", _at(branch)).allowed,
            )
            for branch, operator in rows
        ),
        policy.can(
            ctx.actor, "place.manage", Subject(book=book, region_code=row.region_code)
        ).allowed,
    )


def _at(branch: Branch) -> Subject:
    return Subject(book=branch.book, region_code=branch.region_code, branch_id=branch.id)


@dataclass(frozen=True, slots=True)
class ClosingFile:
    """A branch that may be closed, and who may take over by its rule."""

    branch: BranchLine
    book: str
    candidates: tuple[tuple[UUID, Name], ...]
    open_requests: int


def closing_file(ctx: Context, branch_id: UUID) -> ClosingFile:
    """What closing a branch would move, and to whom; for those who may close it."""
    row = ctx.session.get(Branch, branch_id)
    if row is None:
        raise NotFound
    policy.require(ctx.actor, "place.manage", _at(row))
    lines = {each.id: each for each in branches_file(ctx, row.book).branches}
    others = ctx.session.scalars(
        sa.select(Branch)
        .where(Branch.book == row.book, Branch.id != row.id, Branch.closed_on.is_(None))
        .order_by(Branch.opened_on, Branch.id)
    )
    return ClosingFile(
        branch=lines[row.id],
        book=row.book,
        candidates=tuple(
            (other.id, Name(other.name, other.name_en))
            for other in others
            if may_follow(row, other)
        ),
        open_requests=count_of(
            ctx,
            Request,
            Request.book.in_(books_at(ctx.session, row.book)),
            Request.branch_id == row.id,
            Request.ended_at.is_(None),
        ),
    )


@dataclass(frozen=True, slots=True)
class OpeningFile:
    """What is offered when a branch is opened: the places of the county, and known operators."""

    book: str
    name: Name
    regions: tuple[tuple[str, Name], ...]
    operators: tuple[tuple[UUID, Name], ...]


def opening_file(ctx: Context, book: str) -> OpeningFile:
    """The choices for a new branch of a book; for those who may open one."""
    row = require_book(ctx, book)
    policy.require(ctx.actor, "place.manage", Subject(book=book, region_code=row.region_code))
    regions = ctx.session.scalars(
        sa.select(Region)
        .where(
            Region.code.startswith(within(row.region_code), autoescape=True),
            Region.tier != Tier.VILLAGE,
            valid_on(local_date(ctx.now)),
        )
        .order_by(Region.code)
    )
    return OpeningFile(
        book,
        name_of_region(ctx, row.region_code),
        tuple((each.code, Name(each.name, each.name_en)) for each in regions),
        tuple((each.id, Name(each.name, each.name_en)) for each in operators(ctx.session)),
    )


@dataclass(frozen=True, slots=True)
class RegionLine:
    """A county-level region and its book, if it has one."""

    code: str
    name: Name
    book: str | None
    opened_at: datetime | None
    members: int
    branches: int


def regions_file(ctx: Context) -> tuple[RegionLine, ...]:
    """Every county-level region of the register, for the national administrator."""
    policy.require(ctx.actor, "book.open")
    today = local_date(ctx.now)
    books = {row.region_code: row for row in ctx.session.scalars(sa.select(Book))}
    members = _by_book(ctx, Member.home_book)
    branches = _by_book(ctx, Branch.book, Branch.closed_on.is_(None))
    rows = ctx.session.scalars(
        sa.select(Region).where(Region.tier == Tier.COUNTY, valid_on(today)).order_by(Region.code)
    )
    lines = []
    for row in rows:
        book = books.get(row.code)
        lines.append(
            RegionLine(
                code=row.code,
                name=name_of_region(ctx, row.code),
                book=book.book if book else None,
                opened_at=book.opened_at if book else None,
                members=members.get(book.book, 0) if book else 0,
                branches=branches.get(book.book, 0) if book else 0,
            )
        )
    return tuple(lines)


def _by_book(ctx: Context, column: Any, *wanted: Any) -> dict[str, int]:
    rows = ctx.session.execute(
        sa.select(column, sa.func.count())
        .where(*wanted)
        .group_by(column)
        .execution_options(cross_book=True)
    )
    return {row[0]: row[1] for row in rows}
