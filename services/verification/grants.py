"""Grants: every line follows from its facts, is issued once, and never leaves as anything else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch, BatchKind, BatchLine, LineState
from models.grants import GrantEntitlement, GrantRun
from models.ledger import Account, AccountKind, Entry, Transfer
from models.people import Handle
from services import rates
from services.batches.kinds.grants import is_issued
from services.context import Context
from services.errors import DomainError
from services.grants.computing import LinesHash
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import rows_of
from services.rules.grants import Facts, entitled
from services.rules.rule_set import RuleSet

#: What granted coins are never: given away, donated, or left to somebody.
NEVER = ("gift", "donation", "estate", "inheritance")


def check_grants(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """A month's list is what its facts and rules make it, and so is what was issued for it."""
    runs = ctx.session.execute(
        sa.select(
            GrantRun.month,
            GrantRun.rule_set_version,
            GrantRun.lines,
            GrantRun.minutes,
            GrantRun.content_hash,
        )
        .where(GrantRun.book == book)
        .order_by(GrantRun.month)
    ).all()
    for run in runs:
        yield from _check_run(ctx, book, run, tally)
    yield from _check_months(ctx, book)
    yield from _check_issued(ctx, book)
    yield from _check_uses(ctx, book)


def _check_run(ctx: Context, book: str, run: Any, tally: Tally) -> Iterator[Breach]:
    rules = _rules(ctx, run.rule_set_version)
    lines = minutes = 0
    digest = LinesHash()
    table = GrantEntitlement
    for row in rows_of(
        ctx.session,
        sa.select(table.member_id, table.kind, table.minutes, table.facts)
        .where(table.book == book, table.month == run.month)
        .order_by(table.member_id),
    ):
        tally.add("grants")
        lines, minutes = lines + 1, minutes + row.minutes
        digest.add(row.member_id, row.kind, row.minutes, row.facts)
        due = _due(rules, row.facts)
        if due != (row.kind, row.minutes):
            place = f"grant {run.month} {row.member_id}"
            yield Breach("grant_not_entitled", book, place, {"entitled_minutes": due[1]})
    if (lines, minutes, digest.hexdigest()) != (run.lines, run.minutes, run.content_hash):
        yield Breach("grant_run_differs", book, f"grants {run.month}")


def _check_months(ctx: Context, book: str) -> Iterator[Breach]:
    """Nobody is entitled in a month that was never worked out."""
    worked_out = sa.select(GrantRun.month).where(GrantRun.book == book)
    for month in ctx.session.scalars(
        sa.select(GrantEntitlement.month)
        .where(GrantEntitlement.book == book, GrantEntitlement.month.not_in(worked_out))
        .distinct()
        .order_by(GrantEntitlement.month)
    ):
        yield Breach("grant_run_differs", book, f"grants {month}")


def _rules(ctx: Context, version: str) -> RuleSet | None:
    try:
        return rates.rule_set(ctx.session, version)
    except DomainError:
        return None


def _due(rules: RuleSet | None, facts: Any) -> tuple[str, int]:
    """The kind and the minutes that follow from stored facts; nothing where they are none."""
    try:
        kind = entitled(rules.grants, Facts.from_dict(facts)) if rules is not None else None
    except (ValueError, TypeError):
        kind = None
    return ("", 0) if kind is None else (kind.code, kind.month_minutes)


def _check_issued(ctx: Context, book: str) -> Iterator[Breach]:
    """Each posted line is somebody's entitlement, no more of it, and only once a month."""
    batches = ctx.session.execute(
        sa.select(Batch.id, Batch.terms)
        .where(Batch.book == book, Batch.kind == BatchKind.GRANT)
        .order_by(Batch.id)
    ).all()
    seen: set[tuple[str, UUID]] = set()
    for batch in batches:
        if not is_issued(batch.terms):
            continue
        month = str(batch.terms.get("month"))
        for row in rows_of(ctx.session, _issued(book, batch.id, month)):
            place = f"batch {batch.id} line {row.line}"
            if row.due_minutes != row.minutes:
                yield Breach("grant_without_entitlement", book, place)
            elif (month, row.member_id) in seen:
                yield Breach("granted_twice", book, place, {"month": month})
            seen.add((month, row.member_id))


def _issued(book: str, batch_id: UUID, month: str) -> sa.Executable:
    """Posted lines of a batch with whose they are and what was due."""
    due = GrantEntitlement
    mine = sa.and_(due.book == book, due.month == month, due.member_id == Handle.member_id)
    return (
        sa.select(
            BatchLine.line, BatchLine.minutes, Handle.member_id, due.minutes.label("due_minutes")
        )
        .outerjoin(Handle, sa.and_(Handle.value == BatchLine.number, Handle.kind == "number"))
        .outerjoin(due, mine)
        .where(BatchLine.book == book, BatchLine.batch_id == batch_id)
        .where(BatchLine.state == LineState.POSTED)
        .order_by(BatchLine.line)
    )


def _check_uses(ctx: Context, book: str) -> Iterator[Breach]:
    """No gift, donation or estate has touched an account of granted coins."""
    rows = rows_of(
        ctx.session,
        sa.select(Entry.transfer_id, Entry.amount_minutes, Transfer.kind)
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(Entry.book == book, Account.kind == AccountKind.GRANTED, Transfer.kind.in_(NEVER))
        .order_by(Entry.transfer_id, Entry.leg),
    )
    for row in rows:
        minutes = abs(row.amount_minutes)
        yield Breach(
            "granted_given_away", book, f"transfer {row.transfer_id}", {"amount_minutes": minutes}
        )
