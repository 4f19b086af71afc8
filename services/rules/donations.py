"""Which elders a fund serves, and whose donated minutes were used for what: both pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

#: What the criteria of a fund may ask for: whole numbers, and facts that must hold.
NUMBERS = ("age_from", "grade_from")
FACTS = ("in_hardship", "lives_alone", "special_family")
#: Of a public-benefit body: the ids of the branches that it looks after, as text.
BRANCHES = "branches"
OLDEST, HIGHEST_GRADE = 120, 4


@dataclass(frozen=True, slots=True)
class ElderFacts:
    """What is recorded about an elder on the day on which a fund is asked for coins."""

    age_years: int
    care_grade: int
    in_hardship: bool
    lives_alone: bool
    special_family: bool
    branch_id: UUID


def fits(facts: ElderFacts, criteria: Mapping[str, Any]) -> bool:
    """Whether the elder is one whom the fund serves: all that is named must hold.

    Criteria that name nothing serve nobody, and so do criteria that nobody understands.
    """
    found = [_holds(facts, name, wanted) for name, wanted in criteria.items()]
    return bool(found) and all(found)


def _holds(facts: ElderFacts, name: str, wanted: Any) -> bool:
    if name == "age_from":
        return facts.age_years >= int(wanted)
    if name == "grade_from":
        return facts.care_grade >= int(wanted)
    if name in FACTS:
        return bool(getattr(facts, name)) is bool(wanted)
    if name == BRANCHES:
        return str(facts.branch_id) in wanted
    return False


@dataclass(frozen=True, slots=True)
class Flow:
    """Minutes that came into a fund or went out of it, in the order of the ledger."""

    key: UUID
    minutes: int


@dataclass(frozen=True, slots=True)
class Use:
    """Of one donation so many minutes went into one draw."""

    donation: UUID
    draw: UUID
    minutes: int


def uses(donations: Iterable[Flow], draws: Iterable[Flow]) -> Iterator[Use]:
    """Whose minutes each draw took: what was given first is used first.

    The n-th minute drawn is the n-th minute given. What was undone, on either side, is left out
    by the caller. Minutes are positive; draws beyond all donations are nobody's.
    """
    left = deque(draws)
    for given in donations:
        unused = given.minutes
        while unused and left:
            draw = left.popleft()
            part = min(unused, draw.minutes)
            yield Use(given.key, draw.key, part)
            unused -= part
            if part < draw.minutes:
                left.appendleft(Flow(draw.key, draw.minutes - part))
