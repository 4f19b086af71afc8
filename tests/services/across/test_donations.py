"""Donations to another region: final in both books, traced where they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from models.corridors import ClaimState, Corridor
from models.giving import Donation
from models.ledger import AccountKind, Transfer
from models.oversight import OutboxMessage
from models.papers import Paper
from models.requests import RequestState
from services.corridors.sentences import CapReached, CorridorShut
from services.donations import sentences as say
from services.donations.closing import close_fund
from services.donations.funds import FundForm, open_fund
from services.donations.giving import DonationForm, donate
from services.donations.overflowing import set_overflow
from services.errors import DomainError, Forbidden
from services.ledger.accounts import fund_account, pool_of
from services.queries.donated import donations_of
from services.requests.reviewing import approve
from services.reversing.posting import reverse_posting
from services.visits.confirming import confirm
from tests.country import ONE, TWO, set_cap
from tests.factories import LONGWAN, NOW
from tests.services.across.kit import Towns, street
from tests.services.visits.conftest import START, Street
from tests.services.visits.test_races import at_once, succeeded

__all__ = ["street"]

HOUR = timedelta(hours=1)


class Giving(Towns):
    """A donor of the other town with 600 minutes; the street's region has a fund."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.donor = self.joins()
        self.give(TWO, self.donor, 600)
        form = FundForm(LONGWAN, "group", "高龄", "The oldest", age_from=80)
        self.fund = self.street.act(self.street.admins[0], lambda ctx: open_fund(ctx, form))

    def donate(self, to: str | UUID, minutes: int, key: str | None = None) -> UUID:
        """The donor gives to the street's region."""
        form = DonationForm(self.donor, str(to), minutes, ONE)
        return self.street.act(self.donor, lambda ctx: donate(ctx, form), key=key)

    def left(self) -> int:
        """What the donor still has."""
        return self.coins(TWO, self.donor, AccountKind.EARNED)

    def in_fund(self) -> tuple[int, int]:
        """What the fund has, and of it what is held."""
        return self.balance(ONE, fund_account(ONE, self.fund))


@pytest.fixture
def towns(street: Street) -> Iterator[Giving]:
    found = Giving(street)
    yield found
    assert found.breaches() == set()


def test_a_donation_is_final_in_both_books(towns: Giving) -> None:
    street = towns.street
    made = towns.donate("pool", 40, key="once")
    assert towns.donate("pool", 40, key="once") == made
    assert (towns.left(), street.pool()) == (560, (40, 0))
    assert (towns.cleared(), towns.position(TWO), towns.claims(made)) == (
        (-40, 40),
        (40, 0),
        [ClaimState.USED],
    )
    halves = street.look(
        lambda s: s.execute(
            sa.select(Transfer.book, Transfer.idem_key, Transfer.link_id)
            .where(Transfer.kind == "donation")
            .order_by(Transfer.book)
        ).all()
    )
    assert [each.book for each in halves] == [TWO, ONE]
    assert len({(each.idem_key, each.link_id) for each in halves}) == 1
    row = street.look(lambda s: s.get_one(Donation, (TWO, made)))
    assert (row.to_book, row.fund_id) == (ONE, None)
    (line,) = street.act(towns.donor, lambda ctx: donations_of(ctx, towns.donor))
    assert line.region is not None
    assert "龙湾" in line.region.zh
    assert street.count(Paper, Paper.subject_id == made, Paper.withdrawn_at.is_(None)) == 1


def test_what_waits_there_is_opened_and_the_use_is_traced(towns: Giving) -> None:
    street = towns.street
    request = street.ask()
    street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    assert street.request(request).state is RequestState.WAITING_POOL
    towns.donate(towns.fund, 100)
    assert street.request(request).state is RequestState.OPEN
    assert towns.in_fund() == (100, 60)
    street.issue(200)
    visit = street.accepted(request)
    street.come(visit)
    street.go(visit, 60)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), START + 2 * HOUR)
    (line,) = street.act(towns.donor, lambda ctx: donations_of(ctx, towns.donor))
    assert (line.used_minutes, line.left_minutes) == (60, 40)
    assert [each.service is not None for each in line.uses] == [True]
    street.act(street.admins[0], lambda ctx: close_fund(ctx, ONE, towns.fund), START + 3 * HOUR)
    (line,) = street.act(towns.donor, lambda ctx: donations_of(ctx, towns.donor))
    assert (line.to_pool_minutes, line.left_minutes) == (40, 0)
    told = sa.select(OutboxMessage.sentence).where(OutboxMessage.member_id == towns.donor)
    assert {say.DONATED_TO_FUND_AFAR, say.FUND_ENDED} <= street.look(lambda s: set(s.scalars(told)))


def test_refusals_leave_everything_as_it_was(towns: Giving) -> None:
    street = towns.street

    def refused(error: type[DomainError], to: str | UUID = "pool", minutes: int = 40) -> None:
        with pytest.raises(error):
            towns.donate(to, minutes)

    refused(say.NotEnoughToDonate, minutes=601)
    refused(say.FundUnknown, uuid4())
    form = DonationForm(towns.donor, "pool", 40, ONE)
    nowhere = replace(form, to_book="110101000000")
    with pytest.raises(say.FundUnknown):
        street.act(towns.donor, lambda ctx: donate(ctx, nowhere))
    with pytest.raises(Forbidden):
        street.act(street.staff, lambda ctx: donate(ctx, form))
    # The standing instruction stays at home.
    with pytest.raises(say.FundUnknown):
        street.act(towns.donor, lambda ctx: set_overflow(ctx, towns.donor, str(towns.fund)))
    street.uow.run(lambda s: set_cap(s, TWO, 39, NOW + HOUR))
    refused(CapReached)
    street.uow.run(lambda s: s.execute(sa.update(Corridor).values(mode="none")))
    refused(CorridorShut)
    assert (towns.left(), towns.cleared(), towns.position(TWO)) == (600, (0, 0), (0, 0))
    assert street.count(Donation) == 0


def test_a_mistake_is_taken_back_from_either_side(towns: Giving) -> None:
    street, made = towns.street, towns.donate(towns.fund, 40)
    given = street.look(lambda s: s.get_one(Donation, (TWO, made))).transfer_id
    street.act(towns.admin, lambda ctx: reverse_posting(ctx, TWO, given, "wrong_person"))
    assert (towns.left(), towns.in_fund(), towns.cleared()) == (600, (0, 0), (0, 0))
    assert street.count(Paper, Paper.subject_id == made, Paper.withdrawn_at.is_(None)) == 0
    (line,) = street.act(towns.donor, lambda ctx: donations_of(ctx, towns.donor))
    assert line.is_undone


def test_two_donations_at_the_last_free_minutes_of_the_cap(towns: Giving) -> None:
    towns.street.uow.run(lambda s: set_cap(s, TWO, 79, NOW + HOUR))

    def click(to: str | UUID) -> Callable[[], UUID]:
        return lambda: towns.donate(to, 40)

    results = at_once(click("pool"), click(towns.fund))
    assert succeeded(results) == 1
    assert [type(each) for each in results if isinstance(each, DomainError)] == [CapReached]
    assert (towns.left(), towns.position(TWO)) == (560, (40, 0))
    assert towns.balance(ONE, pool_of(ONE))[0] + towns.in_fund()[0] == 40
