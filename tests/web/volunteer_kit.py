"""The street of the service tests behind the real application, and a browser without a screen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from flask import Flask, session
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.people.actors import actor_for
from tests.factories import NOW, VAULT
from tests.services.visits.conftest import Street
from timebank import create_app
from timebank.edge import reading
from timebank.identity import log_in
from timebank.settings import Settings


@dataclass
class Clock:
    """The application's time, set by the test."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


def make_app(url: str, folder: Path, clock: Clock) -> Flask:
    """The whole application on a database that is already settled."""
    settings = Settings(
        env="test",
        root=folder,
        instance=folder,
        database_url=url,
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
    return create_app(settings, clock)


@dataclass
class Browser:
    """Somebody with a telephone: opens pages, fills in forms, presses buttons."""

    app: Flask
    clock: Clock
    client: FlaskClient = field(init=False)
    page: TestResponse = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def log_in(self, member_id: UUID) -> Browser:
        """As the login page would leave the session."""
        self.client = self.app.test_client()
        with self.app.test_request_context(environ_base=self.client.environ_base):
            with reading() as ctx:
                actor = actor_for(ctx.session, member_id, self.clock.at)
            log_in(actor)
            kept = dict(session)
        with self.client.session_transaction() as stored:
            stored.update(kept)
        return self

    def english(self) -> Browser:
        """Choose English."""
        self.client.set_cookie("lang", "en")
        return self

    def open(self, path: str, status: int = 200) -> str:
        """Open a page, following redirects; returns its text without tags."""
        self.page = self.client.get(path, follow_redirects=True)
        assert self.page.status_code == status, self.page.text
        return self.text

    def send(self, path: str, status: int = 200, **answers: str) -> str:
        """Send the form of the page that is open, with answers; follows redirects."""
        self.page = self.client.post(
            path, data={**self.hidden(), **answers}, follow_redirects=True
        )
        assert self.page.status_code == status, self.page.text
        return self.text

    def hidden(self) -> dict[str, str]:
        """The token and the key of the page's last form."""
        fields = re.findall(
            r'<input type="hidden" name="(csrf_token|idempotency_key)" value="([^"]*)"',
            self.page.text,
        )
        return dict(fields)

    @property
    def html(self) -> str:
        return self.page.text

    @property
    def path(self) -> str:
        """Where the last redirect led."""
        return self.page.request.path

    @property
    def text(self) -> str:
        """The words of the page's main part."""
        body = self.page.text
        main = re.search(r"<main.*</main>(.*<div class=\"actions\">.*?</div>)?", body, re.DOTALL)
        words = re.sub(r"<[^>]+>", " ", main[0] if main else body)
        return re.sub(r"\s+", " ", words).replace("&#39;", "'")

