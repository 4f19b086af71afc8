"""What an auditor may see: the regions of the scope, and the books they keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from models.ledger import Account, AccountKind, Balance
from models.places import Book, Tier
from services import policy
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden, NotFound
from services.ledger.overview import MEMBERS
from services.ledger.rows import whole_sum
from services.places.keeping import keepers
from services.places.regions import RegionView, ancestors, children, region_known, within
from services.policy import NATION, NO_RIGHT, Subject, covers
from services.queries.audit.then import BooksThen, books_then
from services.rights import POLICY
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class Place:
    """A region; ``book`` when it keeps one, ``above`` what it lies in, within the scope."""

    code: str
    name: Name
    tier: Tier
    book: str | None = None
    above: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What some books hold together, in standard minutes. ``sum_minutes`` must be zero."""

    books: int = 0
    sum_minutes: int = 0
    issued_minutes: int = 0
    pool_minutes: int = 0
    outstanding_minutes: int = 0
    held_minutes: int = 0


@dataclass(frozen=True, slots=True)
class RegionLine:
    """A region with the figures of every book in it."""

    place: Place
    figures: Figures


@dataclass(frozen=True, slots=True)
class RegionPage:
    """Where one stands, what lies above within the scope, what lies below, and the total."""

    trail: tuple[Place, ...]
    here: Place | None
    lines: tuple[RegionLine, ...]
    total: Figures
    #: The same books at a watermark, when one was asked for: all figures are of that moment.
    then: BooksThen | None = None


def scopes_of(ctx: Context, act: str = "ledger.read") -> tuple[str, ...]:
    """The regions (or the nation) over which the actor holds a role that allows the act."""
    found = {
        NATION if role.scope_kind == "nation" else role.scope
        for role in ctx.actor.roles
        if role.name in POLICY[act] and role.scope_kind != "branch"
    }
    return tuple(sorted(found))


def require_book(ctx: Context, book: str, act: str = "ledger.read") -> Place:
    """The book's region; another region's book is not there at all (NotFound)."""
    region_code = ctx.session.scalar(sa.select(Book.region_code).where(Book.book == book))
    if region_code is None and book != NATION:
        raise NotFound
    subject = Subject(book=book, region_code=region_code or NATION)
    if not policy.can(ctx.actor, act, subject).allowed:
        raise NotFound
    code = region_code or NATION
    found = _place(ctx, code, book)
    return found if code == NATION else replace(found, above=trail_of(ctx, code)[:-1])


def trail_of(ctx: Context, code: str) -> tuple[Place, ...]:
    """The region and those above it that the actor may see, the largest first."""
    scopes = scopes_of(ctx)
    try:
        chain = ancestors(ctx.session, code, local_date(ctx.now))
    except NotFound:
        return (_place(ctx, code),)
    books = books_by_region(ctx)
    return tuple(
        _of(region, books)
        for region in chain
        if any(covers(scope, region.code) for scope in scopes)
    )


def region_page(ctx: Context, code: str | None = None, at: datetime | None = None) -> RegionPage:
    """The regions below one (or at the top of the scope), with the figures of their books.

    As they are now, or as they were ``at`` a moment.

    Raises NotFound for a region outside the scope, Forbidden for an actor without any.
    """
    scopes = scopes_of(ctx)
    if not scopes:
        raise Forbidden(NO_RIGHT)
    if code is not None and not any(covers(scope, code) for scope in scopes):
        raise NotFound
    books = books_by_region(ctx)
    regions = _tops(ctx, scopes) if code is None else _below(ctx, code)
    prefix = within(code) if code else ""
    inside = [book for region, book in books.items() if region.startswith(prefix)]
    then = books_then(ctx, inside, at) if at else None
    figures = _figures_then(then) if then else _figures(ctx, tuple(books.values()))
    lines = tuple(
        RegionLine(_of(region, books), sum_in(region.code, books, figures)) for region in regions
    )
    # What has no book below it yet has nothing to be audited.
    lines = tuple(line for line in lines if line.figures.books)
    trail = trail_of(ctx, code) if code else ()
    return RegionPage(
        trail=trail[:-1],
        here=trail[-1] if trail else None,
        lines=lines,
        total=added(line.figures for line in lines),
        then=then,
    )


def books_in(ctx: Context, code: str) -> tuple[str, ...]:
    """The books of a region that the actor may see; raises NotFound where there is none."""
    if not any(covers(scope, code) for scope in scopes_of(ctx)):
        raise NotFound
    prefix = within(code)
    found = [book for region, book in books_by_region(ctx).items() if region.startswith(prefix)]
    if not found:
        raise NotFound
    return tuple(sorted(found))


