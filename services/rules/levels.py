"""A provider's level follows from certificates and hours served; nobody sets it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from services.rules.rule_set import RuleSet, ServiceLine


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    """A certificate that someone holds, valid from one day to another, both included."""

    code: str
    valid_from: date
    valid_to: date | None = None


def valid_codes(
    held: Iterable[HeldCertificate], first: date, last: date | None = None
) -> frozenset[str]:
    """The codes valid on a day, or through all of a period; two of a kind may follow on."""
    last = first if last is None else last
    by_code: dict[str, list[HeldCertificate]] = {}
    for each in held:
        by_code.setdefault(each.code, []).append(each)
    return frozenset(code for code, those in by_code.items() if _cover(those, first, last))


def provider_level(codes: Collection[str], actual_minutes: int, rules: RuleSet) -> str:
    """The highest level that a valid certificate supports and the minutes served allow.

    A certificate of a level that asks for more hours than were served counts for the levels
    below it: a 16-hour course is also a 4-hour one. Codes that the rules do not know, and
    documents such as an insurance, support nothing.
    """
    ranks = list(rules.levels)
    supported = [rules.certificates[code].level for code in codes if code in rules.certificates]
    best = max((ranks.index(level) for level in supported), default=0)
    while best and actual_minutes < rules.levels[ranks[best]].served_hours * 60:
        best -= 1
    return ranks[best]


def certificate_relevant(line: ServiceLine, codes: Iterable[str]) -> bool:
    """Whether one of the certificates is among those that the catalogue line recognises."""
    return not line.recognises.isdisjoint(codes)


def has_training(line: ServiceLine, level: str, codes: Collection[str], rules: RuleSet) -> bool:
    """Whether the provider holds the training that the line lists."""
    return (
        rules.level_rank(level) >= rules.level_rank(line.level)
        and line.all_of.issubset(codes)
        and (not line.one_of or not line.one_of.isdisjoint(codes))
    )


def _cover(those: Iterable[HeldCertificate], first: date, last: date) -> bool:
    """Whether certificates that follow one another leave no day of the period open."""
    day = first
    for each in sorted(those, key=lambda one: one.valid_from):
        if each.valid_from > day:
            return False
        if each.valid_to is None or each.valid_to >= last:
            return True
        if each.valid_to >= day:
            day = date.fromordinal(each.valid_to.toordinal() + 1)
    return False
