"""The street of the visits, on an errand: somebody has come and the elder hands over money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from models.errands import ErrandMoney
from services.errands.agreeing import Seen, agree
from services.errands.handing import give_back, hand
from services.evidence import Upload
from services.people.kin import grant_delegation
from services.policy import SYSTEM
from tests import factories
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START, Street, street_at

#: A quarter of an hour into the visit.
DURING = START + timedelta(minutes=15)
RECEIPT = Upload("小票.jpg", b"\xff\xd8\xff receipt of a small shop")


class Errand:
    """A visit for errands, and both sides of the money."""

    def __init__(self, street: Street, code: str = "B01") -> None:
        self.street = street
        street.give_coins(street.elder, 600)
        self.request = street.open_request(code, 60)
        self.visit = street.accepted(self.request)

    def begin(self) -> Errand:
        """The volunteer is there."""
        self.street.come(self.visit)
        return self

    def hand(self, fen: int = 5_000, key: str | None = None, by: UUID | None = None) -> UUID:
        """The provider writes down what was given."""
        return self.street.act(
            by or self.street.volunteer,
            lambda ctx: hand(ctx, LONGWAN, self.visit, fen),
            now=DURING,
            key=key,
        )

    def back(
        self,
        money: UUID,
        spent: int = 3_850,
        receipts: tuple[Upload, ...] = (RECEIPT,),
        why: str | None = None,
        key: str | None = None,
    ) -> None:
        """The provider writes down what was spent."""
        self.street.act(
            self.street.volunteer,
            lambda ctx: give_back(ctx, LONGWAN, self.visit, money, spent, receipts, why),
            now=DURING + timedelta(minutes=30),
            key=key,
        )

    def agree(
        self, money: UUID, seen: Seen, by: UUID | None = None, key: str | None = None
    ) -> None:
        """The elder's side says yes."""
        self.street.act(
            by or self.street.elder,
            lambda ctx: agree(ctx, LONGWAN, self.visit, money, seen),
            now=DURING + timedelta(minutes=40),
            key=key,
        )

    def row(self, money: UUID) -> ErrandMoney:
        """The sum as it is stored."""
        return self.street.look(lambda session: session.get_one(ErrandMoney, (LONGWAN, money)))

    def relative(self, *scopes: str) -> UUID:
        """Somebody with the elder's leave to act."""
        person = self.street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
        until = NOW.date() + timedelta(days=300)
        self.street.act(
            self.street.elder,
            lambda ctx: grant_delegation(
                ctx, self.street.elder, person, frozenset(scopes), "own", until, 6_000
            ),
        )
        return person


@pytest.fixture
def street(databases: Databases) -> Iterator[Street]:
    """A street on SQLite: nothing here asks the engine anything that both would not answer."""
    url, engine, made = street_at(databases, "sqlite")
    made.url = url
    yield made
    engine.dispose()
    databases.discard(url)


@pytest.fixture
def errand(street: Street) -> Errand:
    """A volunteer who is there for errands."""
    return Errand(street).begin()


@pytest.fixture(params=EACH_DIALECT)
def raced(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Errand]:
    """The same on each engine in turn."""
    url, engine, made = street_at(databases, request.param)
    yield Errand(made).begin()
    engine.dispose()
    databases.discard(url)
