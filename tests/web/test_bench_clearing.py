"""The clearing benchmark does real work: halves that mirror each other, on both engines."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session

from models.corridors import CrossClaim
from models.ledger import Transfer
from services.ledger.breaches import Tally
from services.verification.crossings import check_crossings
from tests.factories import make_ctx
from timebank.bench import clearing, world
from timebank.bench.clients import Turn
from timebank.bench.ledger import Case
from timebank.cli import bench as commands
from timebank.uow import UnitOfWork, make_engine


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three regions with a handful of members, and one turn."""
    monkeypatch.setattr(clearing, "BOOKS", clearing.BOOKS[:3])
    monkeypatch.setattr(clearing, "MEMBERS", 10)


@pytest.mark.usefixtures("few")
def test_every_case_posts_and_every_half_has_its_mirror(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clearing.build(database_url)
    engine = make_engine(database_url)
    # Clients are processes, which end with their connections; here there is one for all.
    for module in (clearing, world):
        monkeypatch.setattr(module, "make_engine", lambda _url: engine)
    posted = {}
    with UnitOfWork(engine).read() as session:
        posted["before"] = count(session, Transfer)
    for name, work in clearing.WORKS.items():
        assert work(database_url, 0)() == 1
        with UnitOfWork(engine).read() as session:
            posted[name] = count(session, Transfer)
    before = posted.pop("before")
    assert [number - before for number in posted.values()] == [1, 3, 4, 6]
    with UnitOfWork(engine).read() as session:
        assert count(session, CrossClaim) == 1
        for book in clearing.BOOKS:
            assert list(check_crossings(make_ctx(session), book, Tally())) == []
    engine.dispose()


def count(session: Session, model: type[Transfer | CrossClaim]) -> int:
    """Rows of a table over all books."""
    wanted = sa.select(sa.func.count()).select_from(model).execution_options(cross_book=True)
    return session.scalar(wanted) or 0


@pytest.mark.usefixtures("few")
def test_the_command_prints_ratios(monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(cases: list[Case], _seconds: float) -> None:
        for case in cases:
            case.turns.append(Turn(200 if case.baseline is None else 100, 1))

    monkeypatch.setattr("timebank.bench.ledger.measure", measured)
    ran = CliRunner().invoke(commands.bench, ["clearing"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    assert ran.output.count("0.50 ×") == 2
    assert ran.output.count(" 1 ×") == 2


def test_somebodys_database_is_never_measured() -> None:
    words = ["clearing", "--database-url", "sqlite:///ledger.db"]
    ran = CliRunner().invoke(commands.bench, words)
    assert ran.exit_code == 1
    assert "throw-away" in ran.output
