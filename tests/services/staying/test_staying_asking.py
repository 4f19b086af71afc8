"""Asking where an elder stays: in the home book, at the host's branch, by rules of the home."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from models.corridors import HostedRequest
from models.places import Branch
from models.requests import Request, RequestState
from services.corridors.sentences import CorridorShut
from services.errors import Forbidden
from services.places import close_branch
from services.places.errors import BranchClosed
from services.policy import SYSTEM
from services.requests.asking import ask
from services.requests.hosted import books_at
from services.requests.reviewing import approve
from services.requests.sentences import ConsentNeeded, NoAddressThere, NotAway
from services.schedule.rescheduling import propose
from tests.factories import VAULT
from tests.services.staying.conftest import HOME, HOST, START, THERE, Stay


def test_a_request_stands_at_home_and_points_from_the_host(stay: Stay) -> None:
    row = stay.request(stay.ask())
    assert (row.book, row.place_book, row.branch_id) == (HOME, HOST, stay.host_branch)
    assert row.region_code.startswith(HOST[:6])
    assert VAULT.open("request.address", row.address_sealed or "") == THERE
    assert stay.earned(HOME, stay.elder)[1] > 0
    pointer = stay.look(lambda session: session.get_one(HostedRequest, (HOST, row.id)))
    assert (pointer.request_book, pointer.ends_at) == (HOME, row.ends_at)
    assert stay.look(lambda session: books_at(session, HOST)) == (HOST, HOME)
    later = row.ends_at + timedelta(minutes=1)
    assert stay.look(lambda session: books_at(session, HOST, later)) == (HOST,)
    assert stay.look(lambda session: books_at(session, HOME)) == (HOME,)


def test_a_request_at_home_points_nowhere(stay: Stay) -> None:
    row = stay.request(stay.ask(place_branch_id=None, address=None))
    assert (row.place_book, row.branch_id) == (None, stay.home_branch)
    assert stay.count(HostedRequest) == 0


def test_where_no_corridor_leads_nothing_is_asked(stay: Stay) -> None:
    stay.shut()
    with pytest.raises(CorridorShut):
        stay.ask()
    assert stay.count(Request, Request.book == HOME) == 0
    assert stay.earned(HOME, stay.elder)[1] == 0


def test_what_cannot_be_is_said(stay: Stay) -> None:
    with pytest.raises(NoAddressThere):
        stay.ask(address=" ")
    with pytest.raises(NotAway):
        stay.ask(place_branch_id=stay.home_branch)
    stay.uow.run(
        lambda session: session.execute(
            sa.update(Branch).where(Branch.id == stay.host_branch).values(closed_on=START.date())
        )
    )
    with pytest.raises(BranchClosed):
        stay.ask()


def test_the_counter_asks_where_the_elder_stays_and_nowhere_else(stay: Stay) -> None:
    with pytest.raises(ConsentNeeded):
        stay.ask(by=stay.host_staff)
    with pytest.raises(Forbidden):
        stay.ask(by=stay.third_staff, consent="voice")
    # The host's staff have no say over what the elder asks for at home.
    at_home = replace(stay.form(consent="voice"), place_branch_id=None)
    with pytest.raises(Forbidden):
        stay.act(stay.host_staff, lambda ctx: ask(ctx, at_home))
    row = stay.request(stay.ask(by=stay.host_staff, consent="voice"))
    assert (row.consent, row.asked_by_id) == ("voice", stay.host_staff)
    # Whoever asks has to see to it afterwards: the counter at home asks for what is at home.
    with pytest.raises(Forbidden):
        stay.ask(by=stay.home_staff, consent="voice", starts_at=START + timedelta(hours=2))


def test_the_host_reviews_and_nobody_else(stay: Stay) -> None:
    request = stay.ask()
    for other in (stay.home_staff, stay.third_staff, stay.home_admin, stay.volunteer):
        with pytest.raises(Forbidden):
            stay.act(other, lambda ctx: approve(ctx, HOME, request))
    stay.act(stay.host_staff, lambda ctx: approve(ctx, HOME, request))
    assert stay.request(request).state is RequestState.OPEN


def test_a_branch_that_closes_hands_its_guests_on(stay: Stay) -> None:
    request = stay.ask()
    stay.act(SYSTEM, lambda ctx: close_branch(ctx, stay.host_branch, stay.third_branch))
    row = stay.request(request)
    assert (row.branch_id, row.place_book) == (stay.third_branch, HOST)
    stay.act(stay.third_staff, lambda ctx: approve(ctx, HOME, request))


def test_the_pointer_follows_another_time(stay: Stay) -> None:
    request = stay.ask()
    later = START + timedelta(hours=3)
    stay.act(stay.elder, lambda ctx: propose(ctx, HOME, request, later))
    pointer = stay.look(lambda session: session.get_one(HostedRequest, (HOST, request)))
    assert pointer.ends_at == later + timedelta(hours=1)
