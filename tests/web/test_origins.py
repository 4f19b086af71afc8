"""Where coins come from, in plain words, on every face; lists and files for auditors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from models.ledger import AccountKind
from services.context import Context
from services.donations.giving import DonationForm, donate
from services.ledger.accounts import inherited_period
from services.queries.audit.transfers import KINDS
from services.queries.behind import Behind
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.gifts.conftest import AFTER, Family
from tests.web.elder_kit import relative
from tests.web.volunteer_kit import Town, open_town, the_app
from timebank.i18n import speaking
from timebank.web.audit.giving_sheets import LISTS
from timebank.web.words import coins as coin_words

#: Which way the kinds go that go one way only; all others go both.
ONLY_IN = {"closed_door", "issue", "import", "grant"}
ONLY_OUT = {"donation", "grant_expiry", "grant_expired", "estate_pool"}
BOOK = f"/audit/books/{LONGWAN}"


def given_to_the_pool(ctx: Context) -> None:
    """Half an hour of the actor's own."""
    donate(ctx, DonationForm(donor_id=ctx.actor.id, to="pool", minutes=30))


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """The street after a gift and a donation; its elder has coins of every origin."""
    for town in open_town(databases):
        family = Family(town.street)
        family.put(family.mother, AccountKind.GRANTED, "2026Q1", 240)
        family.put(family.mother, AccountKind.RECEIVED, inherited_period(date(2026, 3, 1)), 50)
        town.street.give_coins(family.mother, 300)
        family.final(60)
        town.street.act(family.giver, given_to_the_pool, AFTER)
        family.held(90, AFTER)
        town.now = AFTER
        yield town


def test_no_kind_of_transfer_is_called_something_else() -> None:
    with the_app().test_request_context():
        for language in ("zh", "en"):
            with speaking(language):
                unknown = coin_words.line(Behind("?"), 1, takes_back=False, period="")
                for kind in KINDS:
                    for amount, other in ((60, ONLY_OUT), (-60, ONLY_IN)):
                        said = coin_words.line(Behind(kind), amount, takes_back=False, period="")
                        assert said != unknown or kind in other, (kind, amount)


def test_an_elder_reads_every_origin_and_one_total(town: Town) -> None:
    elder = town.phone(town.street.elder)
    words = elder.open("/elder/coins")
    for text in (
        "2026 年第 1 季度的补助",
        "最晚用到 2026年6月30日",
        "2026年3月1日继承的",
        "合计 10 小时 50 分",
        "送的",
    ):
        assert text in words
    page = elder.open("/giving/origins")
    for text in (
        "先用补助",
        "最晚用到 2026年6月30日",
        "能送给家人的有 5 小时",
        "能留下 6 小时 50 分",
    ):
        assert text in page
    assert "30 June 2026" in elder.english().open("/giving/origins")
    son = town.phone(relative(town, "see"))
    assert "别人送的" in son.open(f"/elder/for/{town.street.elder}/coins")


def test_a_giver_and_the_counter_read_to_whom(town: Town) -> None:
    mine = town.mine().open("/volunteer/coins")
    for text in ("送给", "捐给公益池", "现在还能撤回", "自己服务攒的"):
        assert text in mine
    clerk = town.phone(town.street.staff)
    page = clerk.open(f"/branch/members/{town.street.volunteer}/coins")
    assert "赠与 · 送给" in page
    assert "现在还能撤回" in page
    assert "2026 年第 1 季度的补助" in clerk.open(f"/branch/members/{town.street.elder}/coins")


def test_auditors_read_and_take_away_what_is_given(town: Town) -> None:
    auditor = town.phone(
        town.street.uow.run(lambda session: factories.create_auditor(session, LONGWAN))
    )
    shown = {what: auditor.open(f"{BOOK}/{what}") for what in LISTS}
    assert "还能撤回" in shown["gifts"]
    assert "已经生效" in shown["gifts"]
    assert "公益池" in shown["donations"]
    assert "2026 年第 1 季度" in auditor.open(f"{BOOK}/accounts?kind=granted")
    lines = {}
    for what in LISTS:
        auditor.open(f"{BOOK}/{what}")
        if "导出 CSV" not in shown[what]:
            continue
        answer = auditor.client.post(
            f"{BOOK}/export/{what}", data={**auditor.hidden(), "form": "csv"}
        )
        lines[what] = answer.data.decode("utf-8-sig").splitlines()
    assert {what: len(rows) for what, rows in lines.items()} == {"gifts": 3, "donations": 2}
    town.phone(town.street.elder).open(f"{BOOK}/gifts", 404)
