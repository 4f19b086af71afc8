"""Corners of the path: half a pair, an empty pool, a dispute before the end, two at once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from models.oversight import SafetySheet
from models.people import Member
from models.requests import ProviderSlot, Request, RequestState, VisitCode, VisitState
from services import policy
from services.clock import local_date
from services.errors import Forbidden
from services.people.kin import grant_delegation
from services.policy import SYSTEM
from services.queries.volunteer.places import street_of
from services.requests import sentences as request_sentences
from services.requests.ending import cancel, expire
from services.visits import sentences
from services.visits.checking import Proof, Slip, check_in, check_out, enter_slip
from services.visits.closed_door import report_closed_door
from services.visits.codes import codes_of
from services.visits.confirming import confirm
from services.visits.disputes import decide_dispute, open_dispute
from services.visits.locating import locked_visit, subject_of
from services.visits.reviewing import decide_missed, due_for_review, follow_up, stand
from services.visits.slips import print_slip
from services.visits.withdrawing import withdraw
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START, Street
from tests.services.visits.test_races import at_once, succeeded


def more_volunteers(street: Street, count: int = 1) -> list[UUID]:
    """Further volunteers of the street."""
    return [
        street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
        for _ in range(count)
    ]


def pair(street: Street, pool_minutes: int) -> tuple[UUID, UUID, UUID]:
    """A walk that needs two people, both promised: the request and its two visits."""
    if pool_minutes:
        street.issue(pool_minutes)
    street.elder = street.act(
        SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=2, branch_id=street.branch)
    )
    street.give_coins(street.elder, 300)
    [second] = more_volunteers(street)
    request = street.open_request("A05", 60)
    return request, street.accepted(request), street.accepted(request, by=second)


def door(street: Street, visit: UUID, minutes: int = 5) -> UUID:
    """Staff take down a call from a door that nobody opens."""
    return street.act(
        street.staff,
        lambda ctx: report_closed_door(ctx, LONGWAN, visit),
        now=START + timedelta(minutes=minutes),
    )


@pytest.mark.parametrize("first", ["door", "word"])
def test_one_closed_door_of_a_pair_leaves_the_elders_share_held(street: Street, first: str) -> None:
    """One was let in, the other knocked in vain: the elder pays for the one who came."""
    # Both shares of the pool, 18 and 108 with the overrun, and nothing to spare but the thanks.
    _, one, two = pair(street, 18 + 108 + 30)
    if first == "door":
        door(street, two)
        assert street.earned(street.elder) == (300, 90)
    street.come(one)
    street.go(one, 60)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, one))
    if first == "word":
        assert street.earned(street.elder) == (300, 90)
        door(street, two, 70)
    assert street.visit(one).state is VisitState.CREDITED
    assert street.earned(street.volunteer) == (72, 0)
    assert street.earned(street.elder) == (240, 0)
    assert street.pool() == (18 + 108 - 12, 0)


def test_a_closed_door_gives_the_rest_of_the_time_back(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    door(street, visit)
    assert street.count(ProviderSlot, ProviderSlot.visit_id == visit) == 0


def test_an_empty_pool_never_keeps_a_safety_sheet_shut(street: Street) -> None:
    """The search for the elder begins at once; the thanks are entered when there is a pool."""
    street.give_coins(street.elder, 300)
    request = street.open_request()
    visit = street.accepted(request)
    assert street.pool() == (0, 0)
    with pytest.raises(sentences.DoorUnpaid):
        door(street, visit)
    assert street.count(SafetySheet) == 1
    assert street.visit(visit).state is VisitState.ACCEPTED
    assert street.earned(street.elder) == (300, 90)
    street.issue(30)
    door(street, visit, 90)
    assert street.count(SafetySheet) == 1
    assert street.visit(visit).state is VisitState.CLOSED_DOOR
    assert street.earned(street.volunteer) == (30, 0)
    assert street.earned(street.elder) == (300, 0)
    assert street.pool() == (0, 0)


def test_a_missed_visit_is_decided_before_anything_is_cancelled(street: Street) -> None:
    """Whoever came with a slip is not robbed of the elder's share by a late cancellation."""
    street.give_coins(street.elder, 300)
    request = street.open_request()
    visit = street.accepted(request)
    late = START + timedelta(hours=2)
    street.act(SYSTEM, lambda ctx: follow_up(ctx, LONGWAN, visit), now=late)
    assert street.visit(visit).state is VisitState.MISSED
    with pytest.raises(request_sentences.AlreadyStarted):
        street.act(street.elder, lambda ctx: cancel(ctx, LONGWAN, request), now=late)
    assert street.earned(street.elder) == (300, 90)


