"""The worked cases: those of the published rules, and as many more of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.rules.valuation import Valuation, value
from services.rules.wire import read_facts, result_of
from tests.unit.rules.samples import CALENDAR, RULES

DATA = Path(__file__).parents[2] / "data"
PUBLISHED = json.loads((DATA / "cn-tb-1.json").read_text("utf-8"))
OWN = json.loads((DATA / "cn-tb-1-more.json").read_text("utf-8"))


@pytest.mark.parametrize("case", PUBLISHED + OWN, ids=lambda case: case["case"][:60])
def test_a_worked_case(case: dict[str, Any]) -> None:
    valuation = value(read_facts(case["input"]), RULES, CALENDAR)
    result = result_of(valuation)
    assert {key: result[key] for key in case["expect"]} == case["expect"]
    assert Valuation.from_dict(json.loads(json.dumps(valuation.to_dict()))) == valuation


def test_there_are_more_cases_of_our_own_than_were_published() -> None:
    assert len(OWN) >= len(PUBLISHED) + 4
    assert not {json.dumps(case["input"]) for case in OWN} & {
        json.dumps(case["input"]) for case in PUBLISHED
    }
