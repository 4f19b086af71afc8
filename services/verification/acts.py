"""Acts: their keys belong to whoever acted, what they made is there, and issues are signed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account, AccountKind, ActKey, Entry, Transfer
from models.oversight import IssueAuthorisation
from models.requests import Request, Visit
from services.batches.checking import unsigned_lines
from services.context import Context
from services.imports.checking import unsigned_rows
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import rows_of

#: What an act's result may name, and the table in which it must be found in the same book.
RESULTS: dict[str, Any] = {"request_id": Request, "visit_id": Visit, "transfer_id": Transfer}
AT_ONCE = 400


def check_act_keys(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """A key begins with its actor's id, and the act's answer names things that exist."""
    rows = rows_of(
        ctx.session,
        sa.select(ActKey.key, ActKey.actor_id, ActKey.result)
        .where(ActKey.book == book)
        .order_by(ActKey.key),
    )
    while some := list(islice(rows, AT_ONCE)):
        tally.add("act keys", len(some))
        for row in some:
            if not row.key.startswith(f"{row.actor_id}:"):
                yield Breach("act_key_differs", book, f"act_keys {row.key}")
        for name, model in RESULTS.items():
            named = {UUID(row.result[name]): row.key for row in some if name in row.result}
            for missing in sorted(set(named) - _existing(ctx, book, model, list(named))):
                yield Breach("act_result_missing", book, f"act_keys {named[missing]}")


def _existing(ctx: Context, book: str, model: Any, ids: list[UUID]) -> set[UUID]:
    statement = sa.select(model.id).where(model.book == book, model.id.in_(ids))
    return set(ctx.session.scalars(statement)) if ids else set()


def check_issues(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Whatever leaves the issue account was authorised by two different administrators.

    Either by an issue authorisation of its own, or by the batch or the import whose line it is.
    """
    authorised = IssueAuthorisation
    rows = rows_of(
        ctx.session,
        sa.select(
            Entry.transfer_id,
            Entry.amount_minutes,
            Transfer.idem_key,
            authorised.amount_minutes.label("authorised_minutes"),
            authorised.proposed_by_id,
            authorised.signed_by_id,
        )
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .outerjoin(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .outerjoin(
            authorised,
            sa.and_(authorised.book == Entry.book, authorised.transfer_id == Entry.transfer_id),
        )
        .where(Entry.book == book, Account.kind == AccountKind.ISSUE, Entry.amount_minutes < 0)
        .order_by(Entry.transfer_id, Entry.leg),
    )
    signed: dict[UUID, bool] = {}
    while some := list(islice(rows, AT_ONCE)):
        tally.add("issues", len(some))
        left = {row.transfer_id: row for row in some if not _authorised(row)}
        issued = {key: (row.idem_key or "", -row.amount_minutes) for key, row in left.items()}
        none = unsigned_lines(ctx, book, issued, signed)
        for transfer_id in unsigned_rows(ctx, book, {key: issued[key] for key in none}, signed):
            yield Breach(
                "issue_without_authorisation",
                book,
                f"transfer {transfer_id}",
                {"amount_minutes": issued[transfer_id][1]},
            )


def _authorised(row: Any) -> bool:
    """Whether an authorisation over just this amount bears two different names."""
    signed = row.signed_by_id is not None and row.signed_by_id != row.proposed_by_id
    return signed and row.authorised_minutes == -row.amount_minutes
