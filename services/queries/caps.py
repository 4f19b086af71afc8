"""How much of its caps a region has used, and the regions below one with fund, ratio and cap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.corridors import Exposure, NetDebitCap
from models.places import Book
from models.reserve import FundRecord, ReserveReading
from services import policy
from services.clock import local_date
from services.context import Context
from services.corridors.caps import CapView, history, may_set
from services.corridors.claiming import ALL, cap_of
from services.corridors.finding import keeper_of
from services.corridors.pairs import views_of
from services.errors import NotFound
from services.places.regions import within
from services.policy import Subject
from services.queries.branch.desks import name_of
from services.queries.corridors import Side, side
from services.queries.recognition import short_name
from services.rules.clearing import Room, threshold_passed
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class UseLine:
    """What is used of a cap; ``counter_book`` is empty for all others together."""

    counter_book: str
    name: Name | None
    room: Room

    @property
    def is_high(self) -> bool:
        """Whether administrators are warned of so much."""
        return self.room.cap_minutes is not None and threshold_passed(self.room.used_percent) > 0


@dataclass(frozen=True, slots=True)
class CapLine:
    """One cap of the history, and who set it."""

    cap: CapView
    set_by: str | None


@dataclass(frozen=True, slots=True)
class CapsPage:
    """A region's caps: all others together, each pair, and what was set when."""

    book: str
    here: Side
    total: UseLine
    pairs: tuple[UseLine, ...]
    history: tuple[CapLine, ...]
    may_set: bool


@dataclass(frozen=True, slots=True)
class BelowLine:
    """A region below: has it joined, what backs it, what it may owe and what it has used."""

    book: str
    name: Name
    fund_fen: int | None
    fund_on: date | None
    outstanding_minutes: int | None
    backed_percent: int | None
    premium_stop: str
    room: Room
    may_set: bool

    @property
    def has_joined(self) -> bool:
        """Whether a fund record is signed."""
        return self.fund_fen is not None


@dataclass(frozen=True, slots=True)
class BelowPage:
    """The books in a region."""

    here: Side
    lines: tuple[BelowLine, ...]


def caps_of(ctx: Context, book: str) -> CapsPage:
    """What a book may owe, what it owes and has claimed, in all and towards each other one."""
    if ctx.session.get(Book, book) is None:
        raise NotFound
    today = local_date(ctx.now)
    region = keeper_of(ctx.session, book, today)
    policy.require(ctx.actor, "clearing.read", Subject(book=book, region_code=region))
    used = {each.counter_book: each for each in _exposures(ctx, [book])}
    others = sorted(each for each in used if each != ALL)
    corridors = views_of(ctx.session, [(book, other) for other in others], today)
    return CapsPage(
        book=book,
        here=side(ctx, region),
        total=UseLine(ALL, None, _room(used.get(ALL), cap_of(ctx.session, book, today))),
        pairs=tuple(
            UseLine(
                other,
                short_name(ctx, other),
                _room(used[other], corridors[book, other].pair_cap_minutes),
            )
            for other in others
        ),
        history=tuple(CapLine(each, name_of(ctx, each.set_by_id)) for each in history(ctx, book)),
        may_set=may_set(ctx, book),
    )


def regions_below(ctx: Context, code: str) -> BelowPage:
    """Every book within a region, in order of code, each with fund, ratio, cap and use."""
    policy.require(ctx.actor, "reserve.read", Subject(region_code=code))
    books = ctx.session.scalars(
        sa.select(Book)
        .where(Book.region_code.startswith(within(code), autoescape=True))
        .order_by(Book.region_code)
    ).all()
    keys = [each.book for each in books]
    totals = {each.book: each for each in _exposures(ctx, keys, only_all=True)}
    caps = _latest(ctx, NetDebitCap, keys, NetDebitCap.valid_from, NetDebitCap.set_at)
    readings = _latest(ctx, ReserveReading, keys, ReserveReading.at, ReserveReading.id)
    funds = {
        row.id: row.on_day
        for row in ctx.session.execute(
            sa.select(FundRecord.id, FundRecord.on_day).where(FundRecord.book.in_(keys))
        )
    }
    return BelowPage(
        side(ctx, code),
        tuple(_below(ctx, each, totals, caps, readings, funds) for each in books),
    )


def _below(
    ctx: Context,
    row: Book,
    totals: Mapping[str, Exposure],
    caps: Mapping[str, Any],
    readings: Mapping[str, Any],
    funds: Mapping[Any, date],
) -> BelowLine:
    cap, reading = caps.get(row.book), readings.get(row.book)
    return BelowLine(
        book=row.book,
        name=side(ctx, row.region_code).name,
        fund_fen=reading.fund_fen if reading else None,
        fund_on=funds.get(reading.fund_record_id) if reading else None,
        outstanding_minutes=reading.outstanding_minutes if reading else None,
        backed_percent=reading.backed_percent if reading else None,
        premium_stop=reading.premium_stop if reading else "none",
        room=_room(totals.get(row.book), cap.cap_minutes if cap else 0),
        may_set=may_set(ctx, row.book),
    )


def _room(row: Exposure | None, cap_minutes: int | None) -> Room:
    if row is None:
        return Room(cap_minutes, 0, 0)
    return Room(cap_minutes, row.debit_minutes, row.claimed_minutes)


def _exposures(ctx: Context, books: Sequence[str], *, only_all: bool = False) -> list[Exposure]:
    wanted = sa.select(Exposure).where(Exposure.book.in_(books))
    if only_all:
        wanted = wanted.where(Exposure.counter_book == ALL)
    return list(ctx.session.scalars(wanted))


def _latest(ctx: Context, table: Any, books: Sequence[str], *by: Any) -> dict[str, Any]:
    """The last row of each book; of caps the last that holds today already."""
    place = sa.func.row_number().over(
        partition_by=table.book, order_by=[each.desc() for each in by]
    )
    wanted = sa.select(table.book, table.id, place.label("place")).where(table.book.in_(books))
    if table is NetDebitCap:
        wanted = wanted.where(NetDebitCap.valid_from <= local_date(ctx.now))
    ranked = wanted.subquery()
    rows = ctx.session.scalars(
        sa.select(table)
        .join(ranked, sa.and_(ranked.c.book == table.book, ranked.c.id == table.id))
        .where(table.book.in_(books), ranked.c.place == 1)
    )
    return {row.book: row for row in rows}