def test_a_branch_does_not_speak_for_a_living_elder(street: Street) -> None:
    """Only where the elder has died since is a silent visit credited by what is on record."""
    street.give_coins(street.elder, 300)
    visit = street.accepted(street.open_request())
    street.come(visit)
    street.go(visit)
    late = START + timedelta(days=4)
    street.act(SYSTEM, lambda ctx: follow_up(ctx, LONGWAN, visit), now=late)
    assert street.visit(visit).state is VisitState.IN_REVIEW
    with pytest.raises(sentences.ElderCanSay):
        street.act(street.staff, lambda ctx: stand(ctx, LONGWAN, visit, "签到签退都在"), now=late)
    assert street.visit(visit).state is VisitState.IN_REVIEW
    assert street.earned(street.volunteer) == (0, 0)


def test_half_a_pair_is_called_off_and_never_a_no_show(street: Street) -> None:
    """Nobody can check in alone, so a late job must not call the one who was ready missing."""
    request, one, two = pair(street, 1_000)
    other = street.visit(two).provider_id
    street.act(other, lambda ctx: withdraw(ctx, LONGWAN, two, "病了"))
    late = START + timedelta(hours=2)
    assert not street.act(SYSTEM, lambda ctx: follow_up(ctx, LONGWAN, one), now=late)
    street.act(SYSTEM, lambda ctx: expire(ctx, LONGWAN, request), now=late)
    assert street.visit(one).state is VisitState.CANCELLED
    assert street.request(request).state is RequestState.EXPIRED
    assert street.earned(street.elder) == (300, 0)
    assert street.pool() == (1_000, 0)


def slip(street: Street, visit: UUID, minutes: int = 60) -> Slip:
    """Both codes as they were torn off."""
    codes = street.act(street.staff, lambda ctx: codes_of(ctx, LONGWAN, visit, "slip"))
    left = START + timedelta(minutes=minutes)
    return Slip(codes.get("in"), codes["out"], START, left)


def test_a_slip_of_one_alone_does_not_stand_for_two(street: Street) -> None:
    _, one, two = pair(street, 1_000)
    other = street.visit(two).provider_id
    street.act(street.staff, lambda ctx: print_slip(ctx, LONGWAN, one))
    street.act(other, lambda ctx: withdraw(ctx, LONGWAN, two, "病了"))
    paper = slip(street, one)
    with pytest.raises(sentences.NotComplete):
        street.act(
            street.staff,
            lambda ctx: enter_slip(ctx, LONGWAN, one, paper),
            now=START + timedelta(hours=2),
        )
    assert street.visit(one).state is VisitState.ACCEPTED


@pytest.mark.parametrize("how", ["digits", "slip"])
def test_a_visit_in_dispute_can_still_come_to_its_end(street: Street, how: str) -> None:
    """A dispute while somebody is there does not take the check-out, and so the pay, away."""
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    street.act(street.staff, lambda ctx: print_slip(ctx, LONGWAN, visit))
    street.come(visit)
    at = START + timedelta(minutes=30)
    dispute = street.act(
        street.elder, lambda ctx: open_dispute(ctx, LONGWAN, visit, "来晚了"), now=at
    )
    later = START + timedelta(hours=2)
    if how == "digits":
        street.go(visit, 60)
    else:
        paper = slip(street, visit)
        street.act(street.staff, lambda ctx: enter_slip(ctx, LONGWAN, visit, paper), now=later)
    assert street.visit(visit).state is VisitState.DISPUTED
    with pytest.raises(sentences.NotForConfirming):
        street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=later)
    with pytest.raises(sentences.VisitStateChanged):
        street.act(
            street.volunteer,
            lambda ctx: check_out(ctx, LONGWAN, visit, Proof(digits="000000")),
            now=later,
        )
    street.act(
        street.staff,
        lambda ctx: decide_dispute(ctx, LONGWAN, dispute, credit=True, reason="签到记录一致"),
        now=later,
    )
    assert street.earned(street.volunteer) == (60, 0)


def test_a_first_visit_is_first_until_somebody_has_been_there(street: Street) -> None:
    """A03 is done by two people the first time, and a no-show is no first time."""
    street.issue(10_000)
    [second] = more_volunteers(street)
    request = street.open_request("A03", 30)
    assert street.request(request).people_needed == 2
    late = START + timedelta(hours=3)
    for visit in (street.accepted(request), street.accepted(request, by=second)):
        street.act(SYSTEM, lambda ctx, v=visit: follow_up(ctx, LONGWAN, v), now=late)
        street.act(
            street.staff,
            lambda ctx, v=visit: decide_missed(ctx, LONGWAN, v, excused=False, reason="没来"),
            now=late,
        )
    assert street.request(request).state is RequestState.CLOSED
    again = street.ask("A03", 30, starts_at=START + timedelta(days=2))
    assert street.request(again).people_needed == 2


def test_a_relative_who_came_does_not_speak_for_the_elder(street: Street) -> None:
    """Whoever earns reads no code of the elder's and gives no word in the elder's name."""
    street.issue(1_000)
    until = local_date(NOW) + timedelta(days=30)
    street.act(
        street.elder,
        lambda ctx: grant_delegation(
            ctx, street.elder, street.volunteer, frozenset({"confirm"}), "own", until, 6_000
        ),
    )
    visit = street.accepted(street.open_request())

    def may_read_codes(who: UUID) -> bool:
        def look(ctx: object) -> bool:
            request, row = locked_visit(ctx, LONGWAN, visit)
            return policy.can(ctx.actor, "visit.codes", subject_of(request, row)).allowed

        return street.act(who, look)

    assert may_read_codes(street.elder)
    assert not may_read_codes(street.volunteer)
    street.come(visit)
    street.go(visit, 60)
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: confirm(ctx, LONGWAN, visit))
    assert street.earned(street.volunteer) == (0, 0)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    assert street.earned(street.volunteer) == (60, 0)


def test_a_wrong_code_writes_no_place(street: Street) -> None:
    """Of a refused check-in only the count of tries stays."""
    street.issue(1_000)
    here = (27_900_000, 120_800_000)
    visit = street.accepted(street.open_request())

    def settle_at_home(ctx: object) -> None:
        elder = ctx.session.get_one(Member, street.elder)
        elder.latitude_e6, elder.longitude_e6 = here

    street.act(SYSTEM, settle_at_home)
    wrong = Proof(digits="wrong", latitude_e6=here[0], longitude_e6=here[1])
    with pytest.raises(sentences.CodeWrong):
        street.act(street.volunteer, lambda ctx: check_in(ctx, LONGWAN, visit, wrong), now=START)
    assert street.visit(visit).checked_in_distance_m is None
    tried = VisitCode.visit_id == visit, VisitCode.attempts == 1
    assert street.count(VisitCode, *tried) == 1


def test_hours_of_two_days_confirmed_at_once_all_count(street: Street) -> None:
    street.issue(100_000)
    elders = [
        street.act(
            SYSTEM,
            lambda ctx: factories.create_elder(ctx.session, grade=0, branch_id=street.branch),
        )
        for _ in range(4)
    ]
    before = street.look(lambda session: session.get_one(Member, street.volunteer).served_minutes)
    visits = []
    for day, elder in enumerate(elders):
        street.elder = elder
        start = START + timedelta(days=day)
        visit = street.accepted(street.open_request(starts_at=start))
        street.come(visit, start)
        street.go(visit, 60, start)
        visits.append((elder, visit))

    def word(elder: UUID, visit: UUID) -> None:
        street.act(elder, lambda ctx: confirm(ctx, LONGWAN, visit))

    works = [lambda pair=pair: word(*pair) for pair in visits]
    assert succeeded(at_once(*works)) == 4
    after = street.look(lambda session: session.get_one(Member, street.volunteer).served_minutes)
    assert after - before == 240


