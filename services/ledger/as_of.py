"""What stood on accounts at any past moment, found by index and never by summing from the start.

Along a balance row ``posted_at`` never runs back, so the last entry at or before a moment is found
by halving: one statement probes about log2(n) entries a row, each by the unique index over
(book, account, slot, version) and its transfer by the primary key. It starts from the line of
the last month closed before the moment, where there is one.

A balance by *effective* moment adds what was posted after the moment and took effect by then:
nothing takes effect after it is posted, so all that was posted by the moment counts anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import UtcDateTime
from models.ledger import Balance, ClosingLine, Entry, Transfer
from services.clock import local
from services.ledger.rows import whole_sum

#: Accounts looked up in one statement.
AT_ONCE = 500

_BALANCES, _LINES = cast("sa.Table", Balance.__table__), cast("sa.Table", ClosingLine.__table__)
_ENTRIES, _TRANSFERS = cast("sa.Table", Entry.__table__), cast("sa.Table", Transfer.__table__)
_IN_BOOK = sa.bindparam("in_book", type_=sa.String())
_WANTED = sa.bindparam("wanted", type_=sa.Uuid(), expanding=True)
_MOMENT = sa.bindparam("moment", type_=UtcDateTime())


@dataclass(frozen=True, slots=True)
class RowThen:
    """A balance row at a moment: how many entries it had, and what they left, in minutes.

    ``late_minutes`` is what was posted later and took effect by then; 0 unless it was asked for.
    """

    account_id: UUID
    slot: int
    version: int
    posted_minutes: int
    late_minutes: int = 0


def month_of(moment: datetime) -> str:
    """The month of a moment in China, as 2026-03."""
    return f"{local(moment):%Y-%m}"


def rows_then(
    session: Session,
    book: str,
    accounts: Collection[UUID],
    moment: datetime,
    *,
    before: bool = False,
    effective: bool = False,
) -> list[RowThen]:
    """Every balance row of these accounts as it was recorded at a moment, that moment included.

    ``before`` leaves the moment itself out. ``effective`` fills ``late_minutes``.
    """
    wanted = sorted(set(accounts))
    found: list[RowThen] = []
    for start in range(0, len(wanted), AT_ONCE):
        some = {"in_book": book, "wanted": wanted[start : start + AT_ONCE]}
        longest = session.scalar(_LONGEST, some) or 0
        given = {
            **some,
            "moment": moment,
            "month": month_of(moment),
            "step": 1 << max(0, longest.bit_length() - 1),
        }
        rows = session.execute(_search(before, effective), given)
        found.extend(RowThen(*row) for row in rows)
    return found


def balances_at(
    session: Session, book: str, accounts: Collection[UUID], moment: datetime
) -> dict[UUID, int]:
    """What was recorded on these accounts at a moment, over all slots, in standard minutes."""
    return _by_account(accounts, rows_then(session, book, accounts, moment))


def balance_at(session: Session, book: str, account_id: UUID, moment: datetime) -> int:
    """What was recorded on an account at a moment; 0 before its first entry."""
    return balances_at(session, book, [account_id], moment)[account_id]


def effective_balances_at(
    session: Session, book: str, accounts: Collection[UUID], moment: datetime
) -> dict[UUID, int]:
    """What these accounts held at a moment, by what is known today: back-dated postings count."""
    rows = rows_then(session, book, accounts, moment, effective=True)
    return _by_account(accounts, rows)


def _by_account(accounts: Iterable[UUID], rows: Iterable[RowThen]) -> dict[UUID, int]:
    sums = dict.fromkeys(accounts, 0)
    for row in rows:
        sums[row.account_id] += row.posted_minutes + row.late_minutes
    return sums


_LONGEST = sa.select(sa.func.max(_BALANCES.c.version)).where(
    _BALANCES.c.book == _IN_BOOK, _BALANCES.c.account_id.in_(_WANTED)
)


@cache
def _search(before: bool, effective: bool) -> sa.Select[*tuple[Any, ...]]:
    """The halving as one recursive statement: a step is taken where an entry lies behind it."""
    closed = (
        sa.select(sa.func.max(_LINES.c.version))
        .where(
            _LINES.c.book == _IN_BOOK,
            _LINES.c.account_id == _BALANCES.c.account_id,
            _LINES.c.slot == _BALANCES.c.slot,
            _LINES.c.month < sa.bindparam("month", type_=sa.String()),
        )
        .scalar_subquery()
    )
    step = sa.cast(sa.bindparam("step", type_=sa.BigInteger()), sa.BigInteger())
    probe = (
        sa.select(
            _BALANCES.c.account_id,
            _BALANCES.c.slot,
            sa.func.coalesce(closed, 0).label("version"),
            step.label("step"),
        )
        .where(_BALANCES.c.book == _IN_BOOK, _BALANCES.c.account_id.in_(_WANTED))
        .cte("probe", recursive=True)
    )
    ahead = probe.c.version + probe.c.step
    posted = _of(probe, _TRANSFERS.c.posted_at).where(_ENTRIES.c.version == ahead).scalar_subquery()
    is_past = posted < _MOMENT if before else posted <= _MOMENT
    probe = probe.union_all(
        sa.select(
            probe.c.account_id,
            probe.c.slot,
            sa.case((is_past, ahead), else_=probe.c.version),
            probe.c.step // 2,
        ).where(probe.c.step >= 1)
    )
    return _result(probe, effective)


def _result(probe: sa.CTE, effective: bool) -> sa.Select[*tuple[Any, ...]]:
    stood = (
        sa.select(_ENTRIES.c.balance_after_minutes)
        .where(_on(probe), _ENTRIES.c.version == probe.c.version)
        .scalar_subquery()
    )
    columns: list[Any] = [sa.func.coalesce(stood, 0)]
    if effective:
        late = _of(probe, whole_sum(_ENTRIES.c.amount_minutes)).where(
            _ENTRIES.c.version > probe.c.version, _TRANSFERS.c.effective_at <= _MOMENT
        )
        columns.append(late.scalar_subquery())
    return (
        sa.select(probe.c.account_id, probe.c.slot, probe.c.version, *columns)
        .where(probe.c.step == 0)
        .order_by(probe.c.account_id, probe.c.slot)
    )


def _of(probe: sa.CTE, what: Any) -> sa.Select[*tuple[Any, ...]]:
    """Something about the entries of the probed row, their transfers beside them."""
    same = sa.and_(_TRANSFERS.c.book == _ENTRIES.c.book, _TRANSFERS.c.id == _ENTRIES.c.transfer_id)
    return sa.select(what).select_from(_ENTRIES.join(_TRANSFERS, same)).where(_on(probe))


def _on(probe: sa.CTE) -> sa.ColumnElement[bool]:
    return sa.and_(
        _ENTRIES.c.book == _IN_BOOK,
        _ENTRIES.c.account_id == probe.c.account_id,
        _ENTRIES.c.slot == probe.c.slot,
    )
