"""One copy of the volunteers in a process: read once, followed now and then, never waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from models.people import Member
from services.matching.marks import mark
from services.matching.snapshot import Snapshot
from tests import factories
from tests.databases import Databases
from tests.factories import NOW
from tests.web.volunteer_kit import Town, open_town
from timebank import snapshots
from timebank.edge import Timebank


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    yield from open_town(databases)


@pytest.fixture
def held(town: Town) -> Timebank:
    found: Timebank = town.app.extensions["timebank"]
    return found


def joins(town: Town) -> None:
    def join(session: Any) -> None:
        member = factories.create_volunteer(session, branch_id=town.street.branch)
        mark(session, [member], NOW)

    town.street.uow.run(join)


def test_the_database_is_not_looked_at_again_within_two_seconds(
    town: Town, held: Timebank, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = snapshots.columns(held)
    joins(town)
    assert snapshots.columns(held) is first
    later = time.monotonic() + snapshots.EVERY_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    after = snapshots.columns(held)
    assert len(after) == len(first) + 1
    assert snapshots.columns(held) is after


def test_nobody_waits_while_another_one_looks(
    town: Town, held: Timebank, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = snapshots.columns(held)
    joins(town)
    monkeypatch.setattr(snapshots, "EVERY_SECONDS", 0.0)
    looking, go_on = threading.Event(), threading.Event()
    follow = snapshots.follow

    def slow(*args: Any) -> Snapshot:
        looking.set()
        go_on.wait(20)
        return follow(*args)

    monkeypatch.setattr(snapshots, "follow", slow)
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(snapshots.columns(held)))
    thread.start()
    assert looking.wait(20)
    assert snapshots.columns(held) is first
    go_on.set()
    thread.join(20)
    assert len(found[0]) == len(first) + 1


def test_a_look_that_fails_leaves_the_copy_and_the_next_one_works(
    town: Town, held: Timebank, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = snapshots.columns(held)
    joins(town)
    monkeypatch.setattr(snapshots, "EVERY_SECONDS", 0.0)
    with monkeypatch.context() as broken:
        broken.setattr(snapshots, "follow", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            snapshots.columns(held)
    assert len(snapshots.columns(held)) == len(first) + 1


def test_each_database_has_its_own(town: Town, held: Timebank, databases: Databases) -> None:
    first = snapshots.columns(held)
    number = town.street.count(Member, Member.is_provider)
    assert len(first) == number
    for other in open_town(databases):
        joins(other)
        theirs = snapshots.columns(other.app.extensions["timebank"])
        assert len(theirs) == number + 1
    assert snapshots.columns(held) is first
