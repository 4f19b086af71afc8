"""The regions to which a member's coins can go today, the nearest first."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.places import Region
from models.reserve import FundRecord
from services import policy
from services.clock import local_date
from services.context import Context
from services.corridors.finding import region_words
from services.corridors.pairs import barriers
from services.people.reading import member_row, subject_of
from services.policy import covers
from services.rules.names import Name

#: So many are listed at once; a name finds the others.
MOST = 30


@dataclass(frozen=True, slots=True)
class RegionLine:
    """A region, by the book that it keeps."""

    book: str
    name: Name


@dataclass(frozen=True, slots=True)
class Reachable:
    """Regions with an open corridor, and how many there are in all."""

    lines: tuple[RegionLine, ...]
    total: int


def reachable(ctx: Context, member_id: UUID, named: str = "") -> Reachable:
    """Where a member may give to; ``named`` is a part of the name of a place of any tier."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "donation.make", subject_of(member))
    home = member.home_book
    joined = ctx.session.scalars(
        sa.select(FundRecord.book)
        .where(FundRecord.signed_at.is_not(None))
        .distinct()
        .execution_options(cross_book=True)
    )
    books = {book for book in joined if book != home}
    if named.strip():
        codes = _codes(ctx, named.strip())
        books = {book for book in books if any(covers(code, book) for code in codes)}
    shut = barriers(ctx.session, {(home, book) for book in books}, local_date(ctx.now))
    found = sorted(
        (book for book in books if (home, book) not in shut),
        # Of the same city first, then of the same province.
        key=lambda book: (home[:4] != book[:4], home[:2] != book[:2], book),
    )
    lines = (RegionLine(book, Name(*region_words(ctx, book))) for book in found[:MOST])
    return Reachable(tuple(lines), len(found))


def _codes(ctx: Context, named: str) -> list[str]:
    like = Region.name.contains(named, autoescape=True)
    english = Region.name_en.icontains(named, autoescape=True)
    return list(ctx.session.scalars(sa.select(Region.code).where(sa.or_(like, english)).distinct()))
