"""What is not a plain page: errors, refusals, forms with every mistake, nothing, very much."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Browser as Chromium

from tests import factories
from tests.catalogue.conftest import NOW, District
from tests.catalogue.looks import looks_at
from tests.catalogue.walk import Walker, dress
from timebank.demo.scene import HOME

pytestmark = pytest.mark.browser
#: Somebody whose name no page of the district has.
NEW = "徐新来"


@pytest.fixture
def walker(district: District, chromium: Chromium) -> Walker:
    return Walker(district, chromium)


@pytest.mark.parametrize(
    ("who", "address", "status"),
    [
        (None, "/nowhere", 404),
        ("volunteer", "/volunteer/visits/nothing", 404),
        ("elder", "/admin/", 403),
        (None, "/odd/conflict", 409),
        (None, "/odd/too-large", 413),
        (None, "/odd/too-many", 429),
        (None, "/odd/fault", 500),
    ],
)
def test_errors_are_pages_too(walker: Walker, who: str | None, address: str, status: int) -> None:
    with walker.browsing(walker.district.client(who)) as page:
        assert walker.look(page, address, f"error{address}", status)
    assert walker.faults == []


def test_an_old_form_is_a_page_too(walker: Walker) -> None:
    (look, *_others) = looks_at("an old form")
    with walker.browsing(walker.district.client(None)) as page:
        dress(page, look, walker.district.address)
        page.goto("/login")
        form = page.locator("form:has(input[name=password])")
        form.locator("[name=csrf_token]").evaluate("(one, value) => { one.value = value }", "")
        with page.expect_response("**/login*") as answer:
            form.locator("button").click()
        page.wait_for_load_state()
        assert answer.value.status == 400
        walker.check(page, "an old form", look)
    assert walker.faults == []


@pytest.mark.parametrize(
    ("who", "address"),
    [
        (None, "/login"),
        ("branch", "/branch/register"),
    ],
)
def test_a_form_with_every_error(walker: Walker, who: str | None, address: str) -> None:
    with walker.browsing(walker.district.client(who)) as page:
        for look in looks_at(f"errors{address}"):
            dress(page, look, walker.district.address)
            page.goto(address)
            page.locator("main form").first.locator("button[type=submit]").first.click()
            page.wait_for_selector(".field-error, .error-summary")
            walker.check(page, f"errors{address}", look)
    assert walker.faults == []


@pytest.mark.parametrize(
    ("make", "addresses"),
    [
        (factories.create_volunteer, ("/volunteer/", "/volunteer/visits", "/volunteer/coins")),
        (factories.create_elder, ("/elder", "/elder/requests", "/elder/coins")),
    ],
)
def test_whoever_is_new_has_pages_with_nothing_in_them(
    walker: Walker, make: Callable[..., UUID], addresses: tuple[str, ...]
) -> None:
    district = walker.district
    district.data += NEW
    new = district.uow.run(lambda session: make(session, name=NEW, now=NOW))
    with walker.browsing(district.client(new)) as page:
        for address in addresses:
            assert walker.look(page, address, f"fresh{address}")
    assert walker.faults == []


@pytest.mark.parametrize("name", ["阿卜杜热合曼·" * 5 + "买买提力克", "Wolfeschlegel" * 3 + "A"])
def test_a_name_may_have_forty_characters(walker: Walker, name: str) -> None:
    assert len(name) == 40
    district = walker.district
    # The factory makes up an address, a word at the door and an assessor as well.
    district.data += f"{name} 样例小区 梅花 样例评估员"
    branch = UUID(district.actor("branch").roles[0].scope)
    long = district.uow.run(
        lambda session: factories.create_elder(session, name=name, branch_id=branch, now=NOW)
    )
    for who, address in ((long, "/elder"), ("branch", f"/branch/members/{long}")):
        with walker.browsing(district.client(who)) as page:
            assert walker.look(page, address, f"{name[:4]}/{who == long}")
    assert walker.faults == []


def test_a_long_list_is_a_page_too(walker: Walker) -> None:
    with walker.browsing(walker.district.client("auditor")) as page:
        assert walker.look(page, f"/audit/books/{HOME}/records", "long")
        assert page.locator("main tbody tr").count() >= 50
    assert walker.faults == []
