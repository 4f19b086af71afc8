"""What every page of clearing needs: who may read it, and how books and windows are called."""

from __future__ import annotations

import sqlalchemy as sa

from models.corridors import Exposure
from models.places import Book
from models.settlement import SettlementWindow
from services import policy
from services.clock import local_date
from services.context import Context
from services.corridors.claiming import ALL
from services.corridors.finding import keeper_of
from services.errors import Forbidden, NotFound
from services.policy import NATION, NO_RIGHT, Subject, covers
from services.queries.audit.scope import scopes_of
from services.queries.corridors import side
from services.rules.names import Name
from services.settlement import sentences as say
from services.settlement.sides import side_of


def subject_of(ctx: Context, book: str) -> Subject:
    """A book, or the whole country, as what is read; NotFound for one that is not there."""
    if book == NATION:
        return Subject(book=NATION, region_code=NATION)
    if ctx.session.get(Book, book) is None:
        raise NotFound
    return side_of(ctx, book)


def require_reader(ctx: Context, book: str) -> None:
    """Another region's figures are not there at all."""
    if not policy.can(ctx.actor, "clearing.read", subject_of(ctx, book)).allowed:
        raise NotFound


def may(ctx: Context, act: str, book: str) -> bool:
    """Whether the reader may also act for the book."""
    return book != NATION and policy.can(ctx.actor, act, side_of(ctx, book)).allowed


def my_books(ctx: Context) -> tuple[tuple[str, Name], ...]:
    """The books within the reader's scope that have ever cleared, and the country for its own.

    Whoever has one county alone finds that one, cleared or not. Raises Forbidden for nobody's.
    """
    scopes, names = scopes_of(ctx, "clearing.read"), Names(ctx)
    if not scopes:
        raise Forbidden(NO_RIGHT)
    if len(scopes) == 1 and ctx.session.get(Book, scopes[0]) is not None:
        return ((scopes[0], names.of(scopes[0])),)
    rows = ctx.session.scalars(
        sa.select(Exposure.book)
        .where(Exposure.counter_book == ALL)
        .order_by(Exposure.book)
        .execution_options(cross_book=True)
    )
    within = [book for book in rows if any(covers(scope, book) for scope in scopes)]
    whole = [NATION] if NATION in scopes else []
    return tuple((book, names.of(book)) for book in [*whole, *within])


class Names:
    """Names of books, each looked up once."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._known: dict[str, Name] = {}

    def of(self, book: str) -> Name:
        """How a book's region is called."""
        if book not in self._known:
            day = local_date(self._ctx.now)
            self._known[book] = side(self._ctx, keeper_of(self._ctx.session, book, day)).name
        return self._known[book]


def window_row(ctx: Context, number: int) -> SettlementWindow:
    """A window; NoWindow where there is none."""
    row = ctx.session.get(SettlementWindow, (NATION, number))
    if row is None:
        raise say.NoWindow
    return row
