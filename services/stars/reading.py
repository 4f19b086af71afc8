"""Stars as people read them: published to everybody, whole to those who decide, one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.honours import StarAward, StarBan, StarObjection, StarState
from models.people import Member
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.people.reading import member_row, subject_of
from services.people.texts import masked_name
from services.places.keeping import lies_in
from services.places.regions import full_name
from services.policy import Subject
from services.rules.names import Name
from services.stars.objecting import TEXT, award_row, granting_subject
from services.stars.sentences import StarUnknown
from services.stars.standing import awards_of, bans_of, barred_until, stars_of

PAGE = 30


@dataclass(frozen=True, slots=True)
class StarNotice:
    """What anybody reads while stars are published: a masked name and no number."""

    book: str
    award_id: UUID
    name: str
    region: Name
    stars: int
    served_minutes: int
    granting_tier: str
    notice_from: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class StarNotices:
    """Some of the notices that run, those that end first before others."""

    items: tuple[StarNotice, ...]
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """An objection with its words, for those who decide it or watch over it."""

    id: UUID
    by: str
    text: str
    at: datetime
    decision: str | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class AwardView:
    """An award: names masked. ``may_decide``: the reader's tier grants so many stars."""

    book: str
    id: UUID
    name: str
    number: str
    region: Name
    stars: int
    served_minutes: int
    state: StarState
    granting_tier: str
    notice_from: date
    ends_on: date
    decided_at: datetime | None
    end_reason: str | None
    objections: tuple[ObjectionView, ...]
    may_decide: bool

    @property
    def waiting(self) -> int:
        """How many objections wait for a decision."""
        return sum(each.decided_at is None for each in self.objections)


@dataclass(frozen=True, slots=True)
class BanView:
    """A ban, with the false record that made it."""

    book: str
    id: UUID
    name: str
    number: str
    from_day: date
    until_day: date
    transfer_id: UUID
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True)
class MyStars:
    """A member's stars. ``pending`` is what is being published; ``barred_until`` a ban's end."""

    stars: int
    pending: AwardView | None
    barred_until: date | None
    awards: tuple[AwardView, ...]


