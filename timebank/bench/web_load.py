"""What locust does to the server: few people with real logins who look and act, one at a time.

``python -m locust -f timebank/bench/web_load.py``; the environment holds the password, the
tokens, and where the times are written. Every person waits for an answer, thinks for a moment,
and opens the next page of a shuffled deck, so the server is never asked for all that it can do.
"""

from __future__ import annotations

import json
import os
import random
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from locust import HttpUser, constant, events, task

PASSWORD = os.environ["BENCH_PASSWORD"]
TOKENS: dict[str, str] = json.loads(os.environ["BENCH_TOKENS"])
THINKS_S = float(os.environ["BENCH_THINKS"])
OUTPUT = os.environ["BENCH_OUTPUT"]
#: How often the empty and the bare page come in a deck of real ones.
EMPTIES = 3
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')

#: Name, milliseconds, and what was wrong; in the order of the answers.
SEEN: list[tuple[str, float, str]] = []


def _seen(name: str, response_time: float, exception: Any, **_rest: Any) -> None:
    SEEN.append((name, response_time, str(exception)[:120] if exception else ""))


def _write(**_given: Any) -> None:
    with Path(OUTPUT).open("w", encoding="utf-8") as file:
        json.dump(SEEN, file)


#: Locust declares no types for its events.
HOOKS: Any = events
HOOKS.request.add_listener(_seen)
HOOKS.quitting.add_listener(_write)


class Person(HttpUser):
    """Somebody who logs in once and then goes through a deck of pages and acts."""

    abstract = True
    fixed_count = 1
    wait_time = constant(THINKS_S)
    who: ClassVar[str]
    pages: ClassVar[tuple[str, ...]]
    acts: ClassVar[tuple[str, ...]] = ()
    empty: ClassVar[str] = ""

    def on_start(self) -> None:
        """Come in by the login page; where that fails, nothing else is worth measuring."""
        self.choose = random.Random(self.who)  # noqa: S311 - the order of pages is no secret
        self.deck: list[Callable[[], object]] = []
        self.turns = count()
        given = {"who": self.who, "password": PASSWORD}
        self._send("/login", "login", given, shown="GET login")

    @task
    def go_on(self) -> None:
        """The next card."""
        if not self.deck:
            looks = [*self.pages, *[self.empty, "/bench/bare"] * EMPTIES]
            self.deck = [
                *(self._look(path) for path in looks if path),
                *(getattr(self, name) for name in self.acts),
            ]
            self.choose.shuffle(self.deck)
        self.deck.pop()()

    def _look(self, path: str) -> Callable[[], object]:
        return lambda: self._open(path)

    def _open(self, path: str, shown: str = "") -> str:
        name = shown or (path if path.startswith("/bench/") else f"{self.who} {path}")
        with self.client.get(path, name=name, allow_redirects=False, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code}")
            return str(answer.text)

    def _send(self, path: str, name: str, given: dict[str, str], shown: str = "") -> None:
        """Open a form, fill it, and send it with its token, as a browser does."""
        fields = {**dict(HIDDEN.findall(self._open(path, shown))), **given}
        with self.client.post(
            path, data=fields, name=f"POST {name}", allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code not in (302, 303):
                answer.failure(f"{answer.status_code}")

    def _ask(self, who: str) -> str | None:
        """A request for help in some days' time; its id."""
        # At any quarter of some day, so that what an earlier turn left open is not asked again.
        at = datetime.now(UTC).replace(hour=0, minute=30, second=0, microsecond=0)
        at += timedelta(days=secrets.randbelow(40) + 2, minutes=15 * secrets.randbelow(36))
        asked = {
            "service_code": "A04",
            "starts_at": at.isoformat(),
            "booked_minutes": 30,
        }
        found = self._call(who, "requests", "ask", asked)
        return f"{found['book']}/{found['id']}" if found else None

    def _call(
        self, who: str, path: str, name: str, content: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Write through the API, under a key of its own."""
        headers = {"Authorization": f"Bearer {TOKENS[who]}", "Idempotency-Key": str(uuid4())}
        with self.client.post(
            f"/api/v1/{path}",
            json=content,
            headers=headers,
            name=f"API {name}",
            catch_response=True,
        ) as answer:
            if not answer.ok:
                answer.failure(f"{answer.status_code} {answer.text[:80]}")
                return None
            found: dict[str, Any] = answer.json() if answer.content else {}
            return found


class Elder(Person):
    """Looks at what is going on, asks for help, and calls it off again."""

    who, empty = "elder", "/bench/elder"
    pages = (
        "/elder",
        "/elder/coins",
        "/elder/requests",
        "/elder/today",
        "/elder/notices",
        "/elder/helpers",
        "/elder/wishes",
        "/elder/more",
    )
    acts = ("asks",)

    def asks(self) -> None:
        """Ask, and think better of it."""
        if place := self._ask("elder"):
            self._call("elder", f"requests/{place}/cancel", "cancel", {"reason": "bench"})


class Volunteer(Person):
    """Looks for something to do, at what was promised, and says how far the way may be."""

    who, empty = "volunteer", "/bench/volunteer"
    pages = (
        "/volunteer/",
        "/volunteer/requests",
        "/volunteer/visits",
        "/volunteer/week",
        "/volunteer/coins",
        "/volunteer/messages",
        "/volunteer/record",
        "/volunteer/more",
    )
    acts = ("moves",)

    def moves(self) -> None:
        """A form as a browser sends it: with its token, once."""
        further = str((1_000, 3_000)[next(self.turns) % 2])
        path = "/volunteer/availability/travel"
        self._send(path, "travel", {"mode": "walk", "radius_m": further})


class Staff(Person):
    """Looks at what waits, and approves what somebody asks for."""

    who = "branch"
    pages = ("/branch/", "/branch/requests", "/branch/day", "/branch/members", "/branch/unfilled")
    acts = ("approves",)

    def approves(self) -> None:
        """Somebody asks, the branch agrees, and it is called off."""
        if place := self._ask("elder2"):
            self._call("branch", f"requests/{place}/approve", "approve")
            self._call("elder2", f"requests/{place}/cancel", "cancel", {"reason": "bench"})


class Auditor(Person):
    """Reads the book."""

    who = "auditor"
    pages = (
        "/audit/",
        "/audit/books/330302000000",
        "/audit/books/330302000000/transfers",
        "/audit/books/330302000000/records",
    )
