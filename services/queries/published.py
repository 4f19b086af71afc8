"""What a county, or all of them together, publishes about itself; from the ledger at a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Member, MemberStatus
from models.places import Book
from models.requests import Visit, VisitState
from models.tallies import MonthHelp, MonthMove
from services import policy
from services.callbacks.terms import terms
from services.clock import local_date
from services.context import Context
from services.errors import NotFound
from services.ledger.overview import MEMBERS
from services.ledger.rows import whole_sum
from services.places import ancestors
from services.places.regions import region_row
from services.rules.names import Name
from services.tallies.counting import Counts, Span, add_moves, add_reversals, add_visits
from services.tallies.reading import spans

#: Somebody counts as active who came, or was helped, within so many days.
ACTIVE = timedelta(days=365)
_HELP = ("visits", "actual_minutes", "earn_minutes", "elder_minutes", "reversed")
_BACK = ("reversed_actual_minutes", "reversed_earn_minutes", "reversed_elder_minutes")


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything until a moment. None: so few that somebody could be recognised.

    ``drawn_minutes`` is what elders' coins paid for, ``outstanding_minutes`` what members still
    have; both in standard minutes, ``actual_minutes`` as the clock went.
    """

    at: datetime
    members: int | None
    volunteers: int | None
    elders: int | None
    visits: int | None
    actual_minutes: int | None
    earned_minutes: int | None
    drawn_minutes: int | None
    outstanding_minutes: int | None


@dataclass(frozen=True, slots=True)
class County:
    """A county that keeps a book."""

    book: str
    name: Name


def counties(ctx: Context) -> tuple[County, ...]:
    """Every county that keeps a book, by its code."""
    policy.require(ctx.actor, "public.read")
    rows = ctx.session.scalars(sa.select(Book).order_by(Book.book))
    found = []
    for row in rows:
        region = region_row(ctx.session, row.region_code, local_date(ctx.now))
        if region is not None:
            found.append(County(row.book, Name(region.name, region.name_en)))
    return tuple(found)


def county(ctx: Context, book: str) -> tuple[County, str, str]:
    """A county, with the names of where it lies in both languages; NotFound."""
    policy.require(ctx.actor, "public.read")
    code = ctx.session.scalar(sa.select(Book.region_code).where(Book.book == book))
    if code is None:
        raise NotFound
    chain = ancestors(ctx.session, code, local_date(ctx.now))
    here = chain[-1]
    zh = "".join(each.name for each in chain)
    en = ", ".join(each.name_en for each in reversed(chain))
    return County(book, Name(here.name, here.name_en)), zh, en


def published_figures(ctx: Context, book: str | None = None) -> Figures:
    """The figures of a book, or of all of them; the edge keeps them for a while."""
    policy.require(ctx.actor, "public.read")
    session = ctx.session
    books = (
        [book]
        if book is not None
        else list(session.scalars(sa.select(Book.book).order_by(Book.book)))
    )
    held = _outstanding(session, books, ctx.now)
    given = _helped(session, books, ctx.now)
    visits = given["visits"] - given["reversed"]
    members = session.scalar(
        sa.select(sa.func.count())
        .select_from(Member)
        .where(Member.status == MemberStatus.ACTIVE, Member.home_book.in_(books))
    )
    volunteers, elders = session.execute(
        sa.select(
            sa.func.count(sa.distinct(Visit.provider_id)),
            sa.func.count(sa.distinct(Visit.elder_id)),
        ).where(
            Visit.book.in_(books),
            Visit.state == VisitState.CREDITED,
            Visit.reversed_at.is_(None),
            Visit.ended_at >= ctx.now - ACTIVE,
        )
    ).one()
    few = terms().least_published
    told = min(visits, volunteers, elders) >= few

    def enough(value: int) -> int | None:
        return value if value == 0 or value >= few else None

    return Figures(
        at=ctx.now,
        members=enough(members or 0),
        volunteers=enough(volunteers),
        elders=enough(elders),
        visits=enough(visits),
        actual_minutes=_if(told, given["actual_minutes"] - given["reversed_actual_minutes"]),
        earned_minutes=_if(told, given["earn_minutes"] - given["reversed_earn_minutes"]),
        drawn_minutes=_if(told, given["elder_minutes"] - given["reversed_elder_minutes"]),
        outstanding_minutes=_if((members or 0) >= few, held),
    )


def _if(told: bool, value: int) -> int | None:
    return value if told or value == 0 else None


def _spans(session: Session, books: Sequence[str], until: datetime) -> list[Span]:
    """What is newer than the tallies; nothing of it is counted twice."""
    return [Span(each.books, None, until, each.marked) for each in spans(session, books)]


def _outstanding(session: Session, books: Sequence[str], until: datetime) -> int:
    kinds = [each.value for each in MEMBERS]
    kept = session.scalar(
        sa.select(whole_sum(MonthMove.in_minutes - MonthMove.out_minutes)).where(
            MonthMove.book.in_(books), MonthMove.account_kind.in_(kinds)
        )
    )
    counts = Counts()
    for span in _spans(session, books, until):
        add_moves(session, span, counts)
    newer = sum(
        found["in_minutes"] - found["out_minutes"]
        for (_, _, _, kind), found in counts.moves.items()
        if kind in kinds
    )
    return (kept or 0) + newer


def _helped(session: Session, books: Sequence[str], until: datetime) -> Counter[str]:
    names = (*_HELP, *_BACK)
    row = session.execute(
        sa.select(*(whole_sum(getattr(MonthHelp, name)).label(name) for name in names)).where(
            MonthHelp.book.in_(books)
        )
    ).one()
    total: Counter[str] = Counter({name: getattr(row, name) or 0 for name in names})
    counts = Counts()
    for span in _spans(session, books, until):
        add_visits(session, span, counts)
        add_reversals(session, span, counts)
    for found in counts.help.values():
        total.update({name: found[name] for name in names})
    return total
