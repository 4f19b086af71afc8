"""Writers, connections and the server itself die at random moments: nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import psycopg
import pytest
import sqlalchemy as sa

from tests.databases import NoServer, migrate, owner_url
from tests.services.ledger.faults.acts import (
    ask_again,
    assert_exactly,
    assert_whole,
    endow,
)
from tests.services.ledger.faults.servers import MortalServer, is_postgresql
from tests.services.ledger.faults.writers import Writers, wait_until
from tests.services.ledger.kit import Ledger
from timebank.uow import UnitOfWork, make_engine

WRITERS = 4
#: Moments of death; what the writers are doing then depends on the machine as well.
SEEDS = (1, 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_writers_lose_nothing_and_do_nothing_twice(
    ledger: Ledger, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    endow(ledger)
    with Writers(ledger.url, tmp_path, WRITERS) as writers:
        writers.wait_for(2)
        for _ in range(10):
            writers.wait_for_some(random.randint(1, 8))
            victim = random.choice(writers.numbers)
            writers.kill(victim)
            # It begins again with the act whose answer it never logged.
            writers.start(victim)
        writers.wait_for(7)
        writers.kill_all()
        acknowledged = writers.acknowledged()
    settle(ledger)
    assert_whole(ledger, acknowledged)
    assert_exactly(ledger, ask_again(ledger, acknowledged))


def settle(ledger: Ledger) -> None:
    """A server may still be finishing what a killed client had sent."""
    if not is_postgresql(ledger):
        return
    busy = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )

    def quiet() -> bool:
        with ledger.read() as session:
            return session.scalars(busy).one() == 0

    wait_until(quiet)


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_connections_cut_by_the_server_under_load(ledger: Ledger, tmp_path: Path) -> None:
    endow(ledger)
    random = Random(1)
    terminate = (
        "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity"
        " WHERE datname = %s AND state <> 'idle' ORDER BY random() LIMIT 1) AS one"
    )
    address = sa.make_url(owner_url(ledger.url))
    host, owner = str(address.query["host"]), address.username
    cut = 0
    with (
        psycopg.connect(host=host, user=owner, dbname="postgres", autocommit=True) as admin,
        Writers(ledger.url, tmp_path, WRITERS) as writers,
    ):
        writers.wait_for(2)
        while cut < 30:
            row = admin.execute(terminate, [address.database]).fetchone()
            assert row is not None
            cut += row[0]
            if random.random() < 0.2:
                writers.wait_for_some(random.randint(1, 8))
        # They are all still at work: each has asked again until it was answered.
        writers.wait_for(7)
        writers.kill_all()
        acknowledged = writers.acknowledged()
    settle(ledger)
    assert_whole(ledger, acknowledged)
    assert_exactly(ledger, ask_again(ledger, acknowledged))


@pytest.fixture
def mortal() -> Iterator[MortalServer]:
    """A server of the test's own that keeps what it has acknowledged, as a real one does."""
    try:
        server = MortalServer()
    except NoServer as reason:
        pytest.skip(str(reason))
    yield server
    server.close()


@pytest.mark.postgresql
def test_the_whole_server_dies_and_has_what_it_acknowledged(
    mortal: MortalServer, tmp_path: Path
) -> None:
    url = mortal.url(mortal.create())
    migrate(url)
    engine = make_engine(url)
    ledger = Ledger(url, UnitOfWork(engine))
    ledger.open()
    endow(ledger)
    random = Random(1)
    with Writers(url, tmp_path, WRITERS) as writers:
        for _ in range(2):
            writers.wait_for(3)
            writers.wait_for_some(random.randint(1, 8))
            mortal.kill()
            mortal.start_again()
        writers.wait_for(3)
        writers.kill_all()
        acknowledged = writers.acknowledged()
    settle(ledger)
    assert_whole(ledger, acknowledged)
    assert_exactly(ledger, ask_again(ledger, acknowledged))
    engine.dispose()
