"""The main path: asked, reviewed, accepted, proved by both sides, valued, posted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.ledger import Transfer, ValuationRecord
from models.oversight import AuditRecord, OutboxMessage
from models.requests import RequestState, Visit, VisitState
from services.errors import DomainError, Forbidden, KeyReused
from services.policy import SYSTEM
from services.requests import sentences as request_sentences
from services.requests.asking import AskForm, ask
from services.requests.ending import cancel, expire
from services.requests.reviewing import approve, refuse
from services.visits import sentences
from services.visits.accepting import accept
from services.visits.checking import Proof, Slip, check_in, check_out, enter_slip
from services.visits.codes import codes_of, make_slip
from services.visits.confirming import confirm, confirm_by_voice
from services.visits.withdrawing import withdraw
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START, Street


def finished(street: Street, code: str = "A04", minutes: int = 60, stayed: int = 62) -> object:
    """A visit that has ended and waits for the elder's word."""
    request = street.open_request(code, minutes)
    visit = street.accepted(request)
    street.come(visit)
    street.go(visit, stayed)
    return visit


def test_an_elder_with_coins_pays_what_was_chosen(street: Street) -> None:
    street.give_coins(street.elder, 300)
    visit = finished(street)
    assert street.earned(street.elder) == (300, 90)
    told_at = START + timedelta(hours=2)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=told_at)
    assert street.earned(street.elder) == (238, 0)
    assert street.earned(street.volunteer) == (62, 0)
    row = street.visit(visit)
    assert row.state is VisitState.CREDITED
    assert row.confirmed_how == "own"
    assert row.actual_minutes == 62
    assert street.request(row.request_id).state is RequestState.CLOSED
    valuation = street.look(
        lambda session: session.get_one(ValuationRecord, (LONGWAN, row.valuation_id))
    )
    assert (valuation.earn_minutes, valuation.elder_minutes, valuation.pool_minutes) == (62, 62, 0)
    transfer = street.look(lambda session: session.get_one(Transfer, (LONGWAN, row.transfer_id)))
    assert transfer.valuation_id == row.valuation_id
    assert transfer.effective_at == row.checked_out_at


def test_both_sides_are_told_and_every_step_is_on_record(street: Street) -> None:
    street.give_coins(street.elder, 300)
    visit = finished(street)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    acts = {
        row.act
        for row in street.look(
            lambda session: session.query(AuditRecord).filter_by(subject_id=visit).all()
        )
    }
    assert acts == {
        "visit.accept",
        "visit.check_in",
        "visit.check_out",
        "visit.confirm",
        "visit.credit",
    }
    for reader, sentence in (
        (street.elder, sentences.PAID_BY_YOU),
        (street.volunteer, sentences.CREDITED_TO_YOU),
    ):
        told = street.count(
            OutboxMessage, OutboxMessage.member_id == reader, OutboxMessage.sentence == sentence
        )
        assert told == 1


def test_the_pool_pays_the_recipients_factor(street: Street) -> None:
    """D01 for grade 1: S 150, R 110; the elder pays 150 %, the pool the rest."""
    street.issue(5_000)
    elder = street.act(
        SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=1, branch_id=street.branch)
    )
    escort = street.act(
        SYSTEM,
        lambda ctx: factories.create_volunteer(
            ctx.session, "P2", certificates=("skilled-escort",), branch_id=street.branch
        ),
    )
    street.elder = elder
    street.give_coins(elder, 1_000)
    request = street.open_request("D01", 120)
    visit = street.accepted(request, by=escort)
    posted, held = street.pool()
    assert posted == 5_000
    assert held > 0
    street.come(visit)
    street.go(visit, 120)
    street.act(elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    # W = 150 x 110 (P2, recognised) x 110 = 1.815; 120 minutes earn 218, the elder pays 180.
    assert street.earned(escort) == (218, 0)
    assert street.earned(elder) == (820, 0)
    assert street.pool() == (5_000 - 38, 0)


def test_an_elder_without_coins_is_met_from_the_pool(street: Street) -> None:
    street.issue(1_000)
    request = street.open_request()
    row = street.request(request)
    assert row.state is RequestState.OPEN
    assert row.shortfall_minutes == 60
    visit = street.accepted(request)
    street.come(visit)
    street.go(visit, 60)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    assert street.earned(street.volunteer) == (60, 0)
    assert street.pool() == (940, 0)


def test_an_empty_pool_says_so_before_the_work_and_opens_when_authorised(street: Street) -> None:
    request = street.open_request()
    assert street.request(request).state is RequestState.WAITING_POOL
    with pytest.raises(sentences.Taken):
        street.accepted(request)
    street.issue(500)
    assert street.request(request).state is RequestState.OPEN


def test_the_pool_serves_the_greatest_need_first(street: Street) -> None:
    """The later request of grade 4 is opened; the earlier one of grade 0 goes on waiting."""
    early = street.open_request()
    frail = street.act(
        SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=4, branch_id=street.branch)
    )
    late = street.open_request(elder_id=frail)
    assert street.request(early).state is RequestState.WAITING_POOL
    street.issue(100)
    assert street.request(late).state is RequestState.OPEN
    assert street.request(early).state is RequestState.WAITING_POOL


