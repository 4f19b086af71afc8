"""Whom waiting is told apart by: age, need, living alone, care grade. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

#: Everybody together.
ALL = "all"
#: The youngest age of each band.
AGES = (0, 60, 70, 80, 90)
GRADES = (0, 1, 2, 3, 4)
#: Every group in the order of the page.
GROUPS: tuple[str, ...] = (
    ALL,
    *(f"age-{age}" for age in AGES),
    "hardship",
    "alone",
    *(f"grade-{grade}" for grade in GRADES),
)


def groups_of(age_years: int, *, in_hardship: bool, lives_alone: bool, grade: int) -> list[str]:
    """The groups that an elder belongs to."""
    found = [ALL, f"age-{max(each for each in AGES if each <= max(0, age_years))}"]
    if in_hardship:
        found.append("hardship")
    if lives_alone:
        found.append("alone")
    return [*found, f"grade-{grade}"]


def hours_of(minutes: int) -> int:
    """Whole hours, rounded up; whoever came without waiting waited none."""
    return max(0, -(-minutes // 60))


def total_of(waits: Mapping[int, int]) -> int:
    """How many waited."""
    return sum(waits.values())


def rank_of(waits: Mapping[int, int], permille: int) -> int | None:
    """The hours that so many thousandths of all did not exceed; None where nobody waited."""
    wanted = -(-total_of(waits) * permille // 1000)
    for hours, so_far in _counted(sorted(waits.items())):
        if so_far >= wanted and so_far:
            return hours
    return None


def _counted(waits: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    so_far = 0
    for hours, visits in waits:
        so_far += visits
        yield hours, so_far
