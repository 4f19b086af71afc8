"""What is held ends with the reversal, and the whole check sees what does not fit."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.complaints import Complaint, ComplaintState
from models.oversight import Dispute
from models.people import Member
from models.requests import Visit
from models.sheets import WorkSheet
from services.complaints import sentences as say
from services.complaints.answering import withdraw
from services.complaints.appealing import appeal, decide_appeal
from services.complaints.deciding import decide
from services.complaints.holding import release_for_visit
from services.errors import DomainError
from services.policy import SYSTEM
from services.requests.asking import AskForm, ask
from services.reversing.signing import refuse_reversal, sign_reversal
from services.visits.appealing import appeal_dispute, decide_dispute_appeal
from services.visits.disputes import decide_dispute, open_dispute
from tests import factories
from tests.factories import LONGWAN
from tests.services.complaints.conftest import DAY, NOON, Scene
from tests.services.complaints.test_deciding import AFTER, FINAL, act
from tests.services.visits.conftest import START
from tests.services.visits.test_races import at_once, succeeded
from tests.two_hands import by_two


def upheld(scene: Scene) -> tuple[UUID, UUID]:
    """A complaint that was upheld, and the reversal that it asked for."""
    made = scene.complain()
    act(scene, scene.street.admins[0], decide, made, "upheld", "只来了十分钟")
    reversal = scene.row(made).reversal_id
    assert reversal is not None
    return made, reversal


def test_the_hold_ends_with_the_second_signature(one: Scene) -> None:
    street, (admin, other) = one.street, one.street.admins
    made, reversal = upheld(one)
    act(one, other, sign_reversal, reversal)
    with pytest.raises(say.AppealStillOpen):
        act(one, admin, sign_reversal, reversal)
    assert one.breaches() == set()
    assert act(one, admin, sign_reversal, reversal, now=FINAL) is not None
    assert street.earned(street.volunteer) == (0, 0)
    assert one.row(made).hold_id is None
    assert one.breaches() == set()


def test_a_refused_reversal_frees_what_was_held(one: Scene) -> None:
    made, reversal = upheld(one)
    act(one, one.street.admins[1], refuse_reversal, reversal, "证据不足")
    assert one.street.earned(one.street.volunteer)[1] == 0
    assert one.row(made).reversal_id is None
    assert one.breaches() == set()


def test_the_check_sees_what_does_not_fit(one: Scene) -> None:
    made = one.complain()

    def change(**values: object) -> set[str]:
        def work(session: object) -> None:
            row = session.get_one(Complaint, (LONGWAN, made))  # type: ignore[attr-defined]
            for name, value in values.items():
                setattr(row, name, value)

        one.street.uow.run(work)
        return one.breaches()

    row = one.row(made)
    assert change(held_minutes=1) == {"complaint_hold_differs"}
    said = {"held_minutes": row.held_minutes}
    assert change(state=ComplaintState.FINAL, **said) == {"complaint_still_held"}
    assert change(hold_id=None) == {"hold_without_complaint"}
    assert change(hold_id=row.hold_id, state=ComplaintState.OPEN) == set()


def disputed(scene: Scene, *, credit: bool) -> tuple[UUID, UUID]:
    """A visit of the next day, disputed by the elder and decided; the visit and the dispute."""
    street, start = scene.street, START + DAY
    visit = street.accepted(street.open_request(starts_at=start))
    street.come(visit, start)
    street.go(visit, start=start)
    at = start + timedelta(hours=2)
    made = street.act(street.elder, lambda ctx: open_dispute(ctx, LONGWAN, visit, "走得早"), at)
    street.act(
        street.staff,
        lambda ctx: decide_dispute(ctx, LONGWAN, made, credit=credit, reason="看过记录"),
        at,
    )
    return visit, made


def appealed(scene: Scene, who: UUID, dispute: UUID, now: object = NOON + 2 * DAY) -> None:
    act(scene, who, appeal_dispute, dispute, "不服", now=now)


def decided(scene: Scene, dispute: UUID, *, upheld: bool) -> UUID | None:
    """The first administrator has the last word: staff of the branch decided before."""
    return scene.street.act(
        scene.street.admins[0],
        lambda ctx: decide_dispute_appeal(ctx, LONGWAN, dispute, upheld=upheld, reason="看过"),
        AFTER,
    )


def test_an_appeal_against_a_credit_holds_and_asks_for_a_reversal(one: Scene) -> None:
    street, (admin, other) = one.street, one.street.admins
    _visit, made = disputed(one, credit=True)
    with pytest.raises(say.NothingLost):
        appealed(one, street.volunteer, made)
    with pytest.raises(say.AppealTooLate):
        appealed(one, street.elder, made, now=NOON + 30 * DAY)
    appealed(one, street.elder, made)
    with pytest.raises(say.AppealedAlready):
        appealed(one, street.elder, made)
    before, held = street.earned(street.volunteer)
    assert held > 0
    reversal = decided(one, made, upheld=True)
    assert one.breaches() == set()
    act(one, admin, sign_reversal, reversal)
    act(one, other, sign_reversal, reversal)
    assert street.earned(street.volunteer) == (before - held, 0)
    assert one.breaches() == set()


def test_an_appeal_that_is_dismissed_holds_nothing_any_more(one: Scene) -> None:
    _visit, made = disputed(one, credit=True)
    appealed(one, one.street.elder, made)
    assert decided(one, made, upheld=False) is None
    assert one.street.earned(one.street.volunteer)[1] == 0
    with pytest.raises(DomainError):
        decided(one, made, upheld=True)
    assert one.breaches() == set()


def test_an_appeal_against_a_rejection_asks_for_a_manual_entry(one: Scene) -> None:
    visit, made = disputed(one, credit=False)
    appealed(one, one.street.volunteer, made)
    sheet = decided(one, made, upheld=True)
    row = one.street.look(lambda session: session.get_one(WorkSheet, (LONGWAN, sheet)))
    assert (row.about, row.subject_id, row.branch_id) == (
        "dispute_to_enter",
        visit,
        one.street.branch,
    )
    stored = one.street.look(lambda session: session.get_one(Dispute, (LONGWAN, made)))
    assert stored.appeal_decision == "upheld"


def test_many_hands_at_once(scene: Scene) -> None:
    """Two decide, one decides and one withdraws, one appeals twice, one is spent and held."""
    street, (admin, other) = scene.street, scene.street.admins
    third = street.act(SYSTEM, lambda ctx: factories.create_region_admin(ctx.session))
    first = scene.complain("conduct")
    results = at_once(
        lambda: act(scene, admin, decide, first, "upheld", "好"),
        lambda: act(scene, other, decide, first, "dismissed", "不好"),
        lambda: act(scene, street.elder, withdraw, first),
    )
    assert succeeded(results) == 1
    second = scene.complain()
    act(scene, admin, decide, second, "dismissed", "没有证据")
    assert succeeded(at_once(*[lambda: act(scene, street.elder, appeal, second, "不服")] * 3)) == 1
    ends = [
        lambda who=who, how=how: act(scene, who, decide_appeal, second, how, "好")
        for who, how in ((other, "dismissed"), (third, "upheld"), (other, "upheld"))
    ]
    assert succeeded(at_once(*ends)) == 1
    assert scene.breaches() == set()


def test_held_and_spent_at_once(scene: Scene) -> None:
    """The last minutes are held for the complaint or for what the volunteer asks, never twice."""
    street = scene.street

    def old(session: object) -> None:
        visit = session.get_one(Visit, (LONGWAN, scene.visit))  # type: ignore[attr-defined]
        member = session.get_one(Member, visit.provider_id)  # type: ignore[attr-defined]
        member.born_on, member.is_recipient = member.born_on.replace(year=1950), True

    street.uow.run(old)
    form = AskForm(street.volunteer, "A04", START + 5 * DAY, 60)
    at_once(
        scene.complain,
        lambda: street.act(street.volunteer, lambda ctx: ask(ctx, form), NOON),
    )
    posted, held = street.earned(street.volunteer)
    assert (posted, held) == (posted, posted)
    assert street.count(Complaint, sa.true()) == 1
    assert scene.breaches() == set()


def test_a_complaint_that_comes_while_the_visit_is_taken_back_holds_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits until the reversal is there; it never sets other coins aside for it."""
    street = scene.street
    street.give_coins(street.volunteer, 500)
    transfer = street.visit(scene.visit).transfer_id
    came: list[UUID] = []
    rival = threading.Thread(target=lambda: came.append(scene.complain()))

    def then_somebody_complains(*given: object, **named: object) -> None:
        release_for_visit(*given, **named)  # type: ignore[arg-type]
        if not rival.ident:
            rival.start()
            rival.join(0.5)

    monkeypatch.setattr("services.reversing.visits.release_for_visit", then_somebody_complains)
    by_two(street.act, street.admins, (LONGWAN, transfer, "wrong_time"), NOON)
    rival.join()
    assert scene.row(came[0]).hold_id is None
    assert street.earned(street.volunteer) == (500, 0)
    assert scene.breaches() == set()
