"""The disk is full in the middle of an act: it says so, changes nothing, and goes on later."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from services.ledger.drafts import Draft
from services.ledger.post import post
from tests.services.ledger.faults.acts import act, ask_again, assert_exactly, assert_whole, endow
from tests.services.ledger.faults.writers import PROCESSES
from tests.services.ledger.kit import ISSUE, OTHER, STAMP, Ledger, draft, received
from timebank.uow import UnitOfWork, make_engine

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

#: More than fits beside what the file already has.
MANY = 400


def many(name: str) -> list[Draft]:
    """So much that it needs pages of every table and index that a posting writes."""
    taker = received(OTHER)
    return [draft((ISSUE, -1), (taker, 1), key=f"{name} {turn}") for turn in range(MANY)]


@contextmanager
def room_for(ledger: Ledger, pages: int) -> Iterator[UnitOfWork]:
    """Writers on a disk that has room for so many more pages."""
    engine = make_engine(ledger.url)

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        (now,) = connection.execute("PRAGMA page_count").fetchone()
        (most,) = connection.execute(f"PRAGMA max_page_count = {now + pages}").fetchone()
        assert most == now + pages

    try:
        yield UnitOfWork(engine)
    finally:
        engine.dispose()


def assert_sound(ledger: Ledger) -> None:
    """SQLite finds nothing wrong with its file, and the ledger nothing with its rows."""
    with closing(sqlite3.connect(_path(ledger))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    ledger.assert_clean()


def _path(ledger: Ledger) -> Path:
    return Path(ledger.url.removeprefix("sqlite:///"))


@pytest.mark.parametrize("pages", [0, 1, 2, 5, 11])
def test_a_full_disk_changes_nothing_and_is_told(ledger: Ledger, pages: int) -> None:
    endow(ledger)
    before = ledger.posted(received(OTHER))
    with room_for(ledger, pages) as uow:
        for _ in range(2):
            with pytest.raises(DBAPIError, match="full") as told:
                uow.run(lambda session: post(session, many("a"), STAMP))
            # Nobody is told to try again at once: the disk will be as full as it was.
            assert told.value.orig is not None
            assert told.value.orig.sqlite_errorname == "SQLITE_FULL"  # type: ignore[attr-defined]
            assert ledger.posted(received(OTHER)) == before
            assert_sound(ledger)
    # Somebody has made room: the same act, with the same keys.
    answers = ledger.run(lambda session: post(session, many("a"), STAMP))
    assert not any(answer.repeated for answer in answers)
    assert ledger.posted(received(OTHER)) == before + MANY
    assert_sound(ledger)


def test_small_acts_go_through_until_one_does_not(ledger: Ledger) -> None:
    """One by one until the disk is full: what was acknowledged is there, the rest is not."""
    endow(ledger)
    with room_for(ledger, 3) as uow:
        done, told = _until_it_fails(uow)
    assert "full" in told
    assert done > 0
    assert_whole(ledger, {0: done})
    assert_exactly(ledger, {0: done})
    assert_sound(ledger)
    assert_exactly(ledger, ask_again(ledger, {0: done}))


def _until_it_fails(uow: UnitOfWork) -> tuple[int, str]:
    """How many acts were acknowledged, and what was told then."""
    done = 0
    try:
        while True:
            uow.run(act(0, done).work)
            done += 1
    except DBAPIError as error:
        return done, str(error.orig)


def _write_with_little_room(url: str, log: str, room: int) -> None:
    """In a process that the system lets write files up to a size only."""
    uow = UnitOfWork(make_engine(url))
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    done, told = _until_it_fails(uow)
    Path(log).write_text(f"{done} {told}", encoding="utf-8")


def test_the_system_refuses_to_write_further(ledger: Ledger, tmp_path: Path) -> None:
    """The file system itself says no, wherever the engine happens to be in its log or file."""
    endow(ledger)
    log = tmp_path / "log"
    child = PROCESSES.Process(target=_write_with_little_room, args=(ledger.url, str(log), 400_000))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    child.close()
    done, told = log.read_text(encoding="utf-8").split(" ", 1)
    # The log of the engine, or its file: whichever came to the end first.
    assert told in ("disk I/O error", "database or disk is full")
    acknowledged = {0: int(done)}
    assert acknowledged[0] > 0
    assert_whole(ledger, acknowledged)
    assert_sound(ledger)
    assert_exactly(ledger, ask_again(ledger, acknowledged))
    assert_sound(ledger)
