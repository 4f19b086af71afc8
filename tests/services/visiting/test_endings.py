"""Every way in which a promise ends without credit frees what was claimed for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from models.corridors import ClaimState, CorridorMode
from models.people import Member
from models.requests import RequestState, VisitState
from services.availability.avoiding import avoid
from services.context import Context
from services.corridors.sentences import CapReached
from services.estates.leaving_elder import leave_as_elder
from services.estates.leaving_provider import leave_as_provider
from services.people.cards import issue_card
from services.people.reading import member_row
from services.policy import SYSTEM
from services.requests.ending import cancel, expire
from services.schedule.rescheduling import answer, propose, take_back
from services.visits.checking import Proof, Slip, check_in, check_out, enter_slip
from services.visits.codes import codes_of, make_slip
from services.visits.confirming import confirm
from services.visits.disputes import decide_dispute, open_dispute
from services.visits.reviewing import decide_missed, follow_up, reject
from services.visits.sentences import Taken
from services.visits.withdrawing import withdraw
from tests import factories
from tests.country import open_corridor, set_cap
from tests.factories import NOW
from tests.services.visiting.kit import HERE, NEXT, Country
from tests.services.visits.conftest import START

FREED = [(NEXT, 90, ClaimState.FREED, 0)]
End = Callable[[Country, UUID], None]


def withdrawn(country: Country, visit: UUID) -> None:
    country.act(country.near, lambda ctx: withdraw(ctx, HERE, visit, "病了"))


def cancelled(country: Country, visit: UUID) -> None:
    request = country.visit(visit).request_id
    country.act(country.elder, lambda ctx: cancel(ctx, HERE, request))


def missed(country: Country, visit: UUID, *, excused: bool) -> None:
    at = START + timedelta(hours=2)
    country.act(SYSTEM, lambda ctx: follow_up(ctx, HERE, visit), now=at)
    country.act(
        country.staff,
        lambda ctx: decide_missed(ctx, HERE, visit, excused=excused, reason="没来"),
        now=at,
    )


def no_show(country: Country, visit: UUID) -> None:
    missed(country, visit, excused=False)


def excused(country: Country, visit: UUID) -> None:
    missed(country, visit, excused=True)


def rejected(country: Country, visit: UUID) -> None:
    country.done(visit)
    later = START + timedelta(days=30)
    country.act(SYSTEM, lambda ctx: follow_up(ctx, HERE, visit), now=later)
    country.act(country.staff, lambda ctx: reject(ctx, HERE, visit, "没有来过"), now=later)


def disputed(country: Country, visit: UUID) -> None:
    country.done(visit)
    words = country.act(country.elder, lambda ctx: open_dispute(ctx, HERE, visit, "没有来过"))
    assert country.exposure(HERE) == (0, 90)
    country.act(
        country.staff,
        lambda ctx: decide_dispute(ctx, HERE, words, credit=False, reason="没有来过"),
    )


def too_short(country: Country, visit: UUID) -> None:
    country.done(visit, 9)
    country.confirmed(visit)


def provider_died(country: Country, _visit: UUID) -> None:
    country.act(SYSTEM, lambda ctx: leave_as_provider(ctx, member_row(ctx.session, country.near)))


def elder_died(country: Country, _visit: UUID) -> None:
    country.act(SYSTEM, lambda ctx: leave_as_elder(ctx, member_row(ctx.session, country.elder)))


ENDS = (
    withdrawn,
    cancelled,
    no_show,
    excused,
    rejected,
    disputed,
    too_short,
    provider_died,
    elder_died,
)


@pytest.mark.parametrize("end", ENDS)
def test_what_was_claimed_is_free_again(country: Country, end: End) -> None:
    country.give_coins(country.elder, 300)
    visit = country.accepted(country.open_request(), by=country.near)
    end(country, visit)
    assert country.claims(visit) == FREED
    assert country.exposure(HERE) == country.exposure(HERE, NEXT) == (0, 0)
    assert country.earned_at(HERE, country.elder) == 300
    assert country.earned_at(NEXT, country.near) == 0


def test_a_pair_that_nobody_completes_runs_out(country: Country) -> None:
    country.issue(5_000)
    country.elder = country.act(
        SYSTEM, lambda ctx: factories.create_elder(ctx.session, branch_id=country.branch)
    )
    request = country.open_request("A05", 60)
    visit = country.accepted(request, by=country.near)
    country.act(SYSTEM, lambda ctx: expire(ctx, HERE, request), now=START + timedelta(minutes=1))
    assert country.request(request).state is RequestState.EXPIRED
    assert [claim[2] for claim in country.claims(visit)] == [ClaimState.FREED]
    assert country.exposure(HERE) == (0, 0)


def test_a_no_show_elsewhere_counts_at_home(country: Country) -> None:
    country.issue(10_000)
    for turn in range(3):
        request = country.open_request(starts_at=START + timedelta(days=turn))
        visit = country.accepted(request, by=country.near)
        at = START + timedelta(days=turn, hours=2)
        country.act(SYSTEM, lambda ctx, v=visit, t=at: follow_up(ctx, HERE, v), now=at)
        country.act(
            country.staff,
            lambda ctx, v=visit: decide_missed(ctx, HERE, v, excused=False, reason="没来"),
            now=at,
        )
        member = country.look(lambda session: session.get_one(Member, country.near))
        assert (member.paused_until is not None) == (turn == 2)


def moved(country: Country, visit: UUID, to: datetime) -> None:
    request = country.visit(visit).request_id
    asked = country.act(country.elder, lambda ctx: propose(ctx, HERE, request, to)).proposal_id
    assert asked is not None
    try:
        country.act(country.near, lambda ctx: answer(ctx, HERE, asked, agrees=True))
    except CapReached:
        country.act(country.elder, lambda ctx: take_back(ctx, HERE, asked))
        raise


def test_a_dearer_time_claims_more_and_never_less(country: Country) -> None:
    """Saturday counts 110 %, so 99 minutes; then back to a weekday."""
    country.give_coins(country.elder, 300)
    visit = country.accepted(country.open_request(), by=country.near)
    moved(country, visit, START + timedelta(days=3))
    kept = {*FREED, (NEXT, 99, ClaimState.OPEN, 0)}
    assert set(country.claims(visit)) == kept
    assert country.exposure(HERE) == (0, 99)
    moved(country, visit, START + timedelta(days=5))
    assert set(country.claims(visit)) == kept


def test_a_dearer_time_needs_room_and_an_equal_one_none(country: Country) -> None:
    country.give_coins(country.elder, 300)
    visit = country.accepted(country.open_request(), by=country.near)
    country.uow.run(lambda session: set_cap(session, HERE, 90, NOW + timedelta(minutes=1)))
    with pytest.raises(CapReached):
        moved(country, visit, START + timedelta(days=3))
    assert country.visit(visit).starts_at == START
    assert country.claims(visit) == [(NEXT, 90, ClaimState.OPEN, 0)]
    country.uow.run(
        lambda session: open_corridor(session, HERE, NEXT, CorridorMode.NONE, valid_from=NOW.date())
    )
    moved(country, visit, START + timedelta(days=1))
    assert country.visit(visit).starts_at == START + timedelta(days=1)
    assert country.claims(visit) == [(NEXT, 90, ClaimState.OPEN, 0)]


def by_card(country: Country, visit: UUID) -> None:
    token = country.act(country.staff, lambda ctx: issue_card(ctx, country.elder))
    proof = Proof(card_token=token)
    country.act(country.near, lambda ctx: check_in(ctx, HERE, visit, proof), now=START)
    country.act(
        country.near,
        lambda ctx: check_out(ctx, HERE, visit, proof),
        now=START + timedelta(minutes=60),
    )


def by_slip(country: Country, visit: UUID) -> None:
    row = country.visit(visit)

    def printed(ctx: Context) -> dict[str, str]:
        make_slip(ctx, row)
        ctx.session.flush()
        return codes_of(ctx, HERE, visit, "slip")

    codes = country.act(country.staff, printed)
    slip = Slip(codes["in"], codes["out"], START, START + timedelta(minutes=60))
    country.act(
        country.staff,
        lambda ctx: enter_slip(ctx, HERE, visit, slip),
        now=START + timedelta(hours=5),
    )


@pytest.mark.parametrize("prove", [by_card, by_slip])
def test_presence_is_proved_there_as_at_home(
    country: Country, prove: Callable[[Country, UUID], None]
) -> None:
    country.give_coins(country.elder, 300)
    visit = country.accepted(country.open_request(), by=country.near)
    prove(country, visit)
    country.confirmed(visit)
    assert country.visit(visit).state is VisitState.CREDITED
    assert country.earned_at(NEXT, country.near) == 60


def test_a_call_needs_no_door(country: Country) -> None:
    country.give_coins(country.elder, 300)
    request = country.open_request("A01", 30, remote=True)
    visit = country.accepted(request, by=country.distant)
    nothing, end = Proof(), START + timedelta(minutes=30)
    country.act(country.distant, lambda ctx: check_in(ctx, HERE, visit, nothing), now=START)
    country.act(country.distant, lambda ctx: check_out(ctx, HERE, visit, nothing), now=end)
    country.act(country.elder, lambda ctx: confirm(ctx, HERE, visit))
    assert country.visit(visit).state is VisitState.CREDITED
    assert country.visit(visit).checked_in_by == "remote"


def test_who_avoids_somebody_elsewhere_is_not_told_why(country: Country) -> None:
    country.give_coins(country.elder, 600)
    visit = country.accepted(country.open_request(), by=country.near)
    country.done(visit)
    country.confirmed(visit)

    country.act(country.near, lambda ctx: avoid(ctx, HERE, visit))
    again = country.open_request(starts_at=START + timedelta(days=1))
    with pytest.raises(Taken):
        country.accepted(again, by=country.near)
