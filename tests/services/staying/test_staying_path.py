"""From asking to the two halves: who is asked, who comes, and what a used-up cap makes wait."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import Exposure
from models.ledger import Transfer
from models.matching import Asking, AskingState, Offer, OfferState
from models.people import Member
from models.requests import Request, Visit, VisitState
from services import rates
from services.asking import waves
from services.asking.answering import say_yes
from services.asking.asking_people import ask_person
from services.asking.batching import propose, tasks_without_an_answer
from services.asking.settling import ELSEWHERE
from services.availability.wishes import WishForm, set_wishes
from services.clock import local_date
from services.context import Context
from services.corridors.claiming import ALL, freed_at
from services.corridors.sentences import CapReached
from services.ledger.accounts import standing
from services.ledger.clearing import clearing_account
from services.matching.batch import match
from services.matching.codes import ACCEPTANCE, named
from services.matching.columns import Columns
from services.matching.nearby import near
from services.matching.requests import tasks_of
from services.matching.scorer import judge
from services.matching.slots import one
from services.matching.snapshot import load
from services.matching.suggesting import suggest
from services.matching.tasks import Ranking
from services.people.cards import issue_card
from services.policy import SYSTEM
from services.queries.branch.day import day_board
from services.queries.branch.inbox import inbox
from services.queries.branch.listing import request_list
from services.queries.branch.matching import matching_file, unfilled
from services.queries.branch.requests import request_file
from services.queries.branch.safety import sheet_file
from services.queries.branch.visits import visit_file
from services.queries.elder.requests import request_page
from services.requests.asking import ask
from services.requests.pauses import CAP_REACHED, pause_of
from services.requests.reviewing import approve
from services.visits.accepting import accept
from services.visits.checking import Proof, Slip, check_in, check_out, enter_slip
from services.visits.closed_door import report_closed_door
from services.visits.confirming import confirm
from services.visits.disputes import decide_dispute, open_dispute
from services.visits.fitness import fitness_of_people
from services.visits.slips import print_slip, slip_codes, visit_of_any_slip
from services.visits.voice import confirm_by_voice
from tests import factories
from tests.country import set_cap
from tests.factories import NOW
from tests.services.staying.conftest import HOME, HOST, START, Stay, fund


def columns_of(stay: Stay) -> Columns:
    return stay.look(lambda session: load(session, NOW).columns)


def search(stay: Stay, request: UUID, columns: Columns, **at: object) -> list[UUID]:
    """Run the wave that is due; returns everybody who has been asked until now."""

    def rank(ctx: Context, row: Request, limit: int) -> Ranking:
        return suggest(ctx, columns, row, limit)

    work = partial(waves.ask_next, book=HOME, request_id=request, rank=rank)
    stay.act(SYSTEM, work, **at)
    return asked(stay, request)


def offers(stay: Stay) -> list[Offer]:
    wanted = sa.select(Offer).where(Offer.book == HOME)
    return stay.look(lambda session: list(session.scalars(wanted)))


def asked(stay: Stay, request: UUID) -> list[UUID]:
    wanted = sa.select(Offer.provider_id).where(Offer.book == HOME, Offer.request_id == request)
    return stay.look(lambda session: list(session.scalars(wanted)))


def asking(stay: Stay, request: UUID) -> Asking:
    return stay.look(lambda session: session.get_one(Asking, (HOME, request)))


def promised(stay: Stay) -> UUID:
    request = stay.open_request()
    return stay.act(stay.volunteer, lambda ctx: accept(ctx, HOME, request)).visit_id


def promised_at_home(stay: Stay) -> UUID:
    request = stay.ask(place_branch_id=None, address=None)
    stay.act(stay.home_staff, lambda ctx: approve(ctx, HOME, request))
    return stay.act(stay.neighbour, lambda ctx: accept(ctx, HOME, request)).visit_id


def served(stay: Stay, minutes: int = 60, *, at_home: bool = False) -> UUID:
    """A visit that the elder's card has opened and closed."""
    visit = promised_at_home(stay) if at_home else promised(stay)
    who = stay.neighbour if at_home else stay.volunteer
    token = stay.act(stay.home_staff, lambda ctx: issue_card(ctx, stay.elder))
    proof = Proof(card_token=token)
    stay.act(who, lambda ctx: check_in(ctx, HOME, visit, proof), now=START)
    end = START + timedelta(minutes=minutes)
    stay.act(who, lambda ctx: check_out(ctx, HOME, visit, proof), now=end)
    return visit


