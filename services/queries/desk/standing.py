"""A book's trial balance and light checks at a cost that does not grow with its entries.

What entries say comes from the figures of the months and from what is newer than they; what
balances say is read from the balances. The whole check proves both, row by row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance
from models.oversight import IssueAuthorisation
from models.seals import Block, Unsealed
from services.context import Context
from services.ledger.overview import Activity, QuickCheck, TrialBalance, TrialLine
from services.ledger.rows import whole_sum
from services.queries.audit.scope import require_book
from services.queries.clearing.reading import Names
from services.rules.names import Name
from services.tallies.reading import ALWAYS, Months, Move, moves


@dataclass(frozen=True, slots=True)
class SealState:
    """The newest block of a book, and what waits for the next one."""

    height: int | None
    leaves: int
    root: str
    sealed_at: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class ClearingLine:
    """What stands between a book and one that it clears with; negative: it is owed."""

    counter_book: str
    name: Name
    minutes: int


@dataclass(frozen=True, slots=True)
class PoolLine:
    """Entries of one kind of transfer on the pool's accounts."""

    kind: str
    entries: int
    in_minutes: int
    out_minutes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a book stands now."""

    trial: TrialBalance
    checks: tuple[QuickCheck, ...]
    activity: Activity
    seals: SealState
    clearing: tuple[ClearingLine, ...]
    pool: tuple[PoolLine, ...]
    #: Authorisations to issue that wait for the second name.
    waiting_authorisations: int


def standing(ctx: Context, book: str) -> Standing:
    """Everything that a book's page says of its ledger; NotFound outside the scope."""
    require_book(ctx, book)
    moved = moves(ctx.session, [book])
    trial = _trial(ctx.session, book, moved)
    return Standing(
        trial=trial,
        checks=_checks(ctx.session, book, trial, moved),
        activity=_activity(moved),
        seals=_seals(ctx.session, book),
        clearing=_clearing(ctx, book),
        pool=pool_lines(moved),
        waiting_authorisations=_waiting(ctx.session, book),
    )


def pool_moves(ctx: Context, book: str, months: Months = ALWAYS) -> tuple[PoolLine, ...]:
    """What went through the pool, by kind of transfer; NotFound outside the scope."""
    require_book(ctx, book)
    return pool_lines(moves(ctx.session, [book], months))


def pool_lines(moved: Iterable[Move]) -> tuple[PoolLine, ...]:
    """Moves on pool accounts by kind of transfer."""
    found: dict[str, Counter[str]] = {}
    for each in moved:
        if each.account_kind == AccountKind.POOL.value:
            found.setdefault(each.kind, Counter()).update(
                entries=each.entries, came=each.in_minutes, went=each.out_minutes
            )
    return tuple(
        PoolLine(kind, of["entries"], of["came"], of["went"]) for kind, of in sorted(found.items())
    )


def _trial(session: Session, book: str, moved: Sequence[Move]) -> TrialBalance:
    came: Counter[str] = Counter()
    went: Counter[str] = Counter()
    for each in moved:
        came[each.account_kind] += each.in_minutes
        went[each.account_kind] += each.out_minutes
    rows = session.execute(
        sa.select(
            Account.kind,
            sa.func.count(Account.id.distinct()).label("accounts"),
            whole_sum(Balance.posted_minutes).label("posted"),
            whole_sum(Balance.held_minutes).label("held"),
        )
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book == book, Balance.book == book)
        .group_by(Account.kind)
    )
    kept = {row.kind: row for row in rows}
    lines = [
        TrialLine(
            kind=kind,
            accounts=kept[kind].accounts if kind in kept else 0,
            in_minutes=came[kind.value],
            out_minutes=went[kind.value],
            kept_minutes=kept[kind].posted if kind in kept else 0,
            held_minutes=kept[kind].held if kind in kept else 0,
        )
        for kind in AccountKind
        if kind in kept or came[kind.value] or went[kind.value]
    ]
    return TrialBalance(book, tuple(lines))


def _checks(
    session: Session, book: str, trial: TrialBalance, moved: Sequence[Move]
) -> tuple[QuickCheck, ...]:
    """The light checks whose cost does not grow; holds are compared by the whole check."""
    entries = sum(each.entries for each in moved if each.account_kind)
    below = sa.and_(
        Balance.floor_minutes.is_not(None),
        Balance.posted_minutes - Balance.held_minutes < Balance.floor_minutes,
    )
    row = session.execute(
        sa.select(
            whole_sum(Balance.posted_minutes).label("posted"),
            whole_sum(Balance.version).label("versions"),
            whole_sum(sa.case((below, 1), else_=0)).label("below"),
        ).where(Balance.book == book)
    ).one()
    return (
        QuickCheck("entries_sum_to_zero", "minutes", 0, trial.total_minutes),
        QuickCheck("balances_sum_to_zero", "minutes", 0, row.posted),
        QuickCheck("every_entry_is_counted", "rows", entries, row.versions),
        QuickCheck("nobody_below_floor", "rows", 0, row.below),
    )


def _activity(moved: Iterable[Move]) -> Activity:
    transfers = entries = 0
    for each in moved:
        if each.account_kind:
            entries += each.entries
        else:
            transfers += each.entries
    return Activity(transfers=transfers, entries=entries, holds=0)


def _seals(session: Session, book: str) -> SealState:
    block = session.scalar(
        sa.select(Block).where(Block.book == book).order_by(Block.height.desc()).limit(1)
    )
    waiting = session.scalar(
        sa.select(sa.func.count()).select_from(Unsealed).where(Unsealed.book == book)
    )
    if block is None:
        return SealState(None, 0, "", None, waiting or 0)
    return SealState(block.height, block.size, block.root, block.sealed_at, waiting or 0)


def _clearing(ctx: Context, book: str) -> tuple[ClearingLine, ...]:
    rows = ctx.session.execute(
        sa.select(Account.period, whole_sum(Balance.posted_minutes).label("minutes"))
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book == book, Account.kind == AccountKind.CLEARING)
        .group_by(Account.period)
        .order_by(Account.period)
    ).all()
    names = Names(ctx)
    return tuple(ClearingLine(row.period, names.of(row.period), row.minutes) for row in rows)


def _waiting(session: Session, book: str) -> int:
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(IssueAuthorisation)
            .where(IssueAuthorisation.book == book, IssueAuthorisation.signed_at.is_(None))
        )
        or 0
    )
