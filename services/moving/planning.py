"""What a move would take along, what stays, and what becomes of every booking: nothing is written.

The move itself works from the same lists, under its locks, so that nobody is surprised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.ledger import AccountKind
from models.people import Member, MemberStatus
from models.places import Branch
from services import policy, rates
from services.batches import periods
from services.clock import local_date
from services.context import Context
from services.corridors.finding import require_open
from services.donations.funds import POOL
from services.errors import DomainError
from services.grants.ending import last_moment
from services.ledger.accounts import Standing, standings
from services.moving import sentences as say
from services.moving.bookings import Booking, bookings_of
from services.moving.checking import hindrances
from services.people.reading import member_row
from services.people.reading import subject_of as own_affair
from services.places.branches import branch_row, open_row
from services.places.regions import full_name
from services.places.settings import regional_setting
from services.policy import Subject
from services.rules.refusals import Refusal

ACT = "member.move"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody lives: the book, the region, the branch, and how they are called."""

    book: str
    region_code: str
    branch_id: UUID
    region_zh: str
    region_en: str
    branch_zh: str
    branch_en: str


@dataclass(frozen=True, slots=True)
class Coins:
    """Minutes of one origin: a kind of account, and its period where it has one."""

    kind: AccountKind
    period: str
    minutes: int
    #: Of a grant: the last moment in which it would have been usable.
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a member should know before moving."""

    member_id: UUID
    from_place: Place
    to_place: Place
    coins: tuple[Coins, ...]
    stays: tuple[Coins, ...]
    bookings: tuple[Booking, ...]
    #: Empty: nothing is in the way.
    hindrances: tuple[Refusal, ...]
    #: What the new region's storage cap would not have taken: it stays the member's all the same.
    above_cap_minutes: int = 0
    #: The standing instruction names a fund of the old region, and falls back to the pool.
    overflow_falls_back: bool = False

    @property
    def moved_minutes(self) -> int:
        """What comes along in all."""
        return sum(each.minutes for each in self.coins)


def preview(ctx: Context, member_id: UUID, branch_id: UUID) -> Plan:
    """Everything that a move to a branch would do now, and all that is in the way.

    By the member's own login, or at the counter of the branch moved to. Raises a refusal, or
    MoveNotActive, SameBook, NotABranch or BranchClosed.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, ACT, subject_of(ctx, member, branch_id))
    to = destination(ctx, member, branch_id)
    return plan(ctx, member, to)


def subject_of(ctx: Context, member: Member, branch_id: UUID) -> Subject:
    """The member's own affair, or one of the counter that the member moves to."""
    if ctx.actor.id == member.id:
        return own_affair(member)
    branch = branch_row(ctx.session, branch_id)
    return Subject(
        book=branch.book,
        region_code=branch.region_code,
        branch_id=branch.id,
        member_id=member.id,
    )


def destination(ctx: Context, member: Member, branch_id: UUID) -> Branch:
    """The branch moved to; raises NotABranch, BranchClosed, MoveNotActive or SameBook."""
    branch = open_row(ctx.session, branch_id)
    if member.status is not MemberStatus.ACTIVE:
        raise say.MoveNotActive
    if branch.book == member.home_book:
        raise say.SameBook(field="branch_id")
    return branch


def plan(ctx: Context, member: Member, branch: Branch) -> Plan:
    """The same for whoever has looked at the rights before."""
    found = standings(ctx.session, member.home_book, member.id, now=ctx.now)
    coins = tuple(
        Coins(each.kind, each.period, each.posted_minutes)
        for each in found
        if each.kind is not AccountKind.GRANTED and each.posted_minutes
    )
    earned = sum(each.minutes for each in coins if each.kind is AccountKind.EARNED)
    return Plan(
        member_id=member.id,
        from_place=place_of(ctx, member.home_book, member.region_code, member.branch_id),
        to_place=place_of(ctx, branch.book, branch.region_code, branch.id),
        coins=coins,
        stays=staying(ctx, found),
        bookings=bookings_of(ctx, member, branch.book),
        hindrances=(*_corridor(ctx, member, branch), *hindrances(ctx, member)),
        above_cap_minutes=max(0, earned - cap_in(ctx, branch.region_code)),
        overflow_falls_back=member.overflow_to != POOL,
    )


def staying(ctx: Context, found: list[Standing]) -> tuple[Coins, ...]:
    """Grants belong to the region that gave them: they stay until they end."""
    return tuple(
        Coins(each.kind, each.period, each.posted_minutes, last_use(ctx, each.period))
        for each in found
        if each.kind is AccountKind.GRANTED and each.posted_minutes
    )


def last_use(ctx: Context, period: str) -> datetime | None:
    """The last moment in which a grant of a quarter could be used."""
    ends = periods.ends_at(period, periods.quarters_later(ctx))
    return None if ends is None else last_moment(ends)


def place_of(ctx: Context, book: str, region_code: str, branch_id: UUID) -> Place:
    """A place with its names as they are today."""
    zh, en = full_name(ctx.session, region_code, local_date(ctx.now))
    branch = branch_row(ctx.session, branch_id)
    return Place(book, region_code, branch_id, zh, en, branch.name, branch.name_en)


def cap_in(ctx: Context, region_code: str) -> int:
    """The storage cap of a region."""
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return regional_setting(ctx.session, region_code, "storage_minutes", rules)


def _corridor(ctx: Context, member: Member, branch: Branch) -> tuple[Refusal, ...]:
    try:
        require_open(ctx, member.home_book, branch.book)
    except DomainError as shut:
        return (Refusal(shut.code, shut.sentence, shut.params),)
    return ()
