"""A stored valuation comes out again as it was, however it was settled; a changed one does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.rules.formula import Valuation, VisitFacts, value
from services.rules.published import shipped_calendar, shipped_rule_set
from services.rules.recompute import recompute
from services.rules.settlement import settle, settle_group, settle_pair

RULES, CALENDAR = shipped_rule_set(), shipped_calendar()
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def facts(draw: st.DrawFn, recipients: int = 1) -> VisitFacts:
    """A visit that could have been."""
    return VisitFacts(
        service=draw(st.sampled_from(sorted(RULES.services))),
        start=BEGIN + timedelta(minutes=draw(st.integers(0, 400_000))),
        actual_minutes=draw(st.integers(0, 500)),
        booked_minutes=draw(st.integers(10, 480)),
        provider_level=draw(st.sampled_from(sorted(RULES.levels))),
        certificate_relevant=draw(st.booleans()),
        care_grade=draw(st.integers(0, len(RULES.grades) - 1)),
        credited_today_minutes=draw(st.integers(0, 360)),
        recipients=recipients,
    )


def stored(valuation: Valuation) -> Valuation:
    """As it comes back from the database."""
    return Valuation.from_dict(valuation.to_dict())


@settings(max_examples=150, deadline=None)
@given(facts(), facts(), st.integers(0, 900))
def test_settled_valuations_come_out_again(one: VisitFacts, two: VisitFacts, held: int) -> None:
    first, second = value(one, RULES, CALENDAR), value(two, RULES, CALENDAR)
    for each in (first, settle(first, held), settle(first, 0), *settle_pair(first, second, held)):
        assert recompute(stored(each), RULES, CALENDAR) == each


@settings(max_examples=80, deadline=None)
@given(facts(recipients=5), st.integers(0, 5))
def test_a_group_comes_out_again(one: VisitFacts, present: int) -> None:
    each = settle_group(value(one, RULES, CALENDAR), present)
    assert recompute(stored(each), RULES, CALENDAR) == each


@pytest.mark.parametrize(
    "change",
    [
        {"earn_minutes": 1},
        {"elder_minutes": 1},
        {"pool_minutes": 1},
        {"credited_minutes": 1},
        {"elder_pays": "full"},
        {"calendar_published": False},
    ],
)
def test_a_changed_figure_does_not(change: dict[str, object]) -> None:
    one = VisitFacts(
        service="A04",
        start=BEGIN + timedelta(days=60, hours=2),
        actual_minutes=62,
        booked_minutes=60,
        provider_level="P1",
        certificate_relevant=False,
        care_grade=0,
        credited_today_minutes=0,
    )
    honest = settle(value(one, RULES, CALENDAR), 40)
    assert recompute(honest, RULES, CALENDAR) == honest
    changed = replace(honest, **change)  # type: ignore[arg-type]
    assert recompute(changed, RULES, CALENDAR) != changed
