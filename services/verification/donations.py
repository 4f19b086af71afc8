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
from services.ledger.linked import other_halves
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
            Donation.to_book,
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
        arrived = _arrived(ctx, book, some)
        for row in some:
            if row.transfer_id != at_hand:
                certified.clear()
                at_hand = row.transfer_id
            certified[row.fund_id, row.amount_minutes] += 1
            times = certified[row.fund_id, row.amount_minutes]
            booked = [*legs.get(row.transfer_id, []), *arrived.get(row.transfer_id, [])]
            if not _is_booked(book, row, booked, times):
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
    while some := [row.id for row in islice(rows, AT_ONCE)]:
        from_afar = _of_donations_elsewhere(ctx, book, some)
        for key in some:
            if key not in from_afar:
                yield Breach("transfer_without_donation", book, f"transfer {key}")


def _arrived(ctx: Context, book: str, rows: list[Any]) -> dict[UUID, list[Any]]:
    """What came in other books of the donations that went there, by the transfer that left."""
    afar = {row.transfer_id: row.to_book for row in rows if row.to_book is not None}
    halves = other_halves(ctx.session, book, list(afar))
    found: dict[UUID, list[Any]] = {}
    for to_book in sorted(set(afar.values())):
        keys = {
            half.transfer_id: key
            for key, half in halves.items()
            if half.book == to_book == afar[key]
        }
        for transfer_id, legs in _legs(ctx, to_book, list(keys)).items():
            found[keys[transfer_id]] = legs
    return found


def _of_donations_elsewhere(ctx: Context, book: str, keys: list[UUID]) -> dict[UUID, Any]:
    """Transfers of a book whose other half is a donation of the donor's book to this one."""
    halves = other_halves(ctx.session, book, keys)
    named = {
        (row.book, row.transfer_id): row
        for row in ctx.session.execute(
            sa.select(
                Donation.book, Donation.transfer_id, Donation.fund_id, Donation.amount_minutes
            ).where(
                Donation.book.in_({half.book for half in halves.values()}),
                Donation.transfer_id.in_([half.transfer_id for half in halves.values()]),
                Donation.to_book == book,
            )
        )
    }
    return {
        key: named[half.book, half.transfer_id]
        for key, half in halves.items()
        if (half.book, half.transfer_id) in named
    }


def _legs(ctx: Context, book: str, transfers: list[UUID]) -> dict[UUID, list[Any]]:
    rows = ctx.session.execute(
        sa.select(
            Entry.transfer_id,
            Entry.account_id,
            Entry.amount_minutes,
            Account.kind,
            Account.owner_id,
            Transfer.kind.label("transfer_kind"),
            Transfer.link_id,
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
    there = row.to_book or book
    target = fund_account(there, row.fund_id) if row.fund_id else pool_of(there)
    came = [leg.amount_minutes for leg in legs if leg.account_id == target]
    if row.how == OVERFLOW:
        return came.count(row.amount_minutes) >= times
    own = (AccountKind.RECEIVED, AccountKind.EARNED)
    paid = [leg for leg in legs if leg.owner_id == row.donor_id and leg.kind in own]
    # Both halves are of one act, or there is but one.
    links = {leg.link_id for leg in legs}
    return (
        len(links) == 1
        and (None in links) == (row.to_book is None)
        and all(leg.transfer_kind == "donation" for leg in legs)
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
                    Donation.book == book,
                    Donation.fund_id == fund_id,
                    Donation.to_book.is_(None),
                )
            )
        )
        given.update(_from_afar(ctx, book, fund_id))
        for row in _moves(ctx, book, fund_id):
            place = f"transfer {row.transfer_id}"
            came = (row.transfer_id, row.amount_minutes)
            if row.amount_minutes > 0 and row.kind != "reversal":
                if not given[came]:
                    yield Breach("fund_without_donation", book, place)
                given[came] -= 1
            elif row.amount_minutes < 0 and not (row.kind in SERVICES or row.reason == FUND_CLOSED):
                yield Breach("fund_drawn_without_service", book, place)


def _from_afar(ctx: Context, book: str, fund_id: UUID) -> list[tuple[UUID, int]]:
    """What donors of other books gave to a fund, by the transfer that arrived here."""
    linked = ctx.session.scalars(
        sa.select(Transfer.id)
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .where(Transfer.book == book, Transfer.kind == "donation", Transfer.link_id.is_not(None))
        .where(Entry.account_id == fund_account(book, fund_id))
    ).all()
    found = _of_donations_elsewhere(ctx, book, list(linked))
    return [(key, row.amount_minutes) for key, row in found.items() if row.fund_id == fund_id]


def _moves(ctx: Context, book: str, fund_id: UUID) -> Iterator[Any]:
    return rows_of(
        ctx.session,
        sa.select(Entry.transfer_id, Entry.amount_minutes, Transfer.kind, Transfer.reason)
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(Entry.book == book, Entry.account_id == fund_account(book, fund_id))
        .order_by(Entry.version),
    )