def test_an_elder_never_pays_above_the_hold(street: Street) -> None:
    """A hold of 60 and a visit of 88 minutes: the pool bears what the hold does not cover."""
    street.issue(1_000)
    street.give_coins(street.elder, 60)
    visit = finished(street, stayed=88)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    assert street.earned(street.elder) == (0, 0)
    assert street.earned(street.volunteer) == (88, 0)
    assert street.pool() == (1_000 - 28, 0)


def test_the_same_key_asks_once_and_other_content_is_refused(street: Street) -> None:
    form = AskForm(street.elder, "A04", START, 60)
    first = street.act(street.elder, lambda ctx: ask(ctx, form), key="k1")
    again = street.act(street.elder, lambda ctx: ask(ctx, form), key="k1")
    assert first == again
    other = AskForm(street.elder, "A04", START, 90)
    with pytest.raises(KeyReused):
        street.act(street.elder, lambda ctx: ask(ctx, other), key="k1")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"service_code": "Z99"}, request_sentences.ServiceUnknown),
        ({"booked_minutes": 20}, request_sentences.LengthOutOfRange),
        ({"booked_minutes": 500}, request_sentences.LengthOutOfRange),
        ({"starts_at": NOW + timedelta(minutes=10)}, request_sentences.TooSoon),
        ({"starts_at": NOW + timedelta(days=90)}, request_sentences.TooFar),
        ({"service_code": "C01", "remote": True}, request_sentences.NotRemote),
    ],
)
def test_what_cannot_be_asked_is_refused_and_changes_nothing(
    street: Street, changes: dict[str, object], refusal: type[DomainError]
) -> None:
    street.give_coins(street.elder, 300)
    with pytest.raises(refusal):
        street.ask(**changes)
    assert street.earned(street.elder) == (300, 0)


def test_nobody_asks_for_a_stranger(street: Street) -> None:
    form = AskForm(street.elder, "A04", START, 60)
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: ask(ctx, form))


def test_the_counter_asks_only_with_consent_recorded(street: Street) -> None:
    without = AskForm(street.elder, "A04", START, 60)
    with pytest.raises(request_sentences.ConsentNeeded):
        street.act(street.staff, lambda ctx: ask(ctx, without))
    heard = AskForm(street.elder, "A04", START, 60, consent="voice")
    request = street.act(street.staff, lambda ctx: ask(ctx, heard))
    assert street.request(request).consent == "voice"


def test_the_young_do_not_spend(street: Street) -> None:
    young = street.act(
        SYSTEM,
        lambda ctx: factories.create_member(ctx.session, age=50, wants_to_receive=True),
    )
    with pytest.raises(request_sentences.TooYoungToSpend):
        street.ask(elder_id=young)


def test_a_refused_request_gives_everything_back(street: Street) -> None:
    street.give_coins(street.elder, 300)
    request = street.ask()
    assert street.earned(street.elder)[1] == 90
    with pytest.raises(request_sentences.ReasonNeeded):
        street.act(street.staff, lambda ctx: refuse(ctx, LONGWAN, request, "  "))
    street.act(street.staff, lambda ctx: refuse(ctx, LONGWAN, request, "请先补登评估。"))
    assert street.request(request).state is RequestState.REFUSED
    assert street.earned(street.elder) == (300, 0)


def test_only_the_branch_reviews_and_never_its_own_affair(street: Street) -> None:
    request = street.ask()
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: approve(ctx, LONGWAN, request))
    elsewhere = street.act(
        SYSTEM,
        lambda ctx: factories.create_staff(
            ctx.session, factories.create_branch(ctx.session, factories.WUMA)
        ),
    )
    with pytest.raises(Forbidden):
        street.act(elsewhere, lambda ctx: approve(ctx, LONGWAN, request))


