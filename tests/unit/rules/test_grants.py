"""Monthly grants: the largest fitting kind, each reason spelled out, and when notices are due."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.grants import Facts, entitled, fitting, notice_due, reasons
from tests.unit.rules.samples import RULES

POOR, ALONE, LOST = {"in_hardship": True}, {"lives_alone": True}, {"special_family": True}


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (Facts(85), None),
        (Facts(85, grade=4), None),
        (Facts(70, **ALONE), None),
        (Facts(79, **ALONE), None),
        (Facts(80, **ALONE), "alone_80"),
        (Facts(70, **POOR), None),
        (Facts(70, grade=2, **POOR), None),
        (Facts(70, grade=1, **POOR, **ALONE), None),
        (Facts(70, grade=2, **POOR, **ALONE), "hardship"),
        (Facts(70, grade=3, **POOR), "hardship"),
        (Facts(61, **LOST), "special_family"),
        (Facts(80, **ALONE, **LOST), "alone_80"),
        (Facts(80, grade=3, **POOR, **ALONE, **LOST), "hardship"),
        (Facts(55, grade=3, spending_age_years=60, **POOR), None),
        (Facts(55, grade=3, spending_age_years=60, spends_under_age=True, **POOR), "hardship"),
        (Facts(62, spending_age_years=65, **LOST), None),
    ],
)
def test_who_is_granted_what(facts: Facts, kind: str | None) -> None:
    found = entitled(RULES.grants, facts)
    assert (found.code if found else None) == kind
    assert bool(reasons(RULES, facts)) == (kind is not None)


def test_every_reason_is_spelled_out() -> None:
    facts = Facts(83, grade=2, in_hardship=True, lives_alone=True)
    told = [(each.code, dict(each.params)) for each in reasons(RULES, facts)]
    assert [code for code, _ in told] == [
        "kind",
        "in_hardship",
        "lives_alone",
        "grade_from",
        "also",
    ]
    assert told[0][1] == {
        "kind_zh": "特困、低保等困难老人",
        "kind_en": "Elders in hardship",
        "month_minutes": 480,
    }
    assert told[3][1]["least_zh"] == told[3][1]["own_zh"] == "中度失能"
    assert told[4][1]["month_minutes"] == 240
    old = reasons(RULES, Facts(80, lives_alone=True))
    assert [each.code for each in old] == ["kind", "lives_alone", "age_from"]
    assert old[2].sentence == "当月 1 日 {age_years} 岁，要求 {age_from} 岁以上。"
    assert dict(old[2].params) == {"age_years": 80, "age_from": 80}


FACTS = st.builds(
    Facts,
    age_years=st.integers(40, 105),
    grade=st.integers(0, 4),
    in_hardship=st.booleans(),
    lives_alone=st.booleans(),
    special_family=st.booleans(),
    spending_age_years=st.sampled_from([0, 60, 65]),
    spends_under_age=st.booleans(),
)


@given(FACTS)
def test_the_largest_fitting_kind_and_never_a_sum(facts: Facts) -> None:
    """Said again in plain words, beside the rules' own data."""
    amounts = [0]
    if facts.spends_under_age or facts.age_years >= facts.spending_age_years:
        if facts.in_hardship and (facts.grade >= 3 or (facts.lives_alone and facts.grade >= 2)):
            amounts.append(480)
        if facts.lives_alone and facts.age_years >= 80:
            amounts.append(240)
        if facts.special_family:
            amounts.append(240)
    kind = entitled(RULES.grants, facts)
    assert (kind.month_minutes if kind else 0) == max(amounts)
    assert len(fitting(RULES.grants, facts)) == len(amounts) - 1
    assert Facts.from_dict(facts.to_dict()) == facts


@pytest.mark.parametrize("name", ["age_years", "lives_alone", "more"])
def test_what_is_kept_is_read_strictly(name: str) -> None:
    kept = {**Facts(80).to_dict(), name: "80"}
    with pytest.raises(ValueError, match="no facts"):
        Facts.from_dict(kept)


@pytest.mark.parametrize(
    ("days_left", "notice"), [(31, None), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)]
)
def test_a_late_notice_stands_for_those_before(days_left: int, notice: int | None) -> None:
    assert notice_due(days_left) == notice
