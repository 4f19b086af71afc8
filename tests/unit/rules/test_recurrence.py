"""Rules of standing visits: no date lost or doubled, month ends, wall time, refusals, words."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from services.errors import Invalid
from services.rules.recurrence import (
    DaysMissing,
    NoSuchDay,
    Rule,
    RuleTooDense,
    RuleTooRare,
    RuleUnreadable,
    daily,
    dates,
    first_date,
    moment,
    monthly,
    monthly_weekday,
    read,
    weekly,
    words,
)

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
CLOCKS = st.times().map(lambda each: each.replace(minute=each.minute // 15 * 15, second=0))
RULES = st.one_of(
    st.just(daily()),
    st.builds(weekly, st.lists(st.integers(0, 6), min_size=1), st.integers(1, 8)),
    st.builds(monthly, st.sampled_from([-1, *range(1, 32)]), st.integers(1, 6)),
    st.builds(
        monthly_weekday, st.sampled_from([1, 2, 3, 4, -1]), st.integers(0, 6), st.integers(1, 6)
    ),
)


@given(RULES)
def test_what_is_written_is_read_again(rule: Rule) -> None:
    assert read(rule.text()) == rule
    assert read("RRULE:" + rule.text().lower()) == rule


@given(RULES, DAYS, CLOCKS, st.integers(1, 200))
def test_windows_side_by_side_lose_and_double_nothing(
    rule: Rule, start: date, clock: time, split: int
) -> None:
    """Dates made week by week are the dates made at once."""
    starts = first_date(rule.text(), datetime.combine(start, clock))
    last = starts.date() + timedelta(days=400)
    whole = dates(rule.text(), starts, starts.date(), last)
    middle = starts.date() + timedelta(days=split)
    parts = dates(rule.text(), starts, starts.date(), middle)
    parts += dates(rule.text(), starts, middle + timedelta(days=1), last)
    assert parts == whole
    assert whole == sorted(set(whole))
    assert whole[0] == starts.date()


@given(st.integers(1, 31), DAYS)
def test_every_month_has_its_date(day: int, start: date) -> None:
    rule = monthly(day)
    starts = datetime.combine(start.replace(day=1), time(9))
    found = dates(rule.text(), starts, starts.date(), starts.date() + timedelta(days=730))
    months = {(each.year, each.month) for each in found}
    assert len(months) == len(found) >= 23
    for each in found:
        assert each.day == min(day, monthrange(each.year, each.month)[1])


def test_the_last_day_is_the_last_day_in_leap_years_too() -> None:
    found = dates(monthly(-1).text(), datetime(2027, 12, 1, 9), date(2028, 1, 1), date(2028, 4, 30))
    assert [each.day for each in found] == [31, 29, 31, 30]


@given(RULES, DAYS, st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"]))
def test_nine_in_the_morning_stays_nine_in_the_morning(rule: Rule, start: date, zone: str) -> None:
    """In zones with summer time too: the rule knows wall time only."""
    starts = first_date(rule.text(), datetime.combine(start, time(9)))
    found = dates(rule.text(), starts, starts.date(), starts.date() + timedelta(days=370))
    moments = [moment(day, time(9), zone) for day in found]
    assert len(set(moments)) == len(found)
    assert all(each.astimezone(ZoneInfo(zone)).time() == time(9) for each in moments)
    assert [each.astimezone(ZoneInfo(zone)).date() for each in moments] == found


def test_an_hour_that_is_left_out_or_comes_twice_loses_no_date() -> None:
    """Berlin's clocks jump from two to three in March, and back in October."""
    berlin = "Europe/Berlin"
    days = dates("FREQ=DAILY", datetime(2026, 3, 1, 2, 30), date(2026, 3, 28), date(2026, 3, 30))
    moments = [moment(day, time(2, 30), berlin) for day in days]
    assert [(b - a) for a, b in pairwise(moments)] == [
        timedelta(hours=24),
        timedelta(hours=23),
    ]
    twice = moment(date(2026, 10, 25), time(2, 30), berlin)
    assert twice.hour == 0, "the first of the two"


@given(st.lists(st.integers(0, 6), min_size=1), st.integers(1, 8), DAYS)
def test_weeks_agree_with_counting_by_hand(days: list[int], interval: int, start: date) -> None:
    rule = weekly(days, interval)
    starts = datetime.combine(start, time(9))
    monday = start - timedelta(days=start.weekday())
    expected = [
        each
        for each in (start + timedelta(days=i) for i in range(200))
        if each.weekday() in days and (each - monday).days // 7 % interval == 0
    ]
    assert dates(rule.text(), starts, start, start + timedelta(days=199)) == expected


def test_a_plain_thirty_first_would_lose_months() -> None:
    """Why the text is what it is."""
    naive = rrulestr("FREQ=MONTHLY;BYMONTHDAY=31", dtstart=datetime(2026, 1, 31, 9))
    assert len(naive.between(datetime(2026, 1, 1), datetime(2027, 1, 1))) == 7
    ours = dates(monthly(31).text(), datetime(2026, 1, 31, 9), date(2026, 1, 1), date(2026, 12, 31))
    assert len(ours) == 12


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("FREQ=HOURLY", RuleTooDense),
        ("FREQ=MINUTELY;INTERVAL=5", RuleTooDense),
        ("FREQ=DAILY;BYHOUR=9,15", RuleTooDense),
        ("FREQ=YEARLY", RuleTooRare),
        ("FREQ=WEEKLY;INTERVAL=9;BYDAY=MO", RuleTooRare),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=1", RuleTooRare),
        ("FREQ=WEEKLY;INTERVAL=0;BYDAY=MO", RuleTooRare),
        ("FREQ=WEEKLY", DaysMissing),
        ("FREQ=WEEKLY;BYDAY=XX", RuleUnreadable),
        ("FREQ=WEEKLY;BYDAY=1MO", RuleUnreadable),
        ("FREQ=MONTHLY;BYMONTHDAY=32", NoSuchDay),
        ("FREQ=MONTHLY;BYMONTHDAY=0", NoSuchDay),
        ("FREQ=MONTHLY;BYMONTHDAY=-5", NoSuchDay),
        ("FREQ=MONTHLY;BYDAY=5MO", NoSuchDay),
        ("FREQ=MONTHLY;BYDAY=MO", RuleUnreadable),
        ("FREQ=MONTHLY;BYMONTHDAY=1,2", RuleUnreadable),
        ("FREQ=MONTHLY;BYMONTHDAY=x", RuleUnreadable),
        ("FREQ=MONTHLY", RuleUnreadable),
        ("FREQ=DAILY;INTERVAL=2", RuleUnreadable),
        ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20260101", RuleUnreadable),
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=3", RuleUnreadable),
        ("FREQ=WEEKLY;FREQ=DAILY", RuleUnreadable),
        ("FREQ=", RuleUnreadable),
        ("", RuleUnreadable),
        ("每周一", RuleUnreadable),
    ],
)
def test_rules_without_sense_are_refused(text: str, refusal: type[Invalid]) -> None:
    with pytest.raises(refusal):
        read(text)


def test_makers_refuse_what_is_no_day() -> None:
    with pytest.raises(DaysMissing):
        weekly([])
    with pytest.raises(NoSuchDay):
        weekly([7])
    with pytest.raises(NoSuchDay):
        monthly_weekday(5, 0)
    with pytest.raises(RuleTooRare):
        monthly_weekday(1, 0, 7)


@pytest.mark.parametrize(
    ("rule", "clock", "zh", "en"),
    [
        (weekly([1, 4]), time(9), "每周二、周五上午9:00", "every Tuesday and Friday at 9:00 am"),
        (weekly([0], 2), time(14, 30), "每2周的周一下午2:30", "every 2 weeks on Monday at 2:30 pm"),
        (weekly(range(7)), time(0, 15), "每天凌晨0:15", "every day at 12:15 am"),
        (daily(), time(12), "每天中午12:00", "every day at 12:00 pm"),
        (monthly(-1), time(19), "每月最后一天晚上7:00", "every month on the last day at 7:00 pm"),
        (monthly(15), time(9), "每月15号上午9:00", "every month on day 15 at 9:00 am"),
        (
            monthly(30, 2),
            time(9),
            "每2个月的30号（没有30号的月份是最后一天）上午9:00",
            "every 2 months on day 30 (or the last day) at 9:00 am",
        ),
        (
            monthly_weekday(2, 1),
            time(9),
            "每月第二个周二上午9:00",
            "every month on the second Tuesday at 9:00 am",
        ),
        (
            monthly_weekday(-1, 4),
            time(9),
            "每月最后一个周五上午9:00",
            "every month on the last Friday at 9:00 am",
        ),
        (
            weekly([0, 2, 4]),
            time(9),
            "每周一、周三、周五上午9:00",
            "every Monday, Wednesday and Friday at 9:00 am",
        ),
        (
            weekly(range(7), 2),
            time(9),
            "每2周的每天上午9:00",
            "every 2 weeks on all days at 9:00 am",
        ),
    ],
)
def test_rules_in_words(rule: Rule, clock: time, zh: str, en: str) -> None:
    said = words(rule, clock)
    assert (said.zh, said.en) == (zh, en)
