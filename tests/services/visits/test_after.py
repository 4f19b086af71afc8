"""What happens when a visit does not end with a nod: silence, absence, dispute, a shut door."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from models.ledger import Transfer
from models.oversight import Dispute, SafetySheet
from models.people import Member
from models.requests import RequestState, VisitState
from services.errors import Forbidden
from services.ledger.drafts import AlreadyReversed
from services.people.cards import issue_card, issue_door_sign
from services.policy import SYSTEM
from services.reversing.proposing import propose_reversal
from services.reversing.sentences import CoinsSpent, ReasonUnknown
from services.visits import sentences
from services.visits.checking import Proof, check_in
from services.visits.closed_door import close_sheet, note_call, report_closed_door
from services.visits.confirming import confirm, confirm_by_voice
from services.visits.disputes import decide_dispute, open_dispute
from services.visits.reviewing import (
    decide_missed,
    due_for_review,
    follow_up,
    reject,
    remind,
)
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START, Street
from tests.two_hands import by_two


def ended(street: Street, stayed: int = 60) -> UUID:
    """A visit that has ended and waits for the elder's word; the pool has 1,000 minutes."""
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    street.come(visit)
    street.go(visit, stayed)
    return visit


def follow(street: Street, hours: float) -> None:
    """The job runs so many hours after the start."""
    now = START + timedelta(hours=hours)
    for book, visit in street.act(SYSTEM, due_for_review, now=now):
        street.act(SYSTEM, lambda ctx, b=book, v=visit: follow_up(ctx, b, v), now=now)


def test_silence_goes_to_the_branch_and_is_never_credited_by_itself(street: Street) -> None:
    visit = ended(street)
    follow(street, 72)
    assert street.visit(visit).state is VisitState.CHECKED_OUT
    follow(street, 74)
    assert street.visit(visit).state is VisitState.IN_REVIEW
    follow(street, 2000)
    assert street.visit(visit).state is VisitState.IN_REVIEW
    assert street.earned(street.volunteer) == (0, 0)
    street.act(street.staff, lambda ctx: confirm_by_voice(ctx, LONGWAN, visit))
    assert street.earned(street.volunteer) == (60, 0)


def test_a_late_word_of_the_elder_still_counts(street: Street) -> None:
    visit = ended(street)
    follow(street, 80)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    assert street.visit(visit).state is VisitState.CREDITED


def test_a_branch_denies_with_a_reason(street: Street) -> None:
    street.give_coins(street.elder, 300)
    visit = ended(street)
    follow(street, 80)
    with pytest.raises(sentences.ReasonMissing):
        street.act(street.staff, lambda ctx: reject(ctx, LONGWAN, visit, " "))
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: reject(ctx, LONGWAN, visit, "不"))
    street.act(street.staff, lambda ctx: reject(ctx, LONGWAN, visit, "老人说没有来过。"))
    row = street.visit(visit)
    assert row.state is VisitState.REJECTED
    assert street.request(row.request_id).state is RequestState.CLOSED
    assert street.earned(street.elder) == (300, 0)
    assert street.pool()[1] == 0


