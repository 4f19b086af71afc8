"""What became of donated coins: told from the ledger's own entries, in their order."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.giving import Donation
from models.ledger import Entry, Transfer
from services.context import Context
from services.ledger.accounts import fund_account
from services.ledger.linked import other_halves
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
                Entry.transfer_id,
                Entry.amount_minutes,
                Transfer.reason,
                Transfer.reverses_id,
                Transfer.link_id,
            )
            .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
            .where(Entry.book == book, Entry.account_id == fund_account(book, fund_id))
            .order_by(Entry.version)
        )
    )


def _given(ctx: Context, book: str, fund_id: UUID, rows: list[Any]) -> Iterator[Flow]:
    """The donation that stands behind each entry; one transfer may bring several."""
    from_afar = other_halves(
        ctx.session, book, [row.transfer_id for row in rows if row.link_id is not None]
    )
    known: dict[tuple[UUID, int], list[UUID]] = {}
    for row in ctx.session.execute(
        donations_of_fund(book, fund_id, {half.book for half in from_afar.values()}).order_by(
            Donation.id.desc()
        )
    ):
        known.setdefault((row.transfer_id, row.amount_minutes), []).append(row.id)
    for row in rows:
        half = from_afar.get(row.transfer_id)
        transfer_id = half.transfer_id if half else row.transfer_id
        behind = known.get((transfer_id, row.amount_minutes))
        yield Flow(behind.pop() if behind else row.transfer_id, row.amount_minutes)


def donations_of_fund(
    book: str, fund_id: UUID, others: Collection[str]
) -> sa.Select[*tuple[Any, ...]]:
    """What was given to a fund: it stands in the donors' books, of which ``others`` are meant."""
    here = sa.func.coalesce(Donation.to_book, Donation.book) == book
    return sa.select(
        Donation.id, Donation.donor_id, Donation.transfer_id, Donation.amount_minutes
    ).where(Donation.book.in_({book, *others}), Donation.fund_id == fund_id, here)


def givers_books(ctx: Context, book: str, fund_id: UUID) -> set[str]:
    """The other books from which a fund has been given to."""
    rows = _entries(ctx, book, fund_id)
    linked = [row.transfer_id for row in rows if row.link_id is not None and row.amount_minutes > 0]
    return {half.book for half in other_halves(ctx.session, book, linked).values()}
