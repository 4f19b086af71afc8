"""How well requests are met, and for whom less well: by district, sex, dialect, grade and month.

A request counts once a branch has let it through and there were coins for it. It is met when
everybody whom it needed said yes, unmet when its time came without; one that still looks, or was
called off, is neither. Waiting is from the branch's decision to the first yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.availability import ElderWish
from models.people import Member
from models.places import Book, Branch, Region
from models.requests import Request, RequestState, Visit
from services import audit, policy, rates
from services.clock import local_date, whole_minutes
from services.context import Context
from services.errors import Forbidden
from services.policy import NO_RIGHT, Subject, covers
from services.queries.admin.books import name_of_region
from services.queries.audit.listing import from_day, to_day
from services.queries.audit.scope import scopes_of
from services.rules.languages import LANGUAGES
from services.rules.names import Name

ACT = "fairness.read"
DISTRICT, BRANCH, SEX, LANGUAGE, GRADE, MONTH = DIMENSIONS = (
    "district",
    "branch",
    "sex",
    "language",
    "grade",
    "month",
)
#: Without a day the page shows so many days back, and what is asked for the next ones.
DAYS_BACK = 90
MET = (RequestState.FILLED, RequestState.CLOSED)
#: States that say something about matching at all.
COUNTED = (*MET, RequestState.OPEN, RequestState.EXPIRED, RequestState.CANCELLED)
ROWS_AT_ONCE = 2000
#: A group is behind when it is met so many thousandths less often than all together; of fewer
#: decided requests nothing is said.
BEHIND_PERMILLE, LEAST_DECIDED = 100, 10


@dataclass(frozen=True, slots=True)
class FairnessFilter:
    """Which requests, by the day for which help is asked, and by whom they are for."""

    book: str = ""
    first: date | None = None
    last: date | None = None
    service_code: str = ""
    branch: UUID | None = None
    sex: str = ""
    language: str = ""
    grade: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Requests that have something in common. Rates are thousandths, times are minutes.

    A rate or a time is None where nothing has been decided, or nobody has said yes.
    """

    dimension: str
    key: str
    #: None where the key is a code for which the page has the word.
    name: Name | None
    asked: int
    met: int
    unmet: int
    looking: int
    called_off: int
    met_permille: int | None
    wait_median_minutes: int | None
    wait_high_minutes: int | None
    #: Met clearly less often than all requests together.
    is_behind: bool = False


@dataclass(frozen=True, slots=True)
class Fairness:
    """All requests together, and the same by what might make a difference."""

    first: date
    last: date | None
    total: Group
    groups: Mapping[str, tuple[Group, ...]]
    #: What the filters offer.
    books: tuple[tuple[str, Name], ...]
    branches: tuple[tuple[str, Name], ...]
    services: tuple[tuple[str, Name], ...]
    grades: tuple[tuple[int, Name], ...]


@dataclass(slots=True)
class _Tally:
    met: int = 0
    unmet: int = 0
    looking: int = 0
    called_off: int = 0
    waits: list[int] = field(default_factory=list)


def fairness(ctx: Context, wanted: FairnessFilter) -> Fairness:
    """The figures of the regions that the actor answers for. Raises Forbidden without any."""
    books = _books(ctx)
    first = wanted.first or local_date(ctx.now) - timedelta(days=DAYS_BACK)
    chosen = [code for code, _ in books if wanted.book in ("", code)]
    total, tallies = _Tally(), {name: dict[str, _Tally]() for name in DIMENSIONS}
    for row in _rows(ctx, chosen, first, wanted):
        languages = _languages(row)
        if wanted.language and wanted.language not in languages:
            continue
        _count(ctx, total, row)
        for name, key in _keys(row, languages):
            _count(ctx, tallies[name].setdefault(key, _Tally()), row)
    whole = _group("total", "", None, total)
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return Fairness(
        first=first,
        last=wanted.last,
        total=whole,
        groups=_groups(ctx, tallies, whole),
        books=books,
        branches=_branches(ctx, [code for code, _ in books]),
        services=tuple((line.code, line.name) for line in rules.services.values()),
        grades=tuple((each.grade, each.name) for each in rules.grades),
    )


def _books(ctx: Context) -> tuple[tuple[str, Name], ...]:
    """The books of the regions over which the actor holds a role that lets him look."""
    scopes = scopes_of(ctx, ACT)
    if not scopes:
        raise Forbidden(NO_RIGHT)
    rows = ctx.session.execute(sa.select(Book.book, Book.region_code).order_by(Book.region_code))
    return tuple(
        (row.book, name_of_region(ctx, row.region_code))
        for row in rows
        if any(covers(scope, row.region_code) for scope in scopes)
    )


def _rows(ctx: Context, books: Sequence[str], first: date, wanted: FairnessFilter) -> Iterator[Any]:
    """One plain row for each request, in no order."""
    said_yes = (
        sa.select(Visit.book, Visit.request_id, sa.func.min(Visit.accepted_at).label("accepted_at"))
        .where(Visit.book.in_(books), Visit.extra.is_(False))
        .group_by(Visit.book, Visit.request_id)
        .subquery()
    )
    there = sa.and_(said_yes.c.book == Request.book, said_yes.c.request_id == Request.id)
    conditions = [
        Request.book.in_(books),
        Request.state.in_(COUNTED),
        Request.decided_at.is_not(None),
        *from_day(Request.starts_at, first),
        *to_day(Request.starts_at, wanted.last),
    ]
    for column, value in (
        (Request.service_code, wanted.service_code or None),
        (Request.branch_id, wanted.branch),
        (Request.care_grade, wanted.grade),
        (Member.sex, wanted.sex or None),
    ):
        if value is not None:
            conditions.append(column == value)
    yield from ctx.session.execute(
        sa.select(
            Request.region_code,
            Request.branch_id,
            Request.care_grade,
            Request.state,
            Request.starts_at,
            Request.decided_at,
            Request.wished_languages,
            Member.sex,
            ElderWish.languages,
            Branch.region_code.label("branch_region"),
            sa.type_coerce(said_yes.c.accepted_at, Visit.accepted_at.type).label("accepted_at"),
        )
        .join(Member, Member.id == Request.elder_id)
        .join(Branch, Branch.id == Request.branch_id)
        .outerjoin(ElderWish, ElderWish.member_id == Request.elder_id)
        .outerjoin(said_yes, there)
        .where(*conditions)
        .execution_options(yield_per=ROWS_AT_ONCE, cross_book=True)
    )