def test_a_forgotten_check_out_goes_to_the_branch(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    street.come(visit)
    follow(street, 14)
    assert street.visit(visit).state is VisitState.IN_REVIEW


def test_three_no_shows_pause_the_volunteer(street: Street) -> None:
    street.issue(10_000)
    for turn in range(3):
        request = street.open_request(starts_at=START + timedelta(days=turn))
        visit = street.accepted(request)
        follow(street, 24 * turn + 2)
        assert street.visit(visit).state is VisitState.MISSED
        now = START + timedelta(days=turn, hours=3)
        street.act(
            street.staff,
            lambda ctx, v=visit: decide_missed(ctx, LONGWAN, v, excused=False, reason="没来"),
            now=now,
        )
        member = street.look(lambda session: session.get_one(Member, street.volunteer))
        assert (member.paused_until is not None) == (turn == 2)
    assert street.pool() == (10_000, 0)


def test_an_excused_absence_is_no_no_show(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    follow(street, 2)
    street.act(
        street.staff,
        lambda ctx: decide_missed(ctx, LONGWAN, visit, excused=True, reason="送医院了"),
    )
    assert street.visit(visit).state is VisitState.CANCELLED


def test_a_dispute_keeps_everything_held_until_it_is_decided(street: Street) -> None:
    street.give_coins(street.elder, 300)
    visit = ended(street)
    held = street.earned(street.elder)
    dispute = street.act(street.elder, lambda ctx: open_dispute(ctx, LONGWAN, visit, "没有这么久"))
    with pytest.raises(sentences.DisputeOpen):
        street.act(street.volunteer, lambda ctx: open_dispute(ctx, LONGWAN, visit, "有"))
    with pytest.raises(sentences.NotForConfirming):
        street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    follow(street, 500)
    assert street.visit(visit).state is VisitState.DISPUTED
    assert street.earned(street.elder) == held
    with pytest.raises(Forbidden):
        street.act(
            street.volunteer,
            lambda ctx: decide_dispute(ctx, LONGWAN, dispute, credit=True, reason="x"),
        )
    street.act(
        street.staff,
        lambda ctx: decide_dispute(ctx, LONGWAN, dispute, credit=True, reason="签到记录一致"),
    )
    assert street.visit(visit).confirmed_how == "decision"
    assert street.earned(street.elder) == (240, 0)


def test_a_dispute_may_end_without_credit(street: Street) -> None:
    street.give_coins(street.elder, 300)
    visit = ended(street)
    dispute = street.act(
        street.volunteer, lambda ctx: open_dispute(ctx, LONGWAN, visit, "时间记错了")
    )
    street.act(
        street.staff,
        lambda ctx: decide_dispute(ctx, LONGWAN, dispute, credit=False, reason="双方同意作废"),
    )
    assert street.visit(visit).state is VisitState.REJECTED
    assert street.earned(street.elder) == (300, 0)
    row = street.look(lambda session: session.get_one(Dispute, (LONGWAN, dispute)))
    assert row.decision == "reject"


def test_nobody_opens(street: Street) -> None:
    street.issue(1_000)
    street.give_coins(street.elder, 300)
    visit = street.accepted(street.open_request())
    sign = street.act(street.staff, lambda ctx: issue_door_sign(ctx, street.elder))
    at = START + timedelta(minutes=5)
    with pytest.raises(sentences.CardWrong):
        street.act(street.volunteer, lambda ctx: report_closed_door(ctx, LONGWAN, visit), now=at)
    sheet = street.act(
        street.volunteer,
        lambda ctx: report_closed_door(ctx, LONGWAN, visit, door_token=sign),
        now=at,
    )
    assert street.visit(visit).state is VisitState.CLOSED_DOOR
    assert street.visit(visit).actual_minutes is None
    assert street.earned(street.volunteer) == (30, 0)
    assert street.earned(street.elder) == (300, 0)
    assert street.pool() == (970, 0)
    with pytest.raises(sentences.VisitStateChanged):
        street.act(
            street.volunteer,
            lambda ctx: report_closed_door(ctx, LONGWAN, visit, door_token=sign),
            now=at,
        )
    street.act(street.staff, lambda ctx: note_call(ctx, LONGWAN, sheet, "contact", "在女儿家"))
    street.act(street.staff, lambda ctx: close_sheet(ctx, LONGWAN, sheet, "平安"))
    row = street.look(lambda session: session.get_one(SafetySheet, (LONGWAN, sheet)))
    assert row.closed_at is not None
    assert [entry["whom"] for entry in row.log] == ["contact"]


def test_the_elders_card_checks_in_and_nobody_elses(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    stranger = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session))
    other = street.act(street.staff, lambda ctx: issue_card(ctx, stranger))
    old = street.act(street.staff, lambda ctx: issue_card(ctx, street.elder))
    card = street.act(street.staff, lambda ctx: issue_card(ctx, street.elder))
    for wrong in (other, old, "nonsense"):
        with pytest.raises(sentences.CardWrong):
            street.act(
                street.volunteer,
                lambda ctx, w=wrong: check_in(ctx, LONGWAN, visit, Proof(card_token=w)),
                now=START,
            )
    street.act(
        street.volunteer,
        lambda ctx: check_in(ctx, LONGWAN, visit, Proof(card_token=card)),
        now=START,
    )
    assert street.visit(visit).checked_in_by == "card"


def test_a_remote_service_is_never_proved_by_a_code(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request("A01", 30, remote=True))
    assert street.digits(visit) == {}
    with pytest.raises(sentences.RemoteOnly):
        street.act(
            street.volunteer,
            lambda ctx: check_in(ctx, LONGWAN, visit, Proof(digits="123456")),
            now=START,
        )
    street.act(street.volunteer, lambda ctx: check_in(ctx, LONGWAN, visit, Proof()), now=START)
    assert street.visit(visit).checked_in_by == "remote"


def test_a_home_visit_needs_a_proof(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    with pytest.raises(sentences.NeedsProof):
        street.act(street.volunteer, lambda ctx: check_in(ctx, LONGWAN, visit, Proof()), now=START)


def test_a_reversal_gives_both_sides_back_once(street: Street) -> None:
    street.give_coins(street.elder, 300)
    visit = ended(street)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    transfer = street.visit(visit).transfer_id
    admin = street.admins[0]
    with pytest.raises(Forbidden):
        street.act(street.staff, lambda ctx: propose_reversal(ctx, LONGWAN, transfer, "wrong_time"))
    with pytest.raises(ReasonUnknown):
        street.act(admin, lambda ctx: propose_reversal(ctx, LONGWAN, transfer, "whim"))
    by_two(street.act, street.admins, (LONGWAN, transfer, "wrong_time"), NOW)
    assert street.earned(street.elder) == (300, 0)
    assert street.earned(street.volunteer) == (0, 0)
    with pytest.raises(AlreadyReversed):
        street.act(
            street.admins[1],
            lambda ctx: propose_reversal(ctx, LONGWAN, transfer, "false_record"),
        )
    assert street.count(Transfer, Transfer.kind == "reversal") == 1


def test_a_reversal_breaks_no_floor(street: Street) -> None:
    """The volunteer has set the minutes aside already: nothing changes."""
    street.give_coins(street.elder, 300)
    visit = ended(street)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    transfer = street.visit(visit).transfer_id

    def grow_old(ctx: object) -> None:
        member = ctx.session.get_one(Member, street.volunteer)
        member.spends_under_age, member.is_recipient = True, True

    street.act(SYSTEM, grow_old)
    street.ask(elder_id=street.volunteer, code="B01", minutes=50)
    with pytest.raises(CoinsSpent):
        by_two(street.act, street.admins, (LONGWAN, transfer, "wrong_time"), NOW)
    assert street.earned(street.volunteer)[0] == 60


def test_both_sides_are_reminded_once(street: Street) -> None:
    street.issue(1_000)
    street.accepted(street.open_request())
    assert street.act(SYSTEM, remind, now=NOW) == 0
    assert street.act(SYSTEM, remind, now=START - timedelta(hours=20)) == 1
    assert street.act(SYSTEM, remind, now=START - timedelta(hours=19)) == 0
