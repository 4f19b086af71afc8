"""Another time: at once before a promise, by both sides' word after it, and never by halves."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.jobs import DueTask
from models.requests import ProviderDay, ProviderSlot, RequestState, VisitState
from models.schedule import Reschedule
from services.clock import at_local, local_date
from services.errors import DomainError, Forbidden
from services.people.kin import grant_delegation, record_kinship
from services.policy import SYSTEM
from services.requests import sentences as asked
from services.requests.ending import cancel
from services.schedule import sentences as say
from services.schedule.proposals import LAPSE
from services.schedule.rescheduling import Outcome, answer, lapse, lapses_at, propose, take_back
from services.visits.accepting import accept
from services.visits.days import quarters
from services.visits.sentences import Ineligible, Overlap
from services.visits.withdrawing import withdraw
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.schedule.conftest import proposal
from tests.services.visits.conftest import START, Street

LATER = START + timedelta(hours=4)


def wish(street: Street, request: UUID, by: UUID | None = None, to_at: object = LATER) -> Outcome:
    return street.act(by or street.elder, lambda ctx: propose(ctx, LONGWAN, request, to_at))


def say_so(street: Street, key: UUID | None, by: UUID, *, agrees: bool = True) -> bool:
    assert key is not None
    return street.act(by, lambda ctx: answer(ctx, LONGWAN, key, agrees=agrees))


def slots(street: Street, provider: UUID) -> set[int]:
    def look(session: sa.orm.Session) -> set[int]:
        query = sa.select(ProviderSlot.quarter).where(
            ProviderSlot.book == LONGWAN, ProviderSlot.provider_id == provider
        )
        return set(session.scalars(query))

    return street.look(look)


def day(street: Street, provider: UUID, on: date) -> tuple[int, int]:
    def look(session: sa.orm.Session) -> tuple[int, int]:
        found = session.get(ProviderDay, (LONGWAN, provider, on))
        return (found.credit_minutes, found.actual_minutes) if found else (0, 0)

    return street.look(look)


def promised(street: Street, coins: int = 600, **overrides: object) -> tuple[UUID, UUID]:
    street.give_coins(street.elder, coins)
    street.issue(2_000)
    request = street.open_request(**overrides)
    return request, street.accepted(request)


def test_before_a_promise_the_elders_side_simply_moves_it(street: Street) -> None:
    street.give_coins(street.elder, 300)
    request = street.open_request()
    # From Wednesday at ten to Sunday: a day off costs a tenth more.
    sunday = at_local(date(2026, 3, 15), START.timetz().replace(tzinfo=None, hour=10))
    assert wish(street, request, to_at=sunday).is_moved
    found = street.request(request)
    assert (found.starts_at, found.ends_at) == (sunday, sunday + timedelta(minutes=60))
    assert (found.elder_share_minutes, found.state) == (66, RequestState.OPEN)
    assert street.earned(street.elder) == (300, 99)


def test_a_moved_hold_runs_to_the_new_start(street: Street) -> None:
    street.give_coins(street.elder, 300)
    request = street.open_request()
    wish(street, request)
    visit = street.act(
        street.volunteer,
        lambda ctx: accept(ctx, LONGWAN, request),
        START + timedelta(hours=1),
    )
    assert street.visit(visit.visit_id).starts_at == LATER


def test_what_the_elder_lacks_at_the_new_time_waits_for_the_pool(street: Street) -> None:
    street.give_coins(street.elder, 60)
    request = street.open_request()
    sunday = START + timedelta(days=4)
    wish(street, request, to_at=sunday)
    assert street.request(request).state is RequestState.WAITING_POOL
    assert street.request(request).shortfall_minutes == 6
    street.issue(100)
    wish(street, request, to_at=sunday + timedelta(hours=1))
    assert street.request(request).state is RequestState.OPEN
    assert street.pool() == (100, 6)
    # Again, with a second hold for the same request.
    wish(street, request, to_at=sunday + timedelta(hours=2))
    assert street.pool() == (100, 6)


def test_an_elders_wish_after_a_promise_needs_the_volunteers_yes(street: Street) -> None:
    request, visit = promised(street)
    before = slots(street, street.volunteer)
    outcome = wish(street, request)
    assert not outcome.is_moved
    assert street.request(request).starts_at == START
    assert slots(street, street.volunteer) == before
    assert say_so(street, outcome.proposal_id, street.volunteer)
    row = street.visit(visit)
    assert (row.starts_at, row.sequence, row.state) == (LATER, 1, VisitState.ACCEPTED)
    assert street.request(request).starts_at == LATER
    assert slots(street, street.volunteer) == set(quarters(LATER, 60, 15))
    assert day(street, street.volunteer, local_date(START)) == (60, 60)


def test_a_volunteers_wish_needs_the_elders_yes(street: Street) -> None:
    request, visit = promised(street)
    tomorrow = START + timedelta(days=1)
    outcome = wish(street, request, street.volunteer, tomorrow)
    with pytest.raises(say.NotAskedOfYou):
        say_so(street, outcome.proposal_id, street.volunteer)
    assert say_so(street, outcome.proposal_id, street.elder)
    assert street.visit(visit).starts_at == tomorrow
    # The day that was reserved is free again, the other one holds it now.
    assert day(street, street.volunteer, local_date(START)) == (0, 0)
    assert day(street, street.volunteer, local_date(tomorrow)) == (60, 60)
    assert street.count(DueTask, DueTask.kind == LAPSE) == 0


def test_no_leaves_everything_as_it_was(street: Street) -> None:
    request, visit = promised(street)
    before = slots(street, street.volunteer), street.earned(street.elder), street.pool()
    outcome = wish(street, request)
    assert not say_so(street, outcome.proposal_id, street.volunteer, agrees=False)
    assert street.visit(visit).starts_at == START
    assert before == (slots(street, street.volunteer), street.earned(street.elder), street.pool())
    with pytest.raises(say.ProposalOver):
        say_so(street, outcome.proposal_id, street.volunteer)
    assert not wish(street, request).is_moved


def test_a_relative_and_the_counter_speak_for_the_elder(street: Street) -> None:
    request, _ = promised(street)
    relative = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    street.act(
        street.elder,
        lambda ctx: grant_delegation(
            ctx, street.elder, relative, frozenset({"see", "ask"}), "own", date(2027, 3, 1), 6_000
        ),
    )
    outcome = wish(street, request, street.volunteer)
    assert say_so(street, outcome.proposal_id, relative)
    outcome = wish(street, request, street.volunteer, START)
    assert say_so(street, outcome.proposal_id, street.staff)
    assert street.request(request).starts_at == START


def test_the_counter_does_not_answer_for_its_own_kin(street: Street) -> None:
    request, _ = promised(street)
    outcome = wish(street, request, street.volunteer)
    clerk = street.act(SYSTEM, lambda ctx: factories.clerk(ctx.session, street.branch))
    street.act(
        clerk,
        lambda ctx: record_kinship(ctx, street.staff, street.volunteer, "child", "户口簿"),
    )
    with pytest.raises(Forbidden):
        say_so(street, outcome.proposal_id, street.staff)


def test_two_who_come_together_both_agree(street: Street) -> None:
    street.give_coins(street.elder, 600)
    street.issue(2_000)
    request = street.open_request("A03")
    other = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    first, second = street.accepted(request), street.accepted(request, by=other)
    outcome = wish(street, request)
    assert not say_so(street, outcome.proposal_id, street.volunteer)
    assert street.request(request).starts_at == START
    assert say_so(street, outcome.proposal_id, other)
    assert {street.visit(each).starts_at for each in (first, second)} == {LATER}
    # One of the two proposes: the elder and the other one say yes.
    outcome = wish(street, request, other, START)
    assert not say_so(street, outcome.proposal_id, street.elder)
    assert say_so(street, outcome.proposal_id, street.volunteer)


def test_who_promised_since_is_asked_too(street: Street) -> None:
    street.give_coins(street.elder, 600)
    street.issue(2_000)
    request = street.open_request("A03")
    street.accepted(request)
    outcome = wish(street, request)
    other = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    late = street.accepted(request, by=other)
    assert not say_so(street, outcome.proposal_id, street.volunteer)
    assert street.visit(late).starts_at == START
    assert say_so(street, outcome.proposal_id, other)
    assert street.visit(late).starts_at == LATER


def test_a_promise_in_the_way_loses_nothing(street: Street) -> None:
    """Free and claim are one act: with another visit there, the old quarters stay claimed."""
    request, visit = promised(street)
    neighbour = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=0))
    in_the_way = street.open_request(elder_id=neighbour, starts_at=LATER)
    outcome = wish(street, request)
    street.accepted(in_the_way)
    before = slots(street, street.volunteer), day(street, street.volunteer, local_date(START))
    with pytest.raises(Overlap):
        say_so(street, outcome.proposal_id, street.volunteer)
    assert before == (
        slots(street, street.volunteer),
        day(street, street.volunteer, local_date(START)),
    )
    assert street.visit(visit).starts_at == START
    assert proposal(street, outcome.proposal_id).state == "open"


def test_a_dearer_time_raises_what_is_held_and_never_lowers_it(street: Street) -> None:
    request, visit = promised(street, code="A05")
    before = street.earned(street.elder)[1]
    sunday = START + timedelta(days=4)
    outcome = wish(street, request, to_at=sunday)
    say_so(street, outcome.proposal_id, street.volunteer)
    raised = street.earned(street.elder)[1]
    assert (before, raised) == (90, 99)
    outcome = wish(street, request, to_at=START)
    say_so(street, outcome.proposal_id, street.volunteer)
    assert street.earned(street.elder)[1] == raised
    assert street.visit(visit).starts_at == START


def test_a_pool_that_is_short_refuses_the_new_time_whole(street: Street) -> None:
    street.issue(95)
    request = street.open_request()
    visit = street.accepted(request)
    outcome = wish(street, request, to_at=START + timedelta(days=4))
    before = street.pool(), slots(street, street.volunteer)
    with pytest.raises(say.PoolTooShort):
        say_so(street, outcome.proposal_id, street.volunteer)
    assert before == (street.pool(), slots(street, street.volunteer))
    assert street.visit(visit).starts_at == START


def test_a_day_with_less_left_is_refused(street: Street) -> None:
    request, visit = promised(street)
    neighbour = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=0))
    friday = START + timedelta(days=2)
    for hours in (-2, 2):
        street.accepted(
            street.open_request(
                "A04", 180, elder_id=neighbour, starts_at=friday + timedelta(hours=hours)
            )
        )
    outcome = wish(street, request, to_at=friday - timedelta(hours=4))
    with pytest.raises(say.DayHasLess):
        say_so(street, outcome.proposal_id, street.volunteer)
    assert street.visit(visit).reserved_minutes == 60


def test_papers_must_hold_at_the_new_time(street: Street) -> None:
    street.give_coins(street.elder, 600)
    street.issue(2_000)
    skilled = street.act(
        SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P3", insured=False)
    )
    street.act(
        SYSTEM,
        lambda ctx: factories.give_certificate(ctx.session, skilled, factories.INSURANCE, days=5),
    )
    request = street.open_request("D01")
    street.accepted(request, by=skilled)
    outcome = wish(street, request, to_at=START + timedelta(days=20))
    with pytest.raises(Ineligible):
        say_so(street, outcome.proposal_id, skilled)


def test_silence_lapses(street: Street) -> None:
    request, _ = promised(street)
    outcome = wish(street, request)
    row = proposal(street, outcome.proposal_id)
    # An hour before the nearer of the two times.
    assert lapses_at(row) == START - timedelta(hours=1)
    with pytest.raises(say.ProposalOver):
        street.act(
            street.volunteer,
            lambda ctx: answer(ctx, LONGWAN, row.id, agrees=True),
            START - timedelta(minutes=30),
        )
    assert not street.act(SYSTEM, lambda ctx: lapse(ctx, LONGWAN, row.id))
    assert street.act(SYSTEM, lambda ctx: lapse(ctx, LONGWAN, row.id), START)
    assert proposal(street, row.id).state == "lapsed"
    assert not street.act(SYSTEM, lambda ctx: lapse(ctx, LONGWAN, row.id), START)


def test_a_proposal_goes_with_what_it_was_about(street: Street) -> None:
    request, visit = promised(street)
    first = wish(street, request)
    street.act(street.volunteer, lambda ctx: withdraw(ctx, LONGWAN, visit, "家里有事"))
    assert proposal(street, first.proposal_id).state == "lapsed"
    street.accepted(request)
    second = wish(street, request)
    street.act(street.elder, lambda ctx: cancel(ctx, LONGWAN, request))
    assert proposal(street, second.proposal_id).state == "lapsed"
    with pytest.raises(say.ProposalOver):
        say_so(street, second.proposal_id, street.volunteer)


def test_whoever_proposed_may_let_it_be(street: Street) -> None:
    request, _ = promised(street)
    outcome = wish(street, request)
    key = outcome.proposal_id
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: take_back(ctx, LONGWAN, key))
    street.act(street.elder, lambda ctx: take_back(ctx, LONGWAN, key))
    with pytest.raises(say.ProposalOver):
        street.act(street.elder, lambda ctx: take_back(ctx, LONGWAN, key))
    with pytest.raises(say.ProposalUnknown):
        street.act(street.elder, lambda ctx: take_back(ctx, LONGWAN, street.elder))


def test_a_proposal_that_has_run_out_stands_in_no_others_way(street: Street) -> None:
    request, _ = promised(street)
    first = wish(street, request)
    late = START - timedelta(minutes=50)
    second = street.act(
        street.elder, lambda ctx: propose(ctx, LONGWAN, request, START + timedelta(hours=6)), late
    )
    assert proposal(street, first.proposal_id).state == "lapsed"
    assert proposal(street, second.proposal_id).state == "open"


def test_the_same_service_is_not_moved_to_where_it_is_already(street: Street) -> None:
    street.give_coins(street.elder, 600)
    street.open_request(starts_at=LATER)
    request = street.open_request()
    with pytest.raises(asked.AskedAlready):
        wish(street, request)
    assert street.request(request).starts_at == START
    assert wish(street, request, to_at=LATER + timedelta(hours=1)).is_moved


def test_times_that_cannot_be(street: Street) -> None:
    request, _ = promised(street)
    cases: list[tuple[object, type[DomainError]]] = [
        (START, say.SameTime),
        (START + timedelta(minutes=5), asked.OffQuarter),
        (NOW + timedelta(minutes=30), asked.TooSoon),
        (NOW + timedelta(days=70), asked.TooFar),
    ]
    for to_at, refusal in cases:
        with pytest.raises(refusal):
            wish(street, request, to_at=to_at)
    wish(street, request)
    with pytest.raises(say.ProposalOpen):
        wish(street, request, to_at=LATER + timedelta(hours=1))
    with pytest.raises(Forbidden):
        wish(street, request, by=street.admins[0])
    assert street.count(Reschedule) == 1


def test_what_has_begun_is_not_moved(street: Street) -> None:
    request, visit = promised(street)
    street.come(visit)
    with pytest.raises(say.NotMovable):
        street.act(
            street.elder,
            lambda ctx: propose(ctx, LONGWAN, request, LATER),
            START,
        )


def test_a_double_press_proposes_once(street: Street) -> None:
    request, _ = promised(street)

    def press() -> Outcome:
        return street.act(
            street.elder, lambda ctx: propose(ctx, LONGWAN, request, LATER), key="same"
        )

    assert press() == press()
    assert street.count(Reschedule) == 1


def test_leave_to_see_does_not_make_the_counter_speak_for_its_own_kin(street: Street) -> None:
    request, _ = promised(street)
    outcome = wish(street, request, street.volunteer)
    clerk = street.act(SYSTEM, lambda ctx: factories.clerk(ctx.session, street.branch))
    street.act(
        clerk, lambda ctx: record_kinship(ctx, street.staff, street.elder, "child", "户口簿")
    )
    street.act(
        street.elder,
        lambda ctx: grant_delegation(
            ctx, street.elder, street.staff, frozenset({"see"}), "own", date(2027, 3, 1), 6_000
        ),
    )
    with pytest.raises(Forbidden):
        say_so(street, outcome.proposal_id, street.staff)
