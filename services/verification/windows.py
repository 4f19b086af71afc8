"""Settlement windows: added up again from the entries, pair by pair, payment by payment.

A book answers for its own side of each pair, for its statements, and for what it still owes; the
nation for what is put together from them: opposite figures, payments, hashes, and states.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from models.corridors import Exposure
from models.ledger import Account, AccountKind, Balance
from models.settlement import (
    NetPayment,
    PositionDispute,
    SettlementWindow,
    WindowPair,
    WindowState,
    WindowStatement,
)
from services.context import Context
from services.corridors.claiming import ALL
from services.ledger.breaches import Breach, Tally
from services.ledger.rows import whole_sum
from services.ledger.streams import rows_of
from services.policy import NATION
from services.rules.netting import Position, nets_of
from services.settlement.content import lines_of, statement_hash, window_hash
from services.settlement.cuts import expected_entries, moved, read_cut

ENDED = (WindowState.CLOSED, WindowState.SETTLED)


def check_windows(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """A book's side of every pair, its statements, and what it has not settled."""
    pairs = _pairs_with(ctx, book)
    yield from _check_cuts(ctx, book, pairs, tally)
    yield from _check_statements(ctx, book, pairs, tally)
    yield from _check_unsettled(ctx, book, pairs)


def _pairs_with(ctx: Context, book: str) -> list[WindowPair]:
    """Every window's pairs that the book is a side of, the older windows first."""
    is_side = sa.or_(WindowPair.one_book == book, WindowPair.other_book == book)
    return list(
        ctx.session.scalars(
            sa.select(WindowPair)
            .where(WindowPair.book == NATION, is_side)
            .order_by(WindowPair.window_number, WindowPair.one_book, WindowPair.other_book)
        )
    )


def _check_cuts(
    ctx: Context, book: str, pairs: Sequence[WindowPair], tally: Tally
) -> Iterator[Breach]:
    before: dict[str, dict[int, int]] = defaultdict(dict)
    for row in pairs:
        tally.add("window pairs")
        (line,) = lines_of(book, [row])
        counter, cut = line.counter_book, read_cut(line.own_cut)
        own = moved(ctx.session, book, counter, before[counter], cut)
        place = f"window {row.window_number} with {counter}"
        if own.entries != expected_entries(before[counter], cut):
            yield Breach("window_cut_wrong", book, place)
        elif (own.in_minutes, own.out_minutes, own.net_minutes) != (
            line.paid_minutes,
            line.received_minutes,
            line.owes_minutes,
        ):
            detail = {"entries_minutes": own.net_minutes, "kept_minutes": line.owes_minutes}
            yield Breach("window_pair_differs", book, place, detail)
        before[counter] = cut


def _check_statements(
    ctx: Context, book: str, pairs: Sequence[WindowPair], tally: Tally
) -> Iterator[Breach]:
    by_number: dict[int, list[WindowPair]] = defaultdict(list)
    for row in pairs:
        by_number[row.window_number].append(row)
    states = _states(ctx)
    kept = {
        row.window_number: row
        for row in ctx.session.scalars(
            sa.select(WindowStatement).where(WindowStatement.book == book)
        )
    }
    closed = {number for number in by_number if states.get(number) in ENDED}
    for number in sorted(closed | kept.keys()):
        tally.add("window statements")
        place = f"window {number}"
        statement, lines = kept.get(number), lines_of(book, by_number.get(number, []))
        if statement is None or not lines:
            yield Breach("window_statement_missing", book, place)
            continue
        wanted = (sum(each.owes_minutes for each in lines), statement_hash(book, number, lines))
        if (statement.net_minutes, statement.content_hash) != wanted:
            yield Breach("window_statement_differs", book, place)
        if states.get(number) is WindowState.SETTLED and statement.acknowledged_at is None:
            yield Breach("window_settled_early", book, place)


