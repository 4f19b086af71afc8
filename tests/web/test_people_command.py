"""``flask people``: the first administrator of an empty instance, once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from models.people import Sex
from tests.databases import Databases, migrate
from tests.factories import LUCHENG, id_number
from tests.settings import settings_for
from tests.web.conftest import Clock
from timebank import create_app

PASSWORD = "lan tian bai yun 7"


@pytest.fixture
def empty_app(databases: Databases, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """The application on a database that nobody has founded anything in."""
    url = databases.fresh("sqlite", migrate)
    app = create_app(settings_for(url, tmp_path), clock)
    yield app
    app.extensions["timebank"].uow.engine.dispose()
    databases.discard(url)


@pytest.fixture
def found(empty_app: Flask) -> Callable[..., tuple[int, str]]:
    def run(**changed: str) -> tuple[int, str]:
        options = {
            "name": "林向阳",
            "sex": "male",
            "born-on": "1980-02-03",
            "id-number": id_number(date(1980, 2, 3), Sex.MALE),
            "phone": "13700000008",
            "region": LUCHENG,
            "login": "national",
            "password": PASSWORD,
        } | changed
        words = [part for name, value in options.items() for part in (f"--{name}", value)]
        result = empty_app.test_cli_runner().invoke(args=["people", "create-admin", *words])
        return result.exit_code, result.output

    return run


def test_the_first_administrator_comes_in_with_the_given_password(
    empty_app: Flask, found: Callable[..., tuple[int, str]]
) -> None:
    code, output = found()
    number = re.search(r"V[\d ]+", output)
    assert code == 0
    assert number
    asked = empty_app.test_cli_runner().invoke(args=["people", "actor", number[0]])
    shown = json.loads(asked.output)
    assert shown["roles"] == ["national_admin nation 000000000000"]
    assert shown["is_active"]
    assert shown["home_book"] == LUCHENG


def test_there_is_only_one_founding(found: Callable[..., tuple[int, str]]) -> None:
    assert found()[0] == 0
    code, output = found(login="second")
    assert code == 1
    assert "全国管理员已经有了" in output


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"region": "330300000000"}, "县"),
        ({"id-number": "330302198002030000"}, "身份证"),
        ({"password": "1234567890"}, "密码"),
    ],
)
def test_a_refusal_leaves_nothing_behind(
    found: Callable[..., tuple[int, str]], changed: dict[str, str], sentence: str
) -> None:
    code, output = found(**changed)
    assert code == 1
    assert sentence in output
    assert found()[0] == 0


def test_an_unknown_number_is_a_sentence(empty_app: Flask) -> None:
    result = empty_app.test_cli_runner().invoke(args=["people", "actor", "V123"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
