"""Imports: every posted row was booked as it says, and every opening balance belongs to a row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.imports import Import, ImportRow, ImportState, RowState
from models.ledger import Account, AccountKind, Entry, Transfer
from services.context import Context
from services.imports.checking import ISSUED
from services.imports.working import KIND, row_key
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import rows_of

AT_ONCE = 400
_OWN = (AccountKind.EARNED, AccountKind.RECEIVED)
_THROUGH = (ImportState.DONE, ImportState.UNDOING, ImportState.UNDONE)


def check_imports(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Signatures and notice of every import that has posted, its counts, and all of its rows."""
    found = ctx.session.scalars(
        sa.select(Import).where(Import.book == book).order_by(Import.id)
    ).all()
    for row in found:
        tally.add("imports")
        place = f"import {row.id}"
        counts = _counts(ctx, row)
        through = sum(counts.get(state, 0) for state in ISSUED)
        if through and not _is_signed(row):
            yield Breach("import_not_signed", book, place)
        if through != row.posted or (
            row.state in _THROUGH and counts.get(RowState.REFUSED, 0) != row.refused
        ):
            yield Breach("import_counts_differ", book, place)
    yield from _check_rows(ctx, book, tally)
    yield from _check_strange(ctx, book)


def _is_signed(row: Import) -> bool:
    """Two different names, the second one after the last day of the notice."""
    if row.signed_by_id is None or row.signed_by_id == row.proposed_by_id:
        return False
    return row.notice_ends_on is not None and row.signed_at is not None


def _counts(ctx: Context, row: Import) -> dict[RowState, int]:
    rows = ctx.session.execute(
        sa.select(ImportRow.state, sa.func.count().label("many"))
        .where(ImportRow.book == row.book, ImportRow.import_id == row.id)
        .group_by(ImportRow.state)
    )
    return {each.state: each.many for each in rows}


def _check_rows(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    one = ImportRow
    rows = rows_of(
        ctx.session,
        sa.select(
            one.import_id,
            one.line,
            one.state,
            one.member_id,
            one.credited_minutes,
            one.transfer_id,
        )
        .where(one.book == book, one.state.in_(ISSUED))
        .order_by(one.import_id, one.line),
    )
    while some := list(islice(rows, AT_ONCE)):
        tally.add("import rows", len(some))
        legs = _legs(ctx, book, [row.transfer_id for row in some if row.transfer_id])
        for row in some:
            if not _is_booked(row, legs.get(row.transfer_id, [])):
                place = f"import {row.import_id} line {row.line}"
                yield Breach("import_row_not_booked", book, place)


def _legs(ctx: Context, book: str, transfers: list[UUID]) -> dict[UUID, list[Any]]:
    rows = ctx.session.execute(
        sa.select(
            Entry.transfer_id,
            Entry.amount_minutes,
            Account.kind,
            Account.owner_id,
            Transfer.idem_key,
            Transfer.kind.label("transfer_kind"),
        )
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(Entry.book == book, Entry.transfer_id.in_(transfers))
        .order_by(Entry.transfer_id, Entry.leg)
    )
    return {key: list(found) for key, found in groupby(rows, key=lambda row: row.transfer_id)}


def _is_booked(row: Any, legs: list[Any]) -> bool:
    """The minutes came from the issue account to the row's own member, under the row's key."""
    if row.transfer_id is None:
        return bool(row.credited_minutes == 0 and row.member_id is not None)
    own = [leg for leg in legs if leg.kind in _OWN and leg.owner_id == row.member_id]
    issued = [leg for leg in legs if leg.kind is AccountKind.ISSUE]
    return (
        sum(leg.amount_minutes for leg in own) == row.credited_minutes
        and sum(leg.amount_minutes for leg in issued) == -row.credited_minutes
        and len(own) + len(issued) == len(legs)
        and all(
            leg.idem_key == row_key(row.import_id, row.line) and leg.transfer_kind == KIND
            for leg in legs
        )
    )


def _check_strange(ctx: Context, book: str) -> Iterator[Breach]:
    """A transfer under an import's key that belongs to no row."""
    known = sa.exists().where(ImportRow.book == book, ImportRow.transfer_id == Transfer.id)
    rows = rows_of(
        ctx.session,
        sa.select(Transfer.id)
        .where(Transfer.book == book, Transfer.kind == KIND, ~known)
        .where(Transfer.idem_key.startswith("import:", autoescape=True))
        .order_by(Transfer.id),
    )
    for row in rows:
        yield Breach("transfer_without_import", book, f"transfer {row.id}")
