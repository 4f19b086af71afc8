"""From a GB/T 42195 total score to a care grade, and what the standard allows to worsen it."""

from __future__ import annotations

from services.errors import Invalid

#: The lowest total score of the grades 0, 1, 2 and 3; below the last it is grade 4.
LOWEST_SCORES = (90, 66, 46, 30)
WORST = 4
#: This many falls, chokings, wanderings and the like within 30 days worsen the grade by one.
RISK_EVENTS = 2


class ScoreWrong(Invalid):
    """评估总分应在 0 到 100 之间。"""

    code = "score_wrong"


def grade_of_score(total_score: int) -> int:
    """The grade of a total score between 0 and 100, before anything worsens it."""
    if not 0 <= total_score <= 100:
        raise ScoreWrong(field="total_score")
    for grade, lowest in enumerate(LOWEST_SCORES):
        if total_score >= lowest:
            return grade
    return WORST


def possible_grades(
    total_score: int, *, coma: bool = False, dementia: bool = False, risk_events: int = 0
) -> frozenset[int]:
    """The grades that an assessment may come to.

    A coma is always the worst grade. Dementia or another mental disorder worsens by one, and so
    do repeated risk events; where both are found, assessors may count them once or twice.
    """
    base = grade_of_score(total_score)
    if coma:
        return frozenset({WORST})
    reasons = int(dementia) + int(risk_events >= RISK_EVENTS)
    steps = range(1, reasons + 1) if reasons else range(1)
    return frozenset(min(WORST, base + step) for step in steps)