def test_cancelling_gives_back_and_tells_the_visitor(street: Street) -> None:
    street.give_coins(street.elder, 300)
    request = street.open_request()
    visit = street.accepted(request)
    street.act(street.elder, lambda ctx: cancel(ctx, LONGWAN, request))
    assert street.visit(visit).state is VisitState.CANCELLED
    assert street.earned(street.elder) == (300, 0)
    told = street.count(
        OutboxMessage,
        OutboxMessage.member_id == street.volunteer,
        OutboxMessage.sentence == request_sentences.VISIT_CALLED_OFF,
    )
    assert told == 1


def test_what_has_begun_is_not_cancelled(street: Street) -> None:
    street.give_coins(street.elder, 300)
    visit = finished(street)
    with pytest.raises(request_sentences.AlreadyStarted):
        street.act(street.elder, lambda ctx: cancel(ctx, LONGWAN, street.visit(visit).request_id))


def test_a_request_that_nobody_takes_expires(street: Street) -> None:
    street.give_coins(street.elder, 300)
    request = street.open_request()
    street.act(SYSTEM, lambda ctx: expire(ctx, LONGWAN, request), now=START - timedelta(hours=1))
    assert street.request(request).state is RequestState.OPEN
    street.act(SYSTEM, lambda ctx: expire(ctx, LONGWAN, request), now=START)
    assert street.request(request).state is RequestState.EXPIRED
    assert street.earned(street.elder) == (300, 0)


def test_a_volunteer_who_cannot_come_opens_the_request_again(street: Street) -> None:
    street.issue(1_000)
    request = street.open_request()
    visit = street.accepted(request)
    with pytest.raises(sentences.ReasonMissing):
        street.act(street.volunteer, lambda ctx: withdraw(ctx, LONGWAN, visit, ""))
    street.act(street.volunteer, lambda ctx: withdraw(ctx, LONGWAN, visit, "临时有事"))
    assert street.request(request).state is RequestState.OPEN
    second = street.accepted(request)
    assert street.visit(second).state is VisitState.ACCEPTED


def test_a_taken_request_is_taken(street: Street) -> None:
    street.issue(1_000)
    request = street.open_request()
    street.accepted(request)
    other = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    with pytest.raises(sentences.Taken):
        street.accepted(request, by=other)


def test_one_person_is_not_in_two_places(street: Street) -> None:
    street.issue(1_000)
    street.accepted(street.open_request())
    second = street.open_request("B01", starts_at=START + timedelta(minutes=75))
    with pytest.raises(DomainError) as refused:
        street.accepted(second)
    assert refused.value.params["reasons"][0].code == "overlap"


def test_a_day_credits_six_hours(street: Street) -> None:
    """Two escorts of four hours: the second one reserves what the day has left."""
    street.issue(50_000)
    escort = street.act(
        SYSTEM,
        lambda ctx: factories.create_volunteer(
            ctx.session, "P2", certificates=("skilled-escort",), branch_id=street.branch
        ),
    )
    early = START - timedelta(hours=2)
    first = street.open_request("D01", 240, starts_at=early)
    second = street.open_request("D01", 180, starts_at=early + timedelta(hours=5))
    street.act(escort, lambda ctx: accept(ctx, LONGWAN, first))
    got = street.act(escort, lambda ctx: accept(ctx, LONGWAN, second))
    assert got.reserved_minutes == 120


