"""Statements are acknowledged; once all are and nothing is disputed, the window is settled.

Settling posts nothing: it takes a window's positions off what each book still owes, so that the
caps leave room again. What governments pay each other for it stays outside.
"""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.settlement import PositionDispute, SettlementWindow, WindowState, WindowStatement
from services import audit, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.corridors.claiming import ALL, Key, cap_of, locked, room_on
from services.corridors.warning import warn
from services.policy import NATION
from services.settlement import sentences as say
from services.settlement.sides import side_of, tell_side
from services.settlement.windows import day_of, locked_window, pairs_of, window_id


def acknowledge(ctx: Context, book: str, number: int) -> None:
    """Acknowledge a region's statement of a closed window; the last one settles it.

    Raises WindowNotWaiting, NoStatement, StatementAcknowledged, or OwnDisputeOpen for a side that
    disputes a figure itself.
    """
    policy.require(ctx.actor, "clearing.acknowledge", side_of(ctx, book))
    once(
        ctx,
        book,
        "clearing.acknowledge",
        {"book": book, "window": number},
        lambda: _acknowledge(ctx, book, number),
    )


def _acknowledge(ctx: Context, book: str, number: int) -> dict[str, str]:
    window = waiting_window(ctx, number)
    statement = statement_row(ctx.session, book, number)
    if statement.acknowledged_at is not None:
        raise say.StatementAcknowledged
    if any(each.by_book == book for each in open_disputes(ctx.session, number)):
        raise say.OwnDisputeOpen
    statement.acknowledged_by_id, statement.acknowledged_at = ctx.actor.id, ctx.now
    audit.record(
        ctx,
        "clearing.acknowledge",
        "window_statement",
        window_id(number),
        book=book,
        after={
            "window": number,
            "net_minutes": statement.net_minutes,
            "content_hash": statement.content_hash,
        },
    )
    ctx.session.flush()
    settle_if_ready(ctx, window)
    return {}


def waiting_window(ctx: Context, number: int) -> SettlementWindow:
    """A closed window that is not settled, locked; WindowNotWaiting for any other."""
    window = locked_window(ctx.session, number)
    if window.state is not WindowState.CLOSED:
        raise say.WindowNotWaiting
    return window


def statement_row(session: Session, book: str, number: int) -> WindowStatement:
    """A region's statement of a window; call under the lock of the window."""
    row = session.get(WindowStatement, (book, number), populate_existing=True)
    if row is None:
        raise say.NoStatement
    return row


def open_disputes(session: Session, number: int) -> list[PositionDispute]:
    """The disputes of a window that have not ended."""
    return list(
        session.scalars(
            sa.select(PositionDispute)
            .where(
                PositionDispute.book == NATION,
                PositionDispute.window_number == number,
                PositionDispute.outcome.is_(None),
            )
            .order_by(PositionDispute.opened_at, PositionDispute.id)
            .execution_options(populate_existing=True)
        )
    )


def settle_if_ready(ctx: Context, window: SettlementWindow) -> bool:
    """Settle a closed window whose row is locked, once nobody's word is missing."""
    books = _books_of(ctx.session, window.number)
    missing = [
        book
        for book in books
        if statement_row(ctx.session, book, window.number).acknowledged_at is None
    ]
    if missing or open_disputes(ctx.session, window.number):
        return False
    window.state, window.settled_at = WindowState.SETTLED, ctx.now
    _take_off(ctx, window.number)
    audit.record(
        ctx,
        "clearing.settle",
        "settlement_window",
        window_id(window.number),
        book=NATION,
        after={"n": window.number, "statements": len(books)},
    )
    for book in books:
        tell_side(ctx, book, say.WINDOW_SETTLED, day=day_of(window.watermark).isoformat())
    ctx.session.flush()
    return True


def _books_of(session: Session, number: int) -> list[str]:
    pairs = pairs_of(session, number)
    return sorted({book for row in pairs for book in (row.one_book, row.other_book)})


def _take_off(ctx: Context, number: int) -> None:
    """Lower what each side of each pair owes by the window's figure, and look at the caps anew."""
    settled: dict[Key, int] = defaultdict(int)
    for pair in pairs_of(ctx.session, number):
        one, other, minutes = pair.one_book, pair.other_book, pair.owes_minutes
        for key in ((one, other), (one, ALL)):
            settled[key] += minutes
        for key in ((other, one), (other, ALL)):
            settled[key] -= minutes
    rows = locked(ctx.session, settled)
    for key, minutes in settled.items():
        rows[key].debit_minutes -= minutes
    for (book, counter), row in rows.items():
        if counter == ALL:
            warn(ctx, book, row, room_on(row, cap_of(ctx.session, book, local_date(ctx.now))))
