"""The benchmarks do what they say: real postings on both engines, and books that balance."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from models.seals import BlockLeaf
from services.ledger.breaches import Tally
from services.ledger.overview import activity
from services.ledger.streams import snapshot
from services.ledger.verify.whole import verify_book
from tests.databases import Databases
from timebank.bench import ledger as bench
from timebank.bench import world
from timebank.bench.clients import Clients
from timebank.bench.ledger import WORKS, schema_of_its_own
from timebank.bench.pgbench import NoProgram, program
from timebank.cli import bench as commands
from timebank.cli.db import upgrade_database
from timebank.uow import UnitOfWork, make_engine


def worked(url: str, *, scripted: bool = False) -> dict[str, int]:
    """Transfers of each book of the bench; every one clean, but for a script's own ids."""
    engine = make_engine(url)
    found = {}
    with UnitOfWork(engine).read() as session:
        snapshot(session)
        for book in world.BOOKS:
            codes = {each.code for each in verify_book(session, book, Tally())}
            assert codes <= ({"transfer_key_differs"} if scripted else set())
            found[book] = activity(session, book).transfers
    engine.dispose()
    return found


def sealed(url: str) -> int:
    """How many leaves the sealer has put into blocks."""
    engine = make_engine(url)
    with UnitOfWork(engine).read() as session:
        number = session.scalar(sa.select(sa.func.count()).select_from(BlockLeaf)) or 0
    engine.dispose()
    return number


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """One turn."""
    monkeypatch.setattr(bench, "TURNS", 1)


@pytest.mark.postgresql
@pytest.mark.usefixtures("few")
def test_every_case_on_postgresql_posts(databases: Databases) -> None:
    try:
        program()
    except NoProgram as missing:
        pytest.skip(str(missing))
    with schema_of_its_own(databases.empty("postgresql")) as (url, pgbench):
        upgrade_database(url)
        world.build(url)
        before = worked(url)
        with closing(Clients(url, 2, WORKS)) as clients:
            for work in WORKS:
                if work not in ("batch 10000", "seal"):
                    assert clients.run(work, 1, 0.1).per_second > 0, work
            assert clients.run("core", 1, 0.3, beside="seal").per_second > 0
            clients.run("seal", 1, 0.1)
        assert sealed(url) > 0
        after = worked(url)
        for book in world.BOOKS:
            assert pgbench.script(world.script(book), 1, 1) > 0
            assert after[book] > before[book]
        last = worked(url, scripted=True)
        assert all(last[book] > after[book] for book in world.BOOKS)


@pytest.mark.usefixtures("few")
def test_the_command_compares_on_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(names: tuple[str, ...]) -> Callable[..., Any]:
        made = bench.sqlite_cases
        return lambda *given: [case for case in made(*given) if case.name not in names]

    monkeypatch.setattr(bench, "sqlite_cases", without(("sqlite batch 10000",)))
    words = ["ledger", "--seconds", "0.1", "--entries", "4000"]
    ran = CliRunner().invoke(commands.bench, words, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    assert "the posting core from Python" in ran.output
    assert "ledger verify" in ran.output
    assert "✗" not in ran.output


def test_a_database_of_somebody_is_never_measured() -> None:
    words = ["ledger", "--database-url", "sqlite:///ledger.db"]
    ran = CliRunner().invoke(commands.bench, words)
    assert ran.exit_code == 1
    assert "throw-away" in ran.output
