"""Who moves home takes along what is set aside of the coins, and the hours that are known."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.complaints import Complaint
from models.requests import Visit
from services.complaints.answering import withdraw
from services.complaints.deciding import decide
from services.complaints.opening import open_complaint
from services.reversing.signing import sign_reversal
from services.visits.appealing import appeal_dispute, decide_dispute_appeal
from services.visits.disputes import decide_dispute, open_dispute
from services.visits.sentences import Overlap
from tests.country import ONE, TWO
from tests.services.moving.conftest import Towns
from tests.services.moving.test_following import service_of
from tests.services.two_hands.kit import colleague, entered, signs
from tests.services.visits.conftest import START

DAY = timedelta(days=1)

#: What both engines do alike is shown once.
ONCE = pytest.mark.parametrize("towns", ["sqlite"], indirect=True)


def only_visit(towns: Towns) -> UUID:
    return towns.look(lambda session: session.scalars(sa.select(Visit.id)).one())


def complained(towns: Towns) -> Complaint:
    service_of(towns)
    visit = only_visit(towns)
    made = towns.act(
        towns.elder,
        lambda ctx: open_complaint(
            ctx, book=ONE, kind="visit_disputed", text="没有来这么久", visit_id=visit
        ),
        START + DAY,
    )
    return towns.look(lambda session: session.get_one(Complaint, (ONE, made)))


def test_what_a_complaint_holds_moves_along_and_ends_where_it_is(towns: Towns) -> None:
    row = complained(towns)
    held = towns.held(ONE, towns.volunteer)
    assert held == row.held_minutes > 0
    towns.at_counter(towns.volunteer, now=START + 2 * DAY)
    assert (towns.held(ONE, towns.volunteer), towns.held(TWO, towns.volunteer)) == (0, held)
    assert towns.breaches() == []
    towns.act(towns.elder, lambda ctx: withdraw(ctx, ONE, row.id), START + 3 * DAY)
    assert towns.held(TWO, towns.volunteer) == 0
    assert towns.breaches() == []


@ONCE
def test_an_upheld_complaint_finds_the_coins_at_the_new_home(towns: Towns) -> None:
    row = complained(towns)
    towns.at_counter(towns.volunteer, now=START + 2 * DAY)
    later, final = START + 20 * DAY, START + 60 * DAY
    [admin, other] = towns.admins
    towns.act(admin, lambda ctx: decide(ctx, ONE, row.id, "upheld", "看过记录"), later)
    found = towns.look(lambda session: session.get_one(Complaint, (ONE, row.id)))
    for each in (admin, other):
        back = towns.act(each, lambda ctx: sign_reversal(ctx, ONE, found.reversal_id), final)
    assert back is not None
    assert towns.coins(TWO, towns.volunteer) == {}
    assert towns.held(TWO, towns.volunteer) == 0
    assert towns.breaches() == []


def test_what_the_appeal_of_a_dispute_holds_moves_along(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    towns.issue(1_000)
    visit = towns.accepted(towns.open_request())
    towns.come(visit)
    towns.go(visit)
    at = START + timedelta(hours=2)
    made = towns.act(towns.elder, lambda ctx: open_dispute(ctx, ONE, visit, "走得早"), at)
    towns.act(
        towns.staff, lambda ctx: decide_dispute(ctx, ONE, made, credit=True, reason="看过"), at
    )
    towns.act(towns.elder, lambda ctx: appeal_dispute(ctx, ONE, made, "不服"), START + DAY)
    held = towns.held(ONE, towns.volunteer)
    towns.at_counter(towns.volunteer, now=START + 2 * DAY)
    assert towns.held(TWO, towns.volunteer) == held > 0
    towns.act(
        towns.admins[0],
        lambda ctx: decide_dispute_appeal(ctx, ONE, made, upheld=False, reason="看过"),
        START + 3 * DAY,
    )
    assert towns.held(TWO, towns.volunteer) == 0
    assert towns.breaches() == []


@ONCE
def test_an_hour_served_before_the_move_is_not_entered_once_more(towns: Towns) -> None:
    service_of(towns)
    waiting = entered_elsewhere(towns)
    towns.at_counter(towns.volunteer, now=START + 3 * DAY)
    with pytest.raises(Overlap):
        entered(towns, now=START + 4 * DAY)
    # That hour was free when it was put forward, but for the way there, which is asked when signed.
    with pytest.raises(Overlap):
        signs(towns, colleague(towns), waiting, START + 4 * DAY)


def entered_elsewhere(towns: Towns) -> object:
    """An entry right after the visit, without the way there."""
    begin = START + timedelta(minutes=75)
    return entered(towns, now=START + 2 * DAY, starts_at=begin, ends_at=begin + DAY / 24)


@ONCE
def test_a_visit_before_the_move_is_still_put_right(towns: Towns) -> None:
    service_of(towns)
    old = only_visit(towns)
    towns.at_counter(towns.volunteer, now=START + timedelta(hours=20))
    end = START + timedelta(minutes=45)
    said = {"why": "wrong_time", "corrects_visit_id": old, "ends_at": end}
    entry = entered(towns, now=START + 2 * DAY, **said)
    signs(towns, colleague(towns), entry, START + 2 * DAY)
    assert sum(towns.coins(TWO, towns.volunteer).values()) == 45
    assert towns.breaches() == []
