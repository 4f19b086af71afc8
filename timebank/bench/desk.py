"""Pages of the desk and the cockpit over a small ledger and a large one, page by page in turns.

The small ledger is the baseline: the same program, the same people, the same year, fewer visits.
A page whose cost does not follow the number of entries stands near one.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.context import Context
from services.logins import sessions
from services.people.actors import actor_for
from timebank import create_app
from timebank.bench import desk_town as town
from timebank.identity import LOGIN
from timebank.settings import Settings

#: A page that takes more than so many times the baseline follows the entries.
MOST = 2.0
TURNS = 5
ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Case:
    """A page: its name for people, its address, and what it took, in seconds, turn by turn."""

    name: str
    address: str
    small: list[float] = field(default_factory=list)
    large: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Large to small, medians over all turns."""
        return median(self.large) / median(self.small)

    @property
    def grows(self) -> bool:
        """Whether it follows the entries."""
        return self.ratio > MOST


def addresses(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every page and filter that is measured."""
    book = f"/audit/books/{town.BOOK}"
    yield "region", "/audit/"
    yield "region at a day", "/audit/?at=2026-11-15"
    yield "book", book
    yield "book, months", f"{book}?from_month=2026-10&to_month=2026-11"
    yield "book at a day", f"{book}?at=2026-11-15"
    yield "street", f"{book}/streets/{found['street']}"
    yield "branch", f"{book}/branches/{found['branch']}"
    yield "issues", f"{book}/issues"
    yield "pool", f"{book}/pool"
    yield "accounts", f"{book}/accounts"
    yield "accounts of a branch", f"{book}/accounts?branch_id={found['branch']}"
    yield "account", f"{book}/accounts/{found['account']}"
    yield "pool account", f"{book}/accounts/{found['pool']}"
    yield "pool account, kind", f"{book}/accounts/{found['pool']}?kind=donation"
    yield "pool account, days", f"{book}/accounts/{found['pool']}?first=2026-12-19"
    yield "transfers", f"{book}/transfers"
    yield "transfers, kind", f"{book}/transfers?kind=donation"
    yield "transfers, days", f"{book}/transfers?first=2026-12-19&last=2026-12-19"
    yield "transfers, by amount", f"{book}/transfers?sort=-amount"
    yield "transfers, last page", f"{book}/transfers?page=99"
    yield "transfer", f"{book}/transfers/{found['transfer']}"
    yield "requests", f"{book}/requests"
    yield "requests of a branch", f"{book}/requests?branch_id={found['branch']}"
    yield "visits", f"{book}/visits"
    yield "visits, state", f"{book}/visits?state=disputed"
    yield "visits, one person", f"{book}/visits?number=V000000000001"
    yield "visits, how confirmed", f"{book}/visits?confirmed_how=voice"
    yield "records", f"{book}/records"
    yield "records, act", f"{book}/records?act=visit.voice"
    yield "cockpit", "/oversight/cockpit"
    for question in (
        "elders", "supply", "active", "redemption", "waiting", "welfare", "reserve", "ratings",
        "callbacks",
    ):  # fmt: skip
        yield f"cockpit {question}", f"/oversight/cockpit/{question}?at={town.BOOK}"


def measure(small: str, large: str, turns: int = TURNS) -> list[Case]:
    """Every page on both databases in turns; the first turn warms up and does not count."""
    with _browser(small) as on_small, _browser(large) as on_large:
        found = town.some(small), town.some(large)
        cases = [Case(name, address) for name, address in addresses(found[1])]
        for turn in range(turns + 1):
            for case in cases:
                times = _took(on_small, case.address), _took(on_large, case.address)
                if turn:
                    case.small.append(times[0])
                    case.large.append(times[1])
    return cases


def _took(browser: FlaskClient, address: str) -> float:
    begun = time.perf_counter()
    answer = browser.get(address)
    spent = time.perf_counter() - begun
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")
    return spent


@contextmanager
def _browser(url: str) -> Iterator[FlaskClient]:
    """The product over a database, with the auditor before it."""
    with tempfile.TemporaryDirectory(prefix="timebank-bench-") as folder:
        app = application(url, Path(folder))
        browser = app.test_client()
        enter(browser)
        yield browser
        app.extensions["timebank"].uow.engine.dispose()


def application(url: str, instance: Path) -> Flask:
    """The product as it serves pages, on the bench's own clock and keys."""
    settings = Settings(
        env="test",
        root=ROOT,
        instance=instance,
        database_url=url,
        product_name="互助时光",
        product_name_en="Timebank",
        hotline="12349",
        secret_key="a key of the bench that is long enough",  # noqa: S106 - thrown away
        data_key=town.VAULT.data_key,
        index_key=town.VAULT.index_key,
        port=5000,
        trusted_proxies=0,
        session_lifetime=timedelta(days=30),
        log_level="INFO",
    )
    return create_app(settings, lambda: town.NOW)


def enter(browser: FlaskClient) -> None:
    """Come in as the auditor."""
    held = browser.application.extensions["timebank"]

    def begin(session: Session) -> str:
        auditor = actor_for(session, town.AUDITOR_ID, town.NOW)
        ctx = Context(session, auditor, town.NOW, held.vault)
        return sessions.begin(ctx, "password", "other/other", None, factor_at=town.NOW)

    cookie = held.uow.run(begin)
    with browser.session_transaction() as session:
        session.permanent = True
        session.update({"_user_id": str(town.AUDITOR_ID), "_fresh": True, LOGIN: cookie})
