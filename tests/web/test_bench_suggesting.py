"""The bench of suggestions measures a real city in a real database, and says so."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from click.testing import CliRunner

from models.requests import Request
from services.context import Context
from services.matching.snapshot import load
from services.matching.suggesting import suggest
from services.policy import SYSTEM
from services.vault import Vault
from timebank.bench.matching_city import BOOK, NOW
from timebank.bench.suggesting import fill
from timebank.cli.bench_suggesting import NAMES, suggesting_command
from timebank.cli.db import upgrade_database
from timebank.uow import UnitOfWork, make_engine


def test_every_line_is_measured() -> None:
    found = CliRunner().invoke(suggesting_command, ["--volunteers", "150", "--requests", "10"])
    assert found.exit_code == 0, found.output
    for name in NAMES.values():
        assert name in found.output
    assert "150" in found.output


def test_the_city_that_is_measured_finds_people(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'city.db'}"
    upgrade_database(url)
    work = UnitOfWork(make_engine(url))
    fill(work, 1, 20, 3_000)
    with work.read() as session:
        columns = load(session, NOW).columns
        assert len(columns) == 3_000
        vault = Vault(bytes(32), bytes(32))
        ctx = Context(session=session, actor=SYSTEM, now=NOW, vault=vault)
        rows = session.scalars(sa.select(Request).where(Request.book == BOOK)).all()
        found = [suggest(ctx, columns, row) for row in rows]
    work.engine.dispose()
    assert len(found) == 20
    assert sum(bool(each.candidates) for each in found) >= 10
