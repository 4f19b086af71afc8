"""Giving to another region on pages: the telephone, the counter, the family and the auditors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from models.corridors import Corridor
from models.giving import Donation, Gift
from models.ledger import AccountKind
from services.queries.audit.given import DonationFilter, GiftFilter, donations, gifts
from services.queries.audit.listing import Want
from tests import factories
from tests.country import ONE, TWO
from tests.databases import Databases
from tests.services.across.kit import Towns
from tests.services.gifts.conftest import AFTER, Family
from tests.web.branch_kit import hidden_of
from tests.web.volunteer_kit import Town, open_town

LUCHENG = "温州市鹿城区"


class Neighbours(Family):
    """A giver on the street with 600 minutes, and her mother in the other town."""

    def __init__(self, town: Town) -> None:
        self.town, self.towns = town, Towns(town.street)
        self.street, self.giver = town.street, town.street.volunteer
        self.mother = self.towns.elder()
        self.relate(self.giver, self.mother, "parent")
        self.street.give_coins(self.giver, 600)

    def shut(self) -> None:
        """The corridor closes."""
        self.street.uow.run(lambda s: s.execute(sa.update(Corridor).values(mode="none")))


@pytest.fixture
def home(databases: Databases) -> Iterator[Neighbours]:
    for town in open_town(databases):
        yield Neighbours(town)


def test_a_gift_says_where_it_goes_before_the_code(home: Neighbours) -> None:
    browser = home.town.phone(home.giver)
    words = browser.open("/giving/gifts/new")
    assert LUCHENG in words
    browser.send(browser.path, answer=str(home.mother))
    words = browser.send(browser.path, answer="60")
    assert "对方住在" in words
    assert LUCHENG in words
    assert "时间从您这里转到那边" in words
    home.shut()
    assert "还没有开通这样的互认" in browser.open("/giving/gifts/new/check", 422)
    assert "还没有开通这样的互认" in browser.open("/giving/gifts/new")


def test_the_receiver_and_both_auditors_find_it(home: Neighbours) -> None:
    gift = home.final(60)
    home.town.now = AFTER
    row = home.row(gift)
    words = home.town.phone(home.mother).open(f"/giving/gifts/{ONE}/{gift}")
    assert "从哪里来" in words
    assert "龙湾区" in words
    assert row.receiver_book == TWO
    for book, region, mine in ((ONE, "鹿城", True), (TWO, "龙湾", False)):
        auditor = home.street.uow.run(
            lambda s, of=book: factories.create_auditor(s, of, branch_id=home.towns.branch)
        )
        found = home.street.act(
            auditor, lambda ctx, of=book: gifts(ctx, of, GiftFilter(), Want()), AFTER
        )
        (line,) = found.rows
        assert line.elsewhere is not None
        assert region in line.elsewhere.zh
        assert (line.transfer_id == row.transfer_id) is mine
        assert bool(line.paper) is mine


def test_a_donor_finds_another_region(home: Neighbours) -> None:
    browser = home.town.phone(home.giver)
    assert "捐给别的地区" in browser.open("/giving/donate")
    assert LUCHENG in browser.open("/giving/donate/elsewhere")
    assert LUCHENG in browser.open("/giving/donate/elsewhere?name=温州")
    assert "没有找到" in browser.open("/giving/donate/elsewhere?name=南京")
    words = browser.open(f"/giving/donate?book={TWO}")
    assert "鹿城区的谁" in words
    words = browser.send(f"/giving/donate/pool?book={TWO}", **{"minutes-h": "1", "minutes-m": "0"})
    assert "帮那里的老人" in words
    browser.send(f"/giving/donate/pool/60?book={TWO}")
    row = home.street.look(lambda s: s.query(Donation).one())
    assert (row.to_book, row.amount_minutes) == (TWO, 60)
    assert "鹿城区的公益池" in browser.open("/giving/donations")
    admin = home.towns.admin
    found = home.street.act(admin, lambda ctx: donations(ctx, TWO, DonationFilter(), Want()), AFTER)
    assert [line.amount_minutes for line in found.rows] == [60]
    home.shut()
    assert "还没有开通这样的互认" in browser.open(f"/giving/donate?book={TWO}")
    browser.open("/giving/donate?book=110101000000", 404)


def test_the_counter_gives_to_another_region(home: Neighbours) -> None:
    clerk = home.town.phone(home.street.staff)
    member = f"/branch/members/{home.giver}"
    assert LUCHENG in clerk.open(f"{member}/gifts/new")
    words = clerk.send(
        f"{member}/gifts/new",
        receiver=str(home.mother),
        **{"minutes-h": "1", "minutes-m": "0"},
    )
    assert "时间跨地区转过去" in words
    clerk.send(f"{member}/gifts/check?coins=earned", **hidden_of(clerk), present="y")
    gift = home.street.look(lambda s: s.query(Gift).one())
    assert (gift.receiver_book, gift.how) == (TWO, "counter")
    assert LUCHENG in clerk.open(f"{member}/donate/elsewhere")
    assert LUCHENG in clerk.open(f"{member}/donate?book={TWO}")
    clerk.send(f"{member}/donate?book={TWO}", to="pool", **{"minutes-h": "0", "minutes-m": "30"})
    clerk.send(f"{member}/donate/pool/30?book={TWO}", present="y")
    assert home.towns.coins(TWO, None, AccountKind.POOL) == 30
