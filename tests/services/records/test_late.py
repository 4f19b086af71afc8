"""What is on record too late: counted in working days, listed by branch, warned of once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.places import Branch
from models.requests import Visit
from models.sheets import WorkSheet
from services.context import Context
from services.errors import Forbidden
from services.policy import SYSTEM
from services.records import late
from services.records.activities import Span
from services.records.charge import set_person_in_charge
from services.records.lines import hours_text
from services.records.whole import whole_record
from services.visits.confirming import confirm
from tests import factories
from tests.factories import LONGWAN
from tests.services.records.conftest import served
from tests.services.visits.conftest import START, Street, street
from tests.services.visits.test_races import at_once

__all__ = ["street"]
#: The visit ends on Wednesday, 11 March 2026; its last day in time is Wednesday, 25 March.
LAST = date(2026, 3, 25)
TOO_LATE = START + timedelta(days=15)


def unconfirmed(road: Street) -> UUID:
    request = road.open_request()
    visit = road.accepted(request)
    road.come(visit)
    road.go(visit)
    return visit


def open_late(road: Street, now: datetime, **by: object) -> tuple[late.LateLine, ...]:
    def look(ctx: Context) -> tuple[late.LateLine, ...]:
        return late.late(ctx, LONGWAN, **by)  # type: ignore[arg-type]

    return road.act(road.admins[0], look, now=now)


def test_ten_working_days_and_the_make_up_days_count(rich: Street) -> None:
    visit = unconfirmed(rich)
    assert open_late(rich, START + timedelta(days=14)) == ()
    (line,) = open_late(rich, TOO_LATE)
    assert (line.id, line.due_on, line.days_late, line.recorded_on) == (visit, LAST, 1, None)
    assert line.provider.endswith("*")
    # Behind it lies a make-up weekend day in May: 9 May 2026 is a working Saturday.
    may = datetime(2026, 5, 8, 2, tzinfo=START.tzinfo)
    recorder = rich.act(SYSTEM, lambda ctx: late.Recorder(ctx).due_on(may, "CN-TB-1"), now=may)
    assert recorder == date(2026, 5, 21)


def test_staff_read_their_own_branch_only(rich: Street) -> None:
    unconfirmed(rich)
    other = rich.uow.run(factories.create_branch)
    mine = rich.act(
        rich.staff, lambda ctx: late.late(ctx, LONGWAN, branch_id=rich.branch), now=TOO_LATE
    )
    assert len(mine) == 1
    assert open_late(rich, TOO_LATE, branch_id=other) == ()
    for branch in (None, other):
        with pytest.raises(Forbidden):
            rich.act(
                rich.staff,
                lambda ctx, branch=branch: late.late(ctx, LONGWAN, branch_id=branch),
                now=TOO_LATE,
            )


def test_what_is_recorded_late_stays_listed_by_month(rich: Street) -> None:
    visit = unconfirmed(rich)
    rich.act(rich.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=START + timedelta(hours=2))
    march = Span(date(2026, 3, 1), date(2026, 3, 31))
    assert open_late(rich, TOO_LATE, state="recorded", span=march) == ()

    def delay(session: Session) -> None:
        session.get_one(Visit, (LONGWAN, visit)).ended_at = TOO_LATE

    rich.uow.run(delay)
    (line,) = open_late(rich, TOO_LATE, state="recorded", span=march)
    assert (line.recorded_on, line.days_late) == (date(2026, 3, 26), 1)
    april = Span(date(2026, 4, 1), date(2026, 4, 30))
    assert open_late(rich, TOO_LATE, state="recorded", span=april) == ()


def test_two_runs_open_one_warning_sheet(street: Street) -> None:
    street.give_coins(street.elder, 600)
    unconfirmed(street)
    assert street.act(SYSTEM, late.due_to_warn, now=START) == []
    (due,) = street.act(SYSTEM, late.due_to_warn, now=TOO_LATE)
    runs = [lambda: street.act(SYSTEM, lambda ctx: late.warn(ctx, *due), now=TOO_LATE)] * 3
    assert sorted(at_once(*runs)) == [False, False, True]
    assert street.act(SYSTEM, late.due_to_warn, now=TOO_LATE) == []
    query = sa.select(WorkSheet).where(WorkSheet.book == LONGWAN)
    sheet = street.look(lambda session: session.scalars(query).one())
    assert (sheet.about, sheet.branch_id) == ("late_record", street.branch)


def test_the_whole_record_has_every_field_and_says_what_it_lacks(rich: Street) -> None:
    served(rich, 62)
    whole = rich.act(rich.volunteer, lambda ctx: whole_record(ctx, rich.volunteer), now=TOO_LATE)
    (one,) = whole.activities
    assert (one.actual_minutes, one.day, one.due_on) == (62, date(2026, 3, 11), LAST)
    assert one.place.zh.startswith("浙江省温州市龙湾区")
    assert one.missing == ("person_in_charge",)
    assert whole.missing == ("skills", "services", "person_in_charge")
    assert "*" in whole.person.id_number
    admin = rich.admins[0]
    rich.act(admin, lambda ctx: set_person_in_charge(ctx, rich.branch, "王平"))
    branch = rich.look(lambda session: session.get_one(Branch, rich.branch))
    assert branch.person_in_charge == "王平"
    seen = rich.act(admin, lambda ctx: whole_record(ctx, rich.volunteer), now=TOO_LATE)
    assert seen.activities[0].person_in_charge == "王平"
    assert seen.person.name.endswith("*")
    with pytest.raises(Forbidden):
        rich.act(rich.elder, lambda ctx: whole_record(ctx, rich.volunteer))


def test_hours_are_counted_as_the_law_counts() -> None:
    assert [hours_text(each) for each in (0, 1, 60, 62, 90)] == [
        "0.00", "0.02", "1.00", "1.03", "1.50",
    ]  # fmt: skip
