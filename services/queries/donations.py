"""What the pages of donations show: what one gave, what became of it, and which funds there are.

A donor learns when and for which service the minutes were used, by the month, and never for whom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.giving import BenefitFund, Donation, FundKind
from models.ledger import Account, AccountKind, Entry, Transfer
from models.people import Member
from models.places import Book, Branch
from models.requests import Request, Visit
from services import audit, policy, rates
from services.clock import local_date
from services.context import Context
from services.donations.funds import POOL, name_of
from services.donations.giving import givable
from services.donations.sentences import DonationUnknown, FundUnknown
from services.donations.tracing import FUND_CLOSED, Traced, traced
from services.ledger.accounts import (
    account_id,
    available_minutes,
    fund_account,
    pool_of,
    standing,
    standings,
)
from services.ledger.rows import whole_sum
from services.papers.issuing import PaperKind, code_of
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
class UseLine:
    """In a month so many minutes of a donation went into a service; None: into the pool."""

    month: date
    service: Name | None
    minutes: int


@dataclass(frozen=True, slots=True)
class DonationLine:
    """A donation and how much of it has been used. ``fund`` None is the pool.

    What was given to the pool is used together with everybody's: no part of it is told apart.
    """

    id: UUID
    book: str
    reference: str
    donor_id: UUID
    fund: Name | None
    criteria: Mapping[str, Any]
    minutes: int
    how: str
    at: datetime
    used_minutes: int
    to_pool_minutes: int
    uses: tuple[UseLine, ...]
    paper_code: str | None
    #: Reversed as a mistake: its minutes are back.
    is_undone: bool

    @property
    def left_minutes(self) -> int:
        """Not used yet."""
        return self.minutes - self.used_minutes - self.to_pool_minutes


@dataclass(frozen=True, slots=True)
class Donor:
    """Who may give how much, where to, and where the overflow goes now."""

    member_id: UUID
    name: str
    book: str
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


def donor_of(ctx: Context, member_id: UUID) -> Donor:
    """What the questions of a donation begin with."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "donation.make", subject_of(member))
    funds = funds_of(ctx, member.home_book).funds
    here = {str(each.id): each for each in funds}
    named = here.get(member.overflow_to)
    own = givable(ctx, member)
    whole = standings(ctx.session, member.home_book, member.id, now=ctx.now)
    earned_id = account_id(member.home_book, AccountKind.EARNED, member.id)
    earned = ctx.session.get(Account, (member.home_book, earned_id))
    return Donor(
        member_id=member.id,
        name=member.name,
        book=member.home_book,
        givable_minutes=available_minutes(own),
        granted_minutes=available_minutes(whole) - available_minutes(own),
        funds=tuple(each for each in funds if each.is_open),
        overflow_to=member.overflow_to,
        overflow_fund=named.name if named else None,
        overflow_open=member.overflow_to == POOL or bool(named and named.is_open),
        cap_minutes=earned.ceiling_minutes if earned else None,
    )


def donations_of(ctx: Context, member_id: UUID) -> tuple[DonationLine, ...]:
    """All that a member gave, the newest first; somebody else's look is recorded."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "donation.read", subject_of(member))
    _note_look(ctx, member, "member", member.id)
    rows = ctx.session.scalars(
        sa.select(Donation)
        .where(Donation.book == member.home_book, Donation.donor_id == member_id)
        .order_by(Donation.at.desc(), Donation.id.desc())
    ).all()
    return _lines(ctx, member.home_book, rows)


def donation_of(ctx: Context, book: str, donation_id: UUID) -> DonationLine:
    """One donation, told to its donor, the donor's branch, or whoever oversees the region.

    Somebody else's look is recorded: run it in a unit of work.
    """
    row = ctx.session.get(Donation, (book, donation_id))
    if row is None:
        raise DonationUnknown
    donor = ctx.session.get_one(Member, row.donor_id)
    policy.require(ctx.actor, "donation.read", subject_of(donor))
    _note_look(ctx, donor, "donation", row.id)
    return _lines(ctx, book, [row])[0]


def _note_look(ctx: Context, donor: Member, kind: str, subject_id: UUID) -> None:
    if donor.id != ctx.actor.id:
        book = donor.home_book
        audit.record(ctx, "donation.read", kind, subject_id, book=book, acting_for_id=donor.id)


def _lines(ctx: Context, book: str, rows: Iterable[Donation]) -> tuple[DonationLine, ...]:
    listed = list(rows)
    fund_ids = {row.fund_id for row in listed if row.fund_id is not None}
    found = {each: traced(ctx, book, each) for each in sorted(fund_ids)}
    names = {
        row.id: name_of(row)
        for row in ctx.session.scalars(
            sa.select(BenefitFund).where(BenefitFund.book == book, BenefitFund.id.in_(fund_ids))
        )
    }
    undone = set(
        ctx.session.scalars(
            sa.select(Transfer.reverses_id).where(
                Transfer.book == book,
                Transfer.reverses_id.in_([row.transfer_id for row in listed]),
            )
        )
    )
    return tuple(
        _line(ctx, row, names, found.get(row.fund_id) if row.fund_id else None, undone)
        for row in listed
    )


def _line(
    ctx: Context,
    row: Donation,
    names: Mapping[UUID, Name],
    found: Traced | None,
    undone: set[UUID | None],
) -> DonationLine:
    uses = _uses(ctx, row, found) if found is not None else ()
    return DonationLine(
        id=row.id,
        book=row.book,
        reference=row.reference,
        donor_id=row.donor_id,
        fund=names[row.fund_id] if row.fund_id else None,
        criteria=dict(row.criteria),
        minutes=row.amount_minutes,
        how=row.how,
        at=row.at,
        used_minutes=sum(each.minutes for each in uses if each.service is not None),
        to_pool_minutes=sum(each.minutes for each in uses if each.service is None),
        uses=uses,
        paper_code=code_of(ctx, PaperKind.DONATION_CERTIFICATE, row.book, row.id),
        is_undone=row.transfer_id in undone,
    )


def _uses(ctx: Context, row: Donation, found: Traced) -> tuple[UseLine, ...]:
    """The draws of a donation by month and service, the latest month first."""
    mine = [use for use in found.uses if use.donation == row.id]
    if not mine:
        return ()
    served = {
        each.id: each
        for each in ctx.session.execute(
            sa.select(
                Transfer.id,
                Transfer.effective_at,
                Request.service_code,
                Request.rule_set_version,
            )
            .outerjoin(
                Visit, sa.and_(Visit.book == Transfer.book, Visit.transfer_id == Transfer.id)
            )
            .outerjoin(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
            .where(Transfer.book == row.book, Transfer.id.in_([use.draw for use in mine]))
        )
    }
    sums: Counter[tuple[date, str, str]] = Counter()
    for use in mine:
        each = served[use.draw]
        month = local_date(each.effective_at).replace(day=1)
        sums[month, each.rule_set_version or "", each.service_code or ""] += use.minutes
    lines = [
        UseLine(month, _service(ctx, version, code), minutes)
        for (month, version, code), minutes in sums.items()
    ]
    lines.sort(key=lambda line: (line.month, line.minutes), reverse=True)
    return tuple(lines)


def _service(ctx: Context, version: str, code: str) -> Name | None:
    return rates.rule_set(ctx.session, version).service(code).name if code else None
