"""What is refused stays refused under its key: a page that is shown again carries a new one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from models.ledger import Refusal
from models.requests import Visit
from services.visits.withdrawing import withdraw
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.web.kit import TEMPLATES
from tests.web.volunteer_kit import Town, open_town
from timebank.edge import spend
from timebank.web.forms.base import FilterForm, PageForm

HIDDEN_KEY = re.compile(r'name="idempotency_key" value="([^"]+)"')
KEY = "0c7c0b52-6f4a-4c5e-9d3f-1d2f3a4b5c6d"
FORM = "{% import 'components/ui.html' as ui %}{% call ui.form(form) %}{% endcall %}"


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town of the test's own."""
    yield from open_town(databases)


def forms(above: type[PageForm] = PageForm) -> Iterator[type[PageForm]]:
    """Every form of the product's pages."""
    for each in above.__subclasses__():
        if each.__module__.startswith("timebank.") and not issubclass(each, FilterForm):
            yield each
        yield from forms(each)


def test_every_form_carries_a_new_key_once_its_act_was_refused(app: Flask) -> None:
    found = list(forms())
    assert len(found) > 40
    for kind in found:
        with app.test_request_context("/", method="POST", data={"idempotency_key": KEY}):
            form = kind()
            [kept] = HIDDEN_KEY.findall(render_template_string(FORM, form=form))
            spend(form.key)
            [new] = HIDDEN_KEY.findall(render_template_string(FORM, form=form))
        assert (kept, form.key) == (KEY, KEY), kind
        assert new != KEY, kind


def test_every_form_that_is_sent_is_written_by_the_macros() -> None:
    """So that no page puts a key into a form by itself; to log out needs none.

    What came too late goes back as it was sent, with the key that it had.
    """
    by_hand = {
        path.relative_to(TEMPLATES).as_posix()
        for path in Path(TEMPLATES).rglob("*.html")
        if re.search(r'<form[^>]*method="post"', path.read_text(encoding="utf-8"))
        or "idempotency_key" in path.read_text(encoding="utf-8")
    }
    assert by_hand == {"components/forms.html", "layouts/_who.html", "public/kept.html"}


def test_the_old_page_says_the_same_and_a_fresh_one_succeeds(town: Town) -> None:
    town.street.issue(1_000)
    request = town.street.open_request()
    address = f"/volunteer/requests/{request}"
    browser = town.mine()
    browser.open(address)
    old = browser.hidden()
    quicker = town.street.uow.run(lambda s: factories.create_volunteer(s, "P1"))
    visit = town.street.accepted(request, by=quicker)
    assert "已经有别的志愿者接下了" in browser.send(address, 409)
    town.street.act(quicker, lambda ctx: withdraw(ctx, LONGWAN, visit, "来不了了"))
    browser.page = browser.client.post(address, data=old)
    assert browser.page.status_code == 409
    assert "已经有别的志愿者接下了" in browser.text
    assert town.street.count(Refusal) == 1
    # Though it was refused, that page has the button and another key.
    assert browser.hidden()["idempotency_key"] != old["idempotency_key"]
    browser.send(address)
    assert browser.path.endswith("/accepted")
    assert town.street.count(Visit) == 2


def test_a_wrong_number_is_mended_on_the_page_that_says_so(town: Town) -> None:
    visit = town.promised()
    town.at(0)
    right = town.street.digits(visit)["in"]
    wrong = "000000" if right != "000000" else "111111"
    address = f"/volunteer/visits/{visit}/check-in"
    browser = town.mine()
    browser.open(address)
    assert "还可以试 4 次" in browser.send(address, 422, digits=wrong)
    browser.send(address, digits=right)
    assert browser.path == f"/volunteer/visits/{visit}"


def test_a_button_s_refusal_leads_back_to_a_fresh_page(town: Town) -> None:
    """A page with nothing but a button has no form to show again: it is opened anew."""
    request = town.street.open_request()
    browser = town.phone(town.street.staff)
    page = f"/branch/requests/{LONGWAN}/{request}?from=here"
    browser.open(f"/branch/requests/{LONGWAN}/{request}")
    for referrer, link in ((f"http://localhost{page}", True), ("http://elsewhere/x", False)):
        answer = browser.client.post(
            f"/branch/requests/{LONGWAN}/{request}/approve",
            data=browser.hidden(),
            headers={"Referer": referrer},
        )
        assert answer.status_code == 409
        assert (f'href="{page}"' in answer.text) is link
        assert "elsewhere" not in answer.text
