"""Supply against demand, what is drawn of what is earned, and how long people wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from models.availability import WeeklyWindow
from models.people import Member, MemberStatus
from models.requests import Request, RequestState
from services import rates
from services.clock import local_date
from services.context import Context
from services.queries.cockpit.answers import (
    Answer,
    Key,
    Row,
    Table,
    by_place,
    permille,
    row_of,
    together,
)
from services.queries.cockpit.scope import Scope
from services.queries.desk.levels import mark_of
from services.rules.names import Name
from services.rules.tables import table
from services.rules.waiting import ALL, GROUPS, rank_of, total_of
from services.tallies.reading import Help, help_given, waits

CROSS_BOOK = {"cross_book": True}
WEEK = 7


def _helped(ctx: Context, scope: Scope) -> list[Help]:
    found = help_given(ctx.session, scope.books, scope.months)
    return [each for each in found if scope.holds(each.book, each.branch_id)]


def _grouped(lines: Iterable[Help], key: Callable[[Help], Any]) -> dict[Any, Counter[str]]:
    found: dict[Any, Counter[str]] = {}
    for line in lines:
        found.setdefault(key(line), Counter()).update(line.figures)
    return found


def supply(ctx: Context, scope: Scope) -> Answer:
    """Hours that volunteers offer, hours asked for, hours given: by place and by service."""
    lines = _helped(ctx, scope)
    offers = _offers(ctx, scope)
    days = (local_date(scope.until) - local_date(scope.since)).days
    counts: dict[Key, Counter[str]] = _grouped(lines, lambda each: (each.book, each.branch_id))
    by_service = _grouped(lines, lambda each: each.service_code)
    for book, branch_id, codes, weekly in offers:
        mine = counts.setdefault((book, branch_id), Counter())
        mine.update(volunteers=1, weekly=weekly)
        for code in codes:
            by_service.setdefault(code, Counter()).update(volunteers=1, weekly=weekly)

    def finish(found: Mapping[str, int]) -> Mapping[str, int | None]:
        asked = found.get("asked_minutes", 0)
        met = found.get("actual_minutes", 0) - found.get("reversed_actual_minutes", 0)
        return {
            "asked": found.get("asked", 0),
            "asked_minutes": asked,
            "visits": found.get("visits", 0) - found.get("reversed", 0),
            "met_minutes": met,
            "met_permille": permille(met, asked),
            "volunteers": found.get("volunteers", 0),
            "offered_minutes": found.get("weekly", 0) * days // WEEK,
        }

    drawn = ("supply.asked_minutes", "supply.met_minutes", "supply.offered_minutes")
    place = by_place("supply", scope, counts, finish, drawn)
    names = _services(ctx)
    rows = tuple(
        row_of("supply", "service", f"{scope.key}:{code}", names.get(code), finish(found))
        for code, found in sorted(by_service.items())
    )
    service = Table("supply.service", place.columns, rows, None, drawn)
    return Answer("supply", scope, place.total.figures if place.total else (), (place, service))


def _services(ctx: Context) -> dict[str, Name]:
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return {line.code: line.name for line in rules.services.values()}


def _offers(ctx: Context, scope: Scope) -> list[tuple[str, Any, list[Any], int]]:
    """Home book, branch, services and minutes a week of every volunteer with weekly hours."""
    minutes = sa.func.sum(WeeklyWindow.to_minute - WeeklyWindow.from_minute)
    weekly = (
        sa.select(WeeklyWindow.member_id, sa.cast(minutes, sa.Integer).label("minutes"))
        .group_by(WeeklyWindow.member_id)
        .subquery()
    )
    rows = ctx.session.execute(
        sa.select(Member.home_book, Member.branch_id, Member.service_codes, weekly.c.minutes)
        .join(weekly, weekly.c.member_id == Member.id)
        .where(
            Member.home_book.in_(scope.books),
            Member.is_provider,
            Member.status == MemberStatus.ACTIVE,
        )
    )
    return [
        (row.home_book, row.branch_id, list(row.service_codes or ()), row.minutes)
        for row in rows
        if scope.holds(row.home_book, row.branch_id)
    ]


def redemption(ctx: Context, scope: Scope) -> Answer:
    """What elders paid with coins, of what volunteers were credited: by month and by place."""
    lines = _helped(ctx, scope)

    def finish(found: Mapping[str, int]) -> Mapping[str, int | None]:
        earned = found.get("earn_minutes", 0) - found.get("reversed_earn_minutes", 0)
        drawn = found.get("elder_minutes", 0) - found.get("reversed_elder_minutes", 0)
        return {
            "earned_minutes": earned,
            "drawn_minutes": drawn,
            "permille": permille(drawn, earned) if earned > 0 else None,
        }

    counts: dict[Key, Counter[str]] = _grouped(lines, lambda each: (each.book, each.branch_id))
    drawn = ("redemption.earned_minutes", "redemption.drawn_minutes")
    place = by_place("redemption", scope, counts, finish, drawn)
    rows = tuple(
        row_of("redemption", "month", f"{scope.key}:{month}", None, finish(found))
        for month, found in sorted(_grouped(lines, lambda each: each.month).items())
    )
    month = Table("redemption.month", place.columns, rows, None, drawn)
    return Answer("redemption", scope, place.total.figures if place.total else (), (month, place))


def waiting(ctx: Context, scope: Scope) -> Answer:
    """From the branch's decision to the yes of whoever came, and who still waits for one."""
    least = table("cockpit").content["least_group"]
    groups: dict[str, Counter[int]] = {}
    places: dict[Key, Counter[int]] = {}
    for each in waits(ctx.session, scope.books, scope.months):
        if not scope.holds(each.book, each.branch_id):
            continue
        groups.setdefault(each.grouping, Counter())[each.hours] += each.visits
        if each.grouping == ALL:
            place = places.setdefault((each.book, each.branch_id), Counter())
            place[each.hours] += each.visits
    still = _still(ctx, scope)
    head = _wait_row(
        "total",
        scope.key,
        None,
        groups.get(ALL, Counter()),
        least,
        together(found for key, found in still.items() if scope.holds(*key))["open"],
    )
    columns = tuple(each.name for each in head.figures)
    rows = []
    for part in scope.parts:
        mine: Counter[int] = Counter()
        for key, found in places.items():
            if part.holds(*key):
                mine.update(found)
        held = together(found for key, found in still.items() if part.holds(*key))
        mark = mark_of(part.kind, part.key)
        row = _wait_row(part.kind, mark, part.name, mine, least, held["open"])
        rows.append(replace(row, key=part.key))
    place_table = Table("waiting.place", columns, tuple(rows), head, ("waiting.median_hours",))
    by_group = tuple(
        _wait_row("group", f"{scope.key}:{group}", None, groups.get(group, Counter()), least)
        for group in GROUPS
        if group != ALL
    )
    group_table = Table(
        "waiting.group",
        columns[:-1],
        by_group,
        None,
        ("waiting.median_hours", "waiting.high_hours"),
    )
    return Answer("waiting", scope, head.figures, (group_table, place_table))


def _wait_row(
    kind: str,
    key: str,
    name: Name | None,
    found: Mapping[int, int],
    least: int,
    still: int | None = None,
) -> Row:
    """Of a few people nothing is told but how few they are."""
    number = total_of(found)
    values: dict[str, int | None] = {
        "visits": number,
        "median_hours": rank_of(found, 500) if number >= least else None,
        "high_hours": rank_of(found, 900) if number >= least else None,
    }
    if still is not None:
        values["open"] = still
    return row_of("waiting", kind, key, name, values)


def _still(ctx: Context, scope: Scope) -> dict[Key, Counter[str]]:
    """Requests for which somebody is looked for now."""
    rows = ctx.session.execute(
        sa.select(Request.book, Request.branch_id, sa.func.count().label("n"))
        .where(
            Request.book.in_(scope.books),
            Request.state == RequestState.OPEN,
            Request.starts_at > ctx.now,
        )
        .group_by(Request.book, Request.branch_id),
        execution_options=CROSS_BOOK,
    )
    return {(row.book, row.branch_id): Counter(open=row.n) for row in rows}
