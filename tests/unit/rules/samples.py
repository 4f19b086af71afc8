"""A visit, a provider and a task to change in one place each."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from services.rules.eligibility import ProviderFacts, TaskFacts
from services.rules.published import read_rule_set, shipped_calendar, shipped_rule_set
from services.rules.rule_set import RuleSet
from services.rules.valuation import Valuation, VisitFacts, value
from tests.unit.rules.reference import LENGTHS, SHANGHAI

RULES = shipped_rule_set()
CALENDAR = shipped_calendar()

VISIT = VisitFacts(
    service="C01",
    start=datetime(2026, 3, 10, 9, 0, tzinfo=SHANGHAI),
    actual_minutes=60,
    booked_minutes=60,
    provider_level="P2",
    certificate_relevant=True,
    care_grade=2,
    credited_today_minutes=0,
)
PROVIDER = ProviderFacts(
    age_years=40, sex="female", level="P1", certificates=frozenset({"course-4h"}),
    identity_checked=True,
)  # fmt: skip
TASK = TaskFacts(service="A04", booked_minutes=60, today=date(2026, 3, 9))


def at(text: str) -> datetime:
    """A moment in China: ``2026-03-10 09:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def visit(**changes: Any) -> VisitFacts:
    return replace(VISIT, **changes)


def worth(**changes: Any) -> Valuation:
    return value(visit(**changes), RULES, CALENDAR)


def rules_with(**changes: Any) -> RuleSet:
    """The shipped rules with other sections."""
    return read_rule_set(deepcopy(dict(RULES.content)) | changes)


@st.composite
def visits(draw: st.DrawFn, breaks: bool = False) -> VisitFacts:
    """Any visit of 2025 to 2027, on a whole minute."""
    service = draw(st.sampled_from(sorted(LENGTHS)))
    start = at("2025-01-01 00:00") + timedelta(minutes=draw(st.integers(0, 3 * 365 * 1440)))
    # Half of all starts lie around the Spring Festival, where days and hours meet.
    if draw(st.booleans()):
        start = at("2026-02-13 00:00") + timedelta(minutes=draw(st.integers(0, 8 * 1440)))
    booked = draw(st.integers(*LENGTHS[service]))
    pauses = []
    for _ in range(draw(st.integers(0, 3)) if breaks else 0):
        begin = start + timedelta(minutes=draw(st.integers(0, 300)))
        pauses.append((begin, begin + timedelta(minutes=draw(st.integers(0, 90)))))
    return VisitFacts(
        service=service,
        start=start,
        actual_minutes=draw(st.integers(0, booked + 60)),
        booked_minutes=booked,
        provider_level=draw(st.sampled_from(["P0", "P1", "P2", "P3", "P4"])),
        certificate_relevant=draw(st.booleans()),
        care_grade=draw(st.integers(0, 4)),
        credited_today_minutes=draw(st.one_of(st.just(0), st.integers(0, 400))),
        breaks=tuple(pauses),
    )
