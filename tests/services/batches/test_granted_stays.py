"""Whatever an elder tries, granted coins are nobody's gift, donation or share of an estate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from models.ledger import AccountKind
from services.context import Context
from services.donations.giving import DonationForm, donate
from services.errors import DomainError
from services.estates.reporting import DeathReport, report
from services.estates.verifying import DeathCheck, verify
from services.gifts.capturing import settle
from services.gifts.making import GiftForm, make
from services.ledger.accounts import account_id, estate_account, open_account, standing
from services.ledger.breaches import Tally
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.expiry import WIDE
from services.ledger.post import post
from services.people.actors import actor_for
from services.people.kin import record_kinship
from services.policy import SYSTEM
from services.requests.asking import AskForm, ask
from services.verification import verify as check_book
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.gifts.conftest import AFTER, CALM
from tests.services.visits.conftest import START, Street, street_at

EARNED, RECEIVED, GRANTED = AccountKind.EARNED, AccountKind.RECEIVED, AccountKind.GRANTED
QUARTER = "2026Q1"
DIED_ON = date(2026, 3, 12)
LATER = NOW + timedelta(days=4)
MINUTES = st.integers(0, 400)


@pytest.fixture
def street(databases: Databases) -> Iterator[Street]:
    """The street's elder has a child there, and the branch a second official."""
    url, engine, made = street_at(databases, "sqlite")
    made.official = made.uow.run(lambda s: factories.create_staff(s, made.branch))
    made.act(
        made.staff, lambda ctx: record_kinship(ctx, made.elder, made.volunteer, "child", "户口簿")
    )
    yield made
    engine.dispose()
    databases.discard(url)


class Life:
    """What an elder does, in a unit of work that is taken back at the end."""

    def __init__(self, street: Street, session: Session) -> None:
        self.street, self.session = street, session

    def as_(self, who: UUID, now: datetime = NOW) -> Context:
        return Context(self.session, actor_for(self.session, who, now), now, VAULT)

    def has(self, kind: AccountKind, owner: UUID | None = None, period: str = "") -> int:
        key = account_id(LONGWAN, kind, owner or self.street.elder, period)
        return standing(self.session, LONGWAN, key).posted_minutes

    def comes(self, kind: AccountKind, minutes: int, period: str = "") -> None:
        """Coins by their origin."""
        open_account(
            self.session, LONGWAN, kind, now=NOW, owner_id=self.street.elder, period=period
        )
        key = account_id(LONGWAN, kind, self.street.elder, period)
        issue = account_id(LONGWAN, AccountKind.ISSUE)
        if minutes:
            legs = (Leg(issue, -minutes), Leg(key, minutes))
            draft = Draft(LONGWAN, "grant" if period else "import", f"{kind}", legs, NOW)
            post(self.session, [draft], Stamp(NOW, SYSTEM.id))

    @contextmanager
    def attempt(self) -> Iterator[list[bool]]:
        """An act that may be refused; says whether it was done."""
        done: list[bool] = []
        try:
            with self.session.begin_nested():
                yield done
        except DomainError:
            return
        done.append(True)

    def gives(self, minutes: int) -> bool:
        """A gift to the child at the counter, which a day later is the child's."""
        street = self.street
        with self.attempt() as done:
            form = GiftForm(street.elder, street.volunteer, minutes, CALM)
            gift = make(self.as_(street.official), form)
            settle(Context(self.session, SYSTEM, AFTER, VAULT), LONGWAN, gift)
        return bool(done)

    def donates(self, minutes: int) -> bool:
        with self.attempt() as done:
            donate(self.as_(self.street.elder), DonationForm(self.street.elder, "pool", minutes))
        return bool(done)

    def asks(self) -> None:
        """For an hour on the next morning: granted coins are held first."""
        ask(self.as_(self.street.elder), AskForm(self.street.elder, "A04", START, 60))

    def dies(self) -> None:
        street = self.street
        form = DeathReport(street.elder, DIED_ON)
        estate = report(self.as_(street.volunteer, LATER), form, "family")
        paper = DeathCheck(DIED_ON, evidence="death_certificate", paper_number="浙死证0310")
        for official in (street.staff, street.official):
            verify(self.as_(official, LATER), LONGWAN, estate, paper)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    granted=st.integers(1, 300),
    earned=MINUTES,
    received=MINUTES,
    gift=st.integers(1, 400),
    donation=st.integers(1, 600),
    asked=st.booleans(),
)
def test_granted_coins_never_leave_but_for_services_and_the_pool(
    street: Street, granted: int, earned: int, received: int, gift: int, donation: int, asked: bool
) -> None:
    with Session(street.uow.engine, info={WIDE: True}) as session:
        life = Life(street, session)
        life.comes(GRANTED, granted, QUARTER)
        life.comes(EARNED, earned)
        life.comes(RECEIVED, received)
        given_away = gift if life.gives(gift) else 0
        assert bool(given_away) == (gift <= earned)
        donated = donation if life.donates(donation) else 0
        assert bool(donated) == (donation <= earned + received - given_away)
        if asked:
            life.asks()
        life.dies()
        assert life.has(GRANTED, period=QUARTER) == granted
        assert life.has(RECEIVED, street.volunteer) == given_away
        estate = standing(session, LONGWAN, estate_account(LONGWAN, street.elder))
        assert estate.posted_minutes == earned + received - given_away - donated
        found = check_book(Context(session, SYSTEM, LATER, VAULT), LONGWAN, Tally())
        # These coins came from nowhere: only that may be named.
        assert {each.code for each in found} <= {"issue_without_authorisation"}
        session.rollback()
