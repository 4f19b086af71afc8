"""Weekly hours, exceptions and nights: what is free, and what a visit needs to be covered."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

import pytest

from services.clock import SHANGHAI
from services.rules.availability import (
    AWAY,
    DAY_MINUTES,
    EXTRA,
    DayException,
    Window,
    covers,
    day_parts,
    free_on,
    merged,
    paused_on,
    quarters_on,
    suits,
    weekly_minutes,
    without,
)
from services.rules.languages import LANGUAGES, names, spoken, understands

#: A Tuesday.
DAY = date(2026, 3, 10)
TUESDAY = Window(1, 9 * 60, 12 * 60)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment on a Chinese wall clock."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def test_a_window_covers_what_lies_inside_it_and_nothing_more() -> None:
    assert covers([TUESDAY], [], at(DAY, 9), at(DAY, 12))
    assert not covers([TUESDAY], [], at(DAY, 8, 59), at(DAY, 12))
    assert not covers([TUESDAY], [], at(DAY, 9), at(DAY, 12, 1))
    assert not covers([TUESDAY], [], at(DAY, 9), at(DAY, 12) + timedelta(seconds=1))
    wednesday = DAY + timedelta(days=1)
    assert not covers([TUESDAY], [], at(wednesday, 9), at(wednesday, 10))


def test_windows_that_meet_are_one() -> None:
    two = [TUESDAY, Window(1, 12 * 60, 15 * 60)]
    assert covers(two, [], at(DAY, 11), at(DAY, 13))
    assert not covers([TUESDAY, Window(1, 12 * 60 + 1, 900)], [], at(DAY, 11), at(DAY, 13))


def test_a_night_is_two_windows_that_meet_at_midnight() -> None:
    night = [Window(1, 22 * 60, DAY_MINUTES), Window(2, 0, 6 * 60)]
    next_day = DAY + timedelta(days=1)
    assert covers(night, [], at(DAY, 23), at(next_day, 2))
    assert not covers(night[:1], [], at(DAY, 23), at(next_day, 0, 1))
    assert covers(night[:1], [], at(DAY, 23), at(next_day, 0))
    sunday = date(2026, 3, 15)
    over = [Window(6, 22 * 60, DAY_MINUTES), Window(0, 0, 60)]
    assert covers(over, [], at(sunday, 23), at(sunday + timedelta(days=1), 1))


def test_who_has_said_nothing_may_be_asked_from_eight_to_eight() -> None:
    assert free_on([], [], DAY) == ((480, 1200),)
    assert covers([], [], at(DAY, 8), at(DAY, 20))
    assert not covers([], [], at(DAY, 7, 59), at(DAY, 9))
    assert not covers([], [], at(DAY, 19), at(DAY, 20, 1))


def test_exceptions_take_hours_and_give_them_and_away_holds() -> None:
    extra = DayException(EXTRA, DAY, DAY, 14 * 60, 16 * 60)
    away = DayException(AWAY, DAY, DAY + timedelta(days=3), 10 * 60, 15 * 60)
    assert free_on([TUESDAY], [extra], DAY) == ((540, 720), (840, 960))
    assert free_on([TUESDAY], [extra, away], DAY) == ((540, 600), (900, 960))
    later = DAY + timedelta(days=7)
    assert free_on([TUESDAY], [extra, away], later) == ((540, 720),)


def test_a_pause_is_away_for_whole_days() -> None:
    short = DayException(AWAY, DAY, DAY, 0, 720)
    whole = DayException(AWAY, DAY, DAY + timedelta(days=6))
    longer = DayException(AWAY, DAY, DAY + timedelta(days=20))
    assert paused_on([short], DAY) is None
    assert paused_on([short, whole, longer], DAY) is longer
    assert paused_on([whole], DAY + timedelta(days=7)) is None
    assert free_on([], [whole], DAY) == ()


def test_parts_of_a_visit_over_midnight() -> None:
    next_day = DAY + timedelta(days=1)
    assert day_parts(at(DAY, 23, 30), at(next_day, 0, 30)) == (
        (DAY, (1410, 1440)),
        (next_day, (0, 30)),
    )
    assert day_parts(at(DAY, 23), at(next_day, 0)) == ((DAY, (1380, 1440)),)


def test_spans() -> None:
    assert merged([(5, 9), (1, 3), (3, 4), (8, 10), (7, 7)]) == ((1, 4), (5, 10))
    assert without([(0, 10)], [(2, 3), (5, 20)]) == ((0, 2), (3, 5))
    assert weekly_minutes([TUESDAY, Window(1, 600, 780), Window(3, 0, 60)]) == 300


def test_bits_and_spans_agree_for_any_week() -> None:
    random = Random(5)
    for _ in range(200):
        windows = [_window(random) for _ in range(random.randint(1, 6))]
        exceptions = [_exception(random) for _ in range(random.randint(0, 3))]
        day = DAY + timedelta(days=random.randint(0, 9))
        bits = quarters_on(windows, exceptions, day)
        for quarter in range(96):
            start = datetime.combine(day, datetime.min.time(), tzinfo=SHANGHAI)
            start += timedelta(minutes=15 * quarter)
            free = covers(windows, exceptions, start, start + timedelta(minutes=15))
            assert free == bool(bits >> quarter & 1), (windows, exceptions, day, quarter)


def _window(random: Random) -> Window:
    begin = random.randrange(0, 1380, 5)
    return Window(random.randrange(7), begin, random.randrange(begin + 5, 1441, 5))


def _exception(random: Random) -> DayException:
    begin = random.randrange(0, 1380, 5)
    first = DAY + timedelta(days=random.randint(0, 9))
    return DayException(
        random.choice((AWAY, EXTRA)), first, first, begin, random.randrange(begin + 5, 1441, 5)
    )


@pytest.mark.parametrize(
    ("hour", "parts", "fits"),
    [
        (9, ["morning"], True),
        (12, ["morning"], False),
        (12, ["afternoon"], True),
        (19, ["morning", "evening"], True),
        (23, [], True),
    ],
)
def test_parts_of_the_day(hour: int, parts: list[str], fits: bool) -> None:
    assert suits(parts, at(DAY, hour)) is fits


def test_languages() -> None:
    assert spoken([]) == {"cmn"}
    assert understands([], ["cmn"])
    assert not understands([], ["wenzhou"])
    assert understands(["wenzhou", "cmn"], ["wenzhou"])
    assert understands(["yue"], [])
    assert not understands(["yue"], ["cmn"])
    assert names(["eng", "wenzhou"]) == {
        "languages_zh": "温州话、英语",
        "languages_en": "Wenzhounese, English",
    }
    assert all(name.zh and name.en for name in LANGUAGES.values())
