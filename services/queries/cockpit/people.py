"""Elders who are entitled or have asked, and who of them was helped; volunteers who come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from models.people import Member, MemberStatus
from models.requests import ProviderDay, Request, Visit, VisitState
from models.returns import EntitlementRoll, RollEntry
from models.service_days import WelfareSubject
from services.clock import local_date
from services.context import Context
from services.queries.cockpit.answers import Answer, Key, by_place, permille
from services.queries.cockpit.scope import Scope
from services.rules.tables import table

CROSS_BOOK = {"cross_book": True}


def elders(ctx: Context, scope: Scope) -> Answer:
    """Of those who are entitled or have asked in the months, who was served in them."""
    counts: dict[Key, Counter[str]] = {}
    for row in ctx.session.execute(_elders(scope), execution_options=CROSS_BOOK):
        counts[row.home_book, row.branch_id] = Counter(
            entitled=row.entitled, asked=row.asked, served=row.served, unserved=row.unserved
        )
    unknown = _unknown(ctx, scope)
    for book, number in unknown.items():
        counts.setdefault((book, None), Counter())["unknown"] += number

    def finish(found: Mapping[str, int]) -> Mapping[str, int | None]:
        of = {each: found.get(each, 0) for each in ("entitled", "asked", "served", "unserved")}
        wanted = of["served"] + of["unserved"]
        return {**of, "served_permille": permille(of["served"], wanted), **_known(scope, found)}

    whole = by_place("elders", scope, counts, finish, ("elders.served", "elders.unserved"))
    return Answer("elders", scope, whole.total.figures if whole.total else (), (whole,))


def _known(scope: Scope, found: Mapping[str, int]) -> Mapping[str, int]:
    """Of a street nobody knows whom a roll means that has no account."""
    return {"unknown": found.get("unknown", 0)} if scope.whole_books else {}


def _elders(scope: Scope) -> Any:
    """By home book and branch, one look by index for each elder and question."""
    entitled = sa.exists().where(
        WelfareSubject.book == Member.home_book,
        WelfareSubject.elder_id == Member.id,
        WelfareSubject.ended_on.is_(None),
    )
    asked = sa.exists().where(
        Request.book == Member.home_book,
        Request.elder_id == Member.id,
        Request.submitted_at >= scope.since,
        Request.submitted_at < scope.until,
    )
    served = sa.exists().where(
        Visit.book == Member.home_book,
        Visit.elder_id == Member.id,
        Visit.ended_at >= scope.since,
        Visit.ended_at < scope.until,
        Visit.state == VisitState.CREDITED,
        Visit.reversed_at.is_(None),
    )
    each = (
        sa.select(
            Member.home_book,
            Member.branch_id,
            sa.case((entitled, 1), else_=0).label("entitled"),
            sa.case((asked, 1), else_=0).label("asked"),
            sa.case((served, 1), else_=0).label("served"),
        )
        .where(
            Member.home_book.in_(scope.books),
            Member.is_recipient,
            Member.status == MemberStatus.ACTIVE,
        )
        .subquery()
    )
    counted = sa.and_(each.c.served == 0, each.c.entitled + each.c.asked > 0)
    return sa.select(
        each.c.home_book,
        each.c.branch_id,
        _sum(each.c.entitled).label("entitled"),
        _sum(each.c.asked).label("asked"),
        _sum(each.c.served).label("served"),
        _sum(sa.case((counted, 1), else_=0)).label("unserved"),
    ).group_by(each.c.home_book, each.c.branch_id)


def _unknown(ctx: Context, scope: Scope) -> dict[str, int]:
    """People on the newest signed roll of each kind who have no account, by book."""
    newest = (
        sa.select(
            EntitlementRoll.book,
            EntitlementRoll.kind,
            sa.func.max(EntitlementRoll.month).label("month"),
        )
        .where(
            EntitlementRoll.book.in_(scope.books),
            EntitlementRoll.signed_at.is_not(None),
            EntitlementRoll.withdrawn_at.is_(None),
        )
        .group_by(EntitlementRoll.book, EntitlementRoll.kind)
        .subquery()
    )
    roll = EntitlementRoll
    rows = ctx.session.execute(
        sa.select(roll.book, sa.func.count(RollEntry.person.distinct()).label("n"))
        .join(
            newest,
            sa.and_(
                newest.c.book == roll.book,
                newest.c.kind == roll.kind,
                newest.c.month == roll.month,
            ),
        )
        .join(RollEntry, sa.and_(RollEntry.book == roll.book, RollEntry.roll_id == roll.id))
        .where(
            roll.book.in_(scope.books),
            roll.signed_at.is_not(None),
            roll.withdrawn_at.is_(None),
            RollEntry.member_id.is_(None),
        )
        .group_by(roll.book),
        execution_options=CROSS_BOOK,
    )
    return {row.book: row.n for row in rows}


def active(ctx: Context, scope: Scope) -> Answer:
    """Volunteers on the books, and who of them gave time in the last days, wherever it was."""
    short, long = table("cockpit").content["active_days"]
    today = local_date(ctx.now)
    rows = ctx.session.execute(
        sa.select(
            Member.home_book,
            Member.branch_id,
            sa.func.count().label("registered"),
            _sum(_gave(today - timedelta(days=short), today)).label("days_30"),
            _sum(_gave(today - timedelta(days=long), today)).label("days_90"),
        )
        .where(
            Member.home_book.in_(scope.books),
            Member.is_provider,
            Member.status == MemberStatus.ACTIVE,
        )
        .group_by(Member.home_book, Member.branch_id),
        execution_options=CROSS_BOOK,
    )
    counts: dict[Key, Counter[str]] = {
        (row.home_book, row.branch_id): Counter(
            registered=row.registered, days_30=row.days_30, days_90=row.days_90
        )
        for row in rows
    }

    def finish(found: Mapping[str, int]) -> Mapping[str, int | None]:
        registered = found.get("registered", 0)
        return {
            "registered": registered,
            "days_30": found.get("days_30", 0),
            "days_90": found.get("days_90", 0),
            "permille_30": permille(found.get("days_30", 0), registered),
            "permille_90": permille(found.get("days_90", 0), registered),
        }

    whole = by_place("active", scope, counts, finish, ("active.days_90", "active.registered"))
    return Answer("active", scope, whole.total.figures if whole.total else (), (whole,))


def _gave(since: Any, today: Any) -> Any:
    gave = sa.exists().where(
        ProviderDay.book == Member.home_book,
        ProviderDay.provider_id == Member.id,
        ProviderDay.day > since,
        ProviderDay.day <= today,
        ProviderDay.actual_minutes > 0,
    )
    return sa.case((gave, 1), else_=0)


def _sum(expression: Any) -> Any:
    return sa.cast(sa.func.coalesce(sa.func.sum(expression), 0), sa.Integer)