def notices(ctx: Context, number: int, code: str | None = None) -> StarNotices:
    """The notices that run in the whole country, or in a region and all below it."""
    policy.require(ctx.actor, "star.notices")
    wanted = [
        StarAward.state == StarState.NOTICE,
        StarAward.notice_ends_on >= local_date(ctx.now),
    ]
    if code is not None:
        wanted.append(lies_in(ctx.session, StarAward.book, code))
    total = ctx.session.scalar(
        sa.select(sa.func.count(StarAward.id)).where(*wanted).execution_options(cross_book=True)
    )
    rows = ctx.session.scalars(
        sa.select(StarAward)
        .where(*wanted)
        .order_by(StarAward.notice_ends_on, StarAward.id)
        .offset((number - 1) * PAGE)
        .limit(PAGE)
        .execution_options(cross_book=True)
    )
    items = tuple(_notice(ctx, row) for row in rows)
    return StarNotices(items, number, max(1, -(-(total or 0) // PAGE)))


def notice(ctx: Context, book: str, award_id: UUID) -> StarNotice:
    """One notice that runs now; raises StarUnknown for anything else."""
    policy.require(ctx.actor, "star.notices")
    row = award_row(ctx, book, award_id)
    if row.state is not StarState.NOTICE or row.notice_ends_on < local_date(ctx.now):
        raise StarUnknown
    return _notice(ctx, row)


def awards_in(
    ctx: Context, book: str, state: StarState | None = None, most: int = 200
) -> tuple[AwardView, ...]:
    """The awards of a book, those with open objections first, for those who watch over them."""
    policy.require(ctx.actor, "star.read", Subject(book=book, region_code=book))
    wanted = [StarAward.book == book]
    if state is not None:
        wanted.append(StarAward.state == state)
    rows = ctx.session.scalars(
        sa.select(StarAward)
        .where(*wanted)
        .order_by(StarAward.proposed_at.desc(), StarAward.id.desc())
        .limit(most)
    ).all()
    return tuple(sorted((_view(ctx, row) for row in rows), key=lambda each: -each.waiting))


def award(ctx: Context, book: str, award_id: UUID) -> AwardView:
    """One award with its objections; raises StarUnknown."""
    row = award_row(ctx, book, award_id)
    member = member_row(ctx.session, row.member_id)
    policy.require(ctx.actor, "star.read", subject_of(member))
    return _view(ctx, row)


def bans_in(ctx: Context, book: str) -> tuple[BanView, ...]:
    """The bans of a book that run, the newest first."""
    policy.require(ctx.actor, "star.read", Subject(book=book, region_code=book))
    rows = ctx.session.execute(
        sa.select(StarBan, Member)
        .join(Member, Member.id == StarBan.member_id)
        .where(
            StarBan.book == book,
            StarBan.lifted_at.is_(None),
            StarBan.until_day >= local_date(ctx.now),
        )
        .order_by(StarBan.made_at.desc(), StarBan.id)
    )
    return tuple(
        BanView(
            book=book,
            id=row.StarBan.id,
            name=masked_name(row.Member.name),
            number=row.Member.number,
            from_day=row.StarBan.from_day,
            until_day=row.StarBan.until_day,
            transfer_id=row.StarBan.transfer_id,
            lifted_at=row.StarBan.lifted_at,
        )
        for row in rows
    )


def my_stars(ctx: Context, member_id: UUID) -> MyStars:
    """What a member has, what is being published, and every earlier award."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "star.read", subject_of(member))
    today = local_date(ctx.now)
    rules = rates.rule_set_on(ctx.session, today)
    rows = awards_of(ctx.session, member)
    views = tuple(_view(ctx, row, with_objections=False) for row in rows)
    return MyStars(
        stars=stars_of(ctx.session, member),
        pending=next((each for each in views if each.state is StarState.NOTICE), None),
        barred_until=barred_until(ctx.session, member, today, rules)
        if bans_of(ctx.session, member)
        else None,
        awards=views,
    )


def _notice(ctx: Context, row: StarAward) -> StarNotice:
    member = member_row(ctx.session, row.member_id)
    return StarNotice(
        book=row.book,
        award_id=row.id,
        name=masked_name(member.name),
        region=Name(*full_name(ctx.session, member.region_code, local_date(ctx.now))),
        stars=row.stars,
        served_minutes=row.served_minutes,
        granting_tier=row.granting_tier,
        notice_from=row.notice_from,
        ends_on=row.notice_ends_on,
    )


def _view(ctx: Context, row: StarAward, *, with_objections: bool = True) -> AwardView:
    member = member_row(ctx.session, row.member_id)
    decision = policy.can(ctx.actor, "star.decide", granting_subject(ctx, row))
    return AwardView(
        book=row.book,
        id=row.id,
        name=masked_name(member.name),
        number=member.number,
        region=Name(*full_name(ctx.session, member.region_code, local_date(ctx.now))),
        stars=row.stars,
        served_minutes=row.served_minutes,
        state=row.state,
        granting_tier=row.granting_tier,
        notice_from=row.notice_from,
        ends_on=row.notice_ends_on,
        decided_at=row.decided_at,
        end_reason=row.end_reason,
        objections=_objections(ctx, row) if with_objections else (),
        may_decide=decision.allowed and row.state is StarState.NOTICE,
    )


def _objections(ctx: Context, row: StarAward) -> tuple[ObjectionView, ...]:
    found: Sequence[StarObjection] = ctx.session.scalars(
        sa.select(StarObjection)
        .where(StarObjection.book == row.book, StarObjection.award_id == row.id)
        .order_by(StarObjection.at, StarObjection.id)
    ).all()
    return tuple(
        ObjectionView(
            id=each.id,
            by=masked_name(member_row(ctx.session, each.by_id).name),
            text=ctx.vault.open(TEXT, each.text_sealed),
            at=each.at,
            decision=each.decision,
            reason=each.decision_reason,
            decided_by=_name_of(ctx, each.decided_by_id),
            decided_at=each.decided_at,
        )
        for each in found
    )


def _name_of(ctx: Context, member_id: UUID | None) -> str | None:
    found = None if member_id is None else ctx.session.get(Member, member_id)
    return None if found is None else found.name
