"""What the pages of donations begin with: which funds there are, and who may give how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.giving import BenefitFund, FundKind
from models.ledger import Account, AccountKind, Entry, Transfer
from models.people import Member
from models.places import Book, Branch
from services import policy
from services.clock import local_date
from services.context import Context
from services.corridors.foreseeing import barrier
from services.donations.funds import POOL, name_of
from services.donations.giving import givable
from services.donations.sentences import FundUnknown
from services.donations.tracing import FUND_CLOSED
from services.errors import DomainError
from services.ledger.accounts import (
    account_id,
    available_minutes,
    fund_account,
    pool_of,
    standing,
    standings,
)
from services.ledger.rows import whole_sum
from services.people.reading import member_row, subject_of
from services.places.regions import full_name
from services.rules.donations import BRANCHES
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class FundLine:
    """A fund as anybody may read of it. Minutes are standard minutes.

    ``branches`` are those that a public-benefit body looks after.
    """

    id: UUID
    book: str
    kind: FundKind
    name: Name
    criteria: Mapping[str, Any]
    branches: tuple[Name, ...]
    registration: str | None
    opened_at: datetime
    closed_at: datetime | None
    given_minutes: int
    used_minutes: int
    #: Set aside for elders who have asked, and still free.
    held_minutes: int
    free_minutes: int

    @property
    def is_open(self) -> bool:
        """Whether it takes and gives."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class BookFunds:
    """A region's funds, the open ones first, and what its pool has."""

    book: str
    region: Name
    funds: tuple[FundLine, ...]
    pool_minutes: int


@dataclass(frozen=True, slots=True)
class Donor:
    """Who may give how much, where to, and where the overflow goes now.

    ``book`` is the donor's own. ``funds`` are those of the region that is given to.
    """

    member_id: UUID
    name: str
    book: str
    #: The region that is given to, where it is another one, and what stands in the way today.
    region: Name | None
    barrier: DomainError | None
    givable_minutes: int
    granted_minutes: int
    funds: tuple[FundLine, ...]
    #: ``pool``, or the id of a fund; ``overflow_fund`` is its name, open or not.
    overflow_to: str
    overflow_fund: Name | None
    overflow_open: bool
    #: The most that may be stored; what is earned above it overflows.
    cap_minutes: int | None


def funds_of(ctx: Context, book: str) -> BookFunds:
    """The funds of one book, for anybody."""
    policy.require(ctx.actor, "public.read")
    row = ctx.session.get(Book, book)
    if row is None:
        raise FundUnknown
    region = Name(*full_name(ctx.session, row.region_code, local_date(ctx.now)))
    found = ctx.session.scalars(
        sa.select(BenefitFund)
        .where(BenefitFund.book == book)
        .order_by(BenefitFund.closed_at.is_not(None), BenefitFund.opened_at, BenefitFund.id)
    )
    lines = tuple(_fund(ctx, each) for each in found.all())
    pool = standing(ctx.session, book, pool_of(book)).available_minutes
    return BookFunds(book, region, lines, pool)


def all_funds(ctx: Context) -> tuple[BookFunds, ...]:
    """Every region that has a fund, for anybody."""
    policy.require(ctx.actor, "public.read")
    books = ctx.session.scalars(
        sa.select(BenefitFund.book)
        .distinct()
        .order_by(BenefitFund.book)
        .execution_options(cross_book=True)
    )
    return tuple(funds_of(ctx, book) for book in books.all())


def fund_line(ctx: Context, book: str, fund_id: UUID) -> FundLine:
    """One fund; raises FundUnknown."""
    policy.require(ctx.actor, "public.read")
    row = ctx.session.get(BenefitFund, (book, fund_id))
    if row is None:
        raise FundUnknown
    return _fund(ctx, row)


def _fund(ctx: Context, row: BenefitFund) -> FundLine:
    given, used = _moved(ctx, row.book, row.id)
    stands = standing(ctx.session, row.book, fund_account(row.book, row.id))
    wanted = [UUID(each) for each in row.criteria.get(BRANCHES, [])]
    branches = ctx.session.execute(
        sa.select(Branch.name, Branch.name_en).where(Branch.id.in_(wanted)).order_by(Branch.name)
    )
    return FundLine(
        id=row.id,
        book=row.book,
        kind=row.kind,
        name=name_of(row),
        criteria=dict(row.criteria),
        branches=tuple(Name(*each) for each in branches),
        registration=row.registration,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        given_minutes=given,
        used_minutes=used,
        held_minutes=stands.held_minutes,
        free_minutes=stands.available_minutes,
    )


def _moved(ctx: Context, book: str, fund_id: UUID) -> tuple[int, int]:
    """What was given to a fund and what helped elders, less what was reversed of either."""
    amount = Entry.amount_minutes
    came_in = sa.case((amount > 0, amount), else_=0)
    went_out = sa.case((amount < 0, -amount), else_=0)
    is_undoing = Transfer.reverses_id.is_not(None)
    is_closing = Transfer.reason == FUND_CLOSED
    row = ctx.session.execute(
        sa.select(
            whole_sum(sa.case((is_undoing, -went_out), else_=came_in)),
            whole_sum(sa.case((is_undoing, -came_in), (is_closing, 0), else_=went_out)),
        )
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(Entry.book == book, Entry.account_id == fund_account(book, fund_id))
    ).one()
    return row[0], row[1]


def donor_of(ctx: Context, member_id: UUID, to_book: str | None = None) -> Donor:
    """What the questions of a donation begin with; ``to_book`` is another region's."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "donation.make", subject_of(member))
    home = member.home_book
    to_book = to_book or home
    named = _overflow_fund(ctx, member)
    own = givable(ctx, member)
    whole = standings(ctx.session, home, member.id, now=ctx.now)
    earned_id = account_id(home, AccountKind.EARNED, member.id)
    earned = ctx.session.get(Account, (home, earned_id))
    there = funds_of(ctx, to_book)
    return Donor(
        member_id=member.id,
        name=member.name,
        book=home,
        region=there.region if to_book != home else None,
        barrier=barrier(ctx, home, to_book) if to_book != home else None,
        givable_minutes=available_minutes(own),
        granted_minutes=available_minutes(whole) - available_minutes(own),
        funds=tuple(each for each in there.funds if each.is_open),
        overflow_to=member.overflow_to,
        overflow_fund=name_of(named) if named else None,
        overflow_open=member.overflow_to == POOL or bool(named and named.closed_at is None),
        cap_minutes=earned.ceiling_minutes if earned else None,
    )


def _overflow_fund(ctx: Context, member: Member) -> BenefitFund | None:
    """The fund of the standing instruction, open or not; it is always one of the home book."""
    if member.overflow_to == POOL:
        return None
    return ctx.session.get(BenefitFund, (member.home_book, UUID(member.overflow_to)))
