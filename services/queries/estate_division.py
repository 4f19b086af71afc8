"""An estate between its notice and the last share: what staff and administrators work from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateObjection, EstateState
from models.people import Member
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.estates.finding import estate_row, subject_of
from services.estates.open_objections import has_open_objection
from services.estates.parties import heirs_of
from services.estates.unfinished import held_minutes, unfinished_sessions, unfinished_visits
from services.papers.issuing import PaperKind, code_of
from services.people.reading import member_row
from services.people.texts import masked_name
from services.places.branches import branch_row
from services.places.regions import full_name
from services.policy import NATIONAL_ADMIN, REGION_ADMIN, STAFF, Subject
from services.queries.branch.desks import name_of
from services.queries.estate_notice import ObjectionView, branches_named, objections_of
from services.queries.heirs import HeirsPage, heirs_page
from services.rules.names import Name
from services.rules.notice_clock import unpublished_years

#: Estates of one list.
MOST = 100
#: The acts on the page -> the act of the policy that allows each.
ACTS = {
    "publish": "estate.publish",
    "take_down": "estate.take_down",
    "decide": "estate.decide",
    "decide_appeal": "estate.decide_appeal",
    "divide": "estate.divide",
}
DECIDED_IN = (EstateState.FROZEN, EstateState.NOTICE)


@dataclass(frozen=True, slots=True)
class Standing:
    """What still stands in the way of a division."""

    open_objection: bool
    visits: tuple[UUID, ...]
    sessions: int
    held_minutes: int

    @property
    def is_clear(self) -> bool:
        """Whether nothing does, beside the notice itself."""
        return not (self.open_objection or self.visits or self.sessions or self.held_minutes)


@dataclass(frozen=True, slots=True)
class NoticeFile:
    """One estate with its notice, objections, shares and what may be done about it now."""

    book: str
    estate_id: UUID
    reference: str
    state: EstateState
    dead_name: str
    died_on: date
    region: Name
    branch: Name
    notice_from: date | None
    ends_on: date | None
    days_left: int | None
    unpublished: tuple[int, ...]
    is_over: bool
    divided_at: datetime | None
    divided_by: str | None
    estate_minutes: int | None
    remainder_minutes: int | None
    claim_until: date | None
    settled_at: datetime | None
    notice_code: str | None
    protocol_code: str | None
    objections: tuple[ObjectionView, ...]
    heirs: HeirsPage
    in_the_way: Standing
    may: Mapping[str, bool]

    def objection(self, objection_id: UUID) -> ObjectionView | None:
        """One of the objections."""
        return next((each for each in self.objections if each.id == objection_id), None)


@dataclass(frozen=True, slots=True)
class EstateLine:
    """An estate in the list of a region. ``waits`` says for whom or what."""

    estate_id: UUID
    reference: str
    dead_name: str
    branch: Name
    state: EstateState
    ends_on: date | None
    days_left: int | None
    claim_until: date | None
    #: decision, appeal, division, notice, claims.
    waits: str


@dataclass(frozen=True, slots=True)
class EstateList:
    """The estates of a book that somebody has to do something about."""

    book: str
    name: Name
    lines: tuple[EstateLine, ...]


def notice_file(ctx: Context, book: str, estate_id: UUID) -> NoticeFile:
    """The whole file; the look is recorded: call it in a unit of work."""
    estate = estate_row(ctx.session, book, estate_id)
    subject = subject_of(ctx, estate)
    policy.require(ctx.actor, "estate.read", subject)
    listed = heirs_page(ctx, book, estate_id)
    dead = member_row(ctx.session, estate.member_id)
    branch = branch_row(ctx.session, estate.branch_id)
    first, last = estate.notice_from, estate.notice_ends_on
    today = local_date(ctx.now)
    calendar = rates.calendar_version(ctx.session, estate.calendar_version or "none")
    return NoticeFile(
        book=book,
        estate_id=estate_id,
        reference=estate.reference,
        state=estate.state,
        dead_name=dead.name,
        died_on=local_date(estate.died_at),
        region=Name(*full_name(ctx.session, dead.region_code, today)),
        branch=Name(branch.name, branch.name_en),
        notice_from=first,
        ends_on=last,
        days_left=estate.notice_days_left,
        unpublished=unpublished_years(calendar, first, last or first) if first else (),
        is_over=last is not None and today > last,
        divided_at=estate.divided_at,
        divided_by=name_of(ctx, estate.divided_by_id),
        estate_minutes=estate.estate_minutes,
        remainder_minutes=estate.remainder_minutes,
        claim_until=estate.claim_until,
        settled_at=estate.settled_at,
        notice_code=code_of(ctx, PaperKind.ESTATE_NOTICE, book, estate_id),
        protocol_code=code_of(ctx, PaperKind.DIVISION_PROTOCOL, book, estate_id),
        objections=objections_of(ctx, estate),
        heirs=listed,
        in_the_way=_standing(ctx, estate),
        may=_may(ctx, estate, subject),
    )


def _standing(ctx: Context, estate: Estate) -> Standing:
    if estate.state not in DECIDED_IN:
        return Standing(False, (), 0, 0)
    return Standing(
        has_open_objection(ctx, estate),
        unfinished_visits(ctx, estate),
        len(unfinished_sessions(ctx, estate)),
        held_minutes(ctx, estate),
    )


def _may(ctx: Context, estate: Estate, subject: Subject) -> dict[str, bool]:
    """What the actor may do, by role and as nobody whom it concerns."""
    own = {ctx.actor.id} | ctx.actor.relatives
    apart = not any(heir.member_id in own for heir in heirs_of(ctx, estate.book, estate.id))
    return {
        name: apart and policy.can(ctx.actor, act, subject).allowed for name, act in ACTS.items()
    }


def estates_to_decide(ctx: Context, book: str) -> EstateList:
    """The estates of a book that are published, decided on, or not claimed yet.

    Whoever decides nothing reads names masked: a look at a list is not recorded.
    """
    policy.require(ctx.actor, "estate.read", Subject(book=book, region_code=book))
    rows = ctx.session.scalars(
        sa.select(Estate)
        .where(
            Estate.book == book,
            sa.or_(
                Estate.state.in_((EstateState.NOTICE, EstateState.DIVIDED)),
                Estate.id.in_(_undecided(book)),
            ),
        )
        .order_by(Estate.state.desc(), Estate.notice_ends_on, Estate.id)
        .limit(MOST)
    ).all()
    lines = _lines(ctx, book, rows)
    name = Name(*full_name(ctx.session, book, local_date(ctx.now)))
    return EstateList(book, name, tuple(sorted(lines, key=lambda line: _ORDER[line.waits])))


_ORDER = {"decision": 0, "appeal": 1, "division": 2, "notice": 3, "claims": 4}


def estates_waiting(ctx: Context, book: str) -> int:
    """How many estates wait for a region administrator: a decision, an appeal, the division.

    A figure of the overview, for whoever may see that.
    """
    open_now = sa.select(EstateObjection.estate_id).where(
        EstateObjection.book == book,
        sa.or_(
            EstateObjection.decided_at.is_(None),
            sa.and_(
                EstateObjection.appealed_at.is_not(None),
                EstateObjection.appeal_decided_at.is_(None),
            ),
        ),
    )
    over = sa.and_(Estate.state == EstateState.NOTICE, Estate.notice_ends_on < local_date(ctx.now))
    count = ctx.session.scalar(
        sa.select(sa.func.count(Estate.id)).where(
            Estate.book == book, sa.or_(over, Estate.id.in_(open_now))
        )
    )
    return count or 0


def _undecided(book: str) -> sa.Select[UUID]:
    return sa.select(EstateObjection.estate_id).where(
        EstateObjection.book == book, EstateObjection.decided_at.is_(None)
    )


def _lines(ctx: Context, book: str, estates: Sequence[Estate]) -> list[EstateLine]:
    ids = [row.id for row in estates]
    objections = ctx.session.scalars(
        sa.select(EstateObjection).where(
            EstateObjection.book == book, EstateObjection.estate_id.in_(ids)
        )
    ).all()
    undecided = {row.estate_id for row in objections if row.decided_at is None}
    appealed = {
        row.estate_id for row in objections if row.appealed_at and row.appeal_decided_at is None
    }
    branches = branches_named(ctx, [row.branch_id for row in estates])
    members = {row.member_id for row in estates}
    named = ctx.session.execute(sa.select(Member.id, Member.name).where(Member.id.in_(members)))
    names = {row.id: row.name for row in named}
    whole = any(ctx.actor.has_role(each) for each in (STAFF, REGION_ADMIN, NATIONAL_ADMIN))
    today = local_date(ctx.now)
    return [
        EstateLine(
            estate_id=row.id,
            reference=row.reference,
            dead_name=names[row.member_id] if whole else masked_name(names[row.member_id]),
            branch=branches[row.branch_id],
            state=row.state,
            ends_on=row.notice_ends_on,
            days_left=row.notice_days_left,
            claim_until=row.claim_until,
            waits=_waits(row, today, undecided, appealed),
        )
        for row in estates
    ]


def _waits(row: Estate, today: date, undecided: set[UUID], appealed: set[UUID]) -> str:
    if row.id in undecided:
        return "decision"
    if row.id in appealed:
        return "appeal"
    if row.state is EstateState.DIVIDED:
        return "claims"
    return "division" if row.notice_ends_on and today > row.notice_ends_on else "notice"
