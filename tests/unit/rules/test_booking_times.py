"""Quarter hours, what is late, and until when another time may be answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.booking import is_late, on_quarter, proposal_lapses_at

START = datetime(2026, 3, 11, 2, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(("minute", "on"), [(0, True), (15, True), (45, True), (10, False)])
def test_quarters(minute: int, on: bool) -> None:
    assert on_quarter(START + timedelta(minutes=minute)) is on
    assert (
        on_quarter((START + timedelta(minutes=minute)).astimezone(timezone(timedelta(hours=8))))
        is on
    )
    assert not on_quarter(START + timedelta(minutes=minute, seconds=1))


def test_a_day_before_is_in_time() -> None:
    assert not is_late(START - timedelta(hours=24), START)
    assert is_late(START - timedelta(hours=23, minutes=59), START)


@given(MOMENTS, st.integers(1, 2000), st.integers(1, 2000))
def test_a_proposal_never_outlives_either_time(at: datetime, first: int, second: int) -> None:
    from_at, to_at = at + timedelta(hours=first), at + timedelta(hours=second)
    end = proposal_lapses_at(at, from_at, to_at)
    assert at <= end <= at + timedelta(hours=48)
    assert end <= min(from_at, to_at)
