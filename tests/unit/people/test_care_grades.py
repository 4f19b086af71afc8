"""From a total score to a care grade."""

from __future__ import annotations

import pytest

from services.rules.care_grades import ScoreWrong, grade_of_score, possible_grades


@pytest.mark.parametrize(
    ("score", "grade"),
    [(100, 0), (90, 0), (89, 1), (66, 1), (65, 2), (46, 2), (45, 3), (30, 3), (29, 4), (0, 4)],
)
def test_the_bounds_of_the_grades(score: int, grade: int) -> None:
    assert grade_of_score(score) == grade
    assert possible_grades(score) == {grade}


@pytest.mark.parametrize("score", [-1, 101])
def test_a_score_outside_the_scale_is_refused(score: int) -> None:
    with pytest.raises(ScoreWrong):
        grade_of_score(score)


def test_what_worsens_a_grade() -> None:
    assert possible_grades(95, coma=True) == {4}
    assert possible_grades(95, dementia=True) == {1}
    assert possible_grades(95, risk_events=1) == {0}
    assert possible_grades(95, risk_events=2) == {1}
    assert possible_grades(95, dementia=True, risk_events=3) == {1, 2}
    assert possible_grades(10, dementia=True, risk_events=3) == {4}
