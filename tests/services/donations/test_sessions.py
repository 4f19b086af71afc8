"""A group session whose leader's account is full: what is above goes where the leader says."""

from __future__ import annotations

from models.ledger import Account, AccountKind
from services.donations.overflowing import set_overflow
from services.ledger.accounts import account_id
from tests.factories import LONGWAN
from tests.services.donations.kit import Giving
from tests.services.service_days.conftest import Room
from tests.services.visits.conftest import Street, street

__all__ = ["street"]


def test_a_leaders_overflow_is_a_donation(street: Street) -> None:
    giving, room = Giving(street), Room(street)
    street.act(giving.donor, lambda ctx: set_overflow(ctx, giving.donor, str(giving.fund)))
    key = account_id(LONGWAN, AccountKind.EARNED, giving.donor)
    cap = street.look(lambda session: session.get_one(Account, (LONGWAN, key)).ceiling_minutes)
    assert cap is not None
    street.give_coins(giving.donor, cap - 600 - 20)
    session = room.led()
    elders = [room.elder() for _ in range(2)]
    room.book(session, *elders)
    room.close()
    batch = room.attend(session, *elders)
    assert batch is not None
    room.pay(batch)
    # An hour of B05 is 66 minutes: 20 are stored, and the elders pay all the same.
    assert street.earned(giving.donor) == (cap, 0)
    assert giving.has() == (46, 0)
    assert [street.earned(each) for each in elders] == [(267, 0)] * 2
    (row,) = giving.donations()
    assert (row.how, row.amount_minutes, row.fund_id) == ("overflow", 46, giving.fund)
    assert giving.breaches() == []
