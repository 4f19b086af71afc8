"""Whoever asks for an unknown person waits for the same work as for a known one.

Told by counting: hashes and statements, not by a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from tests.security.people import World
from tests.web.client import Browser

#: Statements by which a known and an unknown name may differ: reading the row that is there.
LEEWAY = 4


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements that the product sends meanwhile."""
    engine = world.app.extensions["timebank"].uow.engine
    sent: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every comparison of a password."""
    seen: list[str] = []
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, stored: Any, given: Any) -> Any:
        seen.append(stored)
        return verify(self, stored, given)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    return seen


def login(who: str) -> Callable[[Browser], Any]:
    """Try a wrong password for somebody."""
    return lambda browser: browser.post("/login", data={"who": who, "password": "错的密码 12345"})


def shape(world: World, ask: Callable[[Browser], Any]) -> tuple[int, int, str | None]:
    """Status, statements and where to, of one look-up in a browser of its own."""
    with counted(world) as sent:
        answer = ask(world.app.test_client())
    return answer.status_code, len(sent), answer.headers.get("Location")


def test_a_wrong_password_and_an_unknown_name_are_one_answer(
    spare: World, hashes: list[str]
) -> None:
    login("warm-up")(spare.app.test_client())
    hashes.clear()
    known, known_count, _ = shape(spare, login("branch"))
    unknown, unknown_count, _ = shape(spare, login("nobody-here"))
    assert len(hashes) == 2, "one hash each"
    assert known == unknown
    assert abs(known_count - unknown_count) <= LEEWAY
    pages = [login(who)(spare.app.test_client()).text for who in ("branch", "nobody-here")]
    assert pages[0].replace("branch", "X").count("没有对上") == pages[1].count("没有对上") == 1


def test_a_code_is_promised_to_everybody(spare: World) -> None:
    def ask(who: str) -> Callable[[Browser], Any]:
        return lambda browser: browser.post("/login/code", data={"who": who})

    known = shape(spare, ask("elder"))
    unknown = shape(spare, ask("nobody-here"))
    assert (known[0], known[2]) == (unknown[0], unknown[2]) == (303, "/login/code/enter")


@pytest.mark.parametrize(
    "paths",
    [
        ("/check/AAAA-AAAA-AAAA", "/check/BBBB-BBBB-BBBB"),
        ("/check/account/" + "e" * 64, "/check/account/" + "f" * 64),
        ("/feed/" + "0" * 40 + ".ics", "/feed/" + "f" * 40 + ".ics"),
        ("/c/" + "A" * 22, "/c/" + "B" * 22),
        ("/d/" + "A" * 22, "/d/" + "B" * 22),
    ],
)
def test_unknown_codes_are_all_alike(world: World, paths: tuple[str, str]) -> None:
    shapes = {shape(world, lambda browser, path=path: browser.get(path)) for path in paths}
    assert len({each[:2] for each in shapes}) == 1


def test_joining_does_not_tell_who_is_a_member(spare: World) -> None:
    """A telephone that somebody has already is taken like any other on the joining pages."""
    taken = next(iter(spare.secrets()[spare.person("王秀英")]))
    shapes = []
    for phone in (taken, "13712345678"):
        browser = spare.app.test_client()
        browser.post("/join/self", data={})
        answer = browser.post("/join/step/phone", data={"phone": phone})
        shapes.append((answer.status_code, answer.headers.get("Location")))
    assert shapes[0] == shapes[1]


def test_long_passwords_cost_no_more(spare: World, hashes: list[str]) -> None:
    """What is hashed has an end: nobody makes the server hash a megabyte."""
    lengths: list[int] = []
    verify = PasswordHasher.verify
    PasswordHasher.verify = lambda self, stored, given: (  # type: ignore[method-assign]
        lengths.append(len(given)),
        verify(self, stored, given),
    )[1]
    try:
        spare.app.test_client().post("/login", data={"who": "elder", "password": "长" * 500_000})
    finally:
        PasswordHasher.verify = verify  # type: ignore[method-assign]
    assert all(length <= 200 for length in lengths)
