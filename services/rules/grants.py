"""Who is entitled to a monthly grant, by recorded facts alone, with every reason spelled out.

Whoever fits several kinds is given the largest one, never their sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from services.rules.rule_set import RuleSet
from services.rules.sections import GrantCondition, GrantKind, Grants

#: A member is told of a grant's end so many days before it.
NOTICE_DAYS = (30, 7)

SENTENCES: Mapping[str, str] = {
    "kind": "{kind}：每月发放 {month_minutes}。",
    "in_hardship": "登记为特困、低保等困难情况。",
    "lives_alone": "登记为独居。",
    "special_family": "登记为计划生育特殊家庭。",
    "age_from": "当月 1 日 {age_years} 岁，要求 {age_from} 岁以上。",
    "grade_from": "照护等级是{own}，要求{least}以上。",
    "also": "也符合“{kind}”（每月 {month_minutes}）：只发最多的一种，不相加。",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What was on record about an elder when a month was worked out."""

    #: Whole years on the first of the month.
    age_years: int
    #: Care grade 0-4; 0 as well for whoever was never assessed.
    grade: int = 0
    in_hardship: bool = False
    lives_alone: bool = False
    special_family: bool = False
    #: From which age coins can be used where the elder lives, and a branch's leave to use them
    #: earlier: nobody is given what he cannot use.
    spending_age_years: int = 0
    spends_under_age: bool = False

    @property
    def may_spend(self) -> bool:
        """Whether coins are of any use to the elder."""
        return self.spends_under_age or self.age_years >= self.spending_age_years

    def to_dict(self) -> dict[str, Any]:
        """As it is kept beside an entitlement."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Facts:
        """Back from what is kept; raises ValueError for anything else."""
        figures = {"age_years", "grade", "spending_age_years"}
        kinds = {each.name: int if each.name in figures else bool for each in fields(cls)}
        if set(kept) != set(kinds) or any(type(kept[name]) is not kinds[name] for name in kinds):
            raise ValueError("these are no facts of a grant")
        return cls(**kept)


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of an explanation: a code, the Chinese sentence and what fills its gaps."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The Chinese sentence with its ``{params}``."""
        return SENTENCES[self.code]


def fitting(grants: Grants, facts: Facts) -> tuple[GrantKind, ...]:
    """Every kind that the facts fit, the largest first; of equals the one named first."""
    if not facts.may_spend:
        return ()
    found = [kind for kind in grants.kinds.values() if _met(kind, facts) is not None]
    return tuple(sorted(found, key=lambda kind: -kind.month_minutes))


def entitled(grants: Grants, facts: Facts) -> GrantKind | None:
    """The one kind that is granted, or None."""
    return next(iter(fitting(grants, facts)), None)


def reasons(rules: RuleSet, facts: Facts) -> tuple[Reason, ...]:
    """Why just this is granted; nothing for whoever is not entitled."""
    kinds = fitting(rules.grants, facts)
    if not kinds:
        return ()
    first, *others = kinds
    met = _met(first, facts)
    assert met is not None
    return (
        _of_kind("kind", first),
        *_clauses(rules, met, facts),
        *(_of_kind("also", other) for other in others),
    )


def notice_due(days_left: int) -> int | None:
    """Which notice of a grant's end is due; a late one stands for those before it.

    ``days_left`` counts whole days to the last one on which the grant can be used.
    """
    return min((days for days in NOTICE_DAYS if 0 <= days_left <= days), default=None)


def _met(kind: GrantKind, facts: Facts) -> GrantCondition | None:
    """The first of a kind's conditions that holds."""
    return next((each for each in kind.when if _holds(each, facts)), None)


def _holds(condition: GrantCondition, facts: Facts) -> bool:
    flags = ("in_hardship", "lives_alone", "special_family")
    named = ((getattr(condition, name), getattr(facts, name)) for name in flags)
    return (
        all(wanted is None or wanted == found for wanted, found in named)
        and facts.grade >= (condition.grade_from or 0)
        and facts.age_years >= (condition.age_from or 0)
    )


def _clauses(rules: RuleSet, met: GrantCondition, facts: Facts) -> Iterator[Reason]:
    for name in ("in_hardship", "lives_alone", "special_family"):
        if getattr(met, name):
            yield Reason(name)
    if met.age_from is not None:
        yield Reason("age_from", {"age_years": facts.age_years, "age_from": met.age_from})
    if met.grade_from is not None:
        grade, least = rules.grade(facts.grade).name, rules.grade(met.grade_from).name
        yield Reason("grade_from", {**grade.params("own"), **least.params("least")})


def _of_kind(code: str, kind: GrantKind) -> Reason:
    return Reason(code, {**kind.name.params("kind"), "month_minutes": kind.month_minutes})
