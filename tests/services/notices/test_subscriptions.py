"""A relative hears of arrivals and departures, as long as the leave to see lasts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.notices import EventSubscription
from models.oversight import OutboxMessage
from models.people import Delegation
from services.errors import Forbidden
from services.notices.errors import EventsWrong
from services.notices.subscriptions import HEARS_ALONG, SAID, subscribe, subscription_of
from services.people.kin import grant_delegation, revoke_delegation
from tests import factories
from tests.factories import NOW
from tests.services.visits.conftest import START, Street


def relative(street: Street, *scopes: str, days: int = 90) -> UUID:
    child = street.uow.run(factories.create_member)
    lend(street, child, scopes or ("see",), days)
    return child


def lend(street: Street, child: UUID, scopes: Iterable[str], days: int = 90) -> None:
    until = (NOW + timedelta(days=days)).date()
    wanted = frozenset(scopes)
    street.act(
        street.elder,
        lambda ctx: grant_delegation(ctx, street.elder, child, wanted, "own", until, 6_000),
    )


def hear(street: Street, who: UUID, *events: str) -> None:
    street.act(who, lambda ctx: subscribe(ctx, street.elder, frozenset(events)))


def told(street: Street, who: UUID) -> list[tuple[str, str, bool]]:
    query = (
        sa.select(OutboxMessage)
        .where(OutboxMessage.member_id == who, OutboxMessage.sentence.in_(SAID.values()))
        .order_by(OutboxMessage.created_at)
    )
    rows = street.look(lambda session: list(session.scalars(query)))
    names = {sentence: event for event, sentence in SAID.items()}
    return [(names[row.sentence], row.channel, row.urgent) for row in rows]


def visited(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    street.come(visit)
    street.go(visit)


def test_arrived_and_left_are_told_at_once(street: Street) -> None:
    child = relative(street)
    hear(street, child, "arrived", "left")
    visited(street)
    assert told(street, child) == [("arrived", "sms", True), ("left", "sms", True)]


def test_only_what_was_chosen(street: Street) -> None:
    child, other = relative(street), relative(street)
    hear(street, child, "left")
    visited(street)
    assert [event for event, _, _ in told(street, child)] == ["left"]
    assert told(street, other) == []


def test_the_elder_knows_of_it(street: Street) -> None:
    child = relative(street)
    hear(street, child, "arrived")
    hear(street, child, "arrived", "left")
    where = (OutboxMessage.member_id == street.elder, OutboxMessage.sentence == HEARS_ALONG)
    assert street.count(OutboxMessage, *where) == 1


def test_it_ends_with_the_leave_and_does_not_come_back(street: Street) -> None:
    child = relative(street)
    hear(street, child, "arrived")
    leave = street.look(
        lambda s: s.scalars(sa.select(Delegation.id).where(Delegation.delegate_id == child)).one()
    )
    street.act(street.elder, lambda ctx: revoke_delegation(ctx, street.elder, leave))
    assert street.count(EventSubscription) == 0
    lend(street, child, ("see",))
    visited(street)
    assert told(street, child) == []


def test_an_expired_leave_hears_nothing(street: Street) -> None:
    child = relative(street, days=1)
    hear(street, child, "arrived")
    street.issue(1_000)
    later = START + timedelta(days=3)
    visit = street.accepted(street.open_request(starts_at=later))
    street.come(visit, at=later)
    assert told(street, child) == []


def test_a_longer_leave_keeps_it(street: Street) -> None:
    child = relative(street)
    hear(street, child, "arrived")
    lend(street, child, ("see", "ask"), 200)
    visited(street)
    assert [event for event, _, _ in told(street, child)] == ["arrived"]


def test_nothing_ends_it(street: Street) -> None:
    child = relative(street)
    hear(street, child, "arrived")
    hear(street, child)
    assert street.act(child, lambda ctx: subscription_of(ctx, street.elder)) == frozenset()
    visited(street)
    assert told(street, child) == []


def test_nobody_without_leave(street: Street) -> None:
    for who in (street.volunteer, street.staff, street.elder):
        with pytest.raises(Forbidden):
            hear(street, who, "arrived")
    with pytest.raises(EventsWrong):
        hear(street, relative(street), "fell")
