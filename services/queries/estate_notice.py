"""Public notices of estates for everybody, and objections for those whom they concern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateObjection, EstateState
from models.people import Member
from models.places import Branch
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.estates.finding import estate_row
from services.estates.notice_sentences import NoticeNotRunning, ObjectionUnknown
from services.estates.open_objections import DISMISSED
from services.estates.parties import OBJECTION_TEXT, OBJECTOR_NAME, REASON_TEXT
from services.people.reading import member_row
from services.people.texts import masked_name
from services.places.branches import branch_row
from services.places.regions import full_name, within
from services.rules.names import Name
from services.rules.notice_clock import unpublished_years

#: Notices of one page.
PAGE = 20


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """What anybody may read. The last day is None while an objection stops the clock."""

    book: str
    estate_id: UUID
    reference: str
    dead: str
    region: Name
    branch: Name
    branch_address: str
    branch_phone: str
    notice_from: date
    ends_on: date | None
    days_left: int | None
    #: Years without a published calendar, counted by plain weeks.
    unpublished: tuple[int, ...]
    is_over: bool


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Some of the notices that run or stand still, those that end first before others."""

    items: tuple[PublicNotice, ...]
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """An objection with its decision and its appeal, as those read it who may."""

    id: UUID
    book: str
    estate_id: UUID
    reference: str
    dead: str
    name: str
    by_member: bool
    at: datetime
    text: str
    decision: str | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    appealed_at: datetime | None
    appeal_text: str | None
    appeal_decision: str | None
    appeal_reason: str | None
    appeal_decided_by: str | None
    appeal_decided_at: datetime | None
    #: Whether an appeal is still possible, whoever asks.
    appealable: bool

    @property
    def waits(self) -> str | None:
        """What it waits for now: ``decision``, ``appeal``, or nothing."""
        if self.decided_at is None:
            return "decision"
        return "appeal" if self.appealed_at and self.appeal_decided_at is None else None