def test_a_week_is_not_overbooked_by_two_telephones(street: Street) -> None:
    """Thirty hours a week, eight a day: five long days do not fit, however they are promised."""
    street.issue(1_000_000)
    days = [START + timedelta(days=day) for day in range(5)]
    volunteer = street.act(
        SYSTEM,
        lambda ctx: factories.create_volunteer(ctx.session, "P2", certificates=("skilled-escort",)),
    )
    requests = []
    for start in days:
        street.elder = street.act(
            SYSTEM,
            lambda ctx: factories.create_elder(ctx.session, grade=0, branch_id=street.branch),
        )
        requests.append(street.open_request("D01", 420, starts_at=start))
    works = [lambda r=request: street.accepted(r, by=volunteer) for request in requests]
    assert succeeded(at_once(*works)) == 4


def test_the_same_thing_asked_by_two_at_once_is_one_request(street: Street) -> None:
    street.give_coins(street.elder, 1_000)
    results = at_once(*[street.ask] * 4)
    assert succeeded(results) == 1
    assert street.count(Request) == 1
    assert street.earned(street.elder) == (1_000, 90)


def test_those_who_wait_for_a_word_do_not_hide_the_missed(street: Street) -> None:
    street.issue(1_000)
    waiting = street.accepted(street.open_request())
    street.come(waiting)
    street.go(waiting, 60)
    later = START + timedelta(hours=5)
    missed = street.accepted(street.open_request(starts_at=later))
    due = street.act(
        SYSTEM, lambda ctx: due_for_review(ctx, limit=1), now=later + timedelta(hours=2)
    )
    assert set(due) == {(LONGWAN, waiting), (LONGWAN, missed)}


@pytest.mark.parametrize(
    ("address", "street"),
    [
        ("永中街道样例路12号3单元501室", "永中街道样例路"),
        ("永中街道样例路", "永中街道样例路"),
        ("样例小区东区王家大院", "样例小区"),
        ("永中街道罗东南街甲弄", "永中街道罗东南街"),
        ("Binhai Road, building B, flat C", ""),
    ],
)
def test_before_saying_yes_nobody_reads_a_door(address: str, street: str) -> None:
    assert street_of(address) == street


def test_an_error_shows_no_values(street: Street) -> None:
    """What a log keeps of a failed statement says nothing about people."""
    with pytest.raises(DBAPIError) as caught:
        street.uow.run(
            lambda session: session.execute(
                sa.text("INSERT INTO no_such_table VALUES (:word)"), {"word": "梅花"}
            )
        )
    assert "no_such_table" in str(caught.value)
    assert "梅花" not in str(caught.value)


def test_a_remote_service_is_not_confirmed_by_a_relative(street: Street) -> None:
    """Nobody saw it but the elder: the own word, or a call that staff note."""
    street.issue(1_000)
    daughter = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    scopes = frozenset({"see", "confirm"})
    ends_on = local_date(NOW) + timedelta(days=30)
    street.act(
        street.elder,
        lambda ctx: grant_delegation(ctx, street.elder, daughter, scopes, "own", ends_on, 6_000),
    )
    visit = street.accepted(street.open_request("A01", 30, remote=True))
    street.act(street.volunteer, lambda ctx: check_in(ctx, LONGWAN, visit, Proof()), now=START)
    end = START + timedelta(minutes=30)
    street.act(street.volunteer, lambda ctx: check_out(ctx, LONGWAN, visit, Proof()), now=end)
    with pytest.raises(sentences.OwnWordOnly):
        street.act(daughter, lambda ctx: confirm(ctx, LONGWAN, visit), now=end)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=end)
    assert street.visit(visit).state is VisitState.CREDITED


def test_nobody_leaves_a_partner_who_has_begun(street: Street) -> None:
    street.issue(5_000)
    street.elder = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=2))
    second = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    request = street.open_request("A05", 60)
    one, two = street.accepted(request), street.accepted(request, by=second)
    early = START - timedelta(minutes=10)
    street.come(one, early)
    with pytest.raises(sentences.PartnerThere):
        street.act(second, lambda ctx: withdraw(ctx, LONGWAN, two, "临时有事"), now=early)
    assert street.request(request).state is RequestState.FILLED
