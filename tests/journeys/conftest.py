"""The real server, a real browser without script, and people with passwords."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from waitress import create_server

from models.ledger import AccountKind
from models.logins import Login
from models.oversight import OutboxMessage
from services import issuing
from services.context import Context
from services.ledger.accounts import account_id
from services.ledger.breaches import Tally
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.login import set_password
from services.outbox import opened
from services.people.actors import actor_for
from services.people.kin import grant_delegation
from services.policy import SYSTEM
from services.verification import verify
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, VAULT
from tests.journeys.hands import WAYS, Hands, hands
from tests.services.conftest import settled_world
from tests.settings import settings_for
from tests.web.client import FOR_EVER
from tests.web.conftest import Clock
from timebank import create_app
from timebank.uow import UnitOfWork

T = TypeVar("T")

PASSWORD = "su-zao-yi-ke-shu"
#: Tuesday, 10 March 2026, nine in the morning in China.
MORNING = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
#: Milliseconds that a page may take on a machine that does much else besides.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Town:
    """A running product, and who lives there."""

    address: str
    clock: Clock
    uow: UnitOfWork
    app: Flask
    people: dict[str, UUID] = field(default_factory=dict)

    def settle(self, session: Session) -> None:
        """One branch, four people of the path, two administrators, and an authorised pool."""
        branch = factories.create_branch(session, name="样例街道网点", name_en="Sample branch")
        made = {
            "wang": factories.create_elder(session, grade=1, name="王秀英", door_word="桂花"),
            "wangfang": factories.create_member(session, name="王芳"),
            "liming": factories.create_volunteer(session, "P1", name="李明"),
            "chenjing": factories.create_staff(session, branch, name="陈静"),
            "shenwenbo": factories.create_auditor(session, name="沈文博"),
            "zhoumin": factories.create_region_admin(session, name="周敏"),
            "zhengzhiyuan": factories.create_region_admin(session, name="郑志远"),
        }
        self.people = made
        for member in made.values():
            set_password(self._context(session, member), PASSWORD)
        grant_delegation(
            self._context(session, made["wang"]),
            made["wang"],
            made["wangfang"],
            frozenset({"see", "ask", "confirm"}),
            "own",
            date(2027, 3, 1),
            6_000,
        )
        row = issuing.propose(
            self._context(session, made["zhoumin"]), LONGWAN, 60_000, "样例专项资金"
        )
        issuing.sign(self._context(session, made["zhengzhiyuan"]), LONGWAN, row)
        give = Draft(
            book=LONGWAN,
            kind="service",
            key="earned long ago",
            legs=(
                Leg(account_id(LONGWAN, AccountKind.POOL), -600),
                Leg(account_id(LONGWAN, AccountKind.EARNED, made["wang"]), 600),
            ),
            effective_at=self.clock.now,
        )
        post(session, [give], Stamp(self.clock.now, SYSTEM.id))

    def join(self, name: str, make: Callable[[Session], UUID], coins: int = 0) -> UUID:
        """Somebody else lives here too, has a password and may have coins from long ago."""

        def move_in(session: Session) -> UUID:
            member = make(session)
            set_password(self._context(session, member), PASSWORD)
            if coins:
                legs = (
                    Leg(account_id(LONGWAN, AccountKind.POOL), -coins),
                    Leg(account_id(LONGWAN, AccountKind.EARNED, member), coins),
                )
                key = f"earned by {name}"
                draft = Draft(LONGWAN, "service", key, legs, effective_at=self.clock.now)
                post(session, [draft], Stamp(self.clock.now, SYSTEM.id))
            return member

        self.people[name] = self.uow.run(move_in)
        return self.people[name]

    def act(self, who: str, work: Callable[[Context], T]) -> T:
        """One committed act of somebody whose pages are no part of the story."""
        return self.uow.run(lambda session: work(self._context(session, self.people[who])))

    def code(self, name: str) -> str:
        """The six figures of the newest text message to somebody."""
        with self.uow.read() as session:
            rows = session.scalars(
                sa.select(OutboxMessage)
                .where(OutboxMessage.member_id == self.people[name])
                .order_by(OutboxMessage.created_at, OutboxMessage.id)
                .execution_options(cross_book=True)
            )
            told = [opened(row, VAULT).params for row in rows if "{code}" in row.sentence]
        return str(told[-1]["code"])

    def holds(self) -> None:
        """The ledger adds up, link by link."""
        with self.uow.read() as session:
            ctx = Context(session=session, actor=SYSTEM, now=self.clock.now, vault=VAULT)
            assert list(verify(ctx, LONGWAN, Tally())) == []

    def number(self, name: str) -> str:
        """The number a person logs in with."""
        with self.uow.read() as session:
            return actor_for(session, self.people[name], self.clock.now).number

    def lasting(self, name: str) -> None:
        """Let the logins of a person stand for a whole story, an office's second factor given.

        How the two steps and the time-out go is a story of its own (``test_logins``).
        """
        moments = {"began_at": FOR_EVER, "seen_at": FOR_EVER, "factor_at": FOR_EVER}
        wanted = sa.update(Login).where(Login.member_id == self.people[name]).values(moments)
        self.uow.run(lambda session: session.execute(wanted))

    def _context(self, session: Session, member: UUID) -> Context:
        actor = actor_for(session, member, self.clock.now)
        return Context(session=session, actor=actor, now=self.clock.now, vault=VAULT)


@contextmanager
def open_town(databases: Databases, folder: Path) -> Iterator[Town]:
    """The product on a port of its own."""
    url = databases.fresh("sqlite", settled_world)
    clock = Clock(MORNING)
    app = create_app(settings_for(url, folder), clock)
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    address = f"http://127.0.0.1:{server.effective_port}"
    made = Town(address, clock, app.extensions["timebank"].uow, app)
    made.uow.run(made.settle)
    yield made
    server.close()
    server.task_dispatcher.shutdown()
    serving.join(5)
    made.uow.engine.dispose()
    databases.discard(url)


@pytest.fixture
def town(databases: Databases, tmp_path: Path) -> Iterator[Town]:
    """A town for one test."""
    with open_town(databases, tmp_path) as made:
        yield made


@pytest.fixture
def visit_as(town: Town, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a browser in which somebody has logged in by password; without script by default."""
    contexts = []

    def come(
        name: str | None,
        *,
        width: int = 1280,
        height: int = 900,
        lang: str = "zh",
        script: bool = False,
        touch: bool = False,
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            has_touch=touch,
            is_mobile=touch,
            base_url=town.address,
            locale="zh-CN" if lang == "zh" else "en-GB",
        )
        contexts.append(context)
        context.add_cookies([{"name": "lang", "value": lang, "url": town.address}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        if name is not None:
            page.goto("/login")
            page.locator("input[name=who]").fill(town.number(name))
            page.locator("input[name=password]").fill(PASSWORD)
            with page.expect_navigation():
                page.locator("form:has(input[name=password]) button").click()
            town.lasting(name)
            if "/login/second" in page.url:
                page.goto("/login")  # leads on to the own first page
        return page

    yield come
    for context in contexts:
        context.close()


@pytest.fixture
def walk_as(visit_as: Callable[..., Page]) -> Callable[[str | None, str], Hands]:
    """Somebody who walks in one of the ways of ``hands.WAYS``."""

    def come(name: str | None, way: str) -> Hands:
        return hands(way, visit_as(name, **WAYS[way]))

    return come


def tomorrow_at_ten(now: datetime) -> datetime:
    """When the visit of the story begins."""
    return now + timedelta(hours=25)
