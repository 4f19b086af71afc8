"""A correction finds the coins of whoever has moved home since, and takes home what it gives."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.ledger import AccountKind, Transfer
from services.ledger.accounts import account_id
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.reversing.sentences import CoinsSpent, OfMove
from services.visits.confirming import confirm
from tests.country import ONE, TWO
from tests.factories import NOW
from tests.services.moving.conftest import Towns
from tests.services.visits.conftest import START
from tests.two_hands import by_two

AFTER = START + timedelta(days=3)


def service_of(towns: Towns) -> UUID:
    """A credited service between the elder and the volunteer of the street."""
    towns.give_coins(towns.elder, 600)
    towns.issue(1_000)
    visit = towns.accepted(towns.open_request())
    towns.come(visit)
    towns.go(visit)
    towns.act(towns.elder, lambda ctx: confirm(ctx, ONE, visit), START + timedelta(hours=2))
    wanted = sa.select(Transfer.id).where(Transfer.book == ONE, Transfer.kind == "service")
    return towns.look(lambda session: session.scalars(wanted).one())


def reversed_(towns: Towns, transfer: UUID, key: str | None = None) -> UUID:
    """Two administrators of the old county find the record false."""
    return by_two(towns.act, towns.admins, (ONE, transfer, "false_record"), AFTER, key)


@pytest.mark.parametrize("mover", ["elder", "volunteer"])
def test_a_false_record_is_reversed_in_full_after_a_move(towns: Towns, mover: str) -> None:
    transfer = service_of(towns)
    moved = towns.elder if mover == "elder" else towns.volunteer
    other = towns.volunteer if mover == "elder" else towns.elder
    at_home = sum(towns.coins(ONE, moved).values())
    towns.at_counter(moved, now=START + timedelta(days=2))
    first = reversed_(towns, transfer, key="k")
    assert reversed_(towns, transfer, key="k") == first
    assert sum(towns.coins(ONE, towns.elder).values()) == (0 if mover == "elder" else 600)
    earned = {"elder": 600, "volunteer": 0}[mover]
    assert sum(towns.coins(TWO, moved).values()) == earned != at_home
    assert sum(towns.coins(ONE, other).values()) == {"elder": 0, "volunteer": 600}[mover]
    assert towns.is_shut(ONE, moved)
    assert towns.breaches() == []


def test_what_is_spent_at_home_is_not_brought_and_nothing_changes(towns: Towns) -> None:
    transfer = service_of(towns)
    towns.at_counter(towns.volunteer, now=START + timedelta(days=2))
    has = sum(towns.coins(TWO, towns.volunteer).values())
    legs = (
        Leg(account_id(TWO, AccountKind.EARNED, towns.volunteer), -1),
        Leg(account_id(TWO, AccountKind.POOL), 1),
    )
    spent = Draft(TWO, "test", "spent", legs, NOW)
    towns.uow.run(lambda session: post(session, [spent], Stamp(NOW, towns.volunteer)))
    with pytest.raises(CoinsSpent):
        reversed_(towns, transfer)
    assert sum(towns.coins(TWO, towns.volunteer).values()) == has - 1
    assert towns.is_shut(ONE, towns.volunteer)
    assert towns.breaches() == []


def test_what_followed_a_move_is_not_reversed_alone(towns: Towns) -> None:
    transfer = service_of(towns)
    towns.at_counter(towns.volunteer, now=START + timedelta(days=2))
    reversed_(towns, transfer)
    wanted = sa.select(Transfer.id).where(Transfer.book == ONE, Transfer.kind == "follow")
    followed = towns.look(lambda session: session.scalars(wanted).one())
    with pytest.raises(OfMove):
        reversed_(towns, followed)
