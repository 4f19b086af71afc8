"""The bench of pages: how its figures are made, and that its empty pages are the layouts."""

from __future__ import annotations

import pytest

from tests.settings import settings_for
from timebank.bench import web, web_app
from timebank.bench.web import Found, Times, judge


def found(**took: list[float]) -> Found:
    made = Found()
    names = {"elder": "elder /elder", "volunteer": "volunteer /volunteer/"}
    for audience, name in names.items():
        rows = [(name, each, "") for each in took[audience]]
        made.add([*rows, (web_app.empty_path(audience), 10.0, "")], 0.5)
    return made


def test_a_percentile_is_an_answer_that_was_given() -> None:
    times = Times([float(each) for each in range(100, 0, -1)])
    assert [times.at(each) for each in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert Times([7.0]).at(95) == 7
    assert Times().at(95) == 0


def test_the_goal_is_three_empty_pages_and_a_tenth_of_growth() -> None:
    small = found(elder=[20.0], volunteer=[29.0])
    elder, volunteer = judge(small, found(elder=[21.0], volunteer=[31.0]))
    assert (elder.small_times, elder.large_times) == (2.0, 2.1)
    assert elder.holds
    assert not volunteer.holds
    grown = judge(small, found(elder=[23.0], volunteer=[29.0]))
    assert [each.holds for each in grown] == [False, True]


def test_nothing_holds_where_nothing_was_answered() -> None:
    assert not any(each.holds for each in judge(Found(), Found()))


def test_answers_a_second_and_errors_are_counted() -> None:
    made = Found()
    made.add([("elder /elder", 1.0, ""), ("elder /elder", 2.0, "500")], 4)
    assert made.a_second == 0.5
    assert made.of(made.pages_of("elder")).errors == ["500"]
    assert made.times_empty("elder /elder") is None


def test_the_empty_pages_are_behind_the_login(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    from timebank import create_app

    settings = settings_for("sqlite://", tmp_path)
    monkeypatch.setattr(web_app, "create_product", lambda: create_app(settings))
    client = web_app.create_app().test_client()
    assert client.get(web_app.BARE).status_code == 200
    for audience in web.AUDIENCES:
        assert client.get(web_app.empty_path(audience)).status_code == 303