def public_notices(ctx: Context, number: int, code: str | None = None) -> NoticePage:
    """The notices of the whole country, or of a region and all below it."""
    policy.require(ctx.actor, "estate.notices")
    wanted = [
        Estate.state == EstateState.NOTICE,
        sa.or_(Estate.notice_ends_on.is_(None), Estate.notice_ends_on >= local_date(ctx.now)),
    ]
    if code is not None:
        wanted.append(Estate.book.startswith(within(code), autoescape=True))
    total = ctx.session.scalar(
        sa.select(sa.func.count(Estate.id)).where(*wanted).execution_options(cross_book=True)
    )
    rows = ctx.session.scalars(
        sa.select(Estate)
        .where(*wanted)
        .order_by(sa.func.coalesce(Estate.notice_ends_on, Estate.notice_from), Estate.id)
        .offset((number - 1) * PAGE)
        .limit(PAGE)
        .execution_options(cross_book=True)
    )
    items = tuple(_public(ctx, row) for row in rows)
    return NoticePage(items, number, max(1, -(-(total or 0) // PAGE)))


def public_notice(ctx: Context, book: str, estate_id: UUID) -> PublicNotice:
    """One notice; raises NoticeNotRunning for what is not published now."""
    policy.require(ctx.actor, "estate.notices")
    estate = estate_row(ctx.session, book, estate_id)
    if estate.state is not EstateState.NOTICE:
        raise NoticeNotRunning
    return _public(ctx, estate)


def _public(ctx: Context, estate: Estate) -> PublicNotice:
    dead = member_row(ctx.session, estate.member_id)
    branch = branch_row(ctx.session, estate.branch_id)
    first = estate.notice_from or local_date(ctx.now)
    last = estate.notice_ends_on
    calendar = rates.calendar_version(ctx.session, estate.calendar_version or "none")
    return PublicNotice(
        book=estate.book,
        estate_id=estate.id,
        reference=estate.reference,
        dead=masked_name(dead.name),
        region=Name(*full_name(ctx.session, dead.region_code, local_date(ctx.now))),
        branch=Name(branch.name, branch.name_en),
        branch_address=branch.address,
        branch_phone=branch.phone,
        notice_from=first,
        ends_on=last,
        days_left=estate.notice_days_left,
        unpublished=unpublished_years(calendar, first, last or first),
        is_over=last is not None and local_date(ctx.now) > last,
    )


def objections_of(ctx: Context, estate: Estate) -> tuple[ObjectionView, ...]:
    """Everything that was objected to an estate, oldest first; services and queries only."""
    rows = ctx.session.scalars(
        sa.select(EstateObjection)
        .where(EstateObjection.book == estate.book, EstateObjection.estate_id == estate.id)
        .order_by(EstateObjection.at, EstateObjection.id)
    ).all()
    return _views(ctx, [(row, estate) for row in rows])


def my_objections(ctx: Context) -> tuple[ObjectionView, ...]:
    """What the actor has objected, newest first, in whatever book."""
    policy.require(ctx.actor, "account.use")
    rows = ctx.session.execute(
        sa.select(EstateObjection, Estate)
        .join(
            Estate,
            sa.and_(Estate.book == EstateObjection.book, Estate.id == EstateObjection.estate_id),
        )
        .where(EstateObjection.member_id == ctx.actor.id)
        .order_by(EstateObjection.at.desc(), EstateObjection.id)
        .execution_options(cross_book=True)
    ).all()
    return _views(ctx, [(row[0], row[1]) for row in rows])


def my_objection(ctx: Context, book: str, objection_id: UUID) -> ObjectionView:
    """One of them; what somebody else has said is not there."""
    policy.require(ctx.actor, "account.use")
    row = ctx.session.get(EstateObjection, (book, objection_id))
    if row is None or row.member_id != ctx.actor.id:
        raise ObjectionUnknown
    return _views(ctx, [(row, estate_row(ctx.session, book, row.estate_id))])[0]


def _views(
    ctx: Context, rows: Sequence[tuple[EstateObjection, Estate]]
) -> tuple[ObjectionView, ...]:
    officials = {row.decided_by_id for row, _ in rows} | {r.appeal_decided_by_id for r, _ in rows}
    people = officials | {estate.member_id for _, estate in rows}
    found = ctx.session.execute(
        sa.select(Member.id, Member.name).where(Member.id.in_({each for each in people if each}))
    )
    names: dict[UUID | None, str] = {row.id: row.name for row in found}
    return tuple(_view(ctx, row, estate, names) for row, estate in rows)


def _view(
    ctx: Context, row: EstateObjection, estate: Estate, names: dict[UUID | None, str]
) -> ObjectionView:
    opened = ctx.vault.open_or_none
    return ObjectionView(
        id=row.id,
        book=row.book,
        estate_id=row.estate_id,
        reference=estate.reference,
        dead=masked_name(names[estate.member_id]),
        name=ctx.vault.open(OBJECTOR_NAME, row.name_sealed),
        by_member=row.member_id is not None,
        at=row.at,
        text=ctx.vault.open(OBJECTION_TEXT, row.text_sealed),
        decision=row.decision,
        reason=opened(REASON_TEXT, row.decision_reason_sealed),
        decided_by=names.get(row.decided_by_id),
        decided_at=row.decided_at,
        appealed_at=row.appealed_at,
        appeal_text=opened(OBJECTION_TEXT, row.appeal_text_sealed),
        appeal_decision=row.appeal_decision,
        appeal_reason=opened(REASON_TEXT, row.appeal_reason_sealed),
        appeal_decided_by=names.get(row.appeal_decided_by_id),
        appeal_decided_at=row.appeal_decided_at,
        appealable=row.decision == DISMISSED
        and row.appealed_at is None
        and estate.state is EstateState.NOTICE,
    )


def branches_named(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Name]:
    """Branches by id, for lists."""
    rows = ctx.session.scalars(sa.select(Branch).where(Branch.id.in_(set(ids))))
    return {row.id: Name(row.name, row.name_en) for row in rows}
