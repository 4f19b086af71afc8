"""The draw: once the seed is there, whoever it points at is called; flagged visits always are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.callbacks import Callback, CallbackDraw, CallbackListed
from models.flags import FlagVisit
from models.requests import Request, Visit, VisitState
from services import audit, policy, rates
from services.callbacks import seeds
from services.callbacks.closing import DRAW
from services.callbacks.terms import terms, terms_of
from services.claims import claim_row
from services.clock import local_date
from services.context import Context
from services.policy import Subject
from services.rules.drawing import drawn_positions, sample_size, seed_of

RANDOM, FLAG = "random", "flag"
#: Visits in one statement: drivers count parameters.
AT_ONCE = 400


def waiting_draws(session: Session, books: Iterable[str]) -> list[tuple[str, UUID]]:
    """Closed lists that have not been drawn from, the oldest first."""
    rows = session.execute(
        sa.select(CallbackDraw.book, CallbackDraw.id)
        .where(CallbackDraw.book.in_(list(books)), CallbackDraw.drawn_at.is_(None))
        .order_by(CallbackDraw.closed_at, CallbackDraw.book)
    )
    return [(row.book, row.id) for row in rows]


def ready_draws(ctx: Context, books: Iterable[str]) -> list[tuple[str, UUID]]:
    """Those of them that can be drawn now; most lists of a week wait for the same signatures."""
    read: seeds.Read = {}
    found = []
    for book, draw_id in waiting_draws(ctx.session, books):
        row = ctx.session.get_one(CallbackDraw, (book, draw_id))
        seed = seeds.seed_list(ctx.session, row.closed_at, terms_of(row.table_version), read)
        if seed is None:
            continue
        if ctx.now > seed.deadline or seeds.signatures(ctx.session, seed) is not None:
            found.append((book, draw_id))
    return found


def draw(ctx: Context, book: str, draw_id: UUID, read: seeds.Read | None = None) -> bool:
    """Draw from a closed list as soon as its witnesses have signed; False while it waits.

    When they have not signed in time, everything on the list is called: to hold a signature back
    spares nobody. Two at once: the second waits, and finds it done.
    """
    policy.require(ctx.actor, DRAW, Subject(book=book))
    row = ctx.session.scalar(
        sa.select(CallbackDraw)
        .where(CallbackDraw.book == book, CallbackDraw.id == draw_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or row.drawn_at is not None:
        return False
    held_to = terms_of(row.table_version)
    found = seeds.seed_list(ctx.session, row.closed_at, held_to, read)
    if found is None:
        return False
    signed = seeds.signatures(ctx.session, found)
    if signed is None and ctx.now <= found.deadline:
        return False
    positions = tuple(range(row.size))
    if signed is not None:
        row.seed = seed_of(row.list_hash, found.day, signed)
        row.seed_signatures = [list(each) for each in signed]
        count = sample_size(row.size, held_to.percent)
        positions = drawn_positions(row.seed, row.size, count)
    row.seed_day, row.drawn_at, row.drawn = found.day, ctx.now, len(positions)
    _call(ctx, row, positions)
    after = {"seed": row.seed, "day": found.day.isoformat(), "drawn": row.drawn}
    audit.record(ctx, "callback.draw", "callback_draw", row.id, book=book, after=after)
    ctx.session.flush()
    return True


def _call(ctx: Context, row: CallbackDraw, positions: tuple[int, ...]) -> None:
    """Every drawn visit is to be called; one that a flag brought before is drawn all the same."""
    for start in range(0, len(positions), AT_ONCE):
        some = positions[start : start + AT_ONCE]
        visits = ctx.session.scalars(
            sa.select(CallbackListed.visit_id).where(
                CallbackListed.book == row.book,
                CallbackListed.draw_id == row.id,
                CallbackListed.position.in_(some),
            )
        ).all()
        for visit in visits_of(ctx, row.book, visits):
            if not _add(ctx, row.book, visit, RANDOM, row.id):
                ctx.session.execute(
                    sa.update(Callback)
                    .where(Callback.book == row.book, Callback.visit_id == visit["visit_id"])
                    .values(draw_id=row.id)
                )


def flagged_uncalled(session: Session, book: str) -> list[UUID]:
    """Credited visits that a flag is about and nobody is to call yet."""
    called = sa.select(Callback.id).where(
        Callback.book == book, Callback.visit_id == FlagVisit.visit_id
    )
    rows = session.scalars(
        sa.select(FlagVisit.visit_id)
        .join(Visit, sa.and_(Visit.book == FlagVisit.book, Visit.id == FlagVisit.visit_id))
        .where(FlagVisit.book == book, Visit.state == VisitState.CREDITED, ~called.exists())
        .distinct()
        .order_by(FlagVisit.visit_id)
    )
    return list(rows)


def books_with_flagged(session: Session, books: Iterable[str]) -> list[str]:
    """Which of the books have flagged visits that nobody is to call yet."""
    return [book for book in books if flagged_uncalled(session, book)]


def call_flagged(ctx: Context, book: str) -> int:
    """Put every flagged visit on the callers' list; returns how many are new."""
    policy.require(ctx.actor, DRAW, Subject(book=book))
    done = 0
    for visit in visits_of(ctx, book, flagged_uncalled(ctx.session, book)[:AT_ONCE]):
        done += _add(ctx, book, visit, FLAG, None)
    ctx.session.flush()
    return done


def visits_of(ctx: Context, book: str, visits: Iterable[UUID]) -> list[dict[str, Any]]:
    """Whom a call about each of the visits concerns."""
    rows = ctx.session.execute(
        sa.select(
            Visit.id.label("visit_id"),
            Request.branch_id,
            Visit.elder_id,
            Visit.provider_id,
            Request.service_code,
        )
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(Visit.book == book, Visit.id.in_(list(visits)))
        .order_by(Visit.id)
    )
    return [dict(row) for row in rows.mappings()]


def _add(ctx: Context, book: str, visit: dict[str, Any], why: str, draw_id: UUID | None) -> bool:
    calendar = rates.calendar_on(ctx.session)
    due = calendar.add_working_days(local_date(ctx.now), terms().due_working_days)
    callback_id = ctx.new_id()
    is_new = claim_row(
        ctx.session,
        Callback,
        {
            "book": book,
            "id": callback_id,
            **visit,
            "why": why,
            "draw_id": draw_id,
            "made_at": ctx.now,
            "due_on": due,
            "tries": [],
            "answers": {},
        },
    )
    if is_new:
        after = {"why": why, "due": due.isoformat()}
        audit.record(ctx, "callback.add", "callback", callback_id, book=book, after=after)
    return is_new
