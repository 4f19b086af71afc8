"""The example client against the whole application, over HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from tests.api.kit import START, World
from tests.databases import ROOT

CLIENT = ROOT / "examples" / "client"


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The application behind the server that it has in production."""
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    running = Thread(target=server.run, daemon=True)
    running.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    # In its own thread, between two turns: a socket that another thread closes is one that the
    # server may just be asking for news.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
    running.join(5)
    server.task_dispatcher.shutdown()


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    monkeypatch.syspath_prepend(str(CLIENT))
    import one_visit
    import timebank_client

    return timebank_client, one_visit


def test_one_visit_from_the_asking_to_the_receipt(
    world: World, served: str, example: tuple[Any, Any]
) -> None:
    client, story = example
    world.give_coins(world.elder, 600)
    elder, staff, volunteer = (
        client.Bank(served, world.program(who, scopes=scopes).token)
        for who, scopes in (
            (world.elder, ("care:write",)),
            (world.staff, ("care:write",)),
            (world.volunteer, ("care:write",)),
        )
    )

    def wait(minutes: int) -> None:
        world.clock.now = START + timedelta(minutes=minutes)

    receipt = story.one_visit(elder, staff, volunteer, START, wait)
    assert receipt["earn_minutes"] == 62
    [line] = elder.requests()
    # Read again, the list is not sent again.
    assert next(iter(elder.requests())) is line
    with pytest.raises(client.Problem) as refused:
        elder.read("/statement")
    assert (refused.value.status, refused.value.code) == (403, "scope_missing")
    elder.log_out()
    with pytest.raises(client.Problem, match="log in"):
        list(elder.requests())


def test_what_another_has_changed_is_not_let_through(
    world: World, served: str, example: tuple[Any, Any]
) -> None:
    client, _story = example
    world.give_coins(world.elder, 600)
    elder, staff = (
        client.Bank(served, world.program(who).token) for who in (world.elder, world.staff)
    )
    asked = elder.ask(service_code="A04", starts_at=START, booked_minutes=60)
    found = staff.request(asked["book"], asked["id"])
    world.program(world.elder).done(f"/requests/{asked['book']}/{asked['id']}/cancel")
    with pytest.raises(client.Problem) as refused:
        staff.approve(found, seen=True)
    assert refused.value.status == 412


def test_the_example_is_typed() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(CLIENT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout
