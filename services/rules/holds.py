"""What has to be set aside before anyone works: the elder's share and the pool's largest one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from services.rules.calendar import Calendar
from services.rules.factors import ONE_WEIGHT, Factors, PremiumStop, factors_of
from services.rules.formula import figures
from services.rules.rule_set import RuleSet
from services.rules.timeline import Band, bands_of, latest_end, weighted_minutes


class ElderHold(NamedTuple):
    """``must_minutes`` the elder has to cover; up to ``most_minutes`` as far as there are coins."""

    must_minutes: int
    most_minutes: int


def elder_share(
    service: str,
    start: datetime,
    minutes: int,
    rules: RuleSet,
    calendar: Calendar,
    *,
    premium_stop: PremiumStop = "none",
    care_grade: int | None = None,
) -> int:
    """The elder's share of a visit of so many minutes that begins on time, in standard minutes.

    Nobody is credited more than a day's cap, so no more of a long visit is held. Where a rule
    set lets the elder pay in full, the share is that of the best provider who may come, at the
    care grade given (None: the highest).
    """
    counted = min(minutes, rules.default("credited_per_day_minutes"))
    if minutes < rules.minimum_minutes:
        counted = 0
    bands = bands_of(start, (), counted, rules, calendar, premium_stop=premium_stop)
    factors = _dearest(service, rules, care_grade, premium_stop)
    return figures(weighted_minutes(bands), factors, rules.elder_pays)[1]


def elder_hold(
    service: str,
    start: datetime,
    booked_minutes: int,
    rules: RuleSet,
    calendar: Calendar,
    *,
    premium_stop: PremiumStop = "none",
    care_grade: int | None = None,
) -> ElderHold:
    """The elder's share of the booked minutes, and of the overrun on top of them."""
    must, most = (
        elder_share(
            service,
            start,
            minutes,
            rules,
            calendar,
            premium_stop=premium_stop,
            care_grade=care_grade,
        )
        for minutes in (booked_minutes, booked_minutes + rules.overrun_minutes)
    )
    return ElderHold(must, most)


def largest_pool_share(
    *,
    service: str,
    booked_start: datetime,
    booked_minutes: int,
    provider_level: str,
    certificate_relevant: bool,
    care_grade: int,
    credit_left_minutes: int | None = None,
    elder_hold_minutes: int,
    rules: RuleSet,
    calendar: Calendar,
    premium_stop: PremiumStop = "none",
) -> int:
    """What the pool must hold at acceptance, in standard minutes.

    No visit that checks in within the window, runs up to the booked minutes and the overrun,
    with breaks anywhere, and ends by ``latest_end``, costs the pool more. ``elder_hold_minutes``
    is what is held from the elder for this provider: 0 for the second one of a pair.
    ``credit_left_minutes`` is what the provider's day has left; None allows for the whole day,
    because another visit of that day may still be cancelled and give its minutes back.

    Where T is the same through the whole window (most visits) the figure is exact. Elsewhere it
    is an upper bound, at most one minute above the dearest visit: see ``_bound``.
    """
    factors = factors_of(
        rules,
        service,
        provider_level,
        certificate_relevant,
        care_grade,
        premium_stop=premium_stop,
    )
    a_day = rules.default("credited_per_day_minutes")
    left = a_day if credit_left_minutes is None else min(a_day, max(0, credit_left_minutes))
    longest = min(booked_minutes + rules.overrun_minutes, left)
    hold = max(0, elder_hold_minutes)
    until = latest_end(booked_start, booked_minutes, rules)
    window = bands_of(
        booked_start,
        (),
        int((until - booked_start).total_seconds()) // 60,
        rules,
        calendar,
        premium_stop=premium_stop,
    )
    if len({band.percent for band in window}) == 1:
        known = credit_left_minutes is not None
        return _largest_of_equals(window[0].percent, longest, known, factors, hold, rules)
    return _bound(_dearest_minutes(window, longest), factors, hold, rules)


def largest_earn(
    *,
    service: str,
    booked_start: datetime,
    booked_minutes: int,
    provider_level: str,
    certificate_relevant: bool,
    care_grade: int,
    rules: RuleSet,
    calendar: Calendar,
    premium_stop: PremiumStop = "none",
) -> int:
    """The most that a visit may earn: what another region's book may come to owe for it.

    It is the pool's largest share where nothing is held from the elder.
    """
    return largest_pool_share(
        service=service,
        booked_start=booked_start,
        booked_minutes=booked_minutes,
        provider_level=provider_level,
        certificate_relevant=certificate_relevant,
        care_grade=care_grade,
        elder_hold_minutes=0,
        rules=rules,
        calendar=calendar,
        premium_stop=premium_stop,
    )


def _largest_of_equals(
    percent: int, longest: int, known: bool, factors: Factors, hold: int, rules: RuleSet
) -> int:
    """The exact maximum where every minute has the same T: only the length matters.

    What the day has left is credited whole, or the visit's own minutes where it has fewer. Where
    that rest is not ``known``, lengths below the minimum are looked at too: of a longer visit
    the day may have left only so many minutes to credit.
    """
    largest = 0
    shortest = min(longest, rules.minimum_minutes) if known else 1
    for minutes in range(shortest, longest + 1):
        earn, share = figures(percent * minutes, factors, rules.elder_pays)
        largest = max(largest, earn - min(share, hold))
    return largest


def _dearest_minutes(window: Sequence[Band], longest: int) -> Iterable[Band]:
    """The ``longest`` minutes of the window with the highest T."""
    left = longest
    for band in sorted(window, key=lambda each: -each.percent):
        yield replace(band, minutes=min(band.minutes, left))
        left -= min(band.minutes, left)


def _bound(bands: Iterable[Band], factors: Factors, hold: int, rules: RuleSet) -> int:
    """The most that any visit within these minutes can cost the pool, or one minute more.

    With A the sum of T, earn = [Ae] and share = [As], where [] rounds half up. Since
    [x] - [y] <= ceil(x - y), the pool's part is at most max(ceil(A(e - s)), [Ae] - hold). Both
    rise with A, so the dearest minutes bound every visit; and there, because
    [x] - [y] >= floor(x - y), the pool's part is no more than one below the figure.
    """
    dearest = weighted_minutes(bands)
    earn, _ = figures(dearest, factors, rules.elder_pays)
    if rules.elder_pays == "full":
        return max(0, earn - hold)
    beyond_s = factors.weight - factors.s_percent * 100**2
    return max(0, earn - hold, -(-dearest * beyond_s // 100**4))


def _dearest(
    service: str, rules: RuleSet, care_grade: int | None, premium_stop: PremiumStop
) -> Factors:
    """Factors for a hold: of the best provider where the elder pays in full, else only S."""
    line = rules.service(service)
    if rules.elder_pays == "full":
        grade = len(rules.grades) - 1 if care_grade is None else care_grade
        best = list(rules.levels)[-1]
        relevant = bool(line.recognises)
        return factors_of(rules, service, best, relevant, grade, premium_stop=premium_stop)
    s_percent = rules.tiers[line.tier].percent
    weight = s_percent * (ONE_WEIGHT // 100)
    return Factors(s_percent, 100, 100, weight, weight)
