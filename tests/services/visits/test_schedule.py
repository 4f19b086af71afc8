"""What happens around an appointment: late or early, by whom, forgotten, past midnight."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.ledger import ValuationRecord
from models.matching import MatchingMark
from models.people import Member
from models.requests import ProviderDay, ProviderSlot, Visit, VisitState
from services.clock import at_local, local_date
from services.errors import Forbidden
from services.policy import SYSTEM
from services.requests import sentences as asked
from services.requests.asking import AskForm, ask
from services.requests.ending import cancel, expire
from services.requests.reviewing import approve
from services.visits import sentences as say
from services.visits.accepting import accept
from services.visits.checking import Slip, enter_slip
from services.visits.codes import codes_of
from services.visits.confirming import confirm
from services.visits.days import quarters
from services.visits.reviewing import decide_missed, follow_up, reject
from services.visits.slips import print_slip
from services.visits.voice import ReachedHow, note_leaving
from services.visits.withdrawing import withdraw
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START, Street


def promised(street: Street, **overrides: object) -> tuple[UUID, UUID]:
    street.give_coins(street.elder, 1_000)
    street.issue(2_000)
    request = street.open_request(**overrides)
    return request, street.accepted(request)


def days_of(street: Street) -> dict[date, tuple[int, int]]:
    def look(session: sa.orm.Session) -> list[ProviderDay]:
        found = sa.select(ProviderDay).where(
            ProviderDay.book == LONGWAN, ProviderDay.provider_id == street.volunteer
        )
        return list(session.scalars(found))

    return {row.day: (row.credit_minutes, row.actual_minutes) for row in street.look(look)}


@pytest.mark.parametrize("minutes", [1, 5, 10, 20, 59])
def test_a_start_off_the_quarter_is_refused(street: Street, minutes: int) -> None:
    with pytest.raises(asked.OffQuarter):
        street.ask(starts_at=START + timedelta(minutes=minutes))
    with pytest.raises(asked.OffQuarter):
        street.ask(starts_at=START + timedelta(seconds=30))


@pytest.mark.parametrize(("hours", "late"), [(25, False), (24, False), (23, True), (1, True)])
@pytest.mark.parametrize("who", ["provider", "branch", "elder"])
def test_who_called_it_off_and_whether_it_was_late(
    street: Street, who: str, hours: int, late: bool
) -> None:
    request, visit = promised(street)
    now = START - timedelta(hours=hours)
    actor = {"provider": street.volunteer, "branch": street.staff, "elder": street.elder}[who]
    if who == "elder":
        street.act(actor, lambda ctx: cancel(ctx, LONGWAN, request), now)
    else:
        street.act(actor, lambda ctx: withdraw(ctx, LONGWAN, visit, "家里有事"), now)
    row = street.visit(visit)
    assert (row.state, row.cancelled_by, row.cancelled_late) == (VisitState.CANCELLED, who, late)
    assert (row.sequence, row.changed_at) == (1, now)


def test_a_counter_that_cancels_for_the_elder_is_the_branch(street: Street) -> None:
    request, visit = promised(street)
    street.act(street.staff, lambda ctx: cancel(ctx, LONGWAN, request))
    assert street.visit(visit).cancelled_by == "branch"


def test_a_request_that_runs_out_is_nobodys_late_cancellation(street: Street) -> None:
    """Two were needed, one had promised: the system ends it."""
    street.issue(2_000)
    request = street.open_request("A03")
    visit = street.accepted(request)
    street.act(SYSTEM, lambda ctx: expire(ctx, LONGWAN, request), START)
    assert street.visit(visit).cancelled_by == "system"


def test_a_missed_visit_is_no_cancellation(street: Street) -> None:
    _, visit = promised(street)
    late = START + timedelta(hours=3)
    street.act(SYSTEM, lambda ctx: follow_up(ctx, LONGWAN, visit), late)
    street.act(
        street.staff,
        lambda ctx: decide_missed(ctx, LONGWAN, visit, excused=True, reason="路上车祸"),
        late,
    )
    row = street.visit(visit)
    assert (row.state, row.cancelled_by, row.cancelled_late) == (VisitState.CANCELLED, None, False)


def test_a_third_no_show_never_shortens_a_longer_pause(street: Street) -> None:
    long = date(2026, 12, 31)
    street.issue(10_000)
    for turn in range(3):
        request = street.open_request(starts_at=START + timedelta(days=turn))
        visit = street.accepted(request)
        if turn == 2:
            street.act(
                SYSTEM,
                lambda ctx: setattr(
                    ctx.session.get_one(Member, street.volunteer), "paused_until", long
                ),
            )
        now = START + timedelta(days=turn, hours=3)
        street.act(SYSTEM, lambda ctx, v=visit: follow_up(ctx, LONGWAN, v), now)
        street.act(
            street.staff,
            lambda ctx, v=visit: decide_missed(ctx, LONGWAN, v, excused=False, reason="没来"),
            now,
        )
    member = street.look(lambda session: session.get_one(Member, street.volunteer))
    assert member.paused_until == long


def test_no_shows_of_long_ago_do_not_count(street: Street) -> None:
    """Two in spring and one more than ninety days later pause nobody."""
    street.issue(10_000)
    starts = [START, START + timedelta(days=1), START + timedelta(days=95)]
    for start in starts:
        asked_at = max(NOW, start - timedelta(days=20))
        request = street.act(
            street.elder,
            lambda ctx, s=start: ask(ctx, AskForm(street.elder, "A04", s, 60)),
            asked_at,
        )
        street.act(street.staff, lambda ctx, r=request: approve(ctx, LONGWAN, r), asked_at)
        visit = street.act(
            street.volunteer, lambda ctx, r=request: accept(ctx, LONGWAN, r).visit_id, asked_at
        )
        now = start + timedelta(hours=3)
        street.act(SYSTEM, lambda ctx, v=visit: follow_up(ctx, LONGWAN, v), now)
        street.act(
            street.staff,
            lambda ctx, v=visit: decide_missed(ctx, LONGWAN, v, excused=False, reason="没来"),
            now,
        )
    member = street.look(lambda session: session.get_one(Member, street.volunteer))
    assert member.paused_until is None


def test_a_late_check_in_is_paid_from_when_somebody_came(street: Street) -> None:
    _, visit = promised(street)
    street.come(visit, START + timedelta(minutes=25))
    street.go(visit, 60)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    assert street.visit(visit).actual_minutes == 35
    assert street.earned(street.volunteer) == (35, 0)


def test_a_check_in_after_the_window_is_refused_with_a_sentence(street: Street) -> None:
    _, visit = promised(street)
    with pytest.raises(say.TooLate):
        street.come(visit, START + timedelta(hours=2))
    assert street.visit(visit).state is VisitState.ACCEPTED


def forgotten(street: Street) -> UUID:
    """Somebody came, and never checked out."""
    _, visit = promised(street)
    street.act(street.staff, lambda ctx: print_slip(ctx, LONGWAN, visit))
    street.come(visit)
    street.act(SYSTEM, lambda ctx: follow_up(ctx, LONGWAN, visit), START + timedelta(hours=14))
    assert street.visit(visit).state is VisitState.IN_REVIEW
    return visit


NEXT_DAY = START + timedelta(hours=24)


def test_a_forgotten_check_out_is_never_guessed(street: Street) -> None:
    """No time stands, nothing is posted, and nobody can confirm what nobody has seen."""
    visit = forgotten(street)
    row = street.visit(visit)
    assert (row.checked_out_at, row.actual_minutes) == (None, None)
    with pytest.raises(say.NotForConfirming):
        street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), NEXT_DAY)
    assert street.earned(street.volunteer) == (0, 0)
    assert street.earned(street.elder) == (1_000, 90)
    street.act(street.staff, lambda ctx: reject(ctx, LONGWAN, visit, "没有证据"), NEXT_DAY)
    assert street.earned(street.elder) == (1_000, 0)


def test_a_forgotten_check_out_is_closed_by_the_slip(street: Street) -> None:
    visit = forgotten(street)
    codes = street.act(street.staff, lambda ctx: codes_of(ctx, LONGWAN, visit, "slip"))
    slip = Slip(None, codes["out"], None, START + timedelta(minutes=50))
    street.act(street.staff, lambda ctx: enter_slip(ctx, LONGWAN, visit, slip), NEXT_DAY)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), NEXT_DAY)
    assert street.earned(street.volunteer) == (50, 0)


def test_a_forgotten_check_out_is_closed_by_the_elders_word(street: Street) -> None:
    visit = forgotten(street)
    left_at = START + timedelta(minutes=40)

    def note(who: UUID, at: datetime = left_at, reached: str = "phone") -> None:
        street.act(who, lambda ctx: note_leaving(ctx, LONGWAN, visit, at, reached), NEXT_DAY)

    with pytest.raises(Forbidden):
        note(street.volunteer)
    with pytest.raises(ReachedHow):
        note(street.staff, reached="guess")
    for wrong in (START - timedelta(hours=1), NEXT_DAY + timedelta(hours=1)):
        with pytest.raises(say.OutBeforeIn):
            note(street.staff, at=wrong)
    note(street.staff)
    row = street.visit(visit)
    assert (row.state, row.checked_out_by) == (VisitState.CHECKED_OUT, "voice")
    assert street.earned(street.volunteer) == (0, 0)
    with pytest.raises(say.VisitStateChanged):
        note(street.staff)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), NEXT_DAY)
    assert street.earned(street.volunteer) == (40, 0)


def test_while_somebody_is_still_there_nobody_writes_that_he_left(street: Street) -> None:
    _, visit = promised(street)
    street.come(visit)
    with pytest.raises(say.VisitStateChanged):
        street.act(
            street.staff,
            lambda ctx: note_leaving(ctx, LONGWAN, visit, START + timedelta(minutes=20), "phone"),
            START + timedelta(minutes=30),
        )


#: Half past eleven at night.
EVE = at_local(date(2026, 3, 11), datetime(2026, 1, 1, 23, 30).time())


def test_a_visit_across_midnight_counts_on_the_day_it_began(street: Street) -> None:
    _, visit = promised(street, starts_at=EVE, minutes=90)
    began = local_date(EVE)
    assert days_of(street) == {began: (90, 90)}
    claimed = street.look(
        lambda session: set(
            session.scalars(
                sa.select(ProviderSlot.quarter).where(
                    ProviderSlot.book == LONGWAN, ProviderSlot.visit_id == visit
                )
            )
        )
    )
    assert claimed == set(quarters(EVE, 90, 15))
    # The quarters on the far side of midnight are as taken as the others.
    neighbour = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=0))
    for start in (EVE + timedelta(minutes=60), EVE + timedelta(minutes=90)):
        request = street.open_request(elder_id=neighbour, starts_at=start)
        with pytest.raises(say.Ineligible) as refused:
            street.accepted(request)
        assert [each.code for each in refused.value.params["reasons"]] == ["overlap"]
    # After the way back the next day is free, and counts for itself.
    street.accepted(street.open_request(elder_id=neighbour, starts_at=EVE + timedelta(hours=2)))
    assert days_of(street) == {began: (90, 90), began + timedelta(days=1): (60, 60)}
    street.come(visit, EVE)
    street.go(visit, 90, EVE)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), EVE + timedelta(hours=2))
    # Every minute is a night minute, on both days: half as much again.
    assert street.earned(street.volunteer) == (135, 0)
    assert days_of(street)[began] == (90, 90)
    record = street.look(
        lambda session: session.scalars(
            sa.select(ValuationRecord).where(ValuationRecord.visit_id == visit)
        ).one()
    )
    assert record.credited_minutes == 90


def test_what_changes_a_volunteers_time_leaves_a_mark(street: Street) -> None:
    def version() -> int:
        found = street.look(lambda session: session.get(MatchingMark, street.volunteer))
        return found.version if found else 0

    before = version()
    _, visit = promised(street)
    accepted = version()
    assert accepted > before
    street.act(street.volunteer, lambda ctx: withdraw(ctx, LONGWAN, visit, "家里有事"))
    assert version() > accepted
    assert street.count(Visit) == 1
