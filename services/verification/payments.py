"""Elders' shares: set aside on the elder's own coins, or earned by whoever is named as payer."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from models.ledger import Account, AccountKind, HoldLeg
from models.requests import Request, Visit
from models.service_days import GroupPlace
from services.context import Context
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import rows_of


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
    for held in _others(book):
        for row in rows_of(ctx.session, held):
            yield Breach("share_of_stranger", book, f"{row.of} {row.id}")


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
