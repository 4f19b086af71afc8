"""Results for everybody: by branch and month, and each draw as a file that anyone can repeat.

A line has several calls in it, never one: months with few are put together until there are enough,
and what is left over is not told, not even in a sum.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.callbacks import (
    BranchSuspension,
    Callback,
    CallbackDraw,
    CallbackListed,
    CallbackResult,
)
from models.places import Branch
from models.seals import HeadList
from services import policy
from services.callbacks import seeds
from services.callbacks.closing import name_of
from services.callbacks.listing import DrawLine, draw_line
from services.callbacks.sentences import CallbackUnknown
from services.callbacks.terms import terms, terms_of
from services.clock import local
from services.context import Context
from services.ledger.seals.keys import key_ring
from services.rules.drawing import drawn_positions, sample_size
from services.rules.names import Name
from services.rules.sampling import joined

FILE, VERSION = "timebank-callback-draw", 1
#: Results older than this are not on the page any more.
SHOWN = timedelta(days=731)
#: Lists on the public page of a county: a year of weeks.
SHOWN_DRAWS = 53


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A branch's calls of one month, or of several months that have few each.

    ``drawn`` is of chance alone; ``flagged`` were called because rules found something odd.
    """

    branch: Name
    first_month: str
    last_month: str
    drawn: int
    confirmed: int
    failed: int
    unreached: int
    open: int
    flagged: int
    flagged_failed: int

    @property
    def asked(self) -> int:
        """Whom somebody could be asked about."""
        return self.confirmed + self.failed


@dataclass(frozen=True, slots=True)
class PublicSuspension:
    """A branch that lost its entry rights, for everybody."""

    book: str
    branch: Name
    month: str
    asked: int
    failed: int
    limit_percent: int
    began_at: datetime
    ended_at: datetime | None


def published_results(session: Session, book: str, now: datetime) -> tuple[ResultLine, ...]:
    """The results of a book's branches, the newest months first."""
    rows = session.execute(
        sa.select(Callback.branch_id, Callback.made_at, Callback.draw_id, Callback.result).where(
            Callback.book == book, Callback.made_at >= now - SHOWN
        )
    )
    counts: dict[UUID, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in rows:
        found = counts[row.branch_id][f"{local(row.made_at):%Y-%m}"]
        found["all"] += 1
        if row.draw_id is None:
            found["flagged"] += 1
            found["flagged_failed"] += row.result is CallbackResult.FAILED
        else:
            found["drawn"] += 1
            found[row.result.value if row.result else "open"] += 1
    names = _names(session, counts)
    lines = [
        _line(names[branch_id], span, months)
        for branch_id, months in counts.items()
        for span in joined(
            [(month, found["all"]) for month, found in months.items()], terms().least_published
        )
    ]
    lines.sort(key=lambda line: line.branch.zh)
    return tuple(sorted(lines, key=lambda line: line.last_month, reverse=True))


def _line(branch: Name, span: tuple[str, str], months: dict[str, Counter[str]]) -> ResultLine:
    total: Counter[str] = Counter()
    for month, found in months.items():
        if span[0] <= month <= span[1]:
            total.update(found)
    return ResultLine(
        branch=branch,
        first_month=span[0],
        last_month=span[1],
        drawn=total["drawn"],
        confirmed=total["confirmed"],
        failed=total["failed"],
        unreached=total["unreached"],
        open=total["open"],
        flagged=total["flagged"],
        flagged_failed=total["flagged_failed"],
    )


def _names(session: Session, ids: Any) -> dict[UUID, Name]:
    rows = session.execute(
        sa.select(Branch.id, Branch.name, Branch.name_en).where(Branch.id.in_(list(ids)))
    )
    return {row.id: Name(row.name, row.name_en) for row in rows}


def published_draws(ctx: Context, book: str) -> tuple[DrawLine, ...]:
    """A book's lists of the last year, with what each waits for."""
    policy.require(ctx.actor, "public.read")
    rows = ctx.session.scalars(
        sa.select(CallbackDraw)
        .where(CallbackDraw.book == book)
        .order_by(CallbackDraw.closed_at.desc())
        .limit(SHOWN_DRAWS)
    )
    read: seeds.Read = {}
    return tuple(draw_line(ctx, row, read) for row in rows)


def published_suspensions(
    session: Session, books: Sequence[str] | None = None
) -> tuple[PublicSuspension, ...]:
    """Branches without entry rights, those that still are first; of every book without any."""
    statement = (
        sa.select(BranchSuspension, Branch.name, Branch.name_en)
        .join(Branch, Branch.id == BranchSuspension.branch_id)
        .order_by(BranchSuspension.ended_at.is_not(None), BranchSuspension.began_at.desc())
        .limit(100)
    )
    if books is None:
        statement = statement.execution_options(cross_book=True)
    else:
        statement = statement.where(BranchSuspension.book.in_(books))
    return tuple(
        PublicSuspension(
            book=row.BranchSuspension.book,
            branch=Name(row.name, row.name_en),
            month=row.BranchSuspension.month,
            asked=row.BranchSuspension.asked,
            failed=row.BranchSuspension.failed,
            limit_percent=row.BranchSuspension.limit_percent,
            began_at=row.BranchSuspension.began_at,
            ended_at=row.BranchSuspension.ended_at,
        )
        for row in session.execute(statement)
    )


def draw_file(ctx: Context, book: str, period: str) -> dict[str, Any]:
    """A closed list with its seed and whom it draws, as JSON; nothing in it names anybody.

    It is there from the closing on, before there is a seed. Raises CallbackUnknown.
    """
    policy.require(ctx.actor, "public.read")
    row = ctx.session.scalar(
        sa.select(CallbackDraw).where(CallbackDraw.book == book, CallbackDraw.period == period)
    )
    if row is None:
        raise CallbackUnknown
    held_to = terms_of(row.table_version)
    visits = ctx.session.scalars(
        sa.select(CallbackListed.visit_id)
        .where(CallbackListed.book == book, CallbackListed.draw_id == row.id)
        .order_by(CallbackListed.position)
    )
    return {
        "kind": FILE,
        "version": VERSION,
        "book": book,
        "period": period,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "closed_at": row.closed_at.isoformat(),
        "visits": [name_of(ctx.vault, book, visit) for visit in visits],
        "list_hash": row.list_hash,
        "terms": row.table_version,
        "percent": held_to.percent,
        "seed_day": row.seed_day.isoformat() if row.seed_day else None,
        "seed_list_hash": _content_hash(ctx.session, row.seed_day),
        "signatures": _signatures(ctx.session, row),
        "seed": row.seed,
        "drawn": _drawn(row, held_to.percent),
    }


def _drawn(row: CallbackDraw, percent: int) -> list[int] | None:
    if row.drawn_at is None:
        return None
    if row.seed is None:
        return list(range(row.size))
    return list(drawn_positions(row.seed, row.size, sample_size(row.size, percent)))


def _content_hash(session: Session, day: date | None) -> str | None:
    if day is None:
        return None
    return session.scalar(sa.select(HeadList.content_hash).where(HeadList.day == day))


def _signatures(session: Session, row: CallbackDraw) -> list[dict[str, str]]:
    keys = {held.key_id: held.public_key for held in key_ring(session).held()}
    return [
        {"key_id": key_id, "public_key": keys.get(key_id, ""), "signature": signature}
        for key_id, signature in row.seed_signatures or ()
    ]
