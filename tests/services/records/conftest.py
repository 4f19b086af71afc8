"""The street with services on it that count: each visit credited through the services."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.visits.confirming import confirm
from tests.factories import LONGWAN
from tests.services.stars.conftest import road
from tests.services.visits.conftest import START, Street

__all__ = ["road"]
#: When the story's first visit has ended and is confirmed.
DONE = START + timedelta(hours=3)


def served(road: Street, minutes: int = 62, start: datetime = START) -> UUID:
    """A visit of so many minutes that the elder has confirmed, and that was credited."""
    request = road.open_request(starts_at=start)
    visit = road.accepted(request)
    road.come(visit, at=start)
    road.go(visit, minutes, start=start)
    road.act(
        road.elder,
        lambda ctx: confirm(ctx, LONGWAN, visit),
        now=start + timedelta(minutes=minutes + 5),
    )
    return visit


@pytest.fixture
def rich(road: Street) -> Street:
    """The street on which the elder has coins, and the pool as well."""
    road.give_coins(road.elder, 600)
    return road
