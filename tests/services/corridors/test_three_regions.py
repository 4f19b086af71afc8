"""Acts across three regions while processes are killed: nothing is lost, doubled or half done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.services.corridors import three_regions as country
from tests.services.ledger.faults.test_killed import settle
from tests.services.ledger.faults.writers import Target, Writers
from tests.services.ledger.kit import Ledger
from timebank.uow import UnitOfWork, make_engine

WRITERS = 4
#: So many acts are answered in a run, and so often a process is killed meanwhile.
ACTS, KILLS = 800, 12


@pytest.fixture
def regions(database_url: str) -> Iterator[Ledger]:
    """Three regions of a database of the test's own."""
    engine = make_engine(database_url)
    ledger = Ledger(database_url, UnitOfWork(engine))
    country.found(ledger.uow)
    yield ledger
    engine.dispose()


def run_and_kill(regions: Ledger, folder: Path, target: Target) -> dict[int, int]:
    """Let the writers act, kill them at random and look on; returns what was acknowledged."""
    random, seen = Random(1), 0
    with Writers(regions.url, folder, WRITERS, target) as writers:
        for _ in range(KILLS):
            writers.wait_for_some(random.randint(1, 2 * ACTS // KILLS))
            seen = max(seen, country.look(regions.uow))
            victim = random.choice(writers.numbers)
            writers.kill(victim)
            country.look(regions.uow)
            # It begins again with the act whose answer it never logged.
            writers.start(victim)
        missing = ACTS - sum(writers.acknowledged().values())
        writers.wait_for_some(max(1, missing))
        writers.kill_all()
        acknowledged = writers.acknowledged()
    settle(regions)
    assert sum(acknowledged.values()) >= ACTS
    assert country.look(regions.uow) >= seen > 0
    return acknowledged


def test_killed_processes_lose_nothing_and_every_book_stays_in_balance(
    regions: Ledger, tmp_path: Path
) -> None:
    acknowledged = run_and_kill(regions, tmp_path, country.write_across)
    country.assert_whole(regions.uow, acknowledged)
    # Nobody knows what became of the last act of each: asked again with its key, it is there once.
    for writer, count in acknowledged.items():
        regions.run(country.work_of(country.act(writer, count)))
    country.assert_exactly(regions.uow, {each: count + 1 for each, count in acknowledged.items()})


def test_without_clearing_the_same_test_fails(regions: Ledger, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="is out of balance"):
        run_and_kill(regions, tmp_path, country.write_directly)
