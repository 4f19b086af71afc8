"""What became of donated coins: told from the ledger's own entries, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.giving import Donation
from models.ledger import Entry, Transfer
from services.context import Context
from services.ledger.accounts import fund_account
from services.rules.donations import Flow, Use, uses

#: Reason of the transfer that takes what a closed fund still has to the pool.
FUND_CLOSED = "fund_closed"


@dataclass(frozen=True, slots=True)
class Traced:
    """A fund's donations that stand, its draws, and whose minutes went into which draw."""

    donations: tuple[Flow, ...]
    draws: tuple[Flow, ...]
    uses: tuple[Use, ...]
    #: Draws that took to the pool what was left when the fund was closed.
    to_pool: frozenset[UUID]


def traced(ctx: Context, book: str, fund_id: UUID) -> Traced:
    """The fund as its account tells it; what was reversed has never been."""
    rows = _entries(ctx, book, fund_id)
    undone = {row.reverses_id for row in rows if row.reverses_id is not None}
    standing = [row for row in rows if row.reverses_id is None and row.transfer_id not in undone]
    given = tuple(_given(ctx, book, fund_id, [row for row in standing if row.amount_minutes > 0]))
    taken = [row for row in standing if row.amount_minutes < 0]
    draws = tuple(Flow(row.transfer_id, -row.amount_minutes) for row in taken)
    closing = frozenset(row.transfer_id for row in taken if row.reason == FUND_CLOSED)
    return Traced(given, draws, tuple(uses(given, draws)), closing)


def _entries(ctx: Context, book: str, fund_id: UUID) -> list[Any]:
    """Every entry of the fund's one balance row, in the order of its versions."""
    return list(
        ctx.session.execute(
            sa.select(
                Entry.transfer_id, Entry.amount_minutes, Transfer.reason, Transfer.reverses_id
            )
            .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
            .where(Entry.book == book, Entry.account_id == fund_account(book, fund_id))
            .order_by(Entry.version)
        )
    )


def _given(ctx: Context, book: str, fund_id: UUID, rows: list[Any]) -> Iterator[Flow]:
    """The donation that stands behind each entry; one transfer may bring several."""
    known: dict[tuple[UUID, int], list[UUID]] = {}
    for row in ctx.session.execute(
        sa.select(Donation.id, Donation.transfer_id, Donation.amount_minutes)
        .where(Donation.book == book, Donation.fund_id == fund_id)
        .order_by(Donation.id.desc())
    ):
        known.setdefault((row.transfer_id, row.amount_minutes), []).append(row.id)
    for row in rows:
        behind = known.get((row.transfer_id, row.amount_minutes))
        yield Flow(behind.pop() if behind else row.transfer_id, row.amount_minutes)
