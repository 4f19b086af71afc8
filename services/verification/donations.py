"""Donations: each is a transfer over just its minutes, and a fund has what was given and not used.

Every leg on a fund's account is told: what came in is a donation, what went out paid a service,
or went to the pool when the fund was closed, or was undone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.giving import BenefitFund, Donation
from models.ledger import Account, AccountKind, Entry, Transfer
from services.context import Context
from services.donations.tracing import FUND_CLOSED
from services.donations.writing import OVERFLOW
from services.ledger.accounts import fund_account, pool_of
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import rows_of

AT_ONCE = 400
#: Transfers in which a fund may pay: a service, and what takes a donation back.
SERVICES = frozenset({"service", "reversal"})


def check_donations(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Every donation was booked as it says, and every fund's account is told by donations."""
    rows = rows_of(
        ctx.session,
        sa.select(
            Donation.id,
            Donation.donor_id,
            Donation.fund_id,
            Donation.amount_minutes,
            Donation.how,
            Donation.transfer_id,
        )
        .where(Donation.book == book)
        .order_by(Donation.transfer_id, Donation.id),
    )
    #: Donations of the transfer at hand: nobody has a second certificate for the same coins.
    certified, at_hand = Counter[tuple[UUID | None, int]](), None
    while some := list(islice(rows, AT_ONCE)):
        tally.add("donations", len(some))
        legs = _legs(ctx, book, [row.transfer_id for row in some])
        for row in some:
            if row.transfer_id != at_hand:
                certified.clear()
                at_hand = row.transfer_id
            certified[row.fund_id, row.amount_minutes] += 1
            times = certified[row.fund_id, row.amount_minutes]
            if not _is_booked(book, row, legs.get(row.transfer_id, []), times):
                yield Breach("donation_not_booked", book, f"donation {row.id}")
    yield from _check_strange(ctx, book)
    yield from _check_funds(ctx, book, tally)


def _check_strange(ctx: Context, book: str) -> Iterator[Breach]:
    """A transfer that calls itself a donation and belongs to none."""
    known = sa.exists().where(Donation.book == book, Donation.transfer_id == Transfer.id)
    rows = rows_of(
        ctx.session,
        sa.select(Transfer.id)
        .where(Transfer.book == book, Transfer.kind == "donation", ~known)
        .where(sa.func.coalesce(Transfer.reason, "") != FUND_CLOSED)
        .order_by(Transfer.id),
    )
    for row in rows:
        yield Breach("transfer_without_donation", book, f"transfer {row.id}")


def _legs(ctx: Context, book: str, transfers: list[UUID]) -> dict[UUID, list[Any]]:
    rows = ctx.session.execute(
        sa.select(
            Entry.transfer_id,
            Entry.account_id,
            Entry.amount_minutes,
            Account.kind,
            Account.owner_id,
            Transfer.kind.label("transfer_kind"),
        )
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(Entry.book == book, Entry.transfer_id.in_(transfers))
        .order_by(Entry.transfer_id, Entry.leg)
    )
    return {key: list(found) for key, found in groupby(rows, key=lambda row: row.transfer_id)}


def _is_booked(book: str, row: Any, legs: list[Any], times: int) -> bool:
    """The minutes arrived where they were meant for, and came from coins that may be given.

    ``times`` is how many donations of the same transfer say the same, this one included.
    """
    target = fund_account(book, row.fund_id) if row.fund_id else pool_of(book)
    came = [leg.amount_minutes for leg in legs if leg.account_id == target]
    if row.how == OVERFLOW:
        return came.count(row.amount_minutes) >= times
    own = (AccountKind.RECEIVED, AccountKind.EARNED)
    paid = [leg for leg in legs if leg.owner_id == row.donor_id and leg.kind in own]
    return (
        all(leg.transfer_kind == "donation" for leg in legs)
        and came == [row.amount_minutes] * times
        and -sum(leg.amount_minutes for leg in paid) == row.amount_minutes
    )


def _check_funds(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    for fund_id in ctx.session.scalars(
        sa.select(BenefitFund.id).where(BenefitFund.book == book).order_by(BenefitFund.id)
    ).all():
        tally.add("funds")
        given = Counter[tuple[UUID, int]](
            (row.transfer_id, row.amount_minutes)
            for row in ctx.session.execute(
                sa.select(Donation.transfer_id, Donation.amount_minutes).where(
                    Donation.book == book, Donation.fund_id == fund_id
                )
            )
        )
        for row in _moves(ctx, book, fund_id):
            place = f"transfer {row.transfer_id}"
            came = (row.transfer_id, row.amount_minutes)
            if row.amount_minutes > 0 and row.kind != "reversal":
                if not given[came]:
                    yield Breach("fund_without_donation", book, place)
                given[came] -= 1
            elif row.amount_minutes < 0 and not (row.kind in SERVICES or row.reason == FUND_CLOSED):
                yield Breach("fund_drawn_without_service", book, place)


def _moves(ctx: Context, book: str, fund_id: UUID) -> Iterator[Any]:
    return rows_of(
        ctx.session,
        sa.select(Entry.transfer_id, Entry.amount_minutes, Transfer.kind, Transfer.reason)
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(Entry.book == book, Entry.account_id == fund_account(book, fund_id))
        .order_by(Entry.version),
    )