def test_wrong_digits_are_counted_and_then_locked(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    right = street.digits(visit)["in"]
    wrong = "000000" if right != "000000" else "111111"
    for left in (4, 3, 2, 1):
        with pytest.raises(sentences.CodeWrong) as refused:
            street.act(
                street.volunteer,
                lambda ctx: check_in(ctx, LONGWAN, visit, Proof(digits=wrong)),
                now=START,
            )
        assert refused.value.params["left"] == left
    for digits in (wrong, right):
        with pytest.raises(sentences.CodeLocked):
            street.act(
                street.volunteer,
                lambda ctx, d=digits: check_in(ctx, LONGWAN, visit, Proof(digits=d)),
                now=START,
            )
    assert street.visit(visit).state is VisitState.ACCEPTED


@pytest.mark.parametrize(("minutes", "refusal"), [(-31, sentences.NotYet), (61, sentences.TooLate)])
def test_check_in_has_its_window(street: Street, minutes: int, refusal: type[DomainError]) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    with pytest.raises(refusal):
        street.come(visit, START + timedelta(minutes=minutes))


def test_only_the_accepted_volunteer_checks_in(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    code = street.digits(visit)["in"]
    other = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    with pytest.raises(Forbidden):
        street.act(other, lambda ctx: check_in(ctx, LONGWAN, visit, Proof(digits=code)), now=START)


def test_digits_for_coming_do_not_end_a_visit(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    code = street.digits(visit)["in"]
    street.come(visit)
    with pytest.raises(sentences.CodeWrong):
        street.act(
            street.volunteer,
            lambda ctx: check_out(ctx, LONGWAN, visit, Proof(digits=code)),
            now=START + timedelta(minutes=60),
        )


def test_breaks_do_not_count(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request("C01", 120))
    street.come(visit)
    code = street.digits(visit)["out"]
    rest = ((START + timedelta(minutes=30), START + timedelta(minutes=50)),)
    street.act(
        street.volunteer,
        lambda ctx: check_out(ctx, LONGWAN, visit, Proof(digits=code), rest),
        now=START + timedelta(minutes=120),
    )
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    assert street.visit(visit).actual_minutes == 100
    assert street.earned(street.volunteer) == (125, 0)


def test_a_slip_is_entered_later_at_the_counter(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    row = street.visit(visit)

    def print_slip(ctx: object) -> dict[str, str]:
        make_slip(ctx, row)
        ctx.session.flush()
        return codes_of(ctx, LONGWAN, visit, "slip")

    codes = street.act(street.staff, print_slip)
    evening = START + timedelta(hours=8)
    left = START + timedelta(minutes=60)
    wrong = Slip(code_in=codes["in"], code_out="ZZZZZZ", came_at=START, left_at=left)
    with pytest.raises(sentences.SlipCodeWrong):
        street.act(street.staff, lambda ctx: enter_slip(ctx, LONGWAN, visit, wrong), now=evening)
    slip = Slip(code_in=codes["in"], code_out=codes["out"], came_at=START, left_at=left)
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: enter_slip(ctx, LONGWAN, visit, slip), now=evening)
    street.act(street.staff, lambda ctx: enter_slip(ctx, LONGWAN, visit, slip), now=evening)
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: confirm_by_voice(ctx, LONGWAN, visit))
    street.act(street.staff, lambda ctx: confirm_by_voice(ctx, LONGWAN, visit))
    assert street.visit(visit).confirmed_how == "voice"
    assert street.earned(street.volunteer) == (60, 0)


def test_confirming_twice_pays_once(street: Street) -> None:
    street.issue(1_000)
    visit = finished(street)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), key="a")
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), key="a")
    with pytest.raises(sentences.NotForConfirming):
        street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), key="b")
    assert street.earned(street.volunteer) == (62, 0)


def test_a_provider_never_confirms_the_own_visit(street: Street) -> None:
    street.issue(1_000)
    visit = finished(street)
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: confirm(ctx, LONGWAN, visit))


def test_under_ten_minutes_earns_nothing_and_frees_everything(street: Street) -> None:
    street.give_coins(street.elder, 300)
    visit = finished(street, stayed=8)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    assert street.visit(visit).state is VisitState.CREDITED
    assert street.visit(visit).transfer_id is None
    assert street.earned(street.elder) == (300, 0)


def test_what_passes_the_storage_cap_goes_to_the_pool(street: Street) -> None:
    street.issue(1_000)
    street.give_coins(street.volunteer, 90_000 - 20)
    visit = finished(street)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    assert street.earned(street.volunteer) == (90_000, 0)
    assert street.pool() == (1_000 - 20, 0)


def test_a_pair_posts_in_one_act_and_the_elder_pays_once(street: Street) -> None:
    """A05 for grade 2 needs two people; both earn, the elder pays one share."""
    street.issue(5_000)
    elder = street.act(
        SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=2, branch_id=street.branch)
    )
    street.elder = elder
    street.give_coins(elder, 300)
    second = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    request = street.open_request("A05", 60)
    assert street.request(request).people_needed == 2
    one = street.accepted(request)
    with pytest.raises(sentences.NotComplete):
        street.come(one)
    two = street.accepted(request, by=second)
    for visit in (one, two):
        street.come(visit)
        street.go(visit, 60)
    street.act(elder, lambda ctx: confirm(ctx, LONGWAN, one))
    assert street.earned(street.volunteer) == (0, 0)
    assert street.visit(one).state is VisitState.CONFIRMED
    street.act(elder, lambda ctx: confirm(ctx, LONGWAN, two))
    # S 100, R 120: each earns 72; the elder pays 60 once, the pool 12 and 72.
    assert street.earned(street.volunteer) == (72, 0)
    assert street.earned(second) == (72, 0)
    assert street.earned(elder) == (240, 0)
    assert street.pool() == (5_000 - 84, 0)
    assert street.count(Transfer, Transfer.kind == "service") == 2


def test_counts_of_visits_stay_what_they_are(street: Street) -> None:
    """A refused acceptance leaves no visit behind."""
    request = street.open_request()
    with pytest.raises(DomainError):
        street.accepted(request)
    assert street.count(Visit) == 0
