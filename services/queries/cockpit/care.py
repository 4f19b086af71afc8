"""Welfare visits of a month, what backs the coins, what elders think, what call-backs found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from models.callbacks import Callback, CallbackResult
from models.ledger import Account, AccountKind, Balance
from models.people import Member
from models.places import Branch
from models.requests import Visit, VisitState
from models.reserve import ReserveReading
from models.service_days import GroupPlace, GroupSession, WelfareSubject, WelfareVisit
from services.clock import at_local, local_date
from services.context import Context
from services.ledger.overview import MEMBERS
from services.ledger.rows import whole_sum
from services.queries.cockpit.answers import Answer, Key, by_place, permille
from services.queries.cockpit.scope import Scope
from services.ratings.reading import figures as ratings_of
from services.rules.welfare import VISITS_A_MONTH, month_of
from services.welfare.reading import SEEN

CROSS_BOOK = {"cross_book": True}


def welfare(ctx: Context, scope: Scope) -> Answer:
    """The last of the months: visits due to everybody at risk, and those that were made."""
    first = date.fromisoformat(f"{scope.months.last}-01")
    begins = at_local(first, time())
    ends = at_local(month_of(first)[1], time())
    days = _days_seen(ctx, scope, begins, ends)
    counts: dict[Key, Counter[str]] = {}
    for row in ctx.session.execute(_subjects(scope, first, ends), execution_options=CROSS_BOOK):
        times, planned = len(days.get((row.book, row.elder_id), ())), VISITS_A_MONTH[row.tier.value]
        counts.setdefault((row.book, row.branch_id), Counter()).update(
            elders=1, seen=int(times > 0), due=planned, made=min(times, planned)
        )

    def finish(found: Mapping[str, int]) -> Mapping[str, int | None]:
        of = {each: found.get(each, 0) for each in ("elders", "seen", "due", "made")}
        return {**of, "permille": permille(of["made"], of["due"])}

    whole = by_place("welfare", scope, counts, finish, ("welfare.made", "welfare.due"))
    return Answer("welfare", scope, whole.total.figures if whole.total else (), (whole,))


def _subjects(scope: Scope, first: date, ends: Any) -> Any:
    who = WelfareSubject
    return (
        sa.select(who.book, who.elder_id, who.branch_id, who.tier)
        .join(Member, Member.id == who.elder_id)
        .where(
            who.book.in_(scope.books),
            who.since < local_date(ends),
            sa.or_(who.ended_on.is_(None), who.ended_on >= first),
            sa.or_(Member.died_at.is_(None), Member.died_at >= ends),
        )
    )


def _days_seen(
    ctx: Context, scope: Scope, begins: Any, ends: Any
) -> dict[tuple[str, UUID], set[date]]:
    """On which days of the month each was seen: look-ins, services, group sessions."""
    look, visit, place, group = WelfareVisit, Visit, GroupPlace, GroupSession
    listed = WelfareSubject
    statements = (
        sa.select(look.book, look.elder_id, look.at)
        .join(listed, sa.and_(listed.book == look.book, listed.elder_id == look.elder_id))
        .where(look.book.in_(scope.books), look.finding.in_(SEEN))
        .where(look.at >= begins, look.at < ends),
        sa.select(visit.book, visit.elder_id, visit.starts_at.label("at"))
        .join(listed, sa.and_(listed.book == visit.book, listed.elder_id == visit.elder_id))
        .where(visit.book.in_(scope.books), visit.state == VisitState.CREDITED)
        .where(visit.reversed_at.is_(None))
        .where(visit.starts_at >= begins, visit.starts_at < ends),
        sa.select(place.book, place.elder_id, group.starts_at.label("at"))
        .join(group, sa.and_(group.book == place.book, group.id == place.session_id))
        .where(place.book.in_(scope.books), place.present.is_(True))
        .where(group.starts_at >= begins, group.starts_at < ends),
    )
    found: dict[tuple[str, UUID], set[date]] = {}
    for statement in statements:
        for row in ctx.session.execute(statement, execution_options=CROSS_BOOK):
            found.setdefault((row.book, row.elder_id), set()).add(local_date(row.at))
    return found


def reserve(ctx: Context, scope: Scope) -> Answer:
    """Pools, what members hold, and the latest reading of each region's fund."""
    counts: dict[Key, Counter[str]] = {}
    for row in ctx.session.execute(_held(scope), execution_options=CROSS_BOOK):
        found = counts.setdefault((row.book, None), Counter())
        found["pool"] += row.posted if row.kind is AccountKind.POOL else 0
        found["outstanding"] += row.posted if row.kind in MEMBERS else 0
    for row in ctx.session.execute(_readings(scope), execution_options=CROSS_BOOK):
        found = counts.setdefault((row.book, None), Counter())
        found.update(fund=row.fund_fen, read=row.outstanding_minutes, books=1)
        if row.backed_percent is not None:
            # Of one book it is the reading itself; of several there is none to show.
            found.update(backed=row.backed_percent, readings=1)

    def finish(found: Mapping[str, int]) -> Mapping[str, int | None]:
        one = found.get("readings", 0) == 1 and found.get("books", 0) == 1
        return {
            "pool_minutes": found.get("pool", 0),
            "outstanding_minutes": found.get("outstanding", 0),
            "fund_fen": found.get("fund", 0) if found.get("books") else None,
            "read_minutes": found.get("read", 0) if found.get("books") else None,
            "backed_percent": found.get("backed", 0) if one else None,
        }

    drawn = ("reserve.pool_minutes", "reserve.outstanding_minutes")
    whole = by_place("reserve", scope, counts, finish, drawn)
    return Answer("reserve", scope, whole.total.figures if whole.total else (), (whole,))


