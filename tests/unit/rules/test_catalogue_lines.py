"""The 22 lines of the catalogue, beside the columns of the published page."""

from __future__ import annotations

import pytest

from services.rules.tasks import people_needed
from tests.unit.rules.reference import CARE, LENGTHS
from tests.unit.rules.samples import RULES

LEVELS = {
    "P2": "A06 C04 C05 D01 D02 D03".split(),
    "P3": "D04 E01 E02".split(),
}
REMOTE = "A01 A04 B05 D04".split()
INSURANCE = "D01 D02 E01 E02".split()


@pytest.mark.parametrize("code", sorted(LENGTHS))
def test_a_line_has_the_columns_of_the_page(code: str) -> None:
    line = RULES.service(code)
    assert line.tier == {"A": "T1", "B": "T2", "C": "T3", "D": "T4", "E": "T5"}[code[0]]
    assert (line.min_minutes, line.max_minutes) == LENGTHS[code]
    assert line.care == (code in CARE)
    wanted = next((level for level, codes in LEVELS.items() if code in codes), "P1")
    assert line.level == wanted
    assert line.remote == (code in REMOTE)
    assert line.insurance == (code in INSURANCE)
    assert line.group == (code == "B05")
    assert line.money_log == (code == "B01")
    assert line.same_sex == (code == "E01")
    assert line.recognises
    assert line.name.zh
    assert line.name.en


def test_there_are_no_other_lines() -> None:
    assert sorted(RULES.services) == sorted(LENGTHS)


@pytest.mark.parametrize(
    ("code", "grade", "first_visit", "people"),
    [
        ("A01", 4, True, 1),
        ("A03", 0, True, 2),
        ("A03", 4, False, 1),
        ("A05", 1, True, 1),
        ("A05", 2, False, 2),
        ("A06", 0, False, 2),
        ("D01", 2, True, 1),
        ("D01", 3, False, 2),
        ("D02", 4, False, 2),
        ("E01", 0, False, 2),
        ("E02", 2, False, 1),
        ("E02", 3, False, 2),
    ],
)
def test_two_people_come_where_the_page_says_so(
    code: str, grade: int, first_visit: bool, people: int
) -> None:
    assert people_needed(RULES.service(code), grade, first_visit) == people


def test_every_certificate_supports_a_level_of_the_table() -> None:
    levels = {code: each.level for code, each in RULES.certificates.items()}
    assert levels["course-4h"] == "P1"
    assert {levels[code] for code in levels if code.startswith("skilled-")} == {"P2"}
    assert {levels[code] for code in ("nurse", "lawyer", "barber", "domestic-worker")} == {"P3"}
    assert {levels[code] for code in levels if code.startswith(("senior-", "trainer-"))} == {"P4"}
    assert {levels[code] for code in ("food-hygiene", "insurance-accident")} == {"P0"}


def test_a_nurses_certificate_has_nothing_to_do_with_sweeping() -> None:
    assert "nurse" not in RULES.service("C01").recognises
    assert "nurse" in RULES.service("E01").recognises
