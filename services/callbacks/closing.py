"""A week's list is closed: every visit credited until its end that was on no list before.

Nobody chooses what stands on it, and its hash is on record before there is a seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.callbacks import CallbackDraw, CallbackListed
from models.requests import Visit, VisitState
from services import audit, policy
from services.callbacks.terms import terms
from services.claims import claim_row
from services.clock import at_local, local_date
from services.context import Context
from services.ledger.rows import insert_rows
from services.policy import Subject
from services.rules.drawing import days_of, last_ended, list_hash
from services.vault import Vault

DRAW = "callback.draw"


def name_of(vault: Vault, book: str, visit_id: UUID) -> str:
    """What stands for a visit on a published list: nobody without the instance's key knows whose.

    The visit's own id would tell whoever came that he is to be asked about.
    """
    return vault.blind("callback.visit", f"{book}:{visit_id}")


def books_to_close(session: Session, books: Sequence[str], today: date) -> list[str]:
    """Which of the books have not closed the week that ended last."""
    done = session.scalars(
        sa.select(CallbackDraw.book).where(
            CallbackDraw.book.in_(books), CallbackDraw.period == last_ended(today)
        )
    )
    return sorted(set(books) - set(done))


def close_list(ctx: Context, book: str) -> UUID | None:
    """Close a book's list of the week that ended last; None when it is closed already.

    Weeks in which nobody closed one are part of it. Two at once: the second waits and finds it.
    """
    policy.require(ctx.actor, DRAW, Subject(book=book))
    period = last_ended(local_date(ctx.now))
    monday, last = days_of(period)
    draw_id = ctx.new_id()
    claim: dict[str, Any] = {
        "book": book,
        "id": draw_id,
        "period": period,
        "first_day": monday,
        "last_day": last,
        "closed_at": ctx.now,
        "size": 0,
        "list_hash": "",
        "table_version": terms().version,
    }
    if not claim_row(ctx.session, CallbackDraw, claim):
        return None
    row = ctx.session.get_one(CallbackDraw, (book, draw_id))
    began, row.first_day = _days(ctx.session, book, row)
    named = sorted(
        (name_of(ctx.vault, book, visit), visit)
        for visit in unlisted(ctx.session, book, began, row.last_day)
    )
    row.size = len(named)
    row.list_hash = list_hash(
        book, period, row.first_day, row.last_day, [name for name, _ in named]
    )
    if not named:
        # Nothing to draw from needs no seed.
        row.drawn_at, row.drawn = ctx.now, 0
    ctx.session.flush()
    insert_rows(
        ctx.session,
        CallbackListed,
        [
            {"book": book, "draw_id": draw_id, "position": position, "visit_id": visit}
            for position, (_, visit) in enumerate(named)
        ],
    )
    after = {"period": period, "size": row.size, "list_hash": row.list_hash}
    audit.record(ctx, "callback.close", "callback_draw", draw_id, book=book, after=after)
    ctx.session.flush()
    return draw_id


def _days(session: Session, book: str, row: CallbackDraw) -> tuple[date, date]:
    """The day from which visits are asked about at all, and this list's own first day."""
    earlier = session.execute(
        sa.select(CallbackDraw.first_day, CallbackDraw.last_day)
        .where(CallbackDraw.book == book, CallbackDraw.period < row.period)
        .order_by(CallbackDraw.first_day)
    ).all()
    if not earlier:
        return row.first_day, row.first_day
    return earlier[0].first_day, earlier[-1].last_day + timedelta(days=1)


def unlisted(session: Session, book: str, began: date, last: date) -> Sequence[UUID]:
    """Visits credited until a day's end that are on no list, however late they were committed."""
    listed = sa.select(CallbackListed.visit_id).where(
        CallbackListed.book == book, CallbackListed.visit_id == Visit.id
    )
    return session.scalars(
        sa.select(Visit.id)
        .where(Visit.book == book, Visit.state == VisitState.CREDITED)
        .where(Visit.ended_at >= at_local(began, time()))
        .where(Visit.ended_at < at_local(last + timedelta(days=1), time()))
        .where(~listed.exists())
    ).all()
