"""Every factor of a valuation is said, in the order of the formula."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from services.rules.explanation import SENTENCES, weight_text
from services.rules.refusals import with_chinese_names
from services.rules.valuation import (
    Line,
    VisitFacts,
    explain,
    settle,
    settle_group,
    settle_pair,
    value,
)
from tests.unit.rules.samples import CALENDAR, RULES, at, rules_with, visits, worth

PLAIN = ["served", "content", "provider", "recipient", "weight", "time", "earn", "elder", "pool"]


def _codes(**changes: Any) -> list[str]:
    return [line.code for line in explain(worth(**changes), RULES)]


def _by_code(lines: tuple[Line, ...]) -> dict[str, Line]:
    return {line.code: line for line in lines}


def test_an_ordinary_visit_is_explained_factor_by_factor() -> None:
    lines = explain(worth(), RULES)
    assert [line.code for line in lines] == [*PLAIN, "rules"]
    said = _by_code(lines)
    assert said["content"].params == {
        "name_zh": "家务",
        "name_en": "household",
        "percent": 125,
    }
    assert said["provider"].params["percent"] == 110
    assert said["recipient"].params["name_zh"] == "中度失能"
    assert said["weight"].params == {"weight": "1.65"}
    assert said["time"].params["band_minutes"] == 60
    assert said["time"].params["day_zh"] == "工作日"
    assert said["earn"].params == {"earn_minutes": 99}
    assert said["elder"].params == {"elder_minutes": 75}
    assert said["pool"].params == {"pool_minutes": 24}
    assert said["rules"].params == {"rule_set": "CN-TB-1", "calendar": "2025.1+2026.1"}


SAID: list[tuple[dict[str, Any], str]] = [
    ({"actual_minutes": 9}, "too_short"),
    ({"actual_minutes": 91}, "overrun"),
    ({"credited_today_minutes": 330}, "day_cap"),
    ({"certificate_relevant": False}, "provider_not_relevant"),
    ({"premium_stop": "pt"}, "provider_stopped"),
    ({"premium_stop": "pt", "start": at("2026-03-07 09:00")}, "time_stopped"),
    ({"premium_stop": "ptr"}, "recipient_stopped"),
    ({"recipients": 3, "service": "B05"}, "provider_group"),
    ({"recipients": 3, "service": "B05"}, "elder_group"),
    ({"recipients": 7, "service": "B05"}, "pool_receives"),
    ({"service": "B01"}, "recipient_not_counted"),
    ({"service": "E02", "provider_level": "P4", "care_grade": 4}, "weight_capped"),
    ({"start": at("2027-03-10 09:00")}, "calendar_unpublished"),
    (
        {"start": at("2026-03-10 11:00"), "booked_start": at("2026-03-10 09:00")},
        "after_window",
    ),
]


@pytest.mark.parametrize(("changes", "code"), SAID)
def test_what_is_particular_is_said(changes: dict[str, Any], code: str) -> None:
    assert code in _codes(**changes)
    assert code not in _codes()


def test_every_band_of_time_is_a_line() -> None:
    lines = explain(worth(start=at("2026-02-15 23:30")), RULES)
    times = [line.params for line in lines if line.code == "time"]
    assert [(each["band_minutes"], each["percent"], each["day_zh"]) for each in times] == [
        (30, 150, "休息日"),
        (30, 200, "除夕至初三"),
    ]


def test_how_it_was_settled_is_said() -> None:
    held = _by_code(explain(settle(worth(), 40), RULES))
    assert held["elder_hold"].params == {"elder_minutes": 40, "hold_minutes": 40}
    earlier, later = settle_pair(worth(), worth(), 500)
    assert "elder" in _by_code(explain(earlier, RULES))
    assert "elder_pair" in _by_code(explain(later, RULES))
    group = settle_group(worth(service="B05", recipients=7), 5)
    assert _by_code(explain(group, RULES))["elder_group"].params == {
        "elder_minutes": 50,
        "share_minutes": 10,
    }
    full = rules_with(valuation={**RULES.content["valuation"], "elder_pays": "full"})
    assert "elder_full" in _by_code(explain(value(worth().facts, full, CALENDAR), full))


def test_every_sentence_is_used() -> None:
    settled = {"elder_hold", "elder_pair", "elder_full"}
    assert set(SENTENCES) == {*PLAIN, "rules", *(code for _, code in SAID)} | settled


@given(visits(breaks=True))
def test_every_sentence_is_filled(facts: VisitFacts) -> None:
    for line in explain(value(facts, RULES, CALENDAR), RULES):
        assert "{" not in line.sentence.format(**with_chinese_names(line.params))


def test_other_rules_do_not_explain_it() -> None:
    with pytest.raises(ValueError, match="rule set that made it"):
        explain(worth(), rules_with(star_clean_months=1))


@pytest.mark.parametrize(
    ("weight", "text"),
    [(1_000_000, "1"), (1_650_000, "1.65"), (2_531_250, "2.53125"), (0, "0"), (3_000_000, "3")],
)
def test_a_weight_is_written_without_spare_zeros(weight: int, text: str) -> None:
    assert weight_text(weight) == text
