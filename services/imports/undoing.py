"""Undoing an import by reversal: row by row, nothing is deleted, and what is spent is left.

Whoever came by it and has done nothing since is no member any more; identity and telephone are
free again for whoever they belong to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.imports import Import, ImportRow, ImportState, RowState
from models.ledger import Account, AccountKind, Balance, Entry
from models.people import Handle, Member, MemberStatus
from services import audit, policy
from services.batches.standing import close_accounts
from services.context import Context
from services.errors import DomainError
from services.imports.errors import SpentMeanwhile
from services.imports.evidence import is_full
from services.imports.fates import NEW
from services.imports.finding import BOUND_ROW, give_statement_back
from services.imports.proposing import CHUNK_ROWS, measure_of
from services.imports.working import Progress, add_served, claimed, progress_of
from services.ledger.accounts import account_id
from services.ledger.drafts import AlreadyReversed, Draft, Leg, Posted, Stamp
from services.ledger.post import post_each
from services.people.forms import IMPORTED
from services.visits.days import lock_members

REASON = "import_undone"
_MARK = BOUND_ROW.values(
    state=sa.bindparam("new_state"),
    code=sa.bindparam("new_code"),
    params=sa.bindparam("new_params", type_=sa.JSON()),
)


def undo_chunk(ctx: Context, book: str, import_id: UUID) -> Progress:
    """Reverse the next posted rows of an import that is being undone; another one is left."""
    policy.require(ctx.actor, "jobs.run")
    row = claimed(ctx, book, import_id)
    if row.state is ImportState.UNDOING:
        rows = _posted(ctx, row)
        if rows:
            _undo(ctx, row, rows)
        if len(rows) < CHUNK_ROWS:
            row.state, row.ended_at = ImportState.UNDONE, ctx.now
            if row.undone == row.posted:
                give_statement_back(ctx, row)
            after = {"undone": row.undone, "left": row.posted - row.undone}
            audit.record(ctx, "import.undone", "import", row.id, book=book, after=after)
    ctx.session.flush()
    return progress_of(row)


def _posted(ctx: Context, row: Import) -> Sequence[Any]:
    """Rows that stand and have not been tried."""
    one = ImportRow
    return ctx.session.execute(
        sa.select(
            one.line,
            one.code,
            one.params,
            one.member_id,
            one.transfer_id,
            one.actual_minutes,
        )
        .where(
            one.book == row.book,
            one.import_id == row.id,
            one.state == RowState.POSTED,
            one.code != SpentMeanwhile.code,
        )
        .order_by(one.line)
        .limit(CHUNK_ROWS)
    ).all()


def _undo(ctx: Context, row: Import, rows: Sequence[Any]) -> None:
    lock_members(ctx.session, {each.member_id for each in rows if each.member_id})
    results = _reversed(ctx, row, rows)
    left = {
        line: refusal
        for line, refusal in results.items()
        if isinstance(refusal, DomainError) and not isinstance(refusal, AlreadyReversed)
    }
    gone = [each for each in rows if each.line not in left]
    if is_full(measure_of(ctx, row, frozenset()).evidence_class):
        served = {each.member_id: -each.actual_minutes for each in gone if each.actual_minutes}
        add_served(ctx, served)
    _close(ctx, row, [each.member_id for each in gone if each.code == NEW])
    _mark(ctx, row, rows, left)
    row.undone += len(gone)
    after = {
        "from_line": rows[0].line,
        "to_line": rows[-1].line,
        "undone": len(gone),
        "left": sorted(left)[:100],
    }
    audit.record(ctx, "import.undo_work", "import", row.id, book=row.book, after=after)


def _reversed(ctx: Context, row: Import, rows: Sequence[Any]) -> dict[int, Posted | DomainError]:
    """Post the opposite of every row's transfer."""
    wanted = {each.transfer_id: each.line for each in rows if each.transfer_id is not None}
    legs: dict[UUID, list[Leg]] = {key: [] for key in wanted}
    entries = ctx.session.execute(
        sa.select(Entry.transfer_id, Entry.account_id, Entry.amount_minutes)
        .where(Entry.book == row.book, Entry.transfer_id.in_(list(wanted)))
        .order_by(Entry.transfer_id, Entry.leg)
    )
    for each in entries:
        legs[each.transfer_id].append(Leg(each.account_id, -each.amount_minutes))
    drafts = [
        Draft(
            book=row.book,
            kind="reversal",
            key=f"import_undo:{row.id}:{line}",
            legs=tuple(legs[key]),
            effective_at=ctx.now,
            reason=REASON,
            reverses_id=key,
        )
        for key, line in wanted.items()
    ]
    stamp = Stamp(ctx.now, row.undone_by_id or ctx.actor.id)
    results = post_each(ctx.session, drafts, stamp)
    return dict(zip(wanted.values(), results, strict=True))


def _close(ctx: Context, row: Import, ids: Sequence[UUID]) -> None:
    """End the membership of those who came by this import and have done nothing since."""
    idle = _idle(ctx, row.book, ids)
    if not idle:
        return
    ctx.session.execute(
        sa.update(Member)
        .where(Member.id.in_(idle))
        .values(status=MemberStatus.CLOSED)
        .execution_options(synchronize_session=False)
    )
    ctx.session.connection().execute(
        sa.delete(Handle).where(
            Handle.member_id.in_(idle), Handle.kind.in_(("id_number", "phone", "login"))
        )
    )
    kinds = (AccountKind.EARNED, AccountKind.RECEIVED)
    accounts = [account_id(row.book, kind, key) for key in idle for kind in kinds]
    close_accounts(ctx.session, row.book, accounts, ctx.now)


def _idle(ctx: Context, book: str, ids: Sequence[UUID]) -> list[UUID]:
    """Still waiting for the identity check, and no entry but the import's and its reversal."""
    if not ids:
        return []
    busy = (
        sa.select(Account.owner_id)
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book == book, Account.owner_id.in_(ids))
        .where(sa.or_(Balance.version > 2, Balance.posted_minutes != 0, Balance.held_minutes != 0))
    )
    moved = set(ctx.session.scalars(busy))
    waiting = ctx.session.scalars(
        sa.select(Member.id)
        .where(
            Member.id.in_(ids),
            Member.status == MemberStatus.PENDING,
            Member.joined_how == IMPORTED,
        )
        .order_by(Member.id)
    )
    return [key for key in waiting if key not in moved]


def _mark(ctx: Context, row: Import, rows: Sequence[Any], left: dict[int, DomainError]) -> None:
    """A row whose coins are spent stays posted and says how much is missing."""
    ctx.session.connection().execute(
        _MARK,
        [
            {
                "in_book": row.book,
                "of_import": row.id,
                "at_line": each.line,
                "new_state": RowState.POSTED if each.line in left else RowState.UNDONE,
                "new_code": SpentMeanwhile.code if each.line in left else each.code,
                "new_params": _said(left[each.line]) if each.line in left else each.params,
            }
            for each in rows
        ],
    )


def _said(refusal: DomainError) -> dict[str, Any]:
    return {"shortfall_minutes": refusal.params.get("shortfall_minutes", 0)}