def _languages(row: Any) -> tuple[str, ...]:
    """What the request asked for, or else what the elder speaks; an empty word for neither."""
    return tuple(row.wished_languages or row.languages or ("",))


def _keys(row: Any, languages: Iterable[str]) -> Iterator[tuple[str, str]]:
    # Of an elder of whom only the county is known, the branch's own street is told.
    is_township = row.region_code[6:].strip("0") != ""
    yield DISTRICT, row.region_code if is_township else row.branch_region
    yield BRANCH, str(row.branch_id)
    yield SEX, row.sex.value
    for language in languages:
        yield LANGUAGE, language
    yield GRADE, str(row.care_grade)
    yield MONTH, f"{local_date(row.starts_at):%Y-%m}"


def _count(ctx: Context, tally: _Tally, row: Any) -> None:
    if row.state is RequestState.CANCELLED:
        tally.called_off += 1
    elif row.state in MET:
        tally.met += 1
    elif row.state is RequestState.OPEN and row.starts_at > ctx.now:
        tally.looking += 1
    else:
        tally.unmet += 1
    if row.accepted_at is not None:
        tally.waits.append(_waited(row.decided_at, row.accepted_at))


def _waited(decided_at: datetime, accepted_at: datetime) -> int:
    return whole_minutes(decided_at, accepted_at)


def _groups(
    ctx: Context, tallies: Mapping[str, Mapping[str, _Tally]], whole: Group
) -> dict[str, tuple[Group, ...]]:
    names = {
        DISTRICT: _district_names(ctx, tallies[DISTRICT]),
        BRANCH: _branch_names(ctx, tallies[BRANCH]),
        LANGUAGE: LANGUAGES,
        GRADE: _grade_names(ctx, tallies[GRADE]),
    }
    return {
        name: tuple(
            _compared(_group(name, key, names.get(name, {}).get(key), tally), whole)
            for key, tally in sorted(found.items())
        )
        for name, found in tallies.items()
    }


def _group(dimension: str, key: str, name: Name | None, tally: _Tally) -> Group:
    decided = tally.met + tally.unmet
    waits = sorted(tally.waits)
    return Group(
        dimension=dimension,
        key=key,
        name=name,
        asked=decided + tally.looking + tally.called_off,
        met=tally.met,
        unmet=tally.unmet,
        looking=tally.looking,
        called_off=tally.called_off,
        met_permille=tally.met * 1000 // decided if decided else None,
        wait_median_minutes=_rank(waits, 500),
        wait_high_minutes=_rank(waits, 900),
    )


def _compared(group: Group, whole: Group) -> Group:
    if group.met_permille is None or whole.met_permille is None:
        return group
    enough = group.met + group.unmet >= LEAST_DECIDED
    return replace(
        group,
        is_behind=enough and group.met_permille <= whole.met_permille - BEHIND_PERMILLE,
    )


def _rank(ordered: Sequence[int], permille: int) -> int | None:
    """The smallest value that so many thousandths do not exceed."""
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * permille // 1000) - 1)]


def _district_names(ctx: Context, codes: Iterable[str]) -> dict[str, Name]:
    """The township's own name; the register's latest row of a code."""
    rows = ctx.session.execute(
        sa.select(Region.code, Region.name, Region.name_en)
        .where(Region.code.in_(list(codes)))
        .order_by(Region.valid_from)
    )
    return {row.code: Name(row.name, row.name_en) for row in rows}


def _branch_names(ctx: Context, ids: Iterable[str]) -> dict[str, Name]:
    rows = ctx.session.execute(
        sa.select(Branch.id, Branch.name, Branch.name_en).where(
            Branch.id.in_([UUID(each) for each in ids])
        )
    )
    return {str(row.id): Name(row.name, row.name_en) for row in rows}


def _branches(ctx: Context, books: Sequence[str]) -> tuple[tuple[str, Name], ...]:
    rows = ctx.session.execute(
        sa.select(Branch.id, Branch.name, Branch.name_en)
        .where(Branch.book.in_(books))
        .order_by(Branch.name, Branch.id)
    )
    return tuple((str(row.id), Name(row.name, row.name_en)) for row in rows)


def _grade_names(ctx: Context, grades: Iterable[str]) -> dict[str, Name]:
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return {each: rules.grade(int(each)).name for each in grades}


def record_export(ctx: Context, found: Fairness, kind: str, criteria: Mapping[str, str]) -> None:
    """Put on record that somebody took the figures, in every book that they are of."""
    policy.require(ctx.actor, "fairness.export", Subject(region_code=found.books[0][0]))
    for book, _ in found.books:
        audit.record(
            ctx,
            "fairness.export",
            "export",
            ctx.new_id(),
            book=book,
            after={"what": "matching", "form": kind, **criteria},
        )
