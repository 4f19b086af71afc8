"""Books: every county-level region keeps one, in balance by itself."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.moving import Succession
from models.places import Book, Region, Tier
from services import audit, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.ids import derived
from services.ledger.accounts import open_book_accounts
from services.places.errors import BookOpenAlready, NoBook, NotACounty
from services.places.keeping import keepers
from services.places.regions import RegionView, county_of, region_on
from services.policy import NATION, Subject, covers


def book_of(session: Session, region_code: str, day: date) -> str:
    """The book of the county that a region lies in on a day.

    A county that took over from another may still keep the older one's book. Raises
    :class:`NotARegion`, :class:`NotACounty` (a province or a city), :class:`NoBook`.
    """
    county = county_of(session, region_code, day)
    # What came to a county goes on in the book in which its people and branches are.
    came = [
        book
        for book, keeper in keepers(session, day).items()
        if keeper == county.code and covers(book, region_code)
    ]
    book = came[0] if came else _kept_by(session, county)
    if book is None:
        raise NoBook(field="region_code", county_zh=county.name, county_en=county.name_en)
    return book


def _kept_by(session: Session, county: RegionView) -> str | None:
    own = session.scalar(
        sa.select(Book.book).where(Book.region_code == county.code).order_by(Book.book).limit(1)
    )
    if own is not None:
        return own
    kept = session.scalars(
        sa.select(Succession.book)
        .where(Succession.new_code == county.code)
        .order_by(Succession.from_day.desc(), Succession.book)
    ).all()
    older = sa.select(Region.code).where(Region.successor_code == county.code)
    return next(iter(kept), None) or session.scalar(
        sa.select(Book.book).where(Book.region_code.in_(older)).order_by(Book.book).limit(1)
    )


def open_book(ctx: Context, region_code: str) -> str:
    """Open the book of a county-level region with its pool and issue accounts; returns its name.

    Raises :class:`NotACounty` for any other tier, :class:`BookOpenAlready` the second time.
    """
    policy.require(ctx.actor, "book.open", Subject(region_code=region_code))
    result = once(
        ctx, NATION, "book.open", {"region_code": region_code}, lambda: _open(ctx, region_code)
    )
    return str(result["book"])


def _open(ctx: Context, region_code: str) -> dict[str, str]:
    county = region_on(ctx.session, region_code, local_date(ctx.now))
    if county.tier is not Tier.COUNTY:
        raise NotACounty(field="region_code")
    if _kept_by(ctx.session, county) is not None:
        raise BookOpenAlready(field="region_code", county_zh=county.name, county_en=county.name_en)
    book = county.code
    ctx.session.add(Book(book=book, region_code=county.code, opened_at=ctx.now))
    audit.record(
        ctx, "book.open", "book", derived("book", book), book=book, after={"region": county.code}
    )
    ctx.session.flush()
    open_book_accounts(ctx.session, book, now=ctx.now)
    return {"book": book}
