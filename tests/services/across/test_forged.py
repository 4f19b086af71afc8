"""Acts across regions that somebody with the database's own password has changed: each is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.estates import EstateHeir
from models.giving import Donation, Gift, GiftState
from models.ledger import Hold, Transfer
from services.context import Context
from services.donations.giving import DonationForm, donate
from services.ledger.breaches import Tally
from services.policy import SYSTEM
from services.verification import verify
from tests.country import ONE, TWO
from tests.databases import Databases
from tests.factories import NOW, VAULT
from tests.services.across.test_estates import Mourning
from tests.services.across.test_gifts import Kin
from tests.services.across.test_paying import Home
from tests.services.gifts.conftest import AFTER
from tests.services.ledger.tampering import Forgery, change, each_alone, together
from tests.services.visits.conftest import Street, street_at

FINAL = Gift.state == GiftState.FINAL


@pytest.fixture
def street(databases: Databases) -> Iterator[Street]:
    """The check is the same on every engine: one is enough for what it names."""
    url, engine, made = street_at(databases, "sqlite")
    made.url = url
    yield made
    engine.dispose()
    databases.discard(url)


def missed(street: Street, forgeries: dict[str, Forgery]) -> list[str]:
    """Forgeries that the check of both books does not name by their code."""

    def check(session: Session) -> set[str]:
        ctx = Context(session, SYSTEM, NOW + timedelta(days=60), VAULT)
        found = {each.code for book in (ONE, TWO) for each in verify(ctx, book, Tally())}
        return found - {"issue_without_authorisation"}

    found = each_alone(street.uow, street.url, {"": together(()), **forgeries}, check)
    assert found.pop("") == set()
    return [name for name, codes in found.items() if name.split(" ")[0] not in codes]


def of_kind(kind: str, book: str) -> sa.ColumnElement[bool]:
    """The halves of a kind in one book."""
    return sa.and_(Transfer.kind == kind, Transfer.book == book)


def test_gifts_and_donations(street: Street) -> None:
    kin = Kin(street)
    kin.final(60)
    street.act(kin.giver, lambda ctx: donate(ctx, DonationForm(kin.giver, "pool", 40, TWO)), AFTER)
    assert (
        missed(
            street,
            {
                "gift_moved_otherwise to nobody": change(Gift, FINAL, receiver_book=None),
                "gift_moved_otherwise to less": change(Gift, FINAL, given_minutes=59),
                "gift_moved_otherwise apart": change(Transfer, of_kind("gift", TWO), link_id=None),
                "transfer_without_gift there": change(Gift, FINAL, transfer_id=None),
                "donation_not_booked at home": change(Donation, to_book=None),
                "donation_not_booked otherwise": change(Donation, amount_minutes=39),
                "transfer_without_donation there": change(Donation, to_book=ONE),
            },
        )
        == []
    )


def test_payments(street: Street) -> None:
    home = Home(street)
    home.ask()
    assert (
        missed(
            street, {"share_of_stranger": change(Hold, Hold.book == TWO, subject_id=home.daughter)}
        )
        == []
    )


def test_shares(street: Street) -> None:
    mourning = Mourning(street)
    mourning.home.divide()
    own = EstateHeir.member_id == mourning.away
    assert (
        missed(
            street,
            {
                "estate_share_moved_otherwise": change(EstateHeir, own, share_minutes=44),
                "estate_share_moved_otherwise to another": change(
                    EstateHeir, own, member_id=street.volunteer
                ),
            },
        )
        == []
    )
