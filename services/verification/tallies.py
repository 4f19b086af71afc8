"""The figures of each month against the rows that they were added up from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from models.ledger import Account, Entry, Transfer, ValuationRecord
from models.requests import Request, Visit
from models.tallies import MonthHelp, MonthMove, MonthWait, TallyMark
from services.context import Context
from services.ledger.breaches import Breach, Tally
from services.ledger.rows import whole_sum


def check_tallies(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Everything kept for a book is what its rows before the mark come to.

    Branches hand over to one another, and people grow older: their figures are held to the whole.
    """
    mark = ctx.session.scalar(sa.select(TallyMark.at).where(TallyMark.book == book))
    kept = {
        **_one(ctx, _kept_moves(book)),
        **_one(ctx, _kept_help(book)),
        **_one(ctx, _kept_waits(book)),
    }
    if mark is None:
        if any(kept.values()):
            yield Breach("tally_without_mark", book, "tallies")
        return
    counted = {
        **_one(ctx, _moves(book, mark)),
        **_one(ctx, _asked(book, mark)),
        **_one(ctx, _visits(book, mark)),
        **_one(ctx, _reversed(book, mark)),
        **_one(ctx, _waits(book, mark)),
    }
    for name, expected in counted.items():
        tally.add("tallies")
        if kept[name] != expected:
            yield Breach("tally_differs", book, name, {"expected": expected, "found": kept[name]})
    yield from _kinds(ctx, book, mark, tally)


def _kinds(ctx: Context, book: str, mark: Any, tally: Tally) -> Iterator[Breach]:
    """Each kind of transfer on each kind of account."""
    move = MonthMove
    kept = {
        (row.kind, row.account_kind): (row.entries, row.came, row.went)
        for row in ctx.session.execute(
            sa.select(
                move.kind,
                move.account_kind,
                whole_sum(move.entries).label("entries"),
                whole_sum(move.in_minutes).label("came"),
                whole_sum(move.out_minutes).label("went"),
            )
            .where(move.book == book, move.account_kind != "")
            .group_by(move.kind, move.account_kind)
        )
    }
    signed = Entry.amount_minutes
    counted = {
        (row.kind, row.account_kind.value): (row.entries, row.came, row.went)
        for row in ctx.session.execute(
            sa.select(
                Transfer.kind,
                Account.kind.label("account_kind"),
                sa.func.count(Entry.leg).label("entries"),
                whole_sum(sa.case((signed > 0, signed), else_=0)).label("came"),
                whole_sum(sa.case((signed < 0, -signed), else_=0)).label("went"),
            )
            .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
            .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
            .where(Transfer.book == book, Entry.book == book, Transfer.posted_at < mark)
            .group_by(Transfer.kind, Account.kind)
        )
    }
    for key in sorted(kept.keys() | counted.keys()):
        tally.add("tallies")
        if kept.get(key) != counted.get(key):
            yield Breach("tally_of_kind_differs", book, f"{key[0]} {key[1]}", {"kind": key[0]})


def _one(ctx: Context, statement: Any) -> dict[str, int]:
    return dict(ctx.session.execute(statement).mappings().one())


def _kept_moves(book: str) -> Any:
    move = MonthMove
    whole = sa.case((move.account_kind == "", move.entries), else_=0)
    return sa.select(whole_sum(whole).label("transfers")).where(move.book == book)


def _kept_help(book: str) -> Any:
    names = (
        "asked",
        "asked_minutes",
        "visits",
        "actual_minutes",
        "earn_minutes",
        "elder_minutes",
        "pool_minutes",
        "reversed",
        "reversed_actual_minutes",
        "reversed_earn_minutes",
        "reversed_elder_minutes",
    )
    sums = [whole_sum(getattr(MonthHelp, name)).label(name) for name in names]
    return sa.select(*sums).where(MonthHelp.book == book)


def _kept_waits(book: str) -> Any:
    wait = MonthWait
    return sa.select(whole_sum(wait.visits).label("waited")).where(
        wait.book == book, wait.grouping == "all"
    )


def _moves(book: str, mark: Any) -> Any:
    return sa.select(sa.func.count().label("transfers")).where(
        Transfer.book == book, Transfer.posted_at < mark
    )


def _asked(book: str, mark: Any) -> Any:
    return sa.select(
        sa.func.count().label("asked"),
        whole_sum(Request.booked_minutes * Request.people_needed).label("asked_minutes"),
    ).where(Request.book == book, Request.submitted_at < mark)


def _visits(book: str, mark: Any) -> Any:
    value = ValuationRecord
    return (
        sa.select(
            sa.func.count().label("visits"),
            whole_sum(Visit.actual_minutes).label("actual_minutes"),
            whole_sum(value.earn_minutes).label("earn_minutes"),
            whole_sum(value.elder_minutes).label("elder_minutes"),
            whole_sum(value.pool_minutes).label("pool_minutes"),
        )
        .join(Visit, sa.and_(Visit.book == value.book, Visit.id == value.visit_id))
        .where(value.book == book, value.created_at < mark)
    )


def _waits(book: str, mark: Any) -> Any:
    value = ValuationRecord
    return (
        sa.select(sa.func.count().label("waited"))
        .select_from(value)
        .join(Visit, sa.and_(Visit.book == value.book, Visit.id == value.visit_id))
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(value.book == book, value.created_at < mark)
        .where(Visit.manual_entry_id.is_(None), Request.decided_at.is_not(None))
    )


def _reversed(book: str, mark: Any) -> Any:
    credit, value = aliased(Transfer), ValuationRecord
    return (
        sa.select(
            sa.func.count().label("reversed"),
            whole_sum(Visit.actual_minutes).label("reversed_actual_minutes"),
            whole_sum(value.earn_minutes).label("reversed_earn_minutes"),
            whole_sum(value.elder_minutes).label("reversed_elder_minutes"),
        )
        .select_from(Transfer)
        .join(credit, sa.and_(credit.book == Transfer.book, credit.id == Transfer.reverses_id))
        .join(value, sa.and_(value.book == credit.book, value.id == credit.valuation_id))
        .join(Visit, sa.and_(Visit.book == value.book, Visit.id == value.visit_id))
        .where(Transfer.book == book, Transfer.posted_at < mark)
    )
