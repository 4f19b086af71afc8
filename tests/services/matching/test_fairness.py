"""Who is met and who is not: rates, waits, groups, and whose figures anybody may see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from models.availability import ElderWish
from models.oversight import AuditRecord
from models.people import Member, Sex
from models.requests import Request, RequestState
from services.clock import local_date
from services.errors import Forbidden
from services.policy import NATION, NATIONAL_ADMIN, REGION_ADMIN, STAFF, Actor, Role
from services.queries.admin.fairness import (
    DIMENSIONS,
    Fairness,
    FairnessFilter,
    fairness,
    record_export,
)
from tests.factories import LONGWAN, LUCHENG, NOW, YAOXI, YONGZHONG, make_ctx
from tests.services.matching.district import District, promise, settle

MET, UNMET, LOOKING, OFF = (
    RequestState.CLOSED,
    RequestState.EXPIRED,
    RequestState.OPEN,
    RequestState.CANCELLED,
)


def admin(role: str = REGION_ADMIN, scope: str = LONGWAN) -> Actor:
    kind = "nation" if scope == NATION else "region"
    return Actor(
        id=UUID(int=78), name="管理员", home_book=LONGWAN, roles=(Role(role, kind, scope),)
    )


@pytest.fixture
def district(session: Session) -> District:
    return settle(session, volunteers=12)


def figures(session: Session, wanted: FairnessFilter | None = None) -> Fairness:
    session.flush()
    return fairness(make_ctx(session, admin()), wanted or FairnessFilter())


def become(session: Session, district: District, *states: RequestState) -> list[Request]:
    """Let the requests end in these ways; the others were never let through."""
    rows = [session.get_one(Request, (LONGWAN, each)) for each in district.requests]
    for row, state in zip(rows, states, strict=False):
        row.state = state
    for row in rows[len(states) :]:
        row.state = RequestState.SUBMITTED
    return rows


def only(found: Fairness, dimension: str, key: str) -> Any:
    [group] = [each for each in found.groups[dimension] if each.key == key]
    return group


def test_a_rate_is_of_what_was_decided(session: Session, district: District) -> None:
    become(session, district, MET, RequestState.FILLED, UNMET, LOOKING, OFF, MET)
    total = figures(session).total
    assert (total.met, total.unmet, total.looking, total.called_off) == (3, 1, 1, 1)
    assert total.asked == 6
    assert total.met_permille == 750


def test_an_open_request_whose_time_came_is_not_met(session: Session, district: District) -> None:
    [row, *_] = become(session, district, LOOKING)
    row.starts_at = NOW - timedelta(hours=1)
    total = figures(session).total
    assert (total.unmet, total.looking) == (1, 0)


def test_waiting_is_from_the_decision_to_the_first_yes(
    session: Session, district: District
) -> None:
    rows = become(session, district, *[MET] * 10)
    for row, minutes in zip(rows, (10, 20, 30, 40, 50, 60, 70, 80, 90, 1000), strict=False):
        row.decided_at = NOW - timedelta(minutes=minutes)
        promise(session, row, district.volunteers[0])
    # A second yes comes later and changes nothing.
    promise(session, rows[0], district.volunteers[1], accepted_at=NOW + timedelta(days=1))
    session.flush()
    total = figures(session).total
    assert (total.wait_median_minutes, total.wait_high_minutes) == (50, 90)


def test_groups_show_for_whom_it_goes_less_well(session: Session, district: District) -> None:
    rows = become(session, district, *[MET] * 6, *[UNMET] * 6)
    elders = district.elders[:2]
    for row in rows:
        row.elder_id = elders[0] if row.state is MET else elders[1]
        row.region_code = row.region_code if row.state is MET else YAOXI
        row.care_grade = 0 if row.state is MET else 3
        row.wished_languages = []
        row.starts_at = NOW + timedelta(days=1)
    session.get_one(Member, elders[0]).sex = Sex.FEMALE
    session.get_one(Member, elders[1]).sex = Sex.MALE
    session.add(ElderWish(member_id=elders[1], languages=["wenzhou", "cmn"], updated_at=NOW))
    found = figures(session)
    assert set(found.groups) == set(DIMENSIONS)
    assert only(found, "sex", "female").met_permille == 1000
    assert only(found, "sex", "male").met_permille == 0
    assert only(found, "district", YAOXI).unmet == 6
    assert only(found, "grade", "3").unmet == 6
    assert only(found, "language", "wenzhou").unmet == 6
    assert only(found, "language", "cmn").unmet == 6
    assert only(found, "language", "").met == 6
    # Six are too few to say that somebody is behind.
    assert not any(each.is_behind for those in found.groups.values() for each in those)
    [month] = found.groups["month"]
    assert month.asked == 12


def test_where_only_the_county_is_known_it_is_the_branch_s_street(
    session: Session, district: District
) -> None:
    [row, *_] = become(session, district, MET)
    row.region_code = LONGWAN
    assert [each.key for each in figures(session).groups["district"]] == [YONGZHONG]


def test_a_group_is_behind_from_ten_decided_requests_on(
    session: Session, district: District
) -> None:
    rows = become(session, district, *[UNMET] * 10, MET, MET)
    for row in rows:
        row.care_grade = 4 if row.state is UNMET else 0
    found = figures(session)
    assert only(found, "grade", "4").is_behind
    assert not only(found, "grade", "0").is_behind


def test_what_is_not_matching_is_not_counted(session: Session, district: District) -> None:
    become(session, district, RequestState.WAITING_POOL, RequestState.REFUSED)
    found = figures(session)
    assert found.total.asked == 0
    assert (found.total.met_permille, found.total.wait_median_minutes) == (None, None)


def test_filters_narrow_down(session: Session, district: District) -> None:
    rows = become(session, district, *[MET] * 4)
    rows[0].care_grade = 2
    rows[1].wished_languages, rows[2].wished_languages = ["yue"], []
    tomorrow = local_date(NOW) + timedelta(days=1)
    rows[3].starts_at = NOW - timedelta(days=200)
    assert figures(session).total.asked == 3
    assert figures(session, FairnessFilter(grade=2)).total.asked == 1
    assert figures(session, FairnessFilter(language="yue")).total.asked == 1
    assert figures(session, FairnessFilter(branch=UUID(int=5))).total.asked == 0
    assert figures(session, FairnessFilter(book=LUCHENG)).total.asked == 0
    whole = FairnessFilter(first=tomorrow - timedelta(days=400))
    assert figures(session, whole).total.asked == 4
    until = FairnessFilter(first=whole.first, last=tomorrow - timedelta(days=100))
    assert figures(session, until).total.asked == 1


def test_only_who_answers_for_a_region_sees_its_figures(
    session: Session, district: District
) -> None:
    become(session, district, MET)
    session.flush()
    with pytest.raises(Forbidden):
        fairness(make_ctx(session, admin(STAFF)), FairnessFilter())
    elsewhere = fairness(make_ctx(session, admin(scope=LUCHENG)), FairnessFilter())
    assert elsewhere.total.asked == 0
    nation = fairness(make_ctx(session, admin(NATIONAL_ADMIN, NATION)), FairnessFilter())
    assert nation.total.asked == 1


def test_an_export_is_on_record(session: Session, district: District) -> None:
    become(session, district, MET)
    session.flush()
    ctx = make_ctx(session, admin())
    record_export(ctx, fairness(ctx, FairnessFilter()), "csv", {"by_sex": "male"})
    session.flush()
    rows = session.query(AuditRecord).where(
        AuditRecord.book == LONGWAN, AuditRecord.act == "fairness.export"
    )
    assert [row.after["by_sex"] for row in rows] == ["male"]