def _held(scope: Scope) -> Any:
    return (
        sa.select(Account.book, Account.kind, whole_sum(Balance.posted_minutes).label("posted"))
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book.in_(scope.books))
        .group_by(Account.book, Account.kind)
    )


def _readings(scope: Scope) -> Any:
    later = aliased(ReserveReading)
    newest = (
        sa.select(later.id)
        .where(later.book == ReserveReading.book)
        .order_by(later.at.desc(), later.id.desc())
        .limit(1)
        .correlate(ReserveReading)
        .scalar_subquery()
    )
    return sa.select(
        ReserveReading.book,
        ReserveReading.fund_fen,
        ReserveReading.outstanding_minutes,
        ReserveReading.backed_percent,
    ).where(ReserveReading.book.in_(scope.books), ReserveReading.id == newest)


def ratings(ctx: Context, scope: Scope) -> Answer:
    """What elders thought of the visits that they rated in the months."""
    counts: dict[Key, Counter[str]] = {}
    for book in scope.books:
        for branch_id, of in ratings_of(ctx.session, book, scope.since, scope.until).items():
            counts[book, branch_id] = Counter(good=of.good, fair=of.fair, poor=of.poor)

    def finish(found: Mapping[str, int]) -> Mapping[str, int | None]:
        of = {each: found.get(each, 0) for each in ("good", "fair", "poor")}
        return {**of, "permille": permille(of["good"], sum(of.values()))}

    drawn = ("ratings.good", "ratings.fair", "ratings.poor")
    whole = by_place("ratings", scope, counts, finish, drawn)
    return Answer("ratings", scope, whole.total.figures if whole.total else (), (whole,))


def callbacks(ctx: Context, scope: Scope) -> Answer:
    """Call-backs that wait, and what those said who were asked in the months."""

    def of(name: str, *where: Any) -> Any:
        wanted = sa.select(sa.func.count()).where(
            Callback.book == Branch.book, Callback.branch_id == Branch.id, *where
        )
        return wanted.correlate(Branch).scalar_subquery().label(name)

    done = (Callback.done_at >= scope.since, Callback.done_at < scope.until)
    results = (CallbackResult.CONFIRMED, CallbackResult.FAILED, CallbackResult.UNREACHED)
    rows = ctx.session.execute(
        sa.select(
            Branch.book,
            Branch.id,
            of("waiting", Callback.done_at.is_(None)),
            *(of(each.value, *done, Callback.result == each) for each in results),
        ).where(Branch.book.in_(scope.books)),
        execution_options=CROSS_BOOK,
    )
    names = ("waiting", *(each.value for each in results))
    counts: dict[Key, Counter[str]] = {
        (row.book, row.id): Counter({name: getattr(row, name) for name in names}) for row in rows
    }

    def finish(found: Mapping[str, int]) -> Mapping[str, int | None]:
        of_them = {name: found.get(name, 0) for name in names}
        asked = of_them["confirmed"] + of_them["failed"]
        return {**of_them, "failed_permille": permille(of_them["failed"], asked)}

    drawn = ("callbacks.confirmed", "callbacks.failed", "callbacks.unreached")
    whole = by_place("callbacks", scope, counts, finish, drawn)
    return Answer("callbacks", scope, whole.total.figures if whole.total else (), (whole,))
