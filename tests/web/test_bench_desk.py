"""The desk's bench does real work, and no page reads through a table that grows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from services.ledger.breaches import Tally
from services.policy import SYSTEM
from services.verification.tallies import check_tallies
from tests.databases import DIALECTS, Databases, owner_url
from tests.factories import make_ctx
from timebank.bench import desk, desk_town
from timebank.bench.desk import Case
from timebank.cli import bench as commands
from timebank.uow import UnitOfWork, make_engine

#: Tables that grow with every visit.
GROWING = (
    "entries transfers visits valuations requests audit_records hold_legs holds hold_outcomes "
    "block_leaves callbacks ratings"
).split()
ENTRIES = 600
#: Statements of one page, at most: none asks once for each row.
MOST_STATEMENTS = 90


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Either engine."""
    return str(request.param)


@pytest.fixture
def town_url(databases: Databases, dialect: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A small town on either engine."""
    for name, number in (("ELDERS", 20), ("VOLUNTEERS", 20), ("DAYS", 70)):
        monkeypatch.setattr(desk_town, name, number)
    url = databases.fresh(dialect)
    desk_town.build(owner_url(url), ENTRIES, lambda done: None)
    yield url
    databases.discard(url)


def plan_of(connection: Any, statement: str, parameters: Any) -> list[str]:
    """What the engine would read, step by step."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        return [str(row[3]) for row in rows]
    rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
    return [str(row[0]) for row in rows]


def scans(step: str) -> str | None:
    """The growing table that a step reads whole, if it does."""
    found = re.search(r"^SCAN (\w+)(?! USING INDEX)|Seq Scan on (\w+)", step)
    table = (found[1] or found[2]) if found else None
    return table if table in GROWING else None


def test_no_page_reads_a_growing_table_whole(town_url: str, dialect: str, tmp_path: Path) -> None:
    app = desk.application(town_url, tmp_path)
    engine = app.extensions["timebank"].uow.engine
    browser = app.test_client()
    desk.enter(browser)
    sent: list[tuple[str, Any]] = []
    sa.event.listen(
        engine,
        "before_cursor_execute",
        lambda c, cur, text, values, ctx, m: sent.append((text, values)),
    )
    wrong, most = [], {}
    for name, address in desk.addresses(desk_town.some(town_url)):
        sent.clear()
        assert browser.get(address).status_code == 200, address
        most[name] = len(sent)
        asked = [each for each in sent if each[0].startswith(("SELECT", "WITH"))]
        with engine.connect() as connection:
            if dialect == "postgresql":
                # The tables are tiny here: what counts is whether an index could serve.
                connection.exec_driver_sql("SET enable_seqscan = off")
            wrong += [
                (name, table, text[:300])
                for text, values in {each[0]: each for each in asked}.values()
                for step in plan_of(connection, text, values)
                if (table := scans(step)) is not None
            ]
    engine.dispose()
    assert wrong == []
    assert max(most.values()) <= MOST_STATEMENTS, most


def test_the_town_is_a_real_ledger(town_url: str) -> None:
    engine = make_engine(town_url)
    with UnitOfWork(engine).read() as session:
        ctx = make_ctx(session, SYSTEM, now=desk_town.NOW)
        tally = Tally()
        assert list(check_tallies(ctx, desk_town.BOOK, tally)) == []
        assert tally.counts["tallies"] > 10
    engine.dispose()


def test_the_command_prints_ratios_and_says_what_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [Case("book", "/a", [0.01], [0.011]), Case("pool", "/b", [0.01], [0.05])]
    monkeypatch.setattr("timebank.bench.desk.measure", lambda *_: cases)
    monkeypatch.setattr("timebank.bench.desk_town.build", lambda *_: None)
    ran = CliRunner().invoke(commands.bench, ["desk", "--entries", "100", "--small", "100"])
    assert ran.exit_code == 0, ran.output
    assert "1.10 ×" in ran.output
    assert "SQLite: pool" in ran.output
    assert "SQLite: book" not in ran.output
    words = ["desk", "--database-url", "sqlite:///ledger.db"]
    assert CliRunner().invoke(commands.bench, words).exit_code == 1
