"""Addresses that nobody types by chance: a page is shown or not there, and nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.web.branch_kit import Counter, open_counter
from tests.web.volunteer_kit import Browser

FAR_PAGE = "page=99999999999999999999"
STEERING = "endpoint=x&book=y&what=z&_scheme=javascript&_external=1&_method=DELETE"


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def fine(browser: Browser, *paths: str) -> None:
    """Each of the pages can be opened."""
    answers = {path: browser.client.get(path).status_code for path in paths}
    assert set(answers.values()) == {200}, answers


def test_no_list_is_so_long(counter: Counter) -> None:
    lists = ("groups", "letters", "standing", "unfilled", "welfare", "requests")
    fine(counter.clerk, *(f"/branch/{each}?{FAR_PAGE}" for each in lists))
    admin = counter.town.phone(counter.street.admins[0])
    fine(admin, f"/admin/roles?{FAR_PAGE}", f"/admin/{LONGWAN}/batches?{FAR_PAGE}")
    fine(counter.town.phone(counter.street.volunteer), f"/volunteer/visits?{FAR_PAGE}")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_month_beyond_reckoning_is_this_month(counter: Counter, day: str) -> None:
    fine(counter.clerk, f"/branch/welfare?day={day}", f"/branch/welfare/month.csv?day={day}")
    admin = counter.town.phone(counter.street.admins[0])
    fine(admin, f"/admin/{LONGWAN}/care?day={day}", f"/admin/{LONGWAN}/care/month.csv?day={day}")
    fine(counter.town.phone(counter.street.elder), f"/elder/coins?month={day[:7]}")


def test_names_in_a_query_steer_no_link(counter: Counter) -> None:
    admin = counter.town.phone(counter.street.admins[0])
    fine(admin, f"/admin/matching?{STEERING}")
    assert "javascript:" not in admin.client.get(f"/admin/matching?{STEERING}").text
    auditor = counter.town.phone(counter.given(factories.create_auditor))
    lists = ("requests", "visits", "records", "shown")
    fine(auditor, *(f"/audit/books/{LONGWAN}/{each}?{STEERING}" for each in lists))


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x"])
def test_a_moment_beyond_reckoning_is_none(counter: Counter, text: str) -> None:
    elder = counter.town.phone(counter.street.elder)
    elder.open("/elder/notices")
    elder.send("/elder/notices/read", until=text)
    fine(elder, f"/elder/notices?after={text}_019cd542-0680-75e2-b92a-56c7e1000000")
    request = counter.asked()
    path = f"/elder/requests/{LONGWAN}/{request}/time"
    answer = elder.client.post(path, data={**elder.hidden(), "to_at": text})
    assert answer.status_code == 400
