"""Who recognises whom: counties against counties on a day, for everybody to read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from models.corridors import CorridorMode, Phase
from models.places import Book, Region, Tier
from services import policy
from services.clock import local_date
from services.context import Context
from services.corridors.finding import CorridorView, joined
from services.corridors.pairs import views_of
from services.corridors.sides import side_name
from services.places.regions import valid_on, within
from services.policy import NATION
from services.rules.names import Name

#: A table with more rows or columns would not be read.
MOST = 20


@dataclass(frozen=True, slots=True)
class RegionName:
    """A county with a book, or an area to choose; ``has_joined``: its fund is signed."""

    code: str
    name: Name
    has_joined: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """What members of one region may do in another; None: it is one and the same."""

    one: RegionName
    other: RegionName
    mode: CorridorMode
    phase: Phase | None
    valid_from: date | None
    #: One region keeps both books: no agreement stands between them.
    is_kept_together: bool


@dataclass(frozen=True, slots=True)
class Recognition:
    """A table of counties (down) against counties (across) on a day."""

    area: RegionName
    facing: RegionName
    #: Provinces and cities with a book in them, the nation first.
    areas: tuple[RegionName, ...]
    rows: tuple[RegionName, ...]
    columns: tuple[RegionName, ...]
    cells: tuple[tuple[Cell | None, ...], ...]
    day: date

    @property
    def is_too_large(self) -> bool:
        """Whether smaller areas have to be chosen first."""
        return not self.cells and max(len(self.rows), len(self.columns)) > MOST


def recognition(ctx: Context, area: str = NATION, facing: str = "") -> Recognition:
    """What holds between the counties of one area and those of another today."""
    policy.require(ctx.actor, "public.read")
    facing = facing or area
    books = list(ctx.session.scalars(sa.select(Book.book).order_by(Book.region_code)))
    today = local_date(ctx.now)
    there, names = joined(ctx.session, books), short_names(ctx, books)
    rows, columns = (
        tuple(
            RegionName(book, names[book], book in there)
            for book in books
            if book.startswith(within(scope))
        )
        for scope in (area, facing)
    )
    return Recognition(
        area=RegionName(area, Name(*side_name(ctx, area))),
        facing=RegionName(facing, Name(*side_name(ctx, facing))),
        areas=_areas(ctx, books),
        rows=rows,
        columns=columns,
        cells=_cells(ctx, rows, columns, today),
        day=today,
    )


def _cells(
    ctx: Context, rows: tuple[RegionName, ...], columns: tuple[RegionName, ...], today: date
) -> tuple[tuple[Cell | None, ...], ...]:
    if max(len(rows), len(columns), 0) > MOST:
        return ()
    pairs = {(one.code, other.code) for one in rows for other in columns}
    views = views_of(ctx.session, pairs, today)
    return tuple(
        tuple(_cell(one, other, views.get((one.code, other.code))) for other in columns)
        for one in rows
    )


def _cell(one: RegionName, other: RegionName, view: CorridorView | None) -> Cell | None:
    if view is None:
        return None
    mode = CorridorMode.NONE
    if view.is_kept_together or (one.has_joined and other.has_joined):
        mode = mode_of(view)
    return Cell(one, other, mode, view.phase, view.valid_from, view.is_kept_together)


def mode_of(view: CorridorView) -> CorridorMode:
    """What the members of a pair's first region may do in the second one."""
    if view.one_pays and view.other_pays:
        return CorridorMode.BOTH
    if view.other_pays:
        return CorridorMode.STORE
    return CorridorMode.DRAW if view.one_pays else CorridorMode.NONE


def short_name(ctx: Context, code: str) -> Name:
    """The county's own name; two of one name are told apart by their city."""
    return short_names(ctx, (code,))[code]


def short_names(ctx: Context, codes: Collection[str]) -> Mapping[str, Name]:
    """The same of many, in two questions; a code that is no region today stands for itself."""
    known = _regions(ctx, codes)
    above = _regions(ctx, {row.parent_code for row in known.values() if row.parent_code})
    return {code: _short(code, known.get(code), above) for code in codes}


def _short(code: str, row: Region | None, above: Mapping[str, Region]) -> Name:
    if row is None:
        return Name(code, code)
    city = above.get(row.parent_code or "")
    if city is None:
        return Name(row.name, row.name_en)
    return Name(f"{city.name}{row.name}", f"{row.name_en}, {city.name_en}")


def _regions(ctx: Context, codes: Collection[str]) -> Mapping[str, Region]:
    wanted = sa.select(Region).where(Region.code.in_(codes), valid_on(local_date(ctx.now)))
    return {row.code: row for row in ctx.session.scalars(wanted)}


def _areas(ctx: Context, books: list[str]) -> tuple[RegionName, ...]:
    codes = {f"{book[:digits]:0<12}" for book in books for digits in (2, 4)}
    rows = ctx.session.scalars(
        sa.select(Region)
        .where(
            Region.code.in_(codes),
            valid_on(local_date(ctx.now)),
            Region.tier.in_((Tier.PROVINCE, Tier.CITY)),
        )
        .order_by(Region.code)
    )
    country = RegionName(NATION, Name(*side_name(ctx, NATION)))
    return (country, *(RegionName(row.code, Name(row.name, row.name_en)) for row in rows))
