"""Eight at once for one volunteer's time: whatever they do, no quarter is promised twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.requests import ProviderDay, ProviderSlot, Visit, VisitState
from services.errors import DomainError
from services.policy import SYSTEM
from services.schedule.regulars import REGULAR, accept_dates, agree, name_person
from services.schedule.rescheduling import answer, propose
from services.schedule.series import review
from services.visits.days import quarters
from tests import factories
from tests.factories import LONGWAN
from tests.services.schedule.conftest import request_on, standing
from tests.services.visits.conftest import START, Street
from tests.services.visits.test_races import at_once, succeeded

FRIDAY = date(2026, 3, 13)
#: Friday, 13 March 2026, nine in the morning: the moment they all want.
NINE = START + timedelta(days=1, hours=23)


def held_exactly(street: Street, provider: UUID) -> set[int]:
    """Every claimed quarter belongs to a visit that stands, and every such visit has all of its."""

    def look(session: sa.orm.Session) -> tuple[dict[int, UUID], list[Visit], list[ProviderDay]]:
        rows = session.execute(
            sa.select(ProviderSlot.quarter, ProviderSlot.visit_id).where(
                ProviderSlot.book == LONGWAN, ProviderSlot.provider_id == provider
            )
        ).all()
        visits = session.scalars(
            sa.select(Visit).where(Visit.book == LONGWAN, Visit.provider_id == provider)
        ).all()
        days = session.scalars(
            sa.select(ProviderDay).where(
                ProviderDay.book == LONGWAN, ProviderDay.provider_id == provider
            )
        ).all()
        return {row.quarter: row.visit_id for row in rows}, list(visits), list(days)

    claimed, visits, days = street.look(look)
    standing_now = [each for each in visits if each.state is VisitState.ACCEPTED]
    wanted = {
        quarter: each.id
        for each in standing_now
        for quarter in quarters(each.starts_at, each.booked_minutes, 15)
    }
    assert claimed == wanted
    assert sum(len(quarters(v.starts_at, v.booked_minutes, 15)) for v in standing_now) == len(
        wanted
    ), "two visits share a quarter"
    assert sum(day.actual_minutes for day in days) == sum(v.booked_minutes for v in standing_now)
    return set(claimed)


def test_eight_writers_for_one_volunteer(street: Street) -> None:
    """Accepting, moving there, and saying yes to a standing visit's dates, all for nine o'clock."""
    street.give_coins(street.elder, 5_000)
    street.issue(20_000)
    me = street.volunteer
    elders = [
        street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=0))
        for _ in range(6)
    ]

    def accepting(elder: UUID, minutes: int) -> Callable[[], object]:
        start = NINE + timedelta(minutes=minutes)
        request = street.open_request(elder_id=elder, starts_at=start)
        return lambda: street.accepted(request)

    def moving(elder: UUID, days: int) -> Callable[[], object]:
        request = street.open_request(elder_id=elder, starts_at=NINE + timedelta(days=days))
        street.accepted(request)
        asked = street.act(elder, lambda ctx: propose(ctx, LONGWAN, request, NINE))
        key = asked.proposal_id
        assert key is not None
        return lambda: street.act(me, lambda ctx: answer(ctx, LONGWAN, key, agrees=True))

    def coming_regularly(elder: UUID) -> Callable[[], object]:
        key = standing(street, elder_id=elder)
        street.act(street.staff, lambda ctx: review(ctx, LONGWAN, key))
        street.act(elder, lambda ctx: name_person(ctx, LONGWAN, key, me, REGULAR))
        street.act(me, lambda ctx: agree(ctx, LONGWAN, key))
        assert request_on(street, key, FRIDAY)

        def say_yes() -> object:
            found = street.act(me, lambda ctx: accept_dates(ctx, LONGWAN, key, [FRIDAY]))
            if found[0].refusal is not None:
                raise found[0].refusal
            return found

        return say_yes

    works = [
        accepting(elders[0], 0),
        accepting(elders[1], 15),
        accepting(street.elder, -45),
        moving(elders[5], 3),
        moving(elders[1], 4),
        moving(elders[2], 5),
        coming_regularly(elders[3]),
        coming_regularly(elders[4]),
    ]
    results = at_once(*works)
    assert succeeded(results) == 1
    assert all(isinstance(each, DomainError) for each in results if not _is_done(each))
    assert held_exactly(street, me) >= set(quarters(NINE, 15, 0)) - {0}


def _is_done(result: object) -> bool:
    return not isinstance(result, DomainError)


def test_eight_proposals_for_two_places(street: Street) -> None:
    """Eight visits of one volunteer want the same two free hours: two get them, none is lost."""
    street.give_coins(street.elder, 5_000)
    street.issue(20_000)
    me, keys = street.volunteer, []
    for days in range(8):
        start = NINE + timedelta(days=3 + days)
        request = street.open_request("A01", 30, starts_at=start)
        street.accepted(request)
        to_at = NINE + timedelta(hours=4 * (days % 2))
        asked = street.act(
            street.elder, lambda ctx, r=request, t=to_at: propose(ctx, LONGWAN, r, t)
        )
        keys.append(asked.proposal_id)
    results = at_once(
        *[
            lambda key=key: street.act(me, lambda ctx: answer(ctx, LONGWAN, key, agrees=True))
            for key in keys
        ]
    )
    assert succeeded(results) == 2
    assert street.count(Visit, Visit.state == VisitState.ACCEPTED) == 8
    held_exactly(street, me)


def test_two_answers_at_once_move_a_visit_once(street: Street) -> None:
    street.give_coins(street.elder, 5_000)
    street.issue(2_000)
    request = street.open_request()
    visit = street.accepted(request)
    asked = street.act(street.elder, lambda ctx: propose(ctx, LONGWAN, request, NINE))
    key = asked.proposal_id
    assert key is not None

    def press() -> object:
        return street.act(
            street.volunteer, lambda ctx: answer(ctx, LONGWAN, key, agrees=True), key="same"
        )

    assert at_once(*[press] * 4) == [True] * 4
    assert street.visit(visit).sequence == 1
    held_exactly(street, street.volunteer)
