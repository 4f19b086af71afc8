"""Nobody ineligible is shown: the copy proposes, the tables decide, and what was seen is kept."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.matching import ShownRanking
from models.people import Member
from models.requests import Request, RequestState
from services.clock import local_date
from services.errors import Forbidden
from services.matching.snapshot import load
from services.matching.suggesting import suggest
from services.policy import AUDITOR, REGION_ADMIN, STAFF, Actor, Role
from services.queries.audit.listing import Want
from services.queries.audit.shown import ShownFilter, shown_page, shown_rankings
from services.queries.branch.matching import matching_file, rounded_m, unfilled
from services.queries.elder.searching import searching
from services.requests.loosening import loosen
from services.requests.sentences import StateChanged
from tests import factories
from tests.factories import LONGWAN, LUCHENG, NOW, make_ctx
from tests.services.matching.district import LATITUDE, LONGITUDE, District, settle


def clerk(session: Session, district: District) -> Actor:
    return factories.clerk(session, district.branch)


def somebody(role: str, scope: str) -> Actor:
    return Actor(
        id=UUID(int=77), name="某某", home_book=LONGWAN, roles=(Role(role, "region", scope),)
    )


def fitting(session: Session, district: District) -> Request:
    """A plain request near which three people live who fit it."""
    row = session.get_one(Request, (LONGWAN, district.requests[0]))
    row.service_code, row.people_needed, row.wished_sex = "A04", 1, None
    row.wished_languages, row.language_must = [], False
    for step in (1_000, 2_000, 3_000):
        factories.create_volunteer(
            session, latitude_e6=LATITUDE + step, longitude_e6=LONGITUDE, branch_id=district.branch
        )
    session.flush()
    return row


def test_somebody_who_has_just_become_unfit_is_not_shown(session: Session) -> None:
    district = settle(session)
    row = fitting(session, district)
    columns = load(session, NOW).columns
    before = suggest(make_ctx(session), columns, row)
    first = before.candidates[0].provider_id
    # No mark is left, as if the copy were a moment behind.
    session.get_one(Member, first).paused_until = local_date(NOW) + timedelta(days=9)
    session.flush()
    after = suggest(make_ctx(session), columns, row)
    assert first not in {each.provider_id for each in after.candidates}
    assert after.eligible == before.eligible - 1
    assert after.refused["paused"] == before.refused.get("paused", 0) + 1


def test_somebody_who_serves_no_longer_is_not_shown(session: Session) -> None:
    district = settle(session)
    row = fitting(session, district)
    columns = load(session, NOW).columns
    first = suggest(make_ctx(session), columns, row).candidates[0].provider_id
    session.get_one(Member, first).is_provider = False
    session.flush()
    shown = suggest(make_ctx(session), columns, row).candidates
    assert first not in {each.provider_id for each in shown}


def test_the_page_names_people_and_keeps_what_it_showed(session: Session) -> None:
    district = settle(session)
    row = fitting(session, district)
    columns = load(session, NOW).columns
    ctx = make_ctx(session, clerk(session, district))
    found = matching_file(ctx, columns, LONGWAN, row.id)
    assert found.people
    assert [each.place for each in found.people] == list(range(1, len(found.people) + 1))
    assert all(each.distance_m is None or each.distance_m % 100 == 0 for each in found.people)
    costs = [each.cost_milliminutes for each in found.people]
    assert costs == sorted(costs)
    kept = session.scalars(sa.select(ShownRanking).where(ShownRanking.book == LONGWAN)).one()
    assert kept.shown_to_id == ctx.actor.id
    assert [UUID(each["provider"]) for each in kept.people] == [each.id for each in found.people]
    assert dict(kept.refused) == dict(found.refused)


def test_distances_find_no_door() -> None:
    assert rounded_m(1) == 100
    assert rounded_m(1_200) == 1_200
    assert rounded_m(None) is None


def test_the_list_says_why_nobody_has_come(session: Session) -> None:
    district = settle(session)
    columns = load(session, NOW).columns
    found = unfilled(make_ctx(session, clerk(session, district)), columns, district.branch)
    assert found.total == len(district.requests)
    starts = [each.starts_at for each in found.lines]
    assert starts == sorted(starts)
    hard = [each for each in found.lines if not each.eligible]
    assert hard, "every request of the district finds somebody"
    assert all(each.refused for each in hard)
    assert all(len(each.refused) <= 3 for each in found.lines)
    assert any(each.relaxation is not None for each in hard)
    # Who fits is not told here, so nothing is kept either.
    assert (
        session.scalar(
            sa.select(sa.func.count()).select_from(ShownRanking).where(ShownRanking.book == LONGWAN)
        )
        == 0
    )


def test_staff_of_another_branch_see_nothing(session: Session) -> None:
    district = settle(session)
    columns = load(session, NOW).columns
    other = factories.clerk(session, factories.create_branch(session))
    ctx = make_ctx(session, other)
    with pytest.raises(Forbidden):
        unfilled(ctx, columns, district.branch)
    with pytest.raises(Forbidden):
        matching_file(ctx, columns, LONGWAN, district.requests[0])


def test_the_region_s_administrator_sees_who_fits(session: Session) -> None:
    district = settle(session)
    columns = load(session, NOW).columns
    ctx = make_ctx(session, somebody(REGION_ADMIN, LONGWAN))
    assert matching_file(ctx, columns, LONGWAN, district.requests[0]).elder_phone is None


def test_nobody_is_looked_for_where_it_is_over(session: Session) -> None:
    district = settle(session)
    columns = load(session, NOW).columns
    row = session.get_one(Request, (LONGWAN, district.requests[0]))
    row.state = RequestState.CANCELLED
    session.flush()
    ctx = make_ctx(session, clerk(session, district))
    with pytest.raises(StateChanged):
        matching_file(ctx, columns, LONGWAN, row.id)
    assert searching(ctx, columns, LONGWAN, row.id) is None
    with pytest.raises(StateChanged):
        loosen(ctx, LONGWAN, row.id, "sex")


def test_an_auditor_finds_every_look_by_request_and_by_viewer(session: Session) -> None:
    district = settle(session)
    row = fitting(session, district)
    columns = load(session, NOW).columns
    viewer = factories.create_staff(session, district.branch)
    ctx = make_ctx(session, factories.actor(session, viewer))
    matching_file(ctx, columns, LONGWAN, row.id)
    matching_file(make_ctx(session, clerk(session, district)), columns, LONGWAN, row.id)
    auditor = make_ctx(session, somebody(AUDITOR, LONGWAN))
    everything = shown_rankings(auditor, LONGWAN, ShownFilter(), Want())
    assert everything.total == 2
    number = session.get_one(Member, viewer).number
    [line] = shown_rankings(auditor, LONGWAN, ShownFilter(number=number), Want()).rows
    assert line.viewer is not None
    assert line.viewer.number == number
    of_another = ShownFilter(reference="9999-9999")
    assert shown_rankings(auditor, LONGWAN, of_another, Want()).total == 0
    whole = shown_page(auditor, LONGWAN, line.id)
    assert [each.place for each in whole.people] == list(range(1, line.shown + 1))
    assert all(each.person and "*" not in each.person.name for each in whole.people)
    with pytest.raises(Exception, match="没有"):
        shown_page(make_ctx(session, somebody(AUDITOR, LUCHENG)), LONGWAN, line.id)
    with pytest.raises(Exception, match="没有"):
        shown_page(make_ctx(session, somebody(STAFF, LONGWAN)), LONGWAN, line.id)


def test_the_elder_is_told_what_would_help(session: Session) -> None:
    district = settle(session)
    columns = load(session, NOW).columns
    ctx = make_ctx(session, clerk(session, district))
    told = [searching(ctx, columns, LONGWAN, each) for each in district.requests]
    found = [each for each in told if each is not None]
    assert len(found) == len(district.requests)
    for each in found:
        assert each.people is None or each.people >= 3
        assert each.is_hopeful or each.people is None
        assert all(change.people > 0 for change in each.changes)
        assert all(change.what in ("time", "language", "sex") for change in each.changes)
    assert any(each.changes for each in found)
    assert any(each.why for each in found if not each.is_hopeful)


def test_a_must_becomes_a_wish_and_the_search_begins_anew(session: Session) -> None:
    district = settle(session)
    ctx = make_ctx(session, clerk(session, district))
    rows = [session.get_one(Request, (LONGWAN, each)) for each in district.requests]
    strict = next(each for each in rows if each.language_must)
    loosen(ctx, LONGWAN, strict.id, "language")
    assert not strict.language_must
    assert strict.wished_languages, "it is still a wish"
    with pytest.raises(StateChanged):
        loosen(ctx, LONGWAN, strict.id, "language")
    sexed = next(each for each in rows if each.wished_sex == "female")
    loosen(ctx, LONGWAN, sexed.id, "sex")
    assert (sexed.wished_sex, sexed.preferred_sex) == (None, "female")
