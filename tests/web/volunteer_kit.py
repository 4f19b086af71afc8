"""The street of the service tests behind the whole application, and telephones to look at it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.people.cards import issue_card, issue_door_sign
from tests.databases import Databases
from tests.factories import NOW, VAULT
from tests.services.visits.conftest import START, Street, street_at
from tests.web.client import came_in
from tests.web.conftest import carries_no_spent_key
from timebank import create_app
from timebank.edge import Timebank
from timebank.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = re.compile(r'name="(csrf_token|idempotency_key)" value="([^"]*)"')
MAIN = re.compile(r'<main.*</main>(?:.*?<div class="actions">.*?<footer)?', re.DOTALL)


@cache
def the_app() -> Flask:
    """One application for all tests; each test gives it a database and a clock."""
    settings = Settings(
        env="test",
        root=ROOT,
        instance=ROOT / "instance",
        database_url="sqlite://",
        product_name="互助时光",
        product_name_en="Timebank",
        hotline="0577-12349",
        secret_key="not a secret",
        data_key=VAULT.data_key,
        index_key=VAULT.index_key,
        port=5000,
        trusted_proxies=0,
        session_lifetime=timedelta(hours=8),
        log_level="WARNING",
    )
    app = create_app(settings)
    app.after_request(carries_no_spent_key)
    return app


@dataclass
class Browser:
    """Somebody's telephone: opens pages, fills in forms, presses buttons."""

    app: Flask
    client: FlaskClient = field(init=False)
    page: TestResponse = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def log_in(self, member_id: UUID) -> Browser:
        """As the login page would leave the session."""
        with self.client.session_transaction() as stored:
            stored.update(came_in(self.app, member_id, NOW))
        return self

    def english(self) -> Browser:
        """Choose English."""
        self.client.set_cookie("lang", "en")
        return self

    def open(self, path: str, status: int = 200) -> str:
        """Open a page, following redirects; returns the words of its main part."""
        self.page = self.client.get(path, follow_redirects=True)
        assert self.page.status_code == status, self.text
        return self.text

    def send(self, path: str, status: int = 200, **answers: str) -> str:
        """Send a form of the page that is open, with answers; follows redirects."""
        self.page = self.client.post(path, data={**self.hidden(), **answers}, follow_redirects=True)
        assert self.page.status_code == status, self.text
        return self.text

    def hidden(self) -> dict[str, str]:
        """The token and the key of the page's last form."""
        return dict(HIDDEN.findall(self.page.text))

    @property
    def path(self) -> str:
        """Where the last redirect led."""
        return self.page.request.path

    @property
    def text(self) -> str:
        """The words of the page's main part and of its bottom bar, in one line."""
        found = MAIN.search(self.page.text)
        words = re.sub(r"<[^>]+>", " ", found[0] if found else self.page.text)
        return re.sub(r"\s+", " ", html.unescape(words))


@dataclass
class Town:
    """The street, the application over its database, and the time on everybody's clock."""

    street: Street
    app: Flask
    now: datetime = NOW

    def phone(self, member_id: UUID | None = None) -> Browser:
        """A telephone, logged in or not."""
        browser = Browser(self.app)
        return browser.log_in(member_id) if member_id else browser

    def mine(self) -> Browser:
        """The telephone of the street's volunteer."""
        return self.phone(self.street.volunteer)

    def promised(self, code: str = "A04", minutes: int = 60, **overrides: object) -> UUID:
        """A visit that the volunteer has accepted; the pool has 1,000 minutes."""
        self.street.issue(1_000)
        return self.street.accepted(self.street.open_request(code, minutes, **overrides))

    def begun(self) -> UUID:
        """A visit that has begun on time."""
        visit = self.promised()
        self.street.come(visit)
        return visit

    def card(self, member_id: UUID) -> str:
        """The token of a new card."""
        return self.street.act(self.street.staff, lambda ctx: issue_card(ctx, member_id))

    def door(self, member_id: UUID) -> str:
        """The token of a new door sign."""
        return self.street.act(self.street.staff, lambda ctx: issue_door_sign(ctx, member_id))

    def at(self, minutes: int) -> None:
        """Set the clock to so many minutes after the start of the visit."""
        self.now = START + timedelta(minutes=minutes)


def open_town(databases: Databases) -> Iterator[Town]:
    """A town of the test's own."""
    url, engine, street = street_at(databases, "sqlite")
    app = the_app()
    town = Town(street, app)
    held: Timebank = app.extensions["timebank"]
    app.extensions["timebank"] = replace(held, uow=street.uow, clock=lambda: town.now)
    yield town
    app.extensions["timebank"] = held
    engine.dispose()
    databases.discard(url)