def _check_unsettled(ctx: Context, book: str, pairs: Sequence[WindowPair]) -> Iterator[Breach]:
    """What a book owes and has not settled is its clearing balance without settled windows."""
    states = _states(ctx)
    wanted: dict[str, int] = defaultdict(int)
    for counter, minutes in _clearing_balances(ctx, book):
        wanted[counter] += minutes
    for row in pairs:
        if states.get(row.window_number) is WindowState.SETTLED:
            (line,) = lines_of(book, [row])
            wanted[line.counter_book] -= line.owes_minutes
    wanted[ALL] = sum(minutes for counter, minutes in wanted.items() if counter != ALL)
    kept = {
        row.counter_book: row.debit_minutes
        for row in ctx.session.execute(
            sa.select(Exposure.counter_book, Exposure.debit_minutes).where(Exposure.book == book)
        )
    }
    for counter in sorted(wanted.keys() | kept.keys()):
        expected, found = wanted.get(counter, 0), kept.get(counter, 0)
        if expected != found:
            detail = {"expected_minutes": expected, "kept_minutes": found}
            yield Breach("position_differs", book, f"position {counter or 'all'}", detail)


def _clearing_balances(ctx: Context, book: str) -> list[tuple[str, int]]:
    rows = ctx.session.execute(
        sa.select(Account.period, whole_sum(Balance.posted_minutes))
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book == book, Account.kind == AccountKind.CLEARING)
        .group_by(Account.period)
    )
    return [(counter, minutes) for counter, minutes in rows]


def _states(ctx: Context) -> dict[int, WindowState]:
    rows = ctx.session.execute(
        sa.select(SettlementWindow.number, SettlementWindow.state).where(
            SettlementWindow.book == NATION
        )
    )
    return {row.number: row.state for row in rows}


def check_clearing(ctx: Context, tally: Tally) -> Iterator[Breach]:
    """What the windows put together for the whole country."""
    rows = rows_of(
        ctx.session,
        sa.select(SettlementWindow)
        .where(SettlementWindow.book == NATION)
        .order_by(SettlementWindow.number),
    )
    for expected, row in enumerate(rows, start=1):
        window = row.SettlementWindow
        tally.add("windows")
        if window.number != expected:
            yield Breach("window_missing", NATION, f"window {expected}")
            return
        if window.state in ENDED:
            yield from _check_closed(ctx, window)
        elif window.content_hash is not None or window.closed_at is not None:
            yield Breach("window_hash_differs", NATION, f"window {window.number}")


def _check_closed(ctx: Context, window: SettlementWindow) -> Iterator[Breach]:
    place = f"window {window.number}"
    pairs = list(
        ctx.session.scalars(
            sa.select(WindowPair)
            .where(WindowPair.book == NATION, WindowPair.window_number == window.number)
            .order_by(WindowPair.one_book, WindowPair.other_book)
        )
    )
    payments = list(
        ctx.session.scalars(
            sa.select(NetPayment)
            .where(NetPayment.book == NATION, NetPayment.window_number == window.number)
            .order_by(NetPayment.from_book, NetPayment.to_book)
        )
    )
    books = sorted({book for row in pairs for book in (row.one_book, row.other_book)})
    hashes = [statement_hash(book, window.number, lines_of(book, pairs)) for book in books]
    if window.content_hash != window_hash(window.number, pairs, payments, hashes):
        yield Breach("window_hash_differs", NATION, place)
    nets = nets_of(Position(row.one_book, row.other_book, row.owes_minutes) for row in pairs)
    paid = nets_of(Position(each.from_book, each.to_book, each.owed_minutes) for each in payments)
    in_play = {book: net for book, net in nets.items() if net}
    if paid != in_play or len(payments) >= max(1, len(in_play)):
        yield Breach("window_payments_differ", NATION, place)
    disputed = ctx.session.scalar(
        sa.select(PositionDispute.id)
        .where(
            PositionDispute.book == NATION,
            PositionDispute.window_number == window.number,
            PositionDispute.outcome.is_(None),
        )
        .limit(1)
    )
    if window.state is WindowState.SETTLED and disputed is not None:
        yield Breach("window_settled_early", NATION, place)