def visit_row(stay: Stay, visit: UUID) -> Visit:
    return stay.look(lambda session: session.get_one(Visit, (HOME, visit)))


def cap(stay: Stay, minutes: int) -> None:
    stay.uow.run(lambda session: set_cap(session, HOME, minutes, NOW + timedelta(seconds=minutes)))


def test_people_of_the_host_are_asked_come_and_are_credited_at_home(stay: Stay) -> None:
    request, columns = stay.open_request(), columns_of(stay)
    assert search(stay, request, columns) == [stay.volunteer]
    member = stay.look(lambda session: session.get_one(Member, stay.volunteer))
    assert member.other_books == [HOME]
    [offer] = offers(stay)
    answer = stay.act(stay.volunteer, lambda ctx: say_yes(ctx, HOME, offer.id))
    assert answer.visit_id is not None
    token = stay.act(stay.home_staff, lambda ctx: issue_card(ctx, stay.elder))
    # The place is not held against the elder's own door, which is far away.
    proof = Proof(card_token=token, latitude_e6=27_900_000, longitude_e6=120_800_000)
    visit, end = answer.visit_id, START + timedelta(minutes=60)
    stay.act(stay.volunteer, lambda ctx: check_in(ctx, HOME, visit, proof), now=START)
    stay.act(stay.volunteer, lambda ctx: check_out(ctx, HOME, visit, proof), now=end)
    stay.act(stay.elder, lambda ctx: confirm(ctx, HOME, visit), now=end)
    assert visit_row(stay, visit).state is VisitState.CREDITED
    earned, _ = stay.earned(HOST, stay.volunteer)
    assert earned > 0
    assert stay.earned(HOME, stay.elder)[1] == 0

    def halves(session: Session) -> set[UUID | None]:
        rows = session.scalars(
            sa.select(Transfer).where(Transfer.book.in_((HOME, HOST)), Transfer.kind == "service")
        ).all()
        assert {row.book for row in rows} == {HOME, HOST}
        owed = standing(session, HOME, clearing_account(HOME, HOST)).posted_minutes
        due = standing(session, HOST, clearing_account(HOST, HOME)).posted_minutes
        assert (owed, due) == (earned, -earned)
        assert session.get_one(Exposure, (HOME, ALL)).claimed_minutes == 0
        return {row.link_id for row in rows}

    [link] = stay.look(halves)
    assert link is not None


def test_the_batch_proposes_people_of_the_host(stay: Stay) -> None:
    request, columns = stay.open_request(), columns_of(stay)
    tasks = stay.act(SYSTEM, lambda ctx: tasks_without_an_answer(ctx, HOME))
    [people] = match(columns, tasks, now=NOW).by_request.values()
    assert stay.act(SYSTEM, lambda ctx: propose(ctx, HOME, request, people)) == 1
    assert asked(stay, request) == [stay.volunteer]
    # One who promises elsewhere at that hour is not waited for, in whatever book the question is.
    other = stay.uow.run(
        lambda session: factories.create_elder(session, grade=0, branch_id=stay.host_branch)
    )
    at_home = stay.form(elder_id=other, place_branch_id=None, address=None)
    local = stay.act(other, lambda ctx: ask(ctx, at_home))
    stay.uow.run(lambda session: fund(session, HOST))
    stay.act(stay.host_staff, lambda ctx: approve(ctx, HOST, local))
    stay.act(stay.volunteer, lambda ctx: accept(ctx, HOST, local))
    [offer] = offers(stay)
    assert (offer.state, offer.answer) == (OfferState.DECLINED, ELSEWHERE)


@pytest.mark.parametrize("shut", [False, True])
def test_the_copy_says_of_a_stay_what_the_tables_say(stay: Stay, *, shut: bool) -> None:
    request, columns = stay.open_request(), columns_of(stay)
    if shut:
        stay.shut()

    def compare(ctx: Context) -> None:
        row = ctx.session.get_one(Request, (HOME, request))
        people = [ctx.session.get_one(Member, each) for each in (stay.volunteer, stay.neighbour)]
        rules = rates.rule_set_on(ctx.session, local_date(NOW))
        [task] = tasks_of(ctx, [row])
        block = one(columns, task, NOW)
        judged = judge(block, near(block))
        said = {
            columns.id_at(int(who)): set(named(int(mask)))
            for who, mask in zip(judged.who, judged.codes, strict=True)
        }
        for (who, _), fitness in fitness_of_people(ctx, [row], people, rules).items():
            codes = {each.code for each in fitness.refusals}
            assert codes & set(ACCEPTANCE) == said[who] & set(ACCEPTANCE)
            # Nobody of another book is asked who could not accept.
            assert not (codes and not said[who])
        assert ("other_book" in said[stay.volunteer]) is shut

    stay.act(SYSTEM, compare)


def test_the_same_person_as_a_rule_is_who_came_to_the_same_place(stay: Stay) -> None:
    rule = WishForm(same_person=True)
    stay.act(stay.elder, lambda ctx: set_wishes(ctx, stay.elder, rule))
    served(stay, at_home=True)
    later = START + timedelta(days=1)
    at_home = stay.ask(starts_at=later, place_branch_id=None, address=None)
    assert stay.request(at_home).wished_provider_id == stay.neighbour
    away = stay.ask(starts_at=later + timedelta(hours=3))
    assert stay.request(away).wished_provider_id is None


def test_the_elders_own_neighbour_may_come_when_named(stay: Stay) -> None:
    request = stay.open_request()
    stay.act(stay.host_staff, lambda ctx: ask_person(ctx, HOME, request, stay.neighbour))
    assert asked(stay, request) == [stay.neighbour]
    visit = stay.act(stay.neighbour, lambda ctx: accept(ctx, HOME, request)).visit_id
    assert visit_row(stay, visit).provider_book == HOME


def test_at_its_cap_the_home_waits_and_the_search_goes_on_once_there_is_room(stay: Stay) -> None:
    cap(stay, 1)
    request, columns = stay.open_request(), columns_of(stay)
    assert search(stay, request, columns) == []
    found = asking(stay, request)
    assert (found.state, found.next_wave_at) == (AskingState.ACTIVE, NOW + timedelta(hours=1))
    with pytest.raises(CapReached):
        stay.act(stay.host_staff, lambda ctx: ask_person(ctx, HOME, request, stay.volunteer))
    with pytest.raises(CapReached):
        stay.act(stay.volunteer, lambda ctx: accept(ctx, HOME, request))
    page = stay.act(stay.elder, lambda ctx: request_page(ctx, HOME, request))
    assert page.pause is not None
    until = stay.act(SYSTEM, freed_at)
    assert (page.pause.code, page.pause.until) == (CAP_REACHED, until)
    at_desk = stay.act(stay.host_staff, lambda ctx: request_file(ctx, HOME, request))
    assert at_desk.pause == page.pause
    # Volunteers of the elder's own region need no cap.
    stay.act(stay.host_staff, lambda ctx: ask_person(ctx, HOME, request, stay.neighbour))
    cap(stay, 10_000)
    later = NOW + timedelta(hours=1)
    assert set(search(stay, request, columns, now=later)) == {stay.neighbour, stay.volunteer}
    row = stay.request(request)
    assert stay.act(SYSTEM, lambda ctx: pause_of(ctx, row)) is None


def test_a_corridor_that_has_ended_pauses_the_search_as_well(stay: Stay) -> None:
    request, columns = stay.open_request(), columns_of(stay)
    stay.shut()
    assert search(stay, request, columns) == []
    page = stay.act(stay.elder, lambda ctx: request_page(ctx, HOME, request))
    assert page.pause is not None
    assert (page.pause.code, page.pause.until) == ("corridor_shut", None)


def test_the_hosts_branch_sees_it_everywhere_and_the_home_branch_does_not(stay: Stay) -> None:
    request = stay.ask()
    work = stay.act(stay.host_staff, lambda ctx: inbox(ctx, stay.host_branch)).works
    [waiting] = [each for each in work if each.kind == "review"]
    assert (waiting.subject_id, waiting.book) == (request, HOME)
    assert waiting.home is not None
    assert "鹿城" in waiting.home.zh
    stay.act(stay.host_staff, lambda ctx: approve(ctx, HOME, request))
    columns = columns_of(stay)

    def at(staff: UUID, branch: UUID) -> list[list[UUID]]:
        def look(ctx: Context) -> list[list[UUID]]:
            board = day_board(ctx, branch, START.date())
            on_board = [line.request_id for hour in board.hours for line in hour.lines]
            listed = [line.id for line in request_list(ctx, branch).lines]
            missing = [line.id for line in unfilled(ctx, columns, branch).lines]
            return [on_board, listed, missing]

        return stay.act(staff, look)

    assert at(stay.host_staff, stay.host_branch) == [[request]] * 3
    assert at(stay.home_staff, stay.home_branch) == [[], [], []]
    assert at(stay.third_staff, stay.third_branch) == [[], [], []]
    found = stay.act(stay.host_staff, lambda ctx: request_file(ctx, HOME, request))
    assert found.home is not None
    assert found.shares.available_minutes is None
    fits = stay.act(stay.host_staff, lambda ctx: matching_file(ctx, columns, HOME, request))
    assert [each.id for each in fits.people] == [stay.volunteer]
    # The region that pays reads it too.
    seen = stay.act(stay.home_admin, lambda ctx: request_file(ctx, HOME, request))
    assert seen.reference == found.reference


def test_the_hosts_counter_enters_a_slip_and_hears_the_elder_on_the_telephone(stay: Stay) -> None:
    visit = promised(stay)
    reference = stay.request(visit_row(stay, visit).request_id).reference
    stay.act(stay.host_staff, lambda ctx: print_slip(ctx, HOME, visit))
    codes = stay.act(stay.host_staff, lambda ctx: slip_codes(ctx, HOME, visit))
    assert codes is not None
    end = START + timedelta(minutes=60)

    def enter(ctx: Context) -> None:
        found = visit_of_any_slip(ctx, (HOST, HOME), reference, codes.code_out or "")
        slip = Slip(codes.code_in, codes.code_out or "", START, end)
        enter_slip(ctx, found.book, found.visit_id, slip)

    stay.act(stay.host_staff, enter, now=end)
    file = stay.act(stay.host_staff, lambda ctx: visit_file(ctx, HOME, visit), now=end)
    assert file.home is not None
    assert "voice" in file.acts
    stay.act(stay.host_staff, lambda ctx: confirm_by_voice(ctx, HOME, visit), now=end)
    assert visit_row(stay, visit).state is VisitState.CREDITED


def test_the_host_decides_a_dispute_of_its_guest(stay: Stay) -> None:
    visit = served(stay)
    end = START + timedelta(minutes=61)
    dispute = stay.act(
        stay.elder, lambda ctx: open_dispute(ctx, HOME, visit, "只来了半小时"), now=end
    )
    piles = stay.act(stay.host_staff, lambda ctx: inbox(ctx, stay.host_branch), now=end).piles
    assert [pile.count for pile in piles if pile.kind == "dispute"] == [1]
    stay.act(
        stay.host_staff,
        lambda ctx: decide_dispute(ctx, HOME, dispute, credit=False, reason="核实过"),
        now=end,
    )
    assert visit_row(stay, visit).state is VisitState.REJECTED
    assert stay.earned(HOME, stay.elder) == (600, 0)
    left = stay.look(lambda session: session.get_one(Exposure, (HOME, ALL)).claimed_minutes)
    assert left == 0


def test_a_door_that_stays_shut_opens_a_sheet_at_the_hosts_branch(stay: Stay) -> None:
    visit = promised(stay)
    late = START + timedelta(minutes=12)
    stay.act(stay.host_staff, lambda ctx: report_closed_door(ctx, HOME, visit), now=late)
    found = stay.act(stay.host_staff, lambda ctx: inbox(ctx, stay.host_branch, "safety"), now=late)
    [work] = found.works
    sheet = stay.act(
        stay.host_staff, lambda ctx: sheet_file(ctx, work.book, work.subject_id), now=late
    )
    assert sheet.home is not None
    assert "儿子家" in (sheet.address or "")
    assert work.home is not None
