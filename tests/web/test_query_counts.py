"""How many statements a page may send: two numbers for each, and none that follows the rows.

``query_counts.json`` holds for every page how many it may send in all, and how many of the same
words; ``QUERY_COUNTS=write`` writes what is found there, and a little more (:data:`ROOM`), to be
looked at before it is kept.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.people import Handle
from services.context import Context
from services.people.actors import actor_for
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from tests.catalogue.conftest import NOW, lived  # noqa: F401 - the district is a fixture
from tests.databases import Databases
from tests.factories import VAULT
from tests.settings import settings_for
from tests.web.client import Browser
from timebank.demo.scene import HOME
from timebank.uow import UnitOfWork, make_engine

#: Each login, and the audiences whose pages it opens.
WHO = {
    "elder": ("elder", "giving"),
    "family": ("family",),
    "volunteer": ("volunteer",),
    "branch": ("branch",),
    "admin": ("admin",),
    "auditor": ("audit", "oversight"),
}
KEPT = Path(__file__).with_name("query_counts.json")
#: What a page may send beyond what was found: in all, and of one statement.
ROOM = (2, 1)
#: So often the statement of the test that shows what is counted.
OFTEN = 6
#: Pages on which rows become more in the test below.
GROWING = {
    "elder": ("/elder", "/elder/requests", "/elder/coins", "/elder/today"),
    "volunteer": ("/volunteer/", "/volunteer/requests", "/volunteer/visits", "/volunteer/week"),
    "branch": ("/branch/", "/branch/requests", "/branch/day", "/branch/unfilled"),
}


@dataclass
class District:
    """The district behind the application, and what its pages ask the database."""

    app: Flask
    uow: UnitOfWork
    sent: list[str]

    def who(self, login: str) -> UUID:
        """The member behind a printed login."""
        with self.uow.read() as session:
            found = sa.select(Handle.member_id).where(Handle.kind == "login", Handle.value == login)
            return session.scalars(found).one()

    def browser(self, login: str) -> Browser:
        """A browser in which somebody has logged in."""
        client = self.app.test_client()
        assert isinstance(client, Browser)
        client.be(self.who(login), NOW)
        return client

    def pages(self, login: str) -> list[str]:
        """Every page of a login's audiences that can be opened without knowing more."""
        rules = (
            rule
            for rule in self.app.url_map.iter_rules()
            if rule.endpoint.partition(".")[0] in WHO[login]
        )
        return sorted(
            rule.rule for rule in rules if "GET" in (rule.methods or ()) and not rule.arguments
        )

    def asked(self, browser: Browser, page: str) -> Counter[str]:
        """The statements of a page that answers, by their words."""
        self.sent.clear()
        answer = browser.get(page)
        # A page that another office alone may open is refused, in few statements.
        assert answer.status_code in (200, 302, 303, 403, 404), f"{page}: {answer.status}"
        return Counter(self.sent)

    def run(self, login: str, work: object, **given: object) -> object:
        """One unit of work as somebody."""
        member = self.who(login)

        def unit(session: Session) -> object:
            ctx = Context(session, actor_for(session, member, NOW), NOW, VAULT)
            return work(ctx, **given)

        return self.uow.run(unit)


@pytest.fixture(scope="module")
def district(
    lived: Path,  # noqa: F811 - the fixture above
    databases: Databases,
    one_app: Flask,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[District]:
    """A copy of the district, which the pages only look at; the growing one comes last."""
    url = databases.empty("sqlite")
    shutil.copyfile(lived, url.removeprefix("sqlite:///"))
    engine = make_engine(url)
    before = one_app.extensions["timebank"]
    folder = tmp_path_factory.mktemp("district")
    one_app.extensions["timebank"] = replace(
        before,
        settings=settings_for(url, folder, "demo"),
        uow=UnitOfWork(engine),
        vault=VAULT,
        clock=lambda: NOW,
    )
    found = District(one_app, UnitOfWork(engine), [])

    @event.listens_for(engine, "before_cursor_execute")
    def count(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            found.sent.append(statement)

    yield found
    one_app.extensions["timebank"] = before
    engine.dispose()
    databases.discard(url)


@pytest.mark.parametrize("login", WHO)
def test_no_page_sends_more_statements_than_it_is_known_to(district: District, login: str) -> None:
    browser = district.browser(login)
    browser.get("/")  # what a process reads once is no page's affair
    asked = {page: district.asked(browser, page) for page in district.pages(login)}
    found = {
        page: (sum(statements.values()), max(statements.values(), default=0))
        for page, statements in asked.items()
    }
    if os.environ.get("QUERY_COUNTS") == "write":
        _write(login, found)
    most = json.loads(KEPT.read_text("ascii"))[login]
    assert found.keys() - most.keys() == set(), "pages without a number"
    too_many = {
        page: {"sent": found[page], "known": most[page], "most": asked[page].most_common(1)}
        for page in found
        if any(now > known for now, known in zip(found[page], most[page], strict=True))
    }
    assert too_many == {}, "in all, and of one statement"


def _write(login: str, found: dict[str, tuple[int, int]]) -> None:
    known = json.loads(KEPT.read_text("ascii")) if KEPT.exists() else {}
    roomy = {page: [sent + ROOM[0], alike + ROOM[1]] for page, (sent, alike) in found.items()}
    lines = [
        f'  "{who}": {{\n'
        + ",\n".join(f'    "{page}": {pair}' for page, pair in sorted(pages.items()))
        + "\n  }"
        for who, pages in sorted({**known, login: roomy}.items())
    ]
    KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n", "ascii")


def test_a_statement_for_each_row_is_seen(district: District) -> None:
    """The count hears what is sent, whoever sends it."""
    district.sent.clear()
    with district.uow.read() as session:
        for _row in range(OFTEN):
            session.execute(sa.select(Handle.member_id).limit(1))
    assert Counter(district.sent).most_common(1)[0][1] == OFTEN


def test_more_rows_need_no_more_statements(district: District) -> None:
    """Last of all, because it changes the district."""
    before = _counts(district)
    for number in range(8):
        asked = partial(ask_for, days=2 + number)
        request = district.run("elder", asked)
        if number % 2:
            district.run("branch", partial(approve, book=HOME, request_id=request))
    after = _counts(district)
    more = {page: (before[page], after[page]) for page in before if after[page] > before[page]}
    assert more == {}, "before, and with eight requests more"


def ask_for(ctx: Context, days: int) -> UUID:
    """Half an hour of company, some days ahead."""
    form = AskForm(
        elder_id=ctx.actor.id,
        service_code="A04",
        starts_at=NOW + timedelta(days=days, minutes=30),
        booked_minutes=30,
    )
    return ask(ctx, form)


def _counts(district: District) -> dict[str, int]:
    found = {}
    for login, pages in GROWING.items():
        browser = district.browser(login)
        browser.get("/")
        found |= {page: sum(district.asked(browser, page).values()) for page in pages}
    return found
