"""When a notice may go out, and when again: the clock alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.rules.notices import (
    RETRY_MINUTES,
    call_again_after,
    is_quiet,
    is_soon,
    quiet_ends,
    retry_after,
)

NIGHT = (21 * 60, 8 * 60)


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("07:59", True),
     ("08:00", False), ("12:00", False)],
)  # fmt: skip
def test_the_night_goes_over_midnight(clock: str, quiet: bool) -> None:
    hour, minute = map(int, clock.split(":"))
    assert is_quiet(hour * 60 + minute, *NIGHT) is quiet


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-02-28T23:00", "2026-03-01T08:00"),
        ("2028-02-28T21:00", "2028-02-29T08:00"),
        ("2026-12-31T22:30", "2027-01-01T08:00"),
        ("2027-01-01T00:30", "2027-01-01T08:00"),
        ("2026-03-10T08:00", None),
        ("2026-03-10T20:59", None),
    ],
)
def test_the_night_ends_in_the_morning(at: str, ends: str | None) -> None:
    found = quiet_ends(datetime.fromisoformat(at), *NIGHT)
    assert found == (datetime.fromisoformat(ends) if ends else None)


def test_quiet_hours_within_a_day() -> None:
    noon = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
    assert quiet_ends(noon, 12 * 60, 14 * 60) == datetime(2026, 3, 10, 14, tzinfo=UTC)
    assert quiet_ends(noon, 600, 600) is None


@pytest.mark.parametrize("spread", [0, 1, 10**30])
def test_each_wait_is_longer_and_bounded(spread: int) -> None:
    waits = [retry_after(attempt, spread) for attempt in range(1, len(RETRY_MINUTES) + 1)]
    assert waits == sorted(waits)  # type: ignore[type-var]
    for wait, minutes in zip(waits, RETRY_MINUTES, strict=True):
        assert wait is not None
        assert timedelta(minutes=minutes) <= wait <= timedelta(minutes=minutes) * 6 / 5
    assert retry_after(len(RETRY_MINUTES) + 1, spread) is None
    assert retry_after(0, spread) is None


def test_calls_come_again_twice() -> None:
    assert [call_again_after(n) for n in (1, 2, 3)] == [
        timedelta(hours=1),
        timedelta(hours=3),
        None,
    ]


def test_what_is_soon() -> None:
    now = datetime(2026, 3, 10, 20, tzinfo=UTC)
    assert is_soon(now, now + timedelta(hours=12))
    assert not is_soon(now, now + timedelta(hours=12, minutes=1))
