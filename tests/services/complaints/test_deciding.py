"""Both sides heard, decided with a reason, appealed once; what is held follows."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from models.complaints import ComplaintState
from models.entries import Reversal, ReversalState
from models.sheets import WorkSheet
from services.complaints import sentences as say
from services.complaints import working
from services.complaints.answering import answer, withdraw
from services.complaints.appealing import appeal, decide_appeal
from services.complaints.deciding import decide
from services.complaints.holding import release_for_reversal
from services.errors import DomainError, Forbidden
from services.people.kin import grant_delegation
from services.policy import SYSTEM
from tests import factories
from tests.factories import LONGWAN
from tests.services.complaints.conftest import DAY, NOON, Scene

#: The other side's five working days are over, and the ten in which one may appeal.
AFTER = NOON + 8 * DAY
FINAL = AFTER + timedelta(days=15)


def act(scene: Scene, who: UUID, work: object, *given: object, now: object = AFTER) -> object:
    """One act on a complaint of the street."""
    return scene.street.act(
        who,
        lambda ctx: work(ctx, LONGWAN, *given),  # type: ignore[operator]
        now,  # type: ignore[arg-type]
    )


def swept(scene: Scene, now: object) -> int:
    """The job, once."""
    found = scene.street.act(SYSTEM, working.due, now)  # type: ignore[arg-type]
    return sum(
        scene.street.act(SYSTEM, lambda ctx, key=key: working.work(ctx, *key), now) for key in found
    )


def test_nothing_is_decided_before_the_other_side_was_heard(one: Scene) -> None:
    admin, made = one.street.admins[0], one.complain()
    with pytest.raises(say.OtherSideUnheard):
        act(one, admin, decide, made, "dismissed", "没有证据", now=NOON + DAY)
    act(one, one.street.volunteer, answer, made, "我一直在", now=NOON + DAY)
    act(one, admin, decide, made, "dismissed", "签到签退都对", now=NOON + DAY)
    assert one.sides(made) == ["complainant", "other"]
    earned, held = one.street.earned(one.street.volunteer)
    assert (earned > 0, held) == (True, 0)
    assert {say.DECIDED, say.HELD_FREE} <= one.told(one.street.volunteer)
    assert {say.DECIDED, say.HEARD} <= one.told(one.street.elder)
    with pytest.raises(say.NothingLost):
        act(one, one.street.volunteer, appeal, made, "不服")


def test_silence_is_written_down(one: Scene) -> None:
    made = one.complain("conduct")
    act(one, one.street.admins[0], decide, made, "upheld", "不该那样说话")
    assert one.sides(made) == ["complainant", "unreached"]
    assert one.street.count(WorkSheet, WorkSheet.subject_id == made) == 1


def test_who_may_not_decide(one: Scene) -> None:
    street, (admin, other) = one.street, one.street.admins
    made = one.complain()
    taken = one.complain("other", who=admin, how="phone", by=street.elder, visit_id=None)
    act(one, admin, decide, made, "dismissed", "签到签退都对")
    act(one, street.elder, appeal, made, "不服")
    cases: list[tuple[type[DomainError], UUID, object, tuple[object, ...]]] = [
        (say.InvolvedDecides, admin, decide, (taken, "upheld", "好")),
        (Forbidden, street.staff, decide, (taken, "upheld", "好")),
        (say.DecisionUnknown, other, decide, (taken, "maybe", "好")),
        (DomainError, other, decide, (taken, "upheld", " ")),
        (say.SameDecides, admin, decide_appeal, (made, "upheld", "好")),
        (say.ComplaintStateChanged, other, decide, (made, "upheld", "好")),
        (say.ComplaintStateChanged, other, decide_appeal, (taken, "upheld", "好")),
        (say.AppealedAlready, street.elder, appeal, (made, "再说一次")),
        (Forbidden, street.volunteer, withdraw, (taken,)),
        (Forbidden, street.volunteer, answer, (taken, "不是我")),
    ]
    for error, who, work, given in cases:
        with pytest.raises(error):
            act(one, who, work, *given)


def test_upheld_asks_for_a_reversal_that_waits_for_the_appeal(one: Scene) -> None:
    street, (admin, other) = one.street, one.street.admins
    made = one.complain()
    act(one, admin, decide, made, "upheld", "只来了十分钟")
    row = one.row(made)
    assert row.reversal_id is not None
    earned = street.earned(street.volunteer)
    assert earned[1] == row.held_minutes

    def post(now: object) -> None:
        street.act(
            SYSTEM,
            lambda ctx: release_for_reversal(ctx, LONGWAN, made),
            now,  # type: ignore[arg-type]
        )

    with pytest.raises(say.AppealStillOpen):
        post(AFTER)
    act(one, street.volunteer, appeal, made, "我有纸条")
    act(one, other, decide_appeal, made, "dismissed", "纸条上有签名")
    assert street.earned(street.volunteer) == (earned[0], 0)
    reversal = street.look(lambda session: session.get_one(Reversal, (LONGWAN, row.reversal_id)))
    assert reversal.state is ReversalState.REFUSED
    with pytest.raises(say.ComplaintNotUpheld):
        post(FINAL)
    assert one.breaches() == set()


def test_a_dismissal_that_is_appealed_is_held_again_and_turned(one: Scene) -> None:
    street, (admin, other) = one.street, one.street.admins
    made = one.complain()
    act(one, admin, decide, made, "dismissed", "签到签退都对")
    act(one, street.elder, appeal, made, "他走得早")
    held = street.earned(street.volunteer)[1]
    assert held == one.row(made).held_minutes
    assert held > 0
    act(one, other, decide_appeal, made, "upheld", "邻居证明走得早")
    assert (one.row(made).state, one.row(made).reversal_id is None) == (ComplaintState.FINAL, False)
    street.act(SYSTEM, lambda ctx: release_for_reversal(ctx, LONGWAN, made), AFTER)
    assert street.earned(street.volunteer)[1] == 0


def test_the_job_ends_the_time_and_says_what_lies(one: Scene) -> None:
    late, made = one.complain("conduct"), one.complain("other")
    act(one, one.street.admins[0], decide, made, "dismissed", "已经说清楚")
    assert swept(one, AFTER) == 0
    assert swept(one, FINAL) == 2
    assert swept(one, FINAL) == 0
    assert one.row(made).state is ComplaintState.FINAL
    sheets = one.street.count(WorkSheet, WorkSheet.subject_id == late)
    assert sheets == 1
    with pytest.raises(say.AppealTooLate):
        act(one, one.street.elder, appeal, made, "不服", now=FINAL)


def test_withdrawn_is_free_and_hands_on_what_is_held(one: Scene) -> None:
    first, second = one.complain(), one.complain("charged")
    act(one, one.street.elder, withdraw, first)
    assert one.row(first).hold_id is None
    assert one.row(second).held_minutes == one.street.earned(one.street.volunteer)[1]
    act(one, one.street.elder, withdraw, second)
    assert one.street.earned(one.street.volunteer)[1] == 0
    assert one.breaches() == set()


def test_kin_with_leave_speaks_for_the_elder_and_a_stranger_does_not(one: Scene) -> None:
    street = one.street
    child = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    with pytest.raises(Forbidden):
        one.complain(who=child, by=street.elder, how="family")
    ends_on = (NOON + 90 * DAY).date()
    leave = frozenset({"see", "confirm"})
    street.act(
        street.elder,
        lambda ctx: grant_delegation(ctx, street.elder, child, leave, "own", ends_on, 0),
    )
    row = one.row(one.complain(who=child, by=street.elder, how="family"))
    assert (row.by_id, row.how) == (street.elder, "family")
    assert (row.hold_id is None, row.against_id) == (False, street.volunteer)
