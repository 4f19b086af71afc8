"""Codes of refusals as bits, so that one whole number holds all of them for a pair.

Those of the first kind forbid an acceptance and are the codes of ``services.rules.eligibility``.
Those of the second kind only forbid asking: whoever says yes unasked is welcome.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from services.matching.grid import Array

ACCEPTANCE = (
    "identity_unchecked",
    "paused",
    "too_young",
    "minor_tier",
    "guardian_missing",
    "older_tier",
    "health_missing",
    "extra_too_early",
    "level_too_low",
    "certificate_missing",
    "one_certificate_missing",
    "trained_missing",
    "second_level_too_low",
    "insurance_missing",
    "screening_missing",
    "first_visit_alone",
    "woman_wished",
    "man_wished",
    "language_required",
    "overlap",
    "day_full",
    "week_full",
    "year_full",
)
ASKING = (
    "other_book",
    "not_available",
    "too_far",
    "week_wish",
    "declined",
    "not_asked",
    "asked_enough",
)
#: Nobody is told that this one turned somebody away; it is never counted.
BARRED = "barred"

CODES = (*ACCEPTANCE, *ASKING, BARRED)
BIT = {code: 1 << number for number, code in enumerate(CODES)}
KIND = np.uint32


def bits(*codes: str) -> int:
    """Several codes in one number."""
    return sum(BIT[code] for code in set(codes))


#: What another time of the visit changes; the others hold whatever the time.
TIMED = bits(
    "too_young",
    "minor_tier",
    "guardian_missing",
    "older_tier",
    "health_missing",
    "extra_too_early",
    "level_too_low",
    "certificate_missing",
    "one_certificate_missing",
    "trained_missing",
    "second_level_too_low",
    "insurance_missing",
    "screening_missing",
    "overlap",
    "day_full",
    "week_full",
    "year_full",
    "not_available",
    "week_wish",
)
#: What belongs to a person with the service and the day, whatever the place and the hour.
STANDING = bits(
    "other_book",
    "identity_unchecked",
    "paused",
    "too_young",
    "minor_tier",
    "guardian_missing",
    "older_tier",
    "health_missing",
    "extra_too_early",
    "level_too_low",
    "certificate_missing",
    "one_certificate_missing",
    "trained_missing",
    "second_level_too_low",
    "insurance_missing",
    "screening_missing",
    "declined",
    "not_asked",
    "asked_enough",
)


def named(mask: int) -> tuple[str, ...]:
    """The codes in a number, in their order."""
    return tuple(code for code in CODES if mask & BIT[code])


def counted(masks: Array, without: Iterable[str] = (BARRED,)) -> dict[str, int]:
    """How many each code turned away; a person may be turned away by several."""
    if not len(masks):
        return {}
    seen = int(np.bitwise_or.reduce(masks))
    left_out = set(without)
    counts = {
        code: int(np.count_nonzero(masks & KIND(BIT[code])))
        for code in named(seen)
        if code not in left_out
    }
    return {code: number for code, number in counts.items() if number}
