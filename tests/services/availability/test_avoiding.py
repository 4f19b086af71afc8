"""Not again with this person: private, both ways, and taken back at any time."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.oversight import AuditRecord, OutboxMessage
from models.requests import Request, VisitState
from services.availability import errors as say
from services.availability.avoiding import avoid, avoided_by, is_avoiding, stop_avoiding
from services.availability.barred import barred_by_elder, barred_elders_for, barred_for
from services.context import Context
from services.errors import Forbidden
from services.people.kin import grant_delegation
from services.queries import volunteer as read
from services.queries.schedule.volunteer import my_series
from services.schedule.regulars import agree, name_person
from services.visits.accepting import accept
from services.visits.sentences import Taken, VisitUnknown
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.schedule.conftest import series_of, standing
from tests.services.visits.conftest import START, Street

LATER = START + timedelta(days=1)


def met(street: Street) -> UUID:
    """The two have a visit with each other; the pool has coins."""
    street.issue(1_000)
    return street.accepted(street.open_request())


def barred(street: Street) -> bool:
    """Whether the two are kept apart, asked from either side."""
    found = street.look(lambda session: barred_for(session, street.elder))
    other = street.look(lambda session: barred_elders_for(session, street.volunteer))
    assert (street.volunteer in found) == (street.elder in other)
    return street.volunteer in found


@pytest.mark.parametrize("side", ["elder", "volunteer"])
def test_the_request_is_simply_not_there(street: Street, side: str) -> None:
    visit = met(street)
    who = getattr(street, side)
    assert not street.act(who, lambda ctx: is_avoiding(ctx, LONGWAN, visit))
    street.act(who, lambda ctx: avoid(ctx, LONGWAN, visit))
    assert street.act(who, lambda ctx: is_avoiding(ctx, LONGWAN, visit))
    assert barred(street)
    request = street.open_request(starts_at=LATER)
    other = street.act(street.staff, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    with pytest.raises(Taken) as caught:
        street.accepted(request)
    assert caught.value.params == {}
    offered = street.act(street.volunteer, read.offers).offers
    assert request not in {each.id for each in offered}
    page = street.act(street.volunteer, lambda ctx: read.offer(ctx, request))
    assert page.offer is None
    assert request in {each.id for each in street.act(other, read.offers).offers}
    assert street.accepted(request, by=other)


def test_a_refusal_of_who_is_barred_reads_like_one_who_was_too_late(street: Street) -> None:
    visit = met(street)
    street.act(street.elder, lambda ctx: avoid(ctx, LONGWAN, visit))
    barred_one = street.open_request(starts_at=LATER)
    other = street.act(street.staff, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    full = street.open_request(starts_at=LATER + timedelta(hours=3))
    street.accepted(full, by=other)
    said = []
    for request in (barred_one, full):
        with pytest.raises(Taken) as caught:
            street.act(street.volunteer, lambda ctx, r=request: accept(ctx, LONGWAN, r))
        said.append((caught.value.code, caught.value.message, caught.value.params))
    assert said[0] == said[1]


def test_what_is_promised_stays_and_nobody_is_told(street: Street) -> None:
    visit = met(street)
    before = street.count(OutboxMessage)
    street.act(street.elder, lambda ctx: avoid(ctx, LONGWAN, visit))
    assert street.visit(visit).state is VisitState.ACCEPTED
    assert street.count(OutboxMessage) == before


def test_it_is_taken_back(street: Street) -> None:
    visit = met(street)
    with pytest.raises(say.NotAvoided):
        street.act(street.elder, lambda ctx: stop_avoiding(ctx, street.elder, street.volunteer))
    for _ in range(2):
        street.act(street.elder, lambda ctx: avoid(ctx, LONGWAN, visit))
        assert barred(street)
        street.act(street.elder, lambda ctx: stop_avoiding(ctx, street.elder, street.volunteer))
        assert not barred(street)
    with pytest.raises(say.NotAvoided):
        street.act(street.elder, lambda ctx: stop_avoiding(ctx, street.elder, street.volunteer))
    assert street.accepted(street.open_request(starts_at=LATER))


def test_both_sides_avoid_and_one_takes_it_back(street: Street) -> None:
    visit = met(street)
    for who in (street.elder, street.volunteer):
        street.act(who, lambda ctx: avoid(ctx, LONGWAN, visit))
    street.act(street.elder, lambda ctx: stop_avoiding(ctx, street.elder, street.volunteer))
    assert barred(street)
    many = street.look(lambda session: barred_by_elder(session, [street.elder, street.staff]))
    assert many == {street.elder: frozenset({street.volunteer}), street.staff: frozenset()}


def test_each_side_reads_its_own_list_only(street: Street) -> None:
    visit = met(street)
    street.act(street.elder, lambda ctx: avoid(ctx, LONGWAN, visit))
    [row] = street.act(street.elder, lambda ctx: avoided_by(ctx, street.elder))
    assert row.member_id == street.volunteer
    assert "*" not in row.name
    assert street.act(street.volunteer, lambda ctx: avoided_by(ctx, street.volunteer)) == ()
    street.act(street.volunteer, lambda ctx: avoid(ctx, LONGWAN, visit))
    [other] = street.act(street.volunteer, lambda ctx: avoided_by(ctx, street.volunteer))
    assert other.name.endswith("*")
    for who in (street.volunteer, street.staff, *street.admins):
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: avoided_by(ctx, street.elder))
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: stop_avoiding(ctx, street.elder, street.volunteer))


def test_staff_avoid_for_nobody_and_a_relative_with_leave_does(street: Street) -> None:
    visit = met(street)
    with pytest.raises(Forbidden):
        street.act(street.staff, lambda ctx: avoid(ctx, LONGWAN, visit))
    relative = street.act(street.staff, lambda ctx: factories.create_member(ctx.session))
    until = NOW.date() + timedelta(days=90)
    street.act(
        street.elder,
        lambda ctx: grant_delegation(
            ctx, street.elder, relative, frozenset({"see", "ask"}), "own", until, 6_000
        ),
    )
    street.act(relative, lambda ctx: avoid(ctx, LONGWAN, visit))
    assert barred(street)
    assert street.act(relative, lambda ctx: is_avoiding(ctx, LONGWAN, visit))
    with pytest.raises(Forbidden):
        street.act(street.staff, lambda ctx: is_avoiding(ctx, LONGWAN, visit))


def test_the_record_does_not_say_whom(street: Street) -> None:
    visit = met(street)
    street.act(street.elder, lambda ctx: avoid(ctx, LONGWAN, visit), key="avoid")
    street.act(
        street.elder, lambda ctx: stop_avoiding(ctx, street.elder, street.volunteer), key="stop"
    )
    rows = street.look(
        lambda session: session.scalars(
            sa.select(AuditRecord).where(AuditRecord.act.startswith("avoidance."))
        ).all()
    )
    assert {row.act for row in rows} == {"avoidance.add", "avoidance.end"}
    known = {street.volunteer, visit}
    for row in rows:
        assert row.subject_id not in known
        assert (row.before, row.after) == ({}, {})


def test_an_unknown_visit(street: Street) -> None:
    for act in (avoid, is_avoiding):
        with pytest.raises(VisitUnknown):
            street.act(street.elder, lambda ctx, a=act: a(ctx, LONGWAN, UUID(int=5)))


def test_an_elder_who_avoids_no_longer_asks_for_the_person(street: Street) -> None:
    visit = met(street)
    request = street.open_request(starts_at=LATER)

    def name(ctx: Context) -> None:
        row = ctx.session.get_one(Request, (LONGWAN, request))
        row.wished_provider_id = street.volunteer

    street.act(street.staff, name)
    street.act(street.volunteer, lambda ctx: avoid(ctx, LONGWAN, visit))
    assert street.request(request).wished_provider_id == street.volunteer
    street.act(street.elder, lambda ctx: avoid(ctx, LONGWAN, visit))
    assert street.request(request).wished_provider_id is None


def test_a_relative_who_is_avoided_neither_reads_nor_ends_it(street: Street) -> None:
    visit = met(street)
    street.act(street.elder, lambda ctx: avoid(ctx, LONGWAN, visit))
    street.act(
        street.elder,
        lambda ctx: grant_delegation(
            ctx,
            street.elder,
            street.volunteer,
            frozenset({"see", "ask"}),
            "own",
            NOW.date() + timedelta(days=90),
            6_000,
        ),
    )
    assert street.act(street.volunteer, lambda ctx: avoided_by(ctx, street.elder)) == ()
    with pytest.raises(say.NotAvoided):
        street.act(street.volunteer, lambda ctx: stop_avoiding(ctx, street.elder, street.volunteer))
    assert barred(street)
    assert len(street.act(street.elder, lambda ctx: avoided_by(ctx, street.elder))) == 1


@pytest.mark.parametrize("place", ["regular", "substitute"])
@pytest.mark.parametrize("side", ["elder", "volunteer"])
def test_who_is_avoided_does_not_come_as_a_rule_any_more(
    street: Street, side: str, place: str
) -> None:
    visit = met(street)
    key = standing(street)
    me = street.volunteer
    street.act(street.elder, lambda ctx: name_person(ctx, LONGWAN, key, me, place))
    street.act(me, lambda ctx: agree(ctx, LONGWAN, key))
    assert [each.series.id for each in street.act(me, my_series)] == [key]
    street.act(getattr(street, side), lambda ctx: avoid(ctx, LONGWAN, visit))
    row = series_of(street, key)
    assert (row.regular_id, row.substitute_id) == (None, None)
    assert (row.regular_agreed_at, row.substitute_agreed_at) == (None, None)
    assert street.act(me, my_series) == ()
