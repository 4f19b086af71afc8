"""A provider's level follows from valid certificates and hours served."""

from __future__ import annotations

from datetime import date

import pytest

from services.rules.levels import (
    HeldCertificate,
    certificate_relevant,
    has_training,
    provider_level,
    valid_codes,
)
from tests.unit.rules.samples import RULES

DAY, LAST = date(2026, 3, 10), date(2026, 3, 11)


@pytest.mark.parametrize(
    ("codes", "hours", "level"),
    [
        ([], 500, "P0"),
        (["insurance-accident", "food-hygiene", "health-declaration"], 500, "P0"),
        (["a-code-of-old-rules"], 500, "P0"),
        (["course-4h"], 0, "P1"),
        (["course-4h"], 500, "P1"),
        (["skilled-company"], 49, "P1"),
        (["skilled-company"], 50, "P2"),
        (["nurse"], 0, "P3"),
        (["course-4h", "skilled-escort", "nurse"], 0, "P3"),
        (["senior-nurse"], 0, "P4"),
        (["trainer-household"], 0, "P4"),
    ],
)
def test_the_level(codes: list[str], hours: int, level: str) -> None:
    assert provider_level(codes, hours * 60, RULES) == level


def test_one_minute_short_of_fifty_hours_is_not_fifty_hours() -> None:
    assert provider_level(["skilled-company"], 50 * 60 - 1, RULES) == "P1"


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "counts"),
    [
        (DAY, None, True),
        (date(2020, 1, 1), LAST, True),
        (date(2020, 1, 1), DAY, False),
        (LAST, None, False),
        (date(2020, 1, 1), date(2026, 3, 9), False),
    ],
)
def test_a_certificate_counts_when_it_is_valid_to_the_end(
    valid_from: date, valid_to: date | None, counts: bool
) -> None:
    held = [HeldCertificate("nurse", valid_from, valid_to)]
    assert (valid_codes(held, DAY, LAST) == {"nurse"}) == counts


def test_a_renewal_without_a_gap_counts_and_one_with_a_gap_does_not() -> None:
    old = HeldCertificate("insurance-accident", date(2025, 3, 11), DAY)
    new = HeldCertificate("insurance-accident", LAST, date(2027, 3, 10))
    late = HeldCertificate("insurance-accident", date(2026, 3, 12))
    assert valid_codes([new, old], DAY, date(2026, 3, 20)) == {"insurance-accident"}
    assert valid_codes([late, old], DAY, date(2026, 3, 20)) == frozenset()
    other = HeldCertificate("nurse", LAST)
    assert valid_codes([old, other], DAY, LAST) == frozenset()


def test_one_day_is_enough_for_a_look_at_today() -> None:
    assert valid_codes([HeldCertificate("nurse", DAY, DAY)], DAY) == {"nurse"}


def test_relevance_and_training_are_read_from_the_line() -> None:
    cooking, escort = RULES.service("C02"), RULES.service("D01")
    assert certificate_relevant(escort, {"nurse"})
    assert not certificate_relevant(cooking, {"nurse"})
    assert not certificate_relevant(escort, set())
    assert has_training(cooking, "P1", {"food-hygiene"}, RULES)
    assert not has_training(cooking, "P4", {"nurse"}, RULES)
    assert not has_training(cooking, "P0", {"food-hygiene"}, RULES)
    assert has_training(escort, "P2", {"skilled-escort"}, RULES)
    assert not has_training(escort, "P1", {"skilled-escort"}, RULES)
    assert not has_training(escort, "P3", {"lawyer"}, RULES)
