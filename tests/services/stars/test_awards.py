"""Stars from the first proposal to the grant, the objection and the refusal."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.honours import StarAward, StarObjection, StarState
from models.people import Member
from services.context import Context
from services.errors import Forbidden
from services.people.errors import MissingText
from services.policy import NOBODY, REGION_ADMIN, SYSTEM, Role
from services.stars import proposing, reading
from services.stars import sentences as say
from services.stars.banning import ban
from services.stars.objecting import decide, object_to
from services.stars.standing import stars_of
from tests import factories
from tests.country import officer
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import Street, street
from tests.services.visits.test_races import at_once, succeeded

__all__ = ["street"]
#: The notice runs from Tuesday, 10 March, to Tuesday, 17 March 2026: five working days.
OVER = NOW + timedelta(days=8)
CITY = "330300000000"


def serve(road: Street, hours: int) -> None:
    def work(ctx: Context) -> None:
        ctx.session.get_one(Member, road.volunteer).served_minutes = hours * 60

    road.act(SYSTEM, work)


def propose(road: Street, now: datetime = NOW) -> int:
    due = road.act(SYSTEM, proposing.due_to_propose, now=now)
    return sum(
        road.act(SYSTEM, lambda ctx, who=who: proposing.propose(ctx, who), now=now) for who in due
    )


def grant(road: Street, now: datetime = OVER) -> int:
    due = road.act(SYSTEM, proposing.due_to_grant, now=now)
    return sum(
        road.act(SYSTEM, lambda ctx, each=each: proposing.grant(ctx, *each), now=now)
        for each in due
    )


def awards(road: Street) -> list[StarAward]:
    query = sa.select(StarAward).where(StarAward.book == LONGWAN).order_by(StarAward.proposed_at)
    return road.look(lambda session: list(session.scalars(query)))


def stars(road: Street) -> int:
    return road.look(lambda session: stars_of(session, session.get_one(Member, road.volunteer)))


def object_as(
    road: Street, who: UUID, award: UUID, now: datetime = NOW, text: str = "没见过他来"
) -> UUID:
    return road.act(who, lambda ctx: object_to(ctx, LONGWAN, award, text), now=now)


def test_hours_reach_a_star_which_is_published_and_then_granted(road: Street) -> None:
    serve(road, 99)
    assert propose(road) == 0
    serve(road, 100)
    assert propose(road) == 1
    assert propose(road) == 0
    (row,) = awards(road)
    assert (row.stars, row.granting_tier) == (1, "county")
    assert row.notice_ends_on == date(2026, 3, 17)
    assert stars(road) == 0
    assert grant(road, NOW + timedelta(days=7)) == 0
    assert grant(road) == 1
    assert grant(road) == 0
    assert stars(road) == 1
    assert propose(road, now=OVER) == 0
    serve(road, 601)
    assert propose(road, now=OVER) == 1
    assert awards(road)[-1].granting_tier == "city"


def test_everybody_reads_the_notice_with_a_masked_name_and_no_number(road: Street) -> None:
    serve(road, 100)
    propose(road)
    page = road.act(NOBODY, lambda ctx: reading.notices(ctx, 1))
    (line,) = page.items
    name = road.look(lambda session: session.get_one(Member, road.volunteer).name)
    assert line.name == name[0] + "*" * (len(name) - 1)
    assert not hasattr(line, "number")
    elsewhere = road.act(SYSTEM, lambda ctx: reading.notices(ctx, 1, factories.LUCHENG))
    assert elsewhere.items == ()
    with pytest.raises(say.StarUnknown):
        road.act(SYSTEM, lambda ctx: reading.notice(ctx, LONGWAN, line.award_id), now=OVER)


def test_an_upheld_objection_refuses_the_stars_for_a_year(road: Street) -> None:
    serve(road, 100)
    propose(road)
    (row,) = awards(road)
    with pytest.raises(say.OwnStar):
        object_as(road, road.volunteer, row.id)
    with pytest.raises(MissingText):
        object_as(road, road.elder, row.id, text=" ")
    with pytest.raises(say.StarUnknown):
        object_as(road, road.elder, UUID(int=5))
    first = object_as(road, road.elder, row.id)
    with pytest.raises(say.StarObjectedAlready):
        object_as(road, road.elder, row.id)
    second = object_as(road, road.staff, row.id)
    assert grant(road) == 0
    with pytest.raises(say.StarNoticeOver):
        object_as(road, road.admins[1], row.id, now=OVER)
    with pytest.raises(Forbidden):
        road.act(road.staff, lambda ctx: decide(ctx, LONGWAN, first, "是", uphold=True))
    with pytest.raises(say.StarObjectionUnknown):
        road.act(road.admins[0], lambda ctx: decide(ctx, LONGWAN, UUID(int=5), "是", uphold=True))
    road.act(road.admins[0], lambda ctx: decide(ctx, LONGWAN, first, "属实", uphold=True))
    with pytest.raises(say.StarObjectionDecided):
        road.act(road.admins[0], lambda ctx: decide(ctx, LONGWAN, second, "否", uphold=False))
    (row,) = awards(road)
    assert (row.state, row.end_reason) == (StarState.REFUSED, "objection")
    assert road.count(StarObjection, StarObjection.decision == "upheld") == 2
    assert propose(road, now=NOW + timedelta(days=360)) == 0
    assert propose(road, now=NOW + timedelta(days=367)) == 1


def test_a_dismissed_objection_lets_the_notice_go_on(road: Street) -> None:
    serve(road, 100)
    propose(road)
    (row,) = awards(road)
    key = object_as(road, road.elder, row.id)
    objected = object_as(road, road.admins[0], row.id)
    with pytest.raises(say.OwnStarObjection):
        road.act(road.admins[0], lambda ctx: decide(ctx, LONGWAN, objected, "否", uphold=False))
    (other,) = [each.id for each in objections(road) if each.id != key]
    for each in (key, other):
        road.act(
            road.admins[1],
            lambda ctx, each=each: decide(ctx, LONGWAN, each, "查过，是他", uphold=False),
        )
    assert grant(road) == 1
    view = road.act(road.admins[0], lambda ctx: reading.award(ctx, LONGWAN, row.id))
    assert [each.text for each in view.objections] == ["没见过他来"] * 2
    with pytest.raises(Forbidden):
        road.act(road.elder, lambda ctx: reading.award(ctx, LONGWAN, row.id))


def objections(road: Street) -> list[StarObjection]:
    query = sa.select(StarObjection).where(StarObjection.book == LONGWAN)
    return road.look(lambda session: list(session.scalars(query)))


def test_three_stars_are_the_citys_to_grant(road: Street) -> None:
    serve(road, 600)
    propose(road)
    (row,) = awards(road)
    key = object_as(road, road.elder, row.id)
    with pytest.raises(say.NotTheGrantingTier):
        road.act(road.admins[0], lambda ctx: decide(ctx, LONGWAN, key, "否", uphold=False))
    city = officer(CITY)
    assert city.roles == (Role(REGION_ADMIN, "region", CITY),)
    road.act(city, lambda ctx: decide(ctx, LONGWAN, key, "否", uphold=False))
    assert grant(road) == 1
    assert stars(road) == 3


def test_nobody_under_a_ban_is_proposed_until_it_ends(road: Street) -> None:
    serve(road, 100)
    road.act(road.admins[0], lambda ctx: ban(ctx, LONGWAN, road.volunteer, UUID(int=9)))
    assert propose(road) == 0
    assert not road.act(SYSTEM, lambda ctx: proposing.propose(ctx, road.volunteer))
    mine = road.act(road.volunteer, lambda ctx: reading.my_stars(ctx, road.volunteer))
    assert (mine.stars, mine.barred_until) == (0, date(2027, 3, 10))
    assert len(road.act(road.admins[0], lambda ctx: reading.bans_in(ctx, LONGWAN))) == 1
    assert propose(road, now=NOW + timedelta(days=366)) == 1


def test_two_jobs_a_ban_and_two_decisions_at_once(street: Street) -> None:
    serve(street, 100)
    who = street.volunteer
    results = at_once(*[lambda: street.act(SYSTEM, lambda ctx: proposing.propose(ctx, who))] * 3)
    assert sorted(results) == [False, False, True]
    (row,) = awards(street)
    key = object_as(street, street.elder, row.id)
    decided = at_once(
        lambda: street.act(
            street.admins[0], lambda ctx: decide(ctx, LONGWAN, key, "否", uphold=False)
        ),
        lambda: street.act(
            street.admins[1], lambda ctx: decide(ctx, LONGWAN, key, "是", uphold=True)
        ),
    )
    assert succeeded(decided) == 1
    at_once(
        lambda: street.act(
            SYSTEM, lambda ctx: proposing.grant(ctx, LONGWAN, row.id, who), now=OVER
        ),
        lambda: street.act(
            street.admins[0], lambda ctx: ban(ctx, LONGWAN, who, UUID(int=9)), now=OVER
        ),
    )
    (row,) = awards(street)
    assert row.state in (StarState.WITHDRAWN, StarState.REFUSED)
    assert stars(street) == 0
