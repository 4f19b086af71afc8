"""The receipt and the elder's lists: the same facts for everybody, masked where they must be."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.errors import Forbidden
from services.people.kin import grant_delegation
from services.queries.elder import coins_of, forecast, home_of, request_page, visit_page
from services.queries.family import elder_day
from services.queries.receipts import NoReceipt, Receipt, receipt_of
from services.requests.asking import AskForm
from services.reversing.posting import reverse_posting
from services.visits.closed_door import report_closed_door
from services.visits.confirming import confirm
from services.visits.sentences import VisitUnknown
from tests import factories
from tests.factories import LONGWAN
from tests.services.visits.conftest import START, Street

AFTER = START + timedelta(minutes=70)


def credited(street: Street) -> object:
    """A visit of 62 minutes that the elder has confirmed."""
    street.give_coins(street.elder, 300)
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    street.come(visit)
    street.go(visit)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=AFTER)
    return visit


def read(street: Street, who: object, visit: object) -> Receipt:
    return street.act(who, lambda ctx: receipt_of(ctx, LONGWAN, visit), now=AFTER)


def test_both_sides_and_the_auditor_read_the_same(street: Street) -> None:
    visit = credited(street)
    auditor = street.uow.run(factories.create_auditor)
    elder, provider = read(street, street.elder, visit), read(street, street.volunteer, visit)
    assert elder == provider
    assert (elder.earn_minutes, elder.elder_minutes, elder.pool_minutes) == (62, 62, 0)
    assert [(each.side, each.amount_minutes) for each in elder.entries] == [
        ("elder", -62),
        ("provider", 62),
    ]
    assert sum(each.amount_minutes for each in elder.entries) == 0
    assert elder.worth is not None
    assert [(band.percent, band.minutes) for band in elder.worth.bands] == [(100, 62)]
    seen = read(street, auditor, visit)
    assert seen.masked
    assert seen.elder_name == elder.elder_name[:1] + "*" * (len(elder.elder_name) - 1)
    assert seen.provider_name != elder.provider_name
    assert (seen.entries, seen.worth, seen.transfer_id) == (
        elder.entries,
        elder.worth,
        elder.transfer_id,
    )


def test_strangers_get_no_receipt_and_nothing_has_none(street: Street) -> None:
    visit = credited(street)
    stranger = street.uow.run(factories.create_volunteer)
    with pytest.raises(Forbidden):
        read(street, stranger, visit)
    with pytest.raises(VisitUnknown):
        read(street, street.elder, street.elder)
    later = street.accepted(street.open_request(starts_at=START + timedelta(days=2)))
    with pytest.raises(NoReceipt):
        read(street, street.elder, later)


def test_a_posting_that_was_taken_back_says_so(street: Street) -> None:
    visit = credited(street)
    transfer = read(street, street.elder, visit).transfer_id
    street.act(
        street.admins[0],
        lambda ctx: reverse_posting(ctx, LONGWAN, transfer, "wrong_time"),
        now=AFTER + timedelta(minutes=1),
    )
    paper = read(street, street.elder, visit)
    assert paper.reversed_at == AFTER + timedelta(minutes=1)
    assert paper.reversal_id is not None
    lines = street.act(street.elder, lambda ctx: coins_of(ctx, street.elder), now=AFTER).lines
    assert [(line.amount_minutes, line.takes_back) for line in lines] == [
        (62, True),
        (-62, False),
        (300, False),
    ]
    assert lines[0].service == lines[1].service
    assert [line.total_after_minutes for line in lines] == [300, 238, 300]


def test_nobody_opened_has_a_receipt_without_a_sum(street: Street) -> None:
    street.give_coins(street.elder, 300)
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    street.act(
        street.staff,
        lambda ctx: report_closed_door(ctx, LONGWAN, visit),
        now=START + timedelta(minutes=10),
    )
    paper = read(street, street.volunteer, visit)
    assert paper.worth is None
    assert (paper.earn_minutes, paper.elder_minutes, paper.pool_minutes) == (30, 0, 30)
    assert [(each.side, each.amount_minutes) for each in paper.entries] == [
        ("pool", -30),
        ("provider", 30),
    ]


def test_coins_say_with_whom_and_for_what(street: Street) -> None:
    visit = credited(street)
    street.ask("C01", starts_at=START + timedelta(days=3))
    coins = street.act(street.elder, lambda ctx: coins_of(ctx, street.elder), now=AFTER)
    assert (coins.total_minutes, coins.available_minutes, coins.held_minutes) == (238, 114, 124)
    assert [(each.kind, each.posted_minutes) for each in coins.origins] == [("earned", 238)]
    [held] = coins.pending
    assert held.service is not None
    assert (held.amount_minutes, held.service.zh) == (124, "家庭保洁")
    first, second = coins.lines
    assert (first.visit_id, first.amount_minutes, first.has_receipt) == (visit, -62, True)
    assert first.service is not None
    assert first.service.zh == "陪聊·读报·生命故事"
    assert (second.visit_id, second.amount_minutes, second.total_after_minutes) == (
        None,
        300,
        300,
    )
    auditor = street.uow.run(factories.create_auditor)
    with pytest.raises(Forbidden):
        street.act(auditor, lambda ctx: coins_of(ctx, street.elder), now=AFTER)


def test_a_forecast_says_what_asking_then_holds(street: Street) -> None:
    street.give_coins(street.elder, 100)
    form = AskForm(street.elder, "C01", START, 90)
    said = street.act(street.elder, lambda ctx: forecast(ctx, form))
    assert (said.share_minutes, said.with_overrun_minutes) == (113, 150)
    assert (said.available_minutes, said.hold_minutes, said.missing_minutes) == (100, 100, 13)
    request = street.ask("C01", 90)
    row = street.request(request)
    assert (row.elder_share_minutes, row.shortfall_minutes) == (113, 13)
    assert row.people_needed == said.people_needed
    assert street.earned(street.elder) == (100, 100)
    page = street.act(street.elder, lambda ctx: request_page(ctx, LONGWAN, request))
    assert (page.held_minutes, page.shortfall_minutes) == (100, 13)


def test_the_front_page_and_the_relatives_page_agree(street: Street) -> None:
    visit = credited(street)
    later = street.accepted(street.open_request(starts_at=START + timedelta(days=2)))
    son = street.uow.run(factories.create_member)
    street.act(
        street.elder,
        lambda ctx: grant_delegation(
            ctx, street.elder, son, frozenset({"see"}), "own", date(2027, 1, 1), 6_000
        ),
    )
    home = street.act(street.elder, lambda ctx: home_of(ctx, street.elder), now=AFTER)
    assert home.next_visit is not None
    assert home.next_visit.id == later
    assert [row.id for row in home.today] == [visit]
    day = street.act(son, lambda ctx: elder_day(ctx, street.elder), now=AFTER)
    assert [event.what for event in day.events] == ["came", "left", "confirmed"]
    assert day.spent_this_month_minutes == 62
    assert day.card.home.available_minutes == home.available_minutes
    page = street.act(son, lambda ctx: visit_page(ctx, LONGWAN, later), now=AFTER)
    assert set(page.codes) == {"in", "out"}
    assert not page.may_confirm
