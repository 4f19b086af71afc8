"""Streets and branches: who belongs there, what was done there, and what waits to be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.callbacks import Callback, CallbackResult
from models.entries import EntryState, ManualEntry
from models.flags import Flag, FlagState
from models.people import Member, MemberStatus
from models.places import Branch
from models.sheets import SheetState, WorkSheet
from services.clock import local_date
from services.context import Context
from services.errors import NotFound
from services.places.regions import region_known
from services.queries.audit.scope import Place, require_book
from services.queries.desk.figures import LEVEL_UNITS, Figure
from services.rules.names import Name
from services.tallies.reading import ALWAYS, Months, help_given

CROSS_BOOK = {"cross_book": True}
#: Book and branch; None for what belongs to no branch.
Key = tuple[str, UUID | None]
NAMES = tuple(name.removeprefix("level.") for name in LEVEL_UNITS)


@dataclass(frozen=True, slots=True)
class BranchPlace:
    """A branch and the street that it lies in."""

    id: UUID
    book: str
    name: Name
    street: str
    is_closed: bool


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A street or a branch with its figures. ``key`` is its code or its id."""

    kind: str
    key: str
    name: Name
    values: Mapping[str, int]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure by name, in the order of the page."""
        return figures_of(mark_of(self.kind, self.key), self.values)


@dataclass(frozen=True, slots=True)
class LevelPage:
    """Where one stands below a book, what lies below that, and both together in figures."""

    place: Place
    street: str
    street_name: Name | None
    branch: BranchPlace | None
    lines: tuple[LevelLine, ...]
    total: LevelLine
    months: Months


def mark_of(kind: str, key: str) -> str:
    """What figures are marked with: the branches right below a county are not the county."""
    return f"{key}-direct" if kind == "street" and key.endswith("000000") else key


def figures_of(key: str, values: Mapping[str, int]) -> tuple[Figure, ...]:
    """The figures of one level by name."""
    return tuple(Figure(f"level.{name}", key, values.get(name, 0)) for name in NAMES)


def street_of(region_code: str) -> str:
    """The street that a branch lies in; the county itself for one that names no street."""
    return f"{region_code[:9]}000"


def branches_of(ctx: Context, books: Sequence[str]) -> tuple[BranchPlace, ...]:
    """Every branch that these books have or had, in order."""
    rows = ctx.session.scalars(
        sa.select(Branch)
        .where(Branch.book.in_(books))
        .order_by(Branch.region_code, Branch.name, Branch.id)
    )
    return tuple(
        BranchPlace(
            row.id,
            row.book,
            Name(row.name, row.name_en),
            street_of(row.region_code),
            row.closed_on is not None,
        )
        for row in rows
    )


def level_figures(
    ctx: Context, books: Sequence[str], months: Months = ALWAYS
) -> dict[Key, Counter[str]]:
    """Figures of every branch of some books; under no branch what belongs to none.

    Visits and minutes are those of the months; everything else is as it is now.
    """
    found: dict[Key, Counter[str]] = {}
    for row in ctx.session.execute(_standing(books)):
        found.setdefault((row.book, row.branch_id), Counter()).update(
            {name: getattr(row, name) for name in _STANDING}
        )
    for row in _members(ctx, books):
        found.setdefault((row.book, row.branch_id), Counter()).update(
            members=row.members, volunteers=row.volunteers, elders=row.elders
        )
    for table in (_sheets_of_none, _flags):
        for row in ctx.session.execute(table(books), execution_options=CROSS_BOOK):
            found.setdefault((row.book, row.branch_id), Counter())[row.name] += row.n
    for line in help_given(ctx.session, books, months):
        found.setdefault((line.book, line.branch_id), Counter()).update(
            visits=line["visits"] - line["reversed"],
            actual_minutes=line["actual_minutes"] - line["reversed_actual_minutes"],
            earn_minutes=line["earn_minutes"] - line["reversed_earn_minutes"],
        )
    return found


_STANDING = (
    "manual_entries",
    "manual_waiting",
    "open_sheets",
    "open_callbacks",
    "failed_callbacks",
)


def _standing(books: Sequence[str]) -> Any:
    """What each branch has of everything that has an index by branch."""

    def of(model: Any, name: str, *where: Any) -> Any:
        wanted = sa.select(sa.func.count()).where(
            model.book == Branch.book, model.branch_id == Branch.id, *where
        )
        return wanted.correlate(Branch).scalar_subquery().label(name)

    return (
        sa.select(
            Branch.book,
            Branch.id.label("branch_id"),
            of(ManualEntry, "manual_entries", ManualEntry.state == EntryState.SIGNED),
            of(ManualEntry, "manual_waiting", ManualEntry.state == EntryState.PROPOSED),
            of(WorkSheet, "open_sheets", WorkSheet.state != SheetState.CLOSED),
            of(Callback, "open_callbacks", Callback.done_at.is_(None)),
            of(Callback, "failed_callbacks", Callback.result == CallbackResult.FAILED),
        )
        .where(Branch.book.in_(books))
        .execution_options(**CROSS_BOOK)
    )


def _members(ctx: Context, books: Sequence[str]) -> Iterable[Any]:
    of = sa.func.sum
    return ctx.session.execute(
        sa.select(
            Member.home_book.label("book"),
            Member.branch_id,
            sa.func.count().label("members"),
            sa.cast(of(sa.case((Member.is_provider, 1), else_=0)), sa.Integer).label("volunteers"),
            sa.cast(of(sa.case((Member.is_recipient, 1), else_=0)), sa.Integer).label("elders"),
        )
        .where(Member.home_book.in_(books), Member.status == MemberStatus.ACTIVE)
        .group_by(Member.home_book, Member.branch_id)
    )


def _sheets_of_none(books: Sequence[str]) -> Any:
    """Sheets of the region itself."""
    return (
        sa.select(
            WorkSheet.book,
            sa.null().label("branch_id"),
            sa.literal("open_sheets").label("name"),
            sa.func.count().label("n"),
        )
        .select_from(WorkSheet)
        .where(
            WorkSheet.book.in_(books),
            WorkSheet.branch_id.is_(None),
            WorkSheet.state != SheetState.CLOSED,
        )
        .group_by(WorkSheet.book)
    )


def _flags(books: Sequence[str]) -> Any:
    return (
        sa.select(
            Flag.book,
            Flag.branch_id,
            sa.literal("open_flags").label("name"),
            sa.func.count().label("n"),
        )
        .where(Flag.book.in_(books), Flag.state == FlagState.OPEN)
        .group_by(Flag.book, Flag.branch_id)
    )


def streets(ctx: Context, book: str, months: Months = ALWAYS) -> LevelPage:
    """The streets of a book; raises NotFound outside the scope."""
    place = require_book(ctx, book)
    found = level_figures(ctx, [book], months)
    by_street: dict[str, Counter[str]] = {}
    for branch in branches_of(ctx, [book]):
        by_street.setdefault(branch.street, Counter()).update(
            found.pop((book, branch.id), Counter())
        )
    lines = tuple(
        LevelLine("street", code, street_name(ctx, code), values)
        for code, values in sorted(by_street.items())
    )
    rest = _together(found.values())
    if any(rest.values()):
        lines = (*lines, LevelLine("none", f"{book}-none", place.name, rest))
    return _page(place, lines, months)


def street(ctx: Context, book: str, code: str, months: Months = ALWAYS) -> LevelPage:
    """The branches of a street; raises NotFound outside the scope, and where there is none."""
    place = require_book(ctx, book)
    here = [each for each in branches_of(ctx, [book]) if each.street == code]
    if not here:
        raise NotFound
    found = level_figures(ctx, [book], months)
    lines = tuple(_branch_line(each, found) for each in here)
    return _page(place, lines, months, street=code, street_name=street_name(ctx, code))


def branch(ctx: Context, book: str, branch_id: UUID, months: Months = ALWAYS) -> LevelPage:
    """One branch; raises NotFound outside the scope, and where there is none."""
    place = require_book(ctx, book)
    here = next((each for each in branches_of(ctx, [book]) if each.id == branch_id), None)
    if here is None:
        raise NotFound
    line = _branch_line(here, level_figures(ctx, [book], months))
    return LevelPage(place, here.street, street_name(ctx, here.street), here, (line,), line, months)


def street_name(ctx: Context, code: str) -> Name:
    """What a street is called; one that the register does not know by its code."""
    try:
        region = region_known(ctx.session, code, local_date(ctx.now))
    except NotFound:
        return Name(code, code)
    return Name(region.name, region.name_en)


def _branch_line(here: BranchPlace, found: Mapping[Key, Counter[str]]) -> LevelLine:
    return LevelLine("branch", str(here.id), here.name, found.get((here.book, here.id), Counter()))


def _page(
    place: Place,
    lines: tuple[LevelLine, ...],
    months: Months,
    *,
    street: str = "",
    street_name: Name | None = None,
) -> LevelPage:
    total = _together(line.values for line in lines)
    key = street or str(place.book)
    name = street_name or place.name
    whole = LevelLine("street" if street else "total", key, name, total)
    return LevelPage(place, street, street_name, None, lines, whole, months)


def _together(several: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for values in several:
        total.update(values)
    return total
