"""Moves as they are read afterwards: by the member, by both branches, and behind a statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.ledger import AccountKind
from models.moving import Move
from models.people import Member
from models.places import Branch
from services import policy
from services.clock import local_date
from services.context import Context
from services.ledger.accounts import standings
from services.moving.planning import last_use
from services.moving.sentences import MoveUnknown
from services.papers.issuing import PaperKind, code_of
from services.people.books import books_of
from services.people.reading import member_row, subject_of
from services.places.branches import branch_row
from services.places.regions import full_name
from services.policy import Subject
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class LeftGrant:
    """A grant that stayed, with its quarter and the moment at which it ends."""

    period: str
    minutes: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class LeftAccount:
    """An account that its member has moved away from: read-only, and pointing on."""

    book: str
    move_id: UUID
    reference: str
    moved_at: datetime
    from_region: Name
    to_region: Name
    to_branch: Name
    grants: tuple[LeftGrant, ...]


@dataclass(frozen=True, slots=True)
class MoveView:
    """One move with its receipt."""

    id: UUID
    book: str
    reference: str
    member_id: UUID
    member_name: str
    number: str
    moved_at: datetime
    how: str
    from_region: Name
    from_branch: Name
    to_book: str
    to_region: Name
    to_branch: Name
    content: dict[str, Any]
    check_code: str | None


@dataclass(frozen=True, slots=True)
class Departure:
    """All that a branch sees of somebody who has moved away: that, when and where to."""

    name: str
    number: str
    moved_at: datetime
    to_region: Name


def moves_of(ctx: Context, member: Member) -> list[Move]:
    """Every move of a member, the newest first."""
    return list(
        ctx.session.scalars(
            sa.select(Move)
            .where(Move.book.in_(books_of(member)), Move.member_id == member.id)
            .order_by(Move.moved_at.desc(), Move.id.desc())
        )
    )


def left_accounts(ctx: Context, member: Member) -> tuple[LeftAccount, ...]:
    """Where the member has moved from, the newest first; one line a book."""
    if not member.other_books:
        return ()
    found: dict[str, LeftAccount] = {}
    for row in moves_of(ctx, member):
        if row.book not in found and row.book != member.home_book:
            found[row.book] = _left(ctx, member, row)
    return tuple(found.values())


def move_view(ctx: Context, book: str, move_id: UUID) -> MoveView:
    """A move with its receipt, for the member and for the branch moved to."""
    row = ctx.session.get(Move, (book, move_id))
    if row is None:
        raise MoveUnknown
    member = member_row(ctx.session, row.member_id)
    policy.require(ctx.actor, "move.read", subject_of(member))
    return MoveView(
        id=row.id,
        book=row.book,
        reference=row.reference,
        member_id=member.id,
        member_name=member.name,
        number=member.number,
        moved_at=row.moved_at,
        how=row.how,
        from_region=region_name(ctx, row.from_region_code),
        from_branch=branch_name(ctx, row.from_branch_id),
        to_book=row.to_book,
        to_region=region_name(ctx, row.to_region_code),
        to_branch=branch_name(ctx, row.to_branch_id),
        content=dict(row.content),
        check_code=code_of(ctx, PaperKind.MOVE_RECEIPT, row.book, row.id),
    )


def my_moves(ctx: Context, member_id: UUID) -> tuple[MoveView, ...]:
    """A member's moves with their receipts, the newest first."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "move.read", subject_of(member))
    return tuple(move_view(ctx, row.book, row.id) for row in moves_of(ctx, member))


def departure_of(ctx: Context, member_id: UUID) -> Departure | None:
    """For staff of a branch that the member has left; None for anybody else."""
    member = member_row(ctx.session, member_id)
    for row in moves_of(ctx, member):
        subject = Subject(
            book=row.book, region_code=row.from_region_code, branch_id=row.from_branch_id
        )
        if policy.can(ctx.actor, "branch.work", subject).allowed:
            to = region_name(ctx, row.to_region_code)
            return Departure(member.name, member.number, row.moved_at, to)
    return None


def region_name(ctx: Context, code: str) -> Name:
    """A region in full, as it is called today."""
    return Name(*full_name(ctx.session, code, local_date(ctx.now)))


def branch_name(ctx: Context, branch_id: UUID) -> Name:
    """A branch, open or closed."""
    row = branch_row(ctx.session, branch_id)
    return Name(row.name, row.name_en)


def _left(ctx: Context, member: Member, row: Move) -> LeftAccount:
    grants = (
        LeftGrant(each.period, each.posted_minutes, last_use(ctx, each.period))
        for each in standings(ctx.session, row.book, member.id, now=ctx.now)
        if each.kind is AccountKind.GRANTED and each.posted_minutes
    )
    return LeftAccount(
        book=row.book,
        move_id=row.id,
        reference=row.reference,
        moved_at=row.moved_at,
        from_region=region_name(ctx, row.from_region_code),
        to_region=region_name(ctx, row.to_region_code),
        to_branch=branch_name(ctx, row.to_branch_id),
        grants=tuple(grants),
    )


@dataclass(frozen=True, slots=True)
class County:
    """A county with a branch that one may move to."""

    book: str
    name: Name


@dataclass(frozen=True, slots=True)
class BranchThere:
    """A branch of it."""

    id: UUID
    name: Name
    address: str
    region: Name


def counties(ctx: Context, home_book: str) -> tuple[County, ...]:
    """Every other county that has an open branch, in order of code."""
    books = ctx.session.scalars(
        sa.select(Branch.book)
        .where(Branch.closed_on.is_(None), Branch.book != home_book)
        .distinct()
        .order_by(Branch.book)
    )
    return tuple(County(book, region_name(ctx, book)) for book in books)


def branches_there(ctx: Context, book: str) -> tuple[BranchThere, ...]:
    """The open branches of a county."""
    rows = ctx.session.scalars(
        sa.select(Branch)
        .where(Branch.book == book, Branch.closed_on.is_(None))
        .order_by(Branch.region_code, Branch.name, Branch.id)
    )
    return tuple(
        BranchThere(
            row.id, Name(row.name, row.name_en), row.address, region_name(ctx, row.region_code)
        )
        for row in rows
    )
