"""Closings worked out again from the entries: every line, every kind, every fingerprint.

One walk over what was posted, summed by account, slot and month inside the database and laid
beside the lines that are kept. Nothing that a closing says is used to check another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from models.ledger import (
    Account,
    AccountKind,
    Closing,
    ClosingKind,
    ClosingLine,
    Entry,
    Transfer,
)
from services.ledger.breaches import Breach, Tally
from services.ledger.closings import KindSums, digest_of, feed_line, month_after, watermark_of
from services.ledger.rows import whole_sum
from services.ledger.streams import rows_of, side_by_side


class china_month(FunctionElement[str]):  # noqa: N801 - a function of SQL
    """The month of a moment in China, as 2026-03, worked out by the database."""

    type = sa.String(7)
    inherit_cache = True


@compiles(china_month, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"to_char({moment} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')"


@compiles(china_month, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    # Whole seconds: what comes after them would be rounded up into the next month. China has had
    # one time, without summer time, since 1991.
    moment = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m', substr({moment}, 1, 19), '+8 hours')"


@dataclass
class _Worked:
    """What the walk finds out, by month and kind."""

    came: Counter[tuple[str, AccountKind]] = field(default_factory=Counter)
    went: Counter[tuple[str, AccountKind]] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)


def check_closings(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    """Every difference between the closings of a book and its entries."""
    closings = list(
        session.scalars(sa.select(Closing).where(Closing.book == book).order_by(Closing.month))
    )
    kinds = _kept_kinds(session, book)
    digests = {
        each.month: digest_of(
            book, each.month, each.watermark, each.entries, kinds.get(each.month, {}).values()
        )
        for each in closings
    }
    tally.add("closings", len(closings))
    yield from _check_months(book, closings)
    if not closings:
        return
    worked = _Worked()
    yield from _check_lines(session, book, closings[-1].month, digests, worked, tally)
    opened = _opened(session, book)
    for closing in closings:
        yield from _check_figures(book, closing, kinds.get(closing.month, {}), worked, opened)
        if digests[closing.month].hexdigest() != closing.content_hash:
            yield Breach("closing_hash_differs", book, closing.month)


def _check_months(book: str, closings: list[Closing]) -> Iterator[Breach]:
    expected = None
    for closing in closings:
        if expected is not None and closing.month != expected:
            yield Breach("closing_missing", book, closing.month, {"month": expected})
        if closing.watermark != watermark_of(closing.month):
            yield Breach("closing_watermark_wrong", book, closing.month)
        expected = month_after(closing.month)


def _check_lines(
    session: Session,
    book: str,
    last: str,
    digests: Mapping[str, Any],
    worked: _Worked,
    tally: Tally,
) -> Iterator[Breach]:
    row_of, total, version = None, 0, 0
    for (account, slot, month), (kept, real) in side_by_side(
        _kept_lines(session, book), _real_lines(session, book, last)
    ):
        tally.add("closing lines")
        if row_of != (account, slot):
            row_of, total, version = (account, slot), 0, 0
        place = f"{month} {account} {slot}"
        if kept is not None and month in digests:
            feed_line(digests[month], kept)
        if real is None:
            yield Breach("closing_line_extra", book, place)
            continue
        total += real.minutes
        version += real.entries
        worked.entries[month] += real.entries
        if real.kind is not None:
            worked.came[month, real.kind] += real.came_in
            worked.went[month, real.kind] += real.went_out
        if kept is None:
            if month in digests:
                yield Breach("closing_line_missing", book, place)
        elif (kept.posted_minutes, kept.version) != (total, version):
            detail = {
                "entries_minutes": total,
                "kept_minutes": kept.posted_minutes,
                "entries": version,
                "kept": kept.version,
            }
            yield Breach("closing_line_differs", book, place, detail)


def _kept_lines(session: Session, book: str) -> Iterator[tuple[Any, Any]]:
    line = ClosingLine
    rows = rows_of(
        session,
        sa.select(line.account_id, line.slot, line.month, line.posted_minutes, line.version)
        .where(line.book == book)
        .order_by(line.account_id, line.slot, line.month),
    )
    return (((row.account_id, row.slot, row.month), row) for row in rows)


def _real_lines(session: Session, book: str, last: str) -> Iterator[tuple[Any, Any]]:
    """What every balance row did in every month up to the last closed one."""
    signed = Entry.amount_minutes
    month = china_month(Transfer.posted_at).label("month")
    rows = rows_of(
        session,
        sa.select(
            Entry.account_id,
            Entry.slot,
            month,
            Account.kind,
            sa.func.count(Entry.leg).label("entries"),
            whole_sum(signed).label("minutes"),
            whole_sum(sa.case((signed > 0, signed), else_=0)).label("came_in"),
            whole_sum(sa.case((signed < 0, -signed), else_=0)).label("went_out"),
        )
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .outerjoin(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(Entry.book == book, Transfer.book == book)
        .where(Transfer.posted_at < watermark_of(last))
        .group_by(Entry.account_id, Entry.slot, month, Account.kind)
        .order_by(Entry.account_id, Entry.slot, month),
    )
    return (((row.account_id, row.slot, row.month), row) for row in rows)


def _kept_kinds(session: Session, book: str) -> dict[str, dict[AccountKind, KindSums]]:
    found: dict[str, dict[AccountKind, KindSums]] = {}
    for row in session.scalars(sa.select(ClosingKind).where(ClosingKind.book == book)):
        sums = KindSums(row.kind, row.accounts, row.in_minutes, row.out_minutes)
        found.setdefault(row.month, {})[row.kind] = sums
    return found


def _opened(session: Session, book: str) -> dict[tuple[str, AccountKind], int]:
    """How many accounts of a kind were opened in each month."""
    month = china_month(Account.opened_at).label("month")
    rows = session.execute(
        sa.select(month, Account.kind, sa.func.count(Account.id).label("accounts"))
        .where(Account.book == book)
        .group_by(month, Account.kind)
    )
    return {(row.month, row.kind): row.accounts for row in rows}


def _check_figures(
    book: str,
    closing: Closing,
    kept: Mapping[AccountKind, KindSums],
    worked: _Worked,
    opened: Mapping[tuple[str, AccountKind], int],
) -> Iterator[Breach]:
    """The month's count of entries, and every kind from the first entry up to its end."""
    until = closing.month
    if closing.entries != worked.entries[until]:
        detail = {"entries": worked.entries[until], "kept": closing.entries}
        yield Breach("closing_entries_differ", book, until, detail)
    for kind in AccountKind:
        sums = KindSums(
            kind,
            _until(opened, until, kind),
            _until(worked.came, until, kind),
            _until(worked.went, until, kind),
        )
        if kept.get(kind, KindSums(kind, 0, 0, 0)) != sums:
            place = f"{until} {kind.value}"
            minutes = kept[kind].balance_minutes if kind in kept else 0
            detail = {"entries_minutes": sums.balance_minutes, "kept_minutes": minutes}
            yield Breach("closing_kind_differs", book, place, detail)


def _until(counts: Mapping[tuple[str, AccountKind], int], month: str, kind: AccountKind) -> int:
    return sum(n for (when, of), n in counts.items() if of is kind and when <= month)
