"""What a volunteer reads of visits elsewhere: offers, calendar, statement, the branch's own."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event

from models.people import Member
from models.requests import Request, VisitState
from services import rates
from services.calendars.entries import entries_of
from services.context import Context
from services.corridors.sentences import CorridorShut, NotJoined
from services.estates.unfinished import unfinished_visits
from services.people.actors import actor_for
from services.people.reading import member_row
from services.policy import SYSTEM
from services.queries import volunteer as read
from services.queries.volunteer.week import week
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.requests.sentences import RequestUnknown
from services.visits.fitness import fitness_of_people
from tests import factories
from tests.country import join_region
from tests.factories import NOW
from tests.services.visiting.kit import HERE, NEXT, OTHER, Country
from tests.services.visits.conftest import START

REGION = "浙江省温州市龙湾区"
#: A county that has joined and agreed with nobody, and one that has not joined.
LONE, OUTSIDE = "330304000000", "330305000000"


def staying(country: Country) -> UUID:
    """The street's elder asks in the next county, where the branch lets it through."""

    def settle(ctx: Context) -> tuple[UUID, UUID]:
        branch = member_row(ctx.session, country.near).branch_id
        return branch, factories.create_staff(ctx.session, branch)

    country.give_coins(country.elder, 600)
    branch, staff = country.act(SYSTEM, settle)
    form = AskForm(
        country.elder, "A04", START, 60, address="鹿城样例路 8 号", place_branch_id=branch
    )
    request = country.act(country.elder, lambda ctx: ask(ctx, form))
    country.act(staff, lambda ctx: approve(ctx, HERE, request))
    return request


def offered(country: Country, who: UUID, book: str | None = None) -> list[UUID]:
    found = country.act(who, lambda ctx: read.offers(ctx, book=book))
    return [each.id for each in found.offers]


def test_who_stays_here_is_offered_here_and_not_at_home(country: Country) -> None:
    request = staying(country)
    at_home = country.open_request("A03", starts_at=START + timedelta(days=1))
    assert offered(country, country.near) == [request]
    assert offered(country, country.volunteer) == [at_home]
    assert offered(country, country.distant, HERE) == [at_home]
    assert offered(country, country.distant, NEXT) == [request]
    [one] = country.act(country.near, read.offers).offers
    assert one.elders_region is not None
    assert (one.book, one.elders_region.zh) == (HERE, REGION)
    page = country.act(country.near, lambda ctx: read.offer(ctx, request))
    assert page.place is None
    assert page.quote is not None
    visit = country.accepted(request, by=country.near)
    [card] = country.act(country.near, read.visit_list).coming
    assert (card.id, card.place, card.book) == (visit, None, HERE)
    assert card.elders_region == one.elders_region
    country.done(visit)
    country.confirmed(visit)
    assert country.earned_at(NEXT, country.near) == 60


def test_a_request_that_is_not_offered_is_unknown(country: Country) -> None:
    request = country.open_request()
    with pytest.raises(RequestUnknown):
        country.act(country.near, lambda ctx: read.offer(ctx, request))
    with pytest.raises(RequestUnknown):
        country.act(country.near, lambda ctx: read.offer(ctx, country.near, HERE))


def test_regions_that_are_not_open_are_not_read(country: Country) -> None:
    country.uow.run(lambda session: join_region(session, LONE))
    for book, refusal in ((LONE, CorridorShut), (OUTSIDE, NotJoined)):
        with pytest.raises(refusal):
            offered(country, country.near, book)
    found = country.act(country.near, read.away_regions)
    # The same city comes first.
    assert [each.book for each in found] == [HERE, OTHER]


def test_the_statement_finds_the_visit_by_its_link(country: Country) -> None:
    country.give_coins(country.elder, 300)
    visit = country.accepted(country.open_request(), by=country.near)
    country.done(visit)
    [waiting] = country.act(country.near, read.coins).pending
    assert (waiting.earn_minutes, waiting.card.book) == (60, HERE)
    country.confirmed(visit)
    found = country.act(country.near, read.coins)
    [line] = found.lines
    assert (line.visit_id, line.amount_minutes, line.rule) == (visit, 60, "CN-TB-1")
    assert line.service is not None
    assert line.region is not None
    assert line.region.zh == REGION
    assert line.other.endswith("*")
    [own] = country.act(country.near, read.visit_list).past
    assert own.place is not None
    assert own.state is VisitState.CREDITED
    honours = country.act(country.near, read.honours)
    assert honours.year_minutes == 60
    # A neighbour's line names no region.
    again = country.accepted(
        country.open_request("A03", starts_at=START + timedelta(hours=6)), by=country.volunteer
    )
    assert country.visit(again).provider_book == HERE


def test_a_calendar_program_gets_it_too(country: Country) -> None:
    country.issue(1_000)
    visit = country.accepted(country.open_request(), by=country.near)

    def entries(ctx: Context) -> list[UUID]:
        reader = actor_for(ctx.session, country.near, NOW)
        return [each.id for each in entries_of(ctx, reader)]

    assert country.act(country.near, entries) == [visit]
    found = country.act(country.near, lambda ctx: week(ctx, START.date()))
    assert [card.id for day in found.days for card in day.visits] == [visit]


def test_an_estate_waits_for_what_the_dead_did_elsewhere(country: Country) -> None:
    country.issue(1_000)
    visit = country.accepted(country.open_request(), by=country.near)
    country.done(visit)

    class Dead:
        book, member_id = NEXT, country.near

    assert country.act(SYSTEM, lambda ctx: unfinished_visits(ctx, Dead)) == (visit,)


def test_fitness_across_regions_takes_a_fixed_number_of_statements(country: Country) -> None:
    country.issue(1_000)
    request = country.open_request()

    def counted(people: list[UUID]) -> int:
        def run(ctx: Context) -> int:
            row = ctx.session.get_one(Request, (HERE, request))
            members = [ctx.session.get_one(Member, each) for each in people]
            rules = rates.rule_set_on(ctx.session, NOW.date())
            sent: list[str] = []

            def note(*args: object) -> None:
                sent.append(str(args[2]))

            bind = ctx.session.connection()
            event.listen(bind, "before_cursor_execute", note)
            found = fitness_of_people(ctx, [row], members, rules)
            event.remove(bind, "before_cursor_execute", note)
            assert found[country.near, request].eligible
            assert sum("FROM corridors" in each for each in sent) == 1
            return len(sent)

        return country.act(SYSTEM, run)

    few = counted([country.near, country.distant])
    assert counted([country.near, country.distant, country.learner]) == few
