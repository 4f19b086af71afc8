"""``flask rates publish``: files or what ships, into the database of the application."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result
from flask import Flask

from services.rates import NoRuleSet, rule_set_on
from services.rules.published import shipped_rule_set
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import NOW, VAULT
from timebank.cli.rates import rates
from timebank.uow import UnitOfWork, make_engine


@pytest.fixture(params=EACH_DIALECT)
def app(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Flask]:
    """Just enough of an application: a migrated database without rules, and a clock."""
    url = databases.fresh(request.param)
    engine = make_engine(url)
    made = Flask(__name__)
    made.extensions["timebank"] = SimpleNamespace(
        uow=UnitOfWork(engine), vault=VAULT, clock=lambda: NOW
    )
    made.cli.add_command(rates)
    yield made
    engine.dispose()
    databases.discard(url)


def _publish(app: Flask, *files: Path) -> Result:
    return app.test_cli_runner().invoke(args=["rates", "publish", *map(str, files)])


def _written(folder: Path, **changes: object) -> Path:
    file = folder / "rules.json"
    file.write_text(json.dumps({**shipped_rule_set().content, **changes}), "utf-8")
    return file


def test_without_a_file_it_publishes_what_ships_once(app: Flask) -> None:
    first = _publish(app)
    assert first.exit_code == 0, first.output
    assert [line.split()[0] for line in first.output.splitlines()] == [
        "CN-TB-1",
        "2025.1",
        "2026.1",
    ]
    assert first.output.count(" 已公布") == 3
    again = _publish(app)
    assert (again.exit_code, again.output.count("先前已公布")) == (0, 3)
    with app.extensions["timebank"].uow.read() as session:
        assert rule_set_on(session, NOW.date()).version == "CN-TB-1"


def test_a_file_is_published_or_refused_with_a_sentence(app: Flask, tmp_path: Path) -> None:
    assert _publish(app).exit_code == 0
    good = _written(tmp_path, version="CN-TB-2", effective_from="2026-04-01")
    assert "CN-TB-2" in _publish(app, good).output
    for changes, words in (
        ({"star_clean_months": 1}, "CN-TB-1 这一版已经公布"),
        ({"version": "CN-TB-3"}, "生效日期不能早于今天"),
        ({"version": "CN-TB-3", "tiers": []}, "tiers："),
    ):
        result = _publish(app, _written(tmp_path, **changes))
        assert result.exit_code == 1
        assert words in result.output


def test_one_bad_file_publishes_none_of_them(app: Flask, tmp_path: Path) -> None:
    good = _written(tmp_path, version="CN-TB-2")
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({"version": "CN-TB-3"}))
    assert _publish(app, good, bad).exit_code == 1
    with app.extensions["timebank"].uow.read() as session, pytest.raises(NoRuleSet):
        rule_set_on(session, NOW.date())
