"""Who may accept: each rule alone at its edge, and all reasons at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.rules.eligibility import SENTENCES, refusals
from services.rules.rule_set import UnknownService
from tests.unit.rules.samples import PROVIDER, RULES, TASK

NURSE = {"level": "P3", "certificates": frozenset({"course-4h", "nurse"}), "insured": True}


def _codes(
    provider: dict[str, Any] | None = None,
    task: dict[str, Any] | None = None,
    settings: dict[str, int] | None = None,
) -> list[str]:
    found = refusals(
        replace(PROVIDER, **provider or {}), replace(TASK, **task or {}), RULES, settings or {}
    )
    assert all(each.message and "{" not in each.message for each in found)
    return [each.code for each in found]


def test_nothing_stands_against_an_ordinary_volunteer() -> None:
    assert _codes() == []


PERSON: list[tuple[dict[str, Any], list[str]]] = [
    ({"is_recipient": True}, ["own_request"]),
    ({"kin_relation": "spouse"}, ["kin"]),
    ({"kin_relation": "parent"}, ["kin"]),
    ({"kin_relation": "child"}, ["kin"]),
    ({"kin_relation": "grandparent"}, []),
    ({"kin_relation": "parent_in_law"}, []),
    ({"identity_checked": False}, ["identity_unchecked"]),
    ({"paused_until": date(2026, 3, 8)}, []),
    ({"paused_until": date(2026, 3, 9)}, ["paused"]),
    ({"overlaps": True}, ["overlap"]),
    ({"already_accepted": True}, ["already_accepted"]),
]


@pytest.mark.parametrize(("provider", "codes"), PERSON)
def test_reasons_in_the_person(provider: dict[str, Any], codes: list[str]) -> None:
    assert _codes(provider) == codes


AGES: list[tuple[int, str, dict[str, Any], list[str]]] = [
    (13, "A04", {}, ["too_young"]),
    (14, "A04", {}, ["guardian_missing"]),
    (14, "A04", {"guardian_consent": True}, []),
    (17, "B01", {"in_group": True}, []),
    (17, "C01", {"guardian_consent": True}, ["minor_tier"]),
    (17, "C01", {}, ["minor_tier", "guardian_missing"]),
    (18, "C01", {}, []),
    (69, "E02", NURSE, []),
    (70, "E02", NURSE, ["older_tier"]),
    (74, "D01", NURSE, []),
    (74, "A04", {}, []),
    (75, "A04", {}, ["health_missing"]),
    (75, "A04", {"health_declared": True}, []),
    (75, "B01", {"health_declared": True}, ["older_tier"]),
]


@pytest.mark.parametrize(("age", "service", "more", "codes"), AGES)
def test_ages(age: int, service: str, more: dict[str, Any], codes: list[str]) -> None:
    assert _codes({"age_years": age, **more}, {"service": service}) == codes


TRAINING: list[tuple[str, dict[str, Any], list[str]]] = [
    ("A04", {"level": "P0", "certificates": frozenset()}, ["level_too_low"]),
    ("C02", {}, ["certificate_missing"]),
    ("C02", {"certificates": frozenset({"course-4h", "food-hygiene"})}, []),
    ("C04", {}, ["level_too_low", "one_certificate_missing"]),
    ("C04", {"level": "P3", "certificates": frozenset({"lawyer"})}, ["one_certificate_missing"]),
    ("C04", {"level": "P2", "certificates": frozenset({"skilled-household"})}, []),
    ("D04", {"level": "P3", "certificates": frozenset({"lawyer"})}, []),
    ("E02", {**NURSE, "insured": False}, ["insurance_missing"]),
    ("E02", {**NURSE, "level": "P2"}, ["level_too_low"]),
    (
        "E02",
        {"level": "P3", "certificates": frozenset({"barber", "skilled-bodycare"}), "insured": True},
        ["one_certificate_missing"],
    ),
]


@pytest.mark.parametrize(("service", "provider", "codes"), TRAINING)
def test_training_and_insurance(service: str, provider: dict[str, Any], codes: list[str]) -> None:
    assert _codes(provider, {"service": service}) == codes


PAIRS: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    # bathing: P3 with a care certificate is trained, P1 may be the second
    ({"insured": True}, {}, []),
    ({"insured": True}, {"accepted": 1, "accepted_trained": 1}, []),
    (NURSE, {"accepted": 1, "accepted_trained": 0}, []),
    (NURSE, {"accepted": 1, "accepted_trained": 1}, []),
    (
        {"insured": True},
        {"accepted": 1, "accepted_trained": 0},
        ["trained_missing", "level_too_low", "one_certificate_missing"],
    ),
    ({"level": "P0", "insured": True}, {}, ["second_level_too_low"]),
    (NURSE, {"accepted": 2, "accepted_trained": 1}, ["full"]),
    ({**NURSE, "already_accepted": True}, {"accepted": 1, "accepted_trained": 1},
     ["already_accepted"]),
    # in training: only beside those who are needed
    ({"level": "P0", "insured": True, "as_extra": True}, {"accepted": 1}, ["extra_too_early"]),
    (
        {"level": "P0", "insured": True, "as_extra": True},
        {"accepted": 2, "accepted_trained": 1},
        [],
    ),
    (
        {"level": "P0", "as_extra": True},
        {"accepted": 2, "accepted_trained": 1},
        ["insurance_missing"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("provider", "task", "codes"), PAIRS)
def test_two_people(provider: dict[str, Any], task: dict[str, Any], codes: list[str]) -> None:
    assert _codes(provider, {"service": "E01", "people_needed": 2, **task}) == codes


@pytest.mark.parametrize(
    ("sex", "required", "codes"),
    [
        ("male", "female", ["woman_wished"]),
        ("female", "male", ["man_wished"]),
        ("male", "male", []),
        ("male", None, []),
    ],
)
def test_a_wish_for_one_sex_is_binding(sex: str, required: str | None, codes: list[str]) -> None:
    assert _codes({"sex": sex}, {"required_sex": required}) == codes


FIRST = {"first_home_visit": True}
SAFETY: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    (FIRST, {}, ["screening_missing", "first_visit_alone"]),
    ({**FIRST, "screened": True}, {}, ["first_visit_alone"]),
    ({**FIRST, "accompanied": True}, {}, ["screening_missing"]),
    ({**FIRST, "screened": True, "accompanied": True}, {}, []),
    ({"screened": False, "accompanied": False}, {}, []),
    ({}, {"required_languages": frozenset({"wenzhou"})}, ["language_required"]),
    ({}, {"required_languages": frozenset({"cmn", "wenzhou"})}, []),
    (
        {"languages": frozenset({"wenzhou"})},
        {"required_languages": frozenset({"wenzhou", "nan"})},
        [],
    ),
    (
        {"languages": frozenset({"wenzhou"})},
        {"required_languages": frozenset({"cmn"})},
        ["language_required"],
    ),
]


@pytest.mark.parametrize(("provider", "task", "codes"), SAFETY)
def test_a_first_home_visit_and_a_language_that_must_be(
    provider: dict[str, Any], task: dict[str, Any], codes: list[str]
) -> None:
    assert _codes(provider, task) == codes


HOURS: list[tuple[dict[str, Any], list[str]]] = [
    ({"day_actual_minutes": 420}, []),
    ({"day_actual_minutes": 421}, ["day_full"]),
    ({"week_actual_minutes": 1740}, []),
    ({"week_actual_minutes": 1741}, ["week_full"]),
    ({"year_actual_minutes": 59_940}, []),
    ({"year_actual_minutes": 59_941}, ["year_full"]),
    ({"age_years": 70, "day_actual_minutes": 180}, []),
    ({"age_years": 70, "day_actual_minutes": 181}, ["day_full"]),
    ({"age_years": 80, "health_declared": True, "day_actual_minutes": 181}, ["day_full"]),
]


@pytest.mark.parametrize(("provider", "codes"), HOURS)
def test_hours_of_a_day_a_week_and_a_year(provider: dict[str, Any], codes: list[str]) -> None:
    assert _codes(provider) == codes


def test_a_region_may_be_tighter_but_not_looser() -> None:
    assert _codes({"day_actual_minutes": 200}, settings={"actual_per_day_minutes": 240}) == [
        "day_full"
    ]
    assert _codes({"day_actual_minutes": 421}, settings={"actual_per_day_minutes": 900}) == [
        "day_full"
    ]


def test_all_reasons_are_told_at_once_with_what_they_are_about() -> None:
    provider = replace(
        PROVIDER,
        age_years=76,
        sex="male",
        level="P0",
        certificates=frozenset(),
        identity_checked=False,
        kin_relation="spouse",
        overlaps=True,
        week_actual_minutes=1800,
    )
    task = replace(TASK, service="D01", required_sex="female")
    found = {each.code: each for each in refusals(provider, task, RULES)}
    assert list(found) == [
        "kin",
        "identity_unchecked",
        "older_tier",
        "health_missing",
        "level_too_low",
        "one_certificate_missing",
        "insurance_missing",
        "woman_wished",
        "overlap",
        "week_full",
    ]
    assert found["older_tier"].params["tiers_en"] == "company and contact"
    assert "熟练" in found["level_too_low"].message
    assert found["week_full"].params == {"limit_minutes": 1800, "taken_minutes": 1800}


def test_every_sentence_is_used_by_some_case() -> None:
    seen = {code for _, codes in PERSON for code in codes}
    seen |= {code for *_, codes in (*AGES, *TRAINING, *PAIRS, *SAFETY, *HOURS) for code in codes}
    assert set(SENTENCES) - seen == {"woman_wished", "man_wished"}


def test_an_unknown_service_is_an_error_and_no_reason() -> None:
    with pytest.raises(UnknownService):
        refusals(PROVIDER, replace(TASK, service="Z1"), RULES)
