"""A region's fund and its reserve: the records with both names, and how the ratio has gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.places import Book
from models.reserve import FundRecord, ReserveReading
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.corridors.finding import keeper_of
from services.errors import NotFound
from services.policy import Subject
from services.queries.branch.desks import name_of
from services.queries.corridors import Side, side

#: How many readings a page shows: a quarter of daily ones.
READINGS_SHOWN = 92


@dataclass(frozen=True, slots=True)
class FundLine:
    """A record of the fund; ``can`` are the acts that the reader may do with it now."""

    id: UUID
    on_day: date
    fund_fen: int
    document: str
    recorded_by: str | None
    recorded_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    withdrawn_at: datetime | None
    can: frozenset[str]

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for its second name."""
        return self.signed_at is None and self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """The ratio as it was read at a moment; percent None: nothing was outstanding."""

    at: datetime
    fund_fen: int
    outstanding_minutes: int
    backed_percent: int | None
    premium_stop: str


@dataclass(frozen=True, slots=True)
class ReservePage:
    """A region's fund, its readings with the newest first, and the thresholds of the rules."""

    book: str
    here: Side
    records: tuple[FundLine, ...]
    readings: tuple[ReadingLine, ...]
    alert_percents: tuple[int, ...]
    stop_pt_below_percent: int
    stop_ptr_below_percent: int
    guide_rate_fen_per_coin: int
    may_record: bool

    @property
    def latest(self) -> ReadingLine | None:
        """The reading that counts for whatever is accepted now."""
        return self.readings[0] if self.readings else None

    @property
    def has_joined(self) -> bool:
        """Whether a record is signed."""
        return any(each.signed_at for each in self.records)

    @property
    def is_waiting(self) -> bool:
        """Whether a record waits for its second name."""
        return any(each.is_waiting for each in self.records)


def reserve_of(ctx: Context, book: str) -> ReservePage:
    """For the administrators and auditors of the region and of those above it."""
    if ctx.session.get(Book, book) is None:
        raise NotFound
    region = keeper_of(ctx.session, book, local_date(ctx.now))
    subject = Subject(book=book, region_code=region)
    policy.require(ctx.actor, "reserve.read", subject)
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now)).reserve
    records = ctx.session.scalars(
        sa.select(FundRecord)
        .where(FundRecord.book == book)
        .order_by(FundRecord.on_day.desc(), FundRecord.recorded_at.desc())
    )
    readings = ctx.session.scalars(
        sa.select(ReserveReading)
        .where(ReserveReading.book == book)
        .order_by(ReserveReading.at.desc(), ReserveReading.id.desc())
        .limit(READINGS_SHOWN)
    )
    return ReservePage(
        book=book,
        here=side(ctx, region),
        records=tuple(_record(ctx, each, subject) for each in records),
        readings=tuple(
            ReadingLine(
                each.at,
                each.fund_fen,
                each.outstanding_minutes,
                each.backed_percent,
                each.premium_stop,
            )
            for each in readings
        ),
        alert_percents=rules.alert_percents,
        stop_pt_below_percent=rules.stop_pt_below_percent,
        stop_ptr_below_percent=rules.stop_ptr_below_percent,
        guide_rate_fen_per_coin=rules.guide_rate_fen_per_coin,
        may_record=policy.can(ctx.actor, "reserve.record", subject).allowed,
    )


def _record(ctx: Context, row: FundRecord, subject: Subject) -> FundLine:
    can = set()
    if row.signed_at is None and row.withdrawn_at is None:
        is_other = row.recorded_by_id not in ({ctx.actor.id} | ctx.actor.relatives)
        if is_other and policy.can(ctx.actor, "reserve.sign", subject).allowed:
            can.add("sign")
        if policy.can(ctx.actor, "reserve.record", subject).allowed:
            can.add("withdraw")
    return FundLine(
        id=row.id,
        on_day=row.on_day,
        fund_fen=row.fund_fen,
        document=row.document,
        recorded_by=name_of(ctx, row.recorded_by_id),
        recorded_at=row.recorded_at,
        signed_by=name_of(ctx, row.signed_by_id),
        signed_at=row.signed_at,
        withdrawn_at=row.withdrawn_at,
        can=frozenset(can),
    )
