"""Elders' shares: set aside on the elder's own coins, or earned by whoever is named as payer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account, AccountKind, Hold, HoldLeg
from models.requests import Request, Visit
from models.service_days import GroupPlace
from services.context import Context
from services.ledger.accounts import account_id
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import rows_of

AT_ONCE = 400


def check_payments(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """No request holds anybody's coins but the elder's and what its payer has earned.

    What the pool stands in for is held on the pool and on funds, never on a person's coins.
    """
    own = Account.owner_id == Request.elder_id
    paid = sa.and_(Account.owner_id == Request.payer_id, Account.kind == AccountKind.EARNED)
    statement = (
        sa.select(Request.reference, sa.func.coalesce(sa.or_(own, paid), sa.false()).label("fits"))
        .join(HoldLeg, sa.and_(HoldLeg.book == book, HoldLeg.hold_id == Request.hold_id))
        .join(Account, sa.and_(Account.book == HoldLeg.book, Account.id == HoldLeg.account_id))
        .where(Request.book == book, sa.or_(Request.payer_id.is_not(None), sa.not_(own)))
        .order_by(Request.reference, HoldLeg.leg)
    )
    for row in rows_of(ctx.session, statement):
        tally.add("payments")
        if not row.fits:
            yield Breach("share_of_stranger", book, f"request {row.reference}")
    yield from _check_afar(ctx, book, tally)
    for held in _others(book):
        for row in rows_of(ctx.session, held):
            yield Breach("share_of_stranger", book, f"{row.of} {row.id}")


def _check_afar(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """What payers of other books have set aside: earned coins of theirs, for this very request."""
    rows = rows_of(
        ctx.session,
        sa.select(
            Request.id,
            Request.reference,
            Request.payer_id,
            Request.payer_book,
            Request.payer_hold_id,
        )
        .where(Request.book == book, Request.payer_hold_id.is_not(None))
        .order_by(Request.payer_book, Request.id),
    )
    while some := list(islice(rows, AT_ONCE)):
        for payer_book in sorted({row.payer_book or "" for row in some}):
            of_book = [row for row in some if row.payer_book == payer_book]
            tally.add("payments", len(of_book))
            legs = _legs(ctx, payer_book, [row.payer_hold_id for row in of_book])
            for row in of_book:
                earned = account_id(payer_book, AccountKind.EARNED, row.payer_id)
                if legs.get(row.payer_hold_id) != [(row.id, earned)]:
                    yield Breach("share_of_stranger", book, f"request {row.reference}")


def _legs(ctx: Context, book: str, holds: list[UUID]) -> dict[UUID, list[tuple[UUID, UUID]]]:
    """What each hold is for, with the account of each of its legs."""
    found: dict[UUID, list[tuple[UUID, UUID]]] = {}
    for row in ctx.session.execute(
        sa.select(Hold.id, Hold.subject_id, HoldLeg.account_id)
        .join(HoldLeg, sa.and_(HoldLeg.book == Hold.book, HoldLeg.hold_id == Hold.id))
        .where(Hold.book == book, Hold.id.in_(holds))
        .order_by(Hold.id, HoldLeg.leg)
    ):
        found.setdefault(row.id, []).append((row.subject_id, row.account_id))
    return found


def _others(book: str) -> Iterator[sa.Executable]:
    """Places in a group on a stranger's coins, and pool holds on anything but pools."""
    is_pool, is_elders = Account.kind == AccountKind.POOL, Account.owner_id == GroupPlace.elder_id
    for of, key, hold_id, is_right in (
        ("group", GroupPlace.session_id, GroupPlace.hold_id, is_elders),
        ("request", Request.id, Request.pool_hold_id, is_pool),
        ("visit", Visit.id, Visit.pool_hold_id, is_pool),
    ):
        yield (
            sa.select(sa.literal(of).label("of"), key.label("id"))
            .join(HoldLeg, sa.and_(HoldLeg.book == book, HoldLeg.hold_id == hold_id))
            .join(Account, sa.and_(Account.book == book, Account.id == HoldLeg.account_id))
            .where(key.class_.book == book, sa.not_(sa.func.coalesce(is_right, sa.false())))
            .order_by(key, HoldLeg.leg)
        )