def sum_in(code: str, books: dict[str, str], figures: dict[str, Figures]) -> Figures:
    """The figures of every book kept in a region or below it."""
    prefix = within(code)
    inside = [book for region, book in books.items() if region.startswith(prefix)]
    return added(figures.get(book, Figures(books=1)) for book in inside)


def added(several: Iterable[Figures]) -> Figures:
    """Figures of several books together."""
    rows = list(several)
    return Figures(
        books=sum(row.books for row in rows),
        sum_minutes=sum(row.sum_minutes for row in rows),
        issued_minutes=sum(row.issued_minutes for row in rows),
        pool_minutes=sum(row.pool_minutes for row in rows),
        outstanding_minutes=sum(row.outstanding_minutes for row in rows),
        held_minutes=sum(row.held_minutes for row in rows),
    )


def _tops(ctx: Context, scopes: tuple[str, ...]) -> tuple[RegionView, ...]:
    """Where the scope begins: its own regions, or every province for the nation."""
    if NATION in scopes:
        return children(ctx.session, None, local_date(ctx.now))
    outer = [s for s in scopes if not any(s != other and covers(other, s) for other in scopes)]
    return tuple(region_known(ctx.session, code, local_date(ctx.now)) for code in outer)


def _below(ctx: Context, code: str) -> tuple[RegionView, ...]:
    today = local_date(ctx.now)
    region = region_known(ctx.session, code, today)
    if region.tier in (Tier.PROVINCE, Tier.CITY):
        below = children(ctx.session, code, today)
        # A county that has ended still has its book: it stands beside those that are left.
        kept = [region_known(ctx.session, each, today) for each in keepers(ctx.session, today)]
        known = {each.code for each in below}
        ended = (each for each in kept if each.parent_code == code and each.code not in known)
        return (*below, *sorted(ended, key=lambda each: each.code))
    return (region,)


def books_by_region(ctx: Context) -> dict[str, str]:
    """Region code -> book, for every book of the actor's scope."""
    scopes = scopes_of(ctx)
    rows = ctx.session.execute(sa.select(Book.region_code, Book.book))
    return {
        row.region_code: row.book
        for row in rows
        if any(covers(scope, row.region_code) for scope in scopes)
    }


def _figures(ctx: Context, books: tuple[str, ...]) -> dict[str, Figures]:
    """Each book's figures from its kept balances: quick, and proved by the whole check."""
    rows = ctx.session.execute(
        sa.select(
            Account.book,
            Account.kind,
            whole_sum(Balance.posted_minutes).label("posted"),
            whole_sum(Balance.held_minutes).label("held"),
        )
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book.in_(books))
        .group_by(Account.book, Account.kind)
        .execution_options(cross_book=True)
    )
    by_book: dict[str, list[Figures]] = {}
    for row in rows:
        by_book.setdefault(row.book, []).append(
            Figures(
                sum_minutes=row.posted,
                issued_minutes=-row.posted if row.kind is AccountKind.ISSUE else 0,
                pool_minutes=row.posted if row.kind is AccountKind.POOL else 0,
                outstanding_minutes=row.posted if row.kind in MEMBERS else 0,
                held_minutes=row.held,
            )
        )
    return {book: added([Figures(books=1), *parts]) for book, parts in by_book.items()}


def _figures_then(then: BooksThen) -> dict[str, Figures]:
    """Each book's figures at a watermark. What was held then is not told."""
    return {
        book: Figures(
            books=1,
            sum_minutes=trial.total_minutes,
            issued_minutes=trial.issued_minutes,
            pool_minutes=trial.pool_minutes,
            outstanding_minutes=trial.outstanding_minutes,
        )
        for book, trial in then.trials.items()
    }


def _of(region: RegionView, books: dict[str, str]) -> Place:
    book = books.get(region.code) if region.tier is Tier.COUNTY else None
    return Place(region.code, Name(region.name, region.name_en), region.tier, book)


def _place(ctx: Context, code: str, book: str | None = None) -> Place:
    try:
        region = region_known(ctx.session, code, local_date(ctx.now))
    except NotFound:
        # The nation's book of acts.
        return Place(code, Name(code, code), Tier.COUNTY, book)
    return Place(code, Name(region.name, region.name_en), region.tier, book)
