"""Gifts and estates that somebody with the database's own password has changed: each is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from models.estates import Estate, EstateCheck, EstateMove, EstateState
from models.giving import Gift, GiftState
from models.ledger import AccountKind, Balance
from services.context import Context
from services.ledger.accounts import account_id
from services.ledger.breaches import Tally
from services.policy import SYSTEM
from services.verification import verify
from tests.databases import Databases
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.estates.conftest import House
from tests.services.gifts.conftest import Family
from tests.services.ledger.tampering import Forgery, change, each_alone, remove, together
from tests.services.visits.conftest import Street, street_at

HELD, FINAL = Gift.state == GiftState.HELD, Gift.state == GiftState.FINAL
GIFTS: dict[str, Forgery] = {
    "gift_not_held": change(Gift, HELD, amount_minutes=61),
    "gift_still_held": change(Gift, HELD, state=GiftState.TAKEN_BACK),
    "hold_without_gift": remove(Gift, HELD),
    "gift_differs_from_record": change(Gift, HELD, receiver_id=UUID(int=7)),
    "gift_moved_otherwise": change(Gift, FINAL, given_minutes=29),
    "gift_not_reversed": change(Gift, FINAL, state=GiftState.REFUSED),
    "transfer_without_gift": change(Gift, FINAL, transfer_id=None),
}


@pytest.fixture
def street(databases: Databases) -> Iterator[Street]:
    """The check is the same on every engine: one is enough for what it names."""
    url, engine, made = street_at(databases, "sqlite")
    made.url = url
    yield made
    engine.dispose()
    databases.discard(url)


def codes(street: Street, forgeries: Mapping[str, Forgery]) -> dict[str, set[str]]:
    """What the check names under each forgery, beside coins that tests put there."""

    def check(session: Session) -> set[str]:
        ctx = Context(session, SYSTEM, NOW, VAULT)
        return {each.code for each in verify(ctx, LONGWAN, Tally())} - {
            "issue_without_authorisation"
        }

    unchanged = together(())
    found = each_alone(street.uow, street.url, {"": unchanged, **forgeries}, check)
    assert found.pop("") == set()
    return found


def test_every_gift_that_was_changed_is_named(street: Street) -> None:
    family = Family(street)
    family.final(30)
    family.held(60)
    again = {"gift_still_held": change(Gift, HELD, state=GiftState.WAITING)}
    found = codes(street, GIFTS)
    assert [code for code in GIFTS if code not in found[code]] == []
    assert codes(street, again) == {code: {code} for code in again}


def estates(father: UUID) -> dict[str, Forgery]:
    own = Balance.account_id == account_id(LONGWAN, AccountKind.EARNED, father)
    divided = {"state": EstateState.DIVIDED, "estate_minutes": 600, "remainder_minutes": 600}
    return {
        "estate_unverified": remove(EstateCheck, EstateCheck.book == LONGWAN),
        "estate_move_missing": change(EstateMove, transfer_id=UUID(int=404)),
        "estate_coins_left": together(
            [change(Estate, **divided), change(Balance, own, posted_minutes=5)]
        ),
    }


def test_every_estate_that_was_changed_is_named(street: Street) -> None:
    house = House(street)
    street.give_coins(house.father, 600)
    house.frozen()
    forgeries = estates(house.father)
    found = codes(street, forgeries)
    assert [code for code in forgeries if code not in found[code]] == []
