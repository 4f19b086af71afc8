"""Windows: opened, cut pair by pair, closed. Every step may be repeated, whoever died before it.

The next window is open before the first pair of the last one is cut: what is posted behind a
pair's cut falls into it. A unit of work takes the window's row first and balance rows after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.oversight import AuditRecord
from models.settlement import NetPayment, SettlementWindow, WindowPair, WindowState, WindowStatement
from services import audit, policy
from services.claims import claim_row
from services.clock import at_local, local_date
from services.context import Context
from services.ids import derived
from services.policy import NATION
from services.rules.netting import Position, fewest_payments, nets_of
from services.settlement import sentences as say
from services.settlement.content import lines_of, statement_hash, window_hash
from services.settlement.cuts import (
    Moved,
    Pair,
    anything_crosses,
    expected_entries,
    last_cuts,
    locked_cut,
    moved,
    moved_pairs,
    stored_cut,
)
from services.settlement.sides import tell_nation, tell_side, words_of

#: Runs a unit of work, or looks without changing anything.
Runner = Callable[[Callable[[Context], Any]], Any]


def next_midnight(now: datetime) -> datetime:
    """The end of the day in China: the watermark of a window that is open now."""
    return at_local(local_date(now) + timedelta(days=1), time())


def day_of(watermark: datetime) -> date:
    """The day that a window is called after: the last one that ended by its watermark."""
    return local_date(watermark - timedelta(seconds=1))


def window_id(number: int) -> UUID:
    """A window as the subject of audit records."""
    return derived("window", number)


def alarm_id(number: int, pair: Pair) -> UUID:
    """The alarm about a pair as the subject of its audit record."""
    return derived("positions differ", number, *pair)


def locked_window(session: Session, number: int) -> SettlementWindow:
    """A window's row, locked: whoever cuts, acknowledges or settles it comes one after another."""
    row = session.scalar(
        sa.select(SettlementWindow)
        .where(SettlementWindow.book == NATION, SettlementWindow.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise say.NoWindow
    return row


def pairs_of(session: Session, number: int) -> list[WindowPair]:
    """A window's pairs in their order."""
    return list(
        session.scalars(
            sa.select(WindowPair)
            .where(WindowPair.book == NATION, WindowPair.window_number == number)
            .order_by(WindowPair.one_book, WindowPair.other_book)
        )
    )


def begin(ctx: Context) -> int | None:
    """Begin to close the window whose watermark has passed; its number, None when none is due.

    The next one is opened in the same unit of work, the first of all once anything crosses
    between books. One that somebody has begun to close is due again until it is closed.
    """
    policy.require(ctx.actor, "clearing.close")
    rows = ctx.session.scalars(
        sa.select(SettlementWindow)
        .where(
            SettlementWindow.book == NATION,
            SettlementWindow.state.in_((WindowState.OPEN, WindowState.CLOSING)),
        )
        .order_by(SettlementWindow.number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        if row.state is WindowState.CLOSING:
            return row.number
    if not rows:
        if anything_crosses(ctx.session) is not None:
            _open(ctx, 1)
        return None
    current = rows[0]
    if ctx.now < current.watermark:
        return None
    _open(ctx, current.number + 1)
    current.state = WindowState.CLOSING
    _record(ctx, "clearing.begin", current.number, {"watermark": current.watermark.isoformat()})
    ctx.session.flush()
    return current.number


def _open(ctx: Context, number: int) -> None:
    opened = claim_row(
        ctx.session,
        SettlementWindow,
        {
            "book": NATION,
            "number": number,
            "opened_at": ctx.now,
            "watermark": next_midnight(ctx.now),
            "state": WindowState.OPEN,
        },
    )
    if opened:
        _record(ctx, "clearing.open", number, {"watermark": next_midnight(ctx.now).isoformat()})


def cut(ctx: Context, number: int, pair: Pair) -> bool:
    """Cut a pair in a window that is being closed; False when there is nothing (more) to cut.

    Under the locks of both accounts no act has only one of its halves before the cut. Both sides
    are added up from their entries; PositionsDiffer (audited, told, and raised again each time)
    when they are not exactly opposite.
    """
    policy.require(ctx.actor, "clearing.close")
    if locked_window(ctx.session, number).state is not WindowState.CLOSING:
        return False
    if ctx.session.get(WindowPair, (NATION, number, *pair)) is not None:
        return False
    one_book, other_book = pair
    one_before, other_before = last_cuts(ctx.session, pair, number)
    one_cut = locked_cut(ctx.session, one_book, other_book)
    other_cut = locked_cut(ctx.session, other_book, one_book)
    if one_cut == one_before and other_cut == other_before:
        return False
    one = moved(ctx.session, one_book, other_book, one_before, one_cut)
    other = moved(ctx.session, other_book, one_book, other_before, other_cut)
    whole = one.entries == expected_entries(one_before, one_cut)
    whole = whole and other.entries == expected_entries(other_before, other_cut)
    if not whole or one.net_minutes != -other.net_minutes:
        _alarm(ctx, number, pair, one, other)
    _write(ctx, number, pair, one, (stored_cut(one_cut), stored_cut(other_cut)))
    return True


def _write(
    ctx: Context, number: int, pair: Pair, one: Moved, cuts: tuple[dict[str, int], dict[str, int]]
) -> None:
    ctx.session.add(
        WindowPair(
            book=NATION,
            window_number=number,
            one_book=pair[0],
            other_book=pair[1],
            owes_minutes=one.net_minutes,
            one_paid_minutes=one.in_minutes,
            other_paid_minutes=one.out_minutes,
            one_cut=cuts[0],
            other_cut=cuts[1],
            cut_at=ctx.now,
        )
    )
    after = {"one": pair[0], "other": pair[1], "owes_minutes": one.net_minutes}
    _record(ctx, "clearing.cut", number, after)
    ctx.session.flush()


def _alarm(ctx: Context, number: int, pair: Pair, one: Moved, other: Moved) -> None:
    """Say that the sides differ, once on record and to whoever has to look, and stop here."""
    names = {**words_of(ctx, "one", pair[0]), **words_of(ctx, "other", pair[1])}
    if alarm_id(number, pair) not in alarms(ctx.session, number):
        audit.record(
            ctx,
            "clearing.differ",
            "settlement_window",
            alarm_id(number, pair),
            book=NATION,
            after={
                "window": number,
                "one": pair[0],
                "other": pair[1],
                "one_minutes": one.net_minutes,
                "other_minutes": other.net_minutes,
                "entries": [one.entries, other.entries],
            },
        )
        day = day_of(ctx.session.get_one(SettlementWindow, (NATION, number)).watermark)
        apart = abs(one.net_minutes + other.net_minutes)
        told = {**names, "apart_minutes": apart, "day": day.isoformat()}
        tell_nation(ctx, say.POSITIONS_DIFFER, **told)
        for book in pair:
            tell_side(ctx, book, say.POSITIONS_DIFFER, **told)
    raise say.PositionsDiffer(**names)


def alarms(session: Session, number: int) -> dict[UUID, AuditRecord]:
    """What has been recorded of pairs of a window whose sides differ, cut since or not."""
    rows = session.scalars(
        sa.select(AuditRecord).where(
            AuditRecord.book == NATION,
            AuditRecord.act == "clearing.differ",
            AuditRecord.subject_kind == "settlement_window",
        )
    )
    return {row.subject_id: row for row in rows if row.after.get("window") == number}


def open_alarms(session: Session, number: int) -> list[AuditRecord]:
    """The alarms about pairs that have not been cut since."""
    done = {alarm_id(number, (row.one_book, row.other_book)) for row in pairs_of(session, number)}
    return [row for key, row in alarms(session, number).items() if key not in done]


def finish(ctx: Context, number: int) -> bool:
    """Net what has been cut and close the window; False when somebody else has done so.

    Raises PositionsDiffer while the sides of a pair differ. A window in which nothing crossed is
    settled at once.
    """
    policy.require(ctx.actor, "clearing.close")
    window = locked_window(ctx.session, number)
    if window.state is not WindowState.CLOSING:
        return False
    for alarm in open_alarms(ctx.session, number):
        one, other = alarm.after["one"], alarm.after["other"]
        raise say.PositionsDiffer(**words_of(ctx, "one", one), **words_of(ctx, "other", other))
    pairs = pairs_of(ctx.session, number)
    payments = _payments(number, pairs)
    statements = _statements(ctx, number, pairs)
    ctx.session.add_all([*payments, *statements])
    window.state, window.closed_at = WindowState.CLOSED, ctx.now
    if not statements:
        window.state, window.settled_at = WindowState.SETTLED, ctx.now
    hashes = [each.content_hash for each in statements]
    window.content_hash = window_hash(number, pairs, payments, hashes)
    after = {
        "pairs": len(pairs),
        "payments": len(payments),
        "statements": len(statements),
        "content_hash": window.content_hash,
    }
    _record(ctx, "clearing.close", number, after)
    for each in statements:
        tell_side(ctx, each.book, say.WINDOW_CLOSED, day=day_of(window.watermark).isoformat())
    ctx.session.flush()
    return True


def _payments(number: int, pairs: Sequence[WindowPair]) -> list[NetPayment]:
    nets = nets_of(Position(row.one_book, row.other_book, row.owes_minutes) for row in pairs)
    return [
        NetPayment(
            book=NATION,
            window_number=number,
            from_book=each.from_book,
            to_book=each.to_book,
            owed_minutes=each.minutes,
        )
        for each in fewest_payments(nets)
    ]


def _statements(ctx: Context, number: int, pairs: Sequence[WindowPair]) -> list[WindowStatement]:
    books = sorted({book for row in pairs for book in (row.one_book, row.other_book)})
    found = []
    for book in books:
        lines = lines_of(book, pairs)
        found.append(
            WindowStatement(
                book=book,
                window_number=number,
                net_minutes=sum(line.owes_minutes for line in lines),
                content_hash=statement_hash(book, number, lines),
                made_at=ctx.now,
            )
        )
    return found


def close_due(run: Runner, look: Runner) -> int:
    """Close every window that is due, a pair a unit of work; returns how many were closed.

    ``run`` does one unit of work, ``look`` reads. A pair whose sides differ stands in nobody
    else's way: the others are cut, and then its refusal is raised.
    """
    closed = 0
    while (number := run(begin)) is not None:
        failed: say.PositionsDiffer | None = None
        for pair in look(_moved_pairs):
            try:
                run(partial(cut, number=number, pair=pair))
            except say.PositionsDiffer as error:
                failed = failed or error
        if failed is not None:
            raise failed
        closed += run(partial(finish, number=number))
    return closed


def _moved_pairs(ctx: Context) -> list[Pair]:
    return moved_pairs(ctx.session)


def _record(ctx: Context, act: str, number: int, after: dict[str, object]) -> None:
    audit.record(
        ctx, act, "settlement_window", window_id(number), book=NATION, after={"n": number, **after}
    )
