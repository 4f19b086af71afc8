"""Every work page that needs no parameter: axe, reflow, one h1, targets.

The pages of elders, families, givers and the public are in tests/catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page

from services.people.actors import actor_for
from services.policy import NOBODY, may_ever
from tests.databases import Databases
from tests.journeys.conftest import Town, open_town
from timebank.security import declared_act

pytestmark = pytest.mark.browser
#: Who looks at the pages of which audience, and the least width and height of a target there.
LOOKERS = {
    "volunteer": ("liming", 48),
    "branch": ("chenjing", 48),
    "admin": ("zhoumin", 48),
    "audit": ("shenwenbo", 44),
    "oversight": ("zhoumin", 44),
}
WIDTHS = (320, 390, 1280)
#: Redirects, documents for programs, and pages that only exist in the demo or after a step.
LEFT_OUT = (
    "/demo", "/preferences", "/elder-version", "/rates.json", "/c", "/d", "/join/done",
    "/oversight/reversals/new", "/oversight/sheets/new",
)  # fmt: skip
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag2aaa"]},
    # What passes is counted and not described: that would cost more than the checking.
    "resultTypes": ["violations"],
}
BROKEN = "rules => axe.run(rules).then(all => all.violations.map(one => `${one.id} ${one.help}`))"
HEADS = "document.querySelectorAll('h1').length"
SMALL = """least => [...document.querySelectorAll(
    'main button, main .button, main input:not([type=hidden]), main select')]
  .filter(one => one.offsetParent !== null && !one.matches('[type=radio], [type=checkbox]'))
  .map(one => [one.textContent.trim() || one.name, one.getBoundingClientRect()])
  .filter(([, box]) => box.height < least - 0.5)
  .map(([name, box]) => `${name}: ${Math.round(box.height)}`)"""


@pytest.fixture(scope="module", name="town")
def one_town(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One for all: whoever only looks changes nothing that others see."""
    with open_town(databases, tmp_path_factory.mktemp("faces")) as made:
        yield made


def pages_of(app: Flask, town: Town, audience: str, who: str | None) -> list[str]:
    """The addresses of an audience's pages that this person may open as they stand."""
    actor = NOBODY
    if who is not None:
        with town.uow.read() as session:
            actor = actor_for(session, town.people[who], town.clock.now)
    with app.app_context():
        return sorted(
            {
                rule.rule
                for rule in app.url_map.iter_rules()
                if rule.endpoint.startswith(f"{audience}.")
                and "GET" in (rule.methods or ())
                and not rule.arguments
                and not rule.rule.startswith(LEFT_OUT)
                and not rule.rule.endswith(".csv")
                and may_ever(actor, declared_act(rule.endpoint) or "jobs.run")
            }
        )


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("audience", sorted(LOOKERS))
def test_pages_hold_the_numbers(
    town: Town, visit_as: Callable[..., Page], audience: str, lang: str
) -> None:
    who, least = LOOKERS[audience]
    page = visit_as(who, lang=lang, script=True)
    # Every page comes with axe in it, which is quicker than sending it to each.
    page.add_init_script(Axe().axe_script)
    found: list[str] = []
    paths = pages_of(town.app, town, audience, who)
    assert paths
    for path in paths:
        response = page.goto(path)
        assert response is not None
        if response.status != 200:
            found.append(f"{path}: {response.status}")
            continue
        heads = page.evaluate(HEADS)
        if heads != 1:
            found.append(f"{path}: {heads} h1")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"{path}: {wide} px wide at {width}")
        found += [f"{path}: {small}" for small in page.evaluate(SMALL, least)]
        found += [f"{path}: {broken}" for broken in page.evaluate(BROKEN, RULES)]
    assert found == []
