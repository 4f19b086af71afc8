"""The page "How a minute travels" is true: what it names is there, and runs on the way."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

from tests import factories
from tests.api.kit import START, World
from tests.factories import LONGWAN
from tests.structure import tree
from timebank.seals.sealing import seal_all

PAGE = tree.ROOT / "docs" / "how-a-minute-travels.md"
CODE = re.compile(r"`([a-z_]+(?:/[a-z_]+)*\.py)`|`([a-z_]+)`")
#: Names of the database, not of Python.
TABLES = {"provider_slots", "timebank_post"}
Ran = set[tuple[str, str]]


def named() -> list[tuple[str, str]]:
    """Each function that the page names, with the file that was named last before it."""
    found, file = [], ""
    for path, function in CODE.findall(PAGE.read_text(encoding="utf-8")):
        if path:
            file = path
        elif function not in TABLES:
            found.append((file, function))
    return found


@contextmanager
def watching() -> Iterator[Ran]:
    """Note each function of the product that is entered meanwhile."""
    ran: Ran = set()
    root = f"{tree.ROOT}/"

    def enter(frame: FrameType, event: str, _value: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(root):
            ran.add((frame.f_code.co_filename.removeprefix(root), frame.f_code.co_name))

    sys.setprofile(enter)
    try:
        yield ran
    finally:
        sys.setprofile(None)


def test_every_function_on_the_page_runs_on_the_way(world: World) -> None:
    with watching() as ran:
        walk(world)
    missing = [f"{file} {function}" for file, function in named() if (file, function) not in ran]
    assert missing == []


def test_the_page_names_the_way() -> None:
    assert len({file for file, _ in named()}) > 20


def walk(world: World) -> None:
    """Ask, approve, accept, come, go, confirm, read, seal."""
    staff, elder = world.program(world.staff), world.program(world.elder)
    volunteer = world.program(world.volunteer)
    auditor = world.program(world.given(factories.create_auditor))
    world.give_coins(world.elder, 300)
    asked = elder.done("/requests", world.asked())
    request = f"/requests/{LONGWAN}/{asked['id']}"
    staff.done(f"{request}/approve")
    assert staff.read(f"{request}/people")
    visit = f"/visits/{LONGWAN}/{volunteer.done(f'{request}/accept')['visit_id']}"
    codes = elder.read(visit)["codes"]
    world.clock.now = START
    volunteer.done(f"{visit}/check-in", {"digits": codes["in"]})
    world.clock.now = START + timedelta(minutes=60)
    volunteer.done(f"{visit}/check-out", {"digits": codes["out"]})
    elder.done(f"{visit}/confirm")
    assert elder.read(f"{visit}/receipt")["earn_minutes"] == 60
    assert volunteer.read("/statement")["items"]
    assert auditor.read(f"/ledger/{LONGWAN}/trial-balance")["agrees"] is True
    assert seal_all(world.app.extensions["timebank"])
