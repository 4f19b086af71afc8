"""What a service asks of people: how many have to come."""

from __future__ import annotations

from services.rules.rule_set import ServiceLine

#: How many in training may come along to learn; the national rules say nothing of it, and an
#: elder's room is small.
EXTRAS = 1


def people_needed(line: ServiceLine, care_grade: int, first_visit: bool) -> int:
    """One or two; ``first_visit``: nobody has yet been to this elder."""
    from_grade = line.two_people_from_grade
    two = (
        line.two_people == "always"
        or (line.two_people == "first_visit" and first_visit)
        or (from_grade is not None and care_grade >= from_grade)
    )
    return 2 if two else 1
