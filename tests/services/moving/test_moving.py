"""Moving home: everything comes along in one act, or nothing does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.corridors import ClaimState, CrossClaim
from models.ledger import AccountKind, Transfer
from models.people import Member
from models.requests import ProviderSlot, RequestState, VisitState
from services.ids import derived
from services.ledger.accounts import inherited_period
from tests.country import FAR, ONE, TWO
from tests.factories import NOW
from tests.services.moving.conftest import HOUSE, Towns
from tests.services.visits.conftest import START


def test_coins_of_every_origin_come_along_and_grants_stay(towns: Towns) -> None:
    inherited = inherited_period(NOW.date())
    towns.give_coins(towns.elder, 600)
    towns.give(towns.elder, 90, AccountKind.RECEIVED)
    towns.give(towns.elder, 45, AccountKind.RECEIVED, inherited)
    towns.give(towns.elder, 120, AccountKind.GRANTED, "2026Q1")
    seen = towns.preview(towns.elder)
    assert seen.moved_minutes == 735
    assert [(each.period, each.minutes) for each in seen.stays] == [("2026Q1", 120)]
    moved = towns.moves(towns.elder)
    assert towns.coins(TWO, towns.elder) == {
        ("earned", ""): 600,
        ("received", ""): 90,
        ("received", inherited): 45,
    }
    assert towns.coins(ONE, towns.elder) == {("granted", "2026Q1"): 120}
    assert towns.is_shut(ONE, towns.elder)
    member = towns.member(towns.elder)
    assert (member.home_book, member.branch_id, member.other_books) == (TWO, towns.there, [ONE])
    row = towns.row(moved)
    assert row.content["minutes"] == 735
    assert row.link_id == derived("link", ONE, f"move:{row.id}")
    assert towns.count(Transfer, Transfer.book == ONE, Transfer.link_id == row.link_id) == 1
    assert towns.count(Transfer, Transfer.book == TWO, Transfer.link_id == row.link_id) == 1
    assert towns.breaches() == []


def test_an_open_request_is_asked_anew_and_the_old_one_ends(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    asked = towns.open_request()
    held = towns.held(ONE, towns.elder)
    assert [(each.kind, each.fate) for each in towns.preview(towns.elder).bookings] == [
        ("request", "anew")
    ]
    towns.moves(towns.elder)
    assert towns.request(asked).state is RequestState.CANCELLED
    (there,) = towns.requests_in(TWO)
    assert (there.state, there.starts_at) == (RequestState.OPEN, START)
    assert there.reference == towns.request(asked).reference
    assert (there.branch_id, there.region_code[:6]) == (towns.there, TWO[:6])
    assert (towns.held(ONE, towns.elder), towns.held(TWO, towns.elder)) == (0, held)
    assert towns.breaches() == []


def test_a_promised_visit_is_carried_along_across_the_corridor(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    towns.issue(1_000)
    towns.fill_pool(TWO)
    visit = towns.visit(towns.accepted(towns.open_request()))
    towns.moves(towns.elder)
    (there,) = towns.visits_in(TWO)
    assert towns.visit(visit.id).state is VisitState.CANCELLED
    assert (there.state, there.provider_id) == (VisitState.ACCEPTED, towns.volunteer)
    assert (there.provider_book, there.reserved_minutes) == (ONE, visit.reserved_minutes)
    assert there.rule_set_version == visit.rule_set_version
    slots = towns.count(ProviderSlot, ProviderSlot.book == ONE, ProviderSlot.visit_id == there.id)
    assert slots > 0
    claim = (CrossClaim.book == TWO, CrossClaim.subject_id == there.id)
    assert towns.count(CrossClaim, *claim, CrossClaim.state == ClaimState.OPEN) == 1
    assert TWO in towns.member(towns.volunteer).other_books
    assert towns.pool()[1] == 0
    assert towns.breaches() == []


def test_a_volunteer_takes_promises_days_and_quarters_along(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    towns.issue(1_000)
    visit = towns.visit(towns.accepted(towns.open_request()))
    towns.moves(towns.volunteer)
    after = towns.visit(visit.id)
    assert (after.state, after.provider_book) == (VisitState.ACCEPTED, TWO)
    assert towns.count(ProviderSlot, ProviderSlot.book == ONE) == 0
    assert towns.count(ProviderSlot, ProviderSlot.book == TWO) > 0
    claim = (CrossClaim.book == ONE, CrossClaim.subject_id == visit.id)
    assert towns.count(CrossClaim, *claim, CrossClaim.state == ClaimState.OPEN) == 1
    # And back: nothing crosses any more, nothing stays claimed.
    towns.moves(towns.volunteer, NOW + timedelta(hours=1), branch_id=towns.branch)
    assert towns.visit(visit.id).provider_book == ONE
    assert towns.count(CrossClaim, *claim, CrossClaim.state == ClaimState.OPEN) == 0
    assert towns.breaches() == []


def test_whoever_comes_back_finds_the_old_account_open_again(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    for hours, place in enumerate((towns.there, towns.branch, towns.there, towns.branch)):
        towns.moves(towns.elder, NOW + timedelta(hours=2 * hours), branch_id=place, address=HOUSE)
    assert towns.coins(ONE, towns.elder) == {("earned", ""): 600}
    assert towns.is_shut(TWO, towns.elder)
    assert towns.member(towns.elder).other_books == [TWO]
    assert towns.ask() is not None
    assert towns.breaches() == []


def test_no_corridor_no_move(towns: Towns) -> None:
    from services.corridors.sentences import CorridorShut

    towns.give_coins(towns.elder, 600)
    assert [each.code for each in towns.preview(towns.elder, towns.far_branch).hindrances] == [
        "corridor_shut"
    ]
    with pytest.raises(CorridorShut):
        towns.moves(towns.elder, branch_id=towns.far_branch)
    assert towns.member(towns.elder).home_book == ONE
    assert towns.coins(ONE, towns.elder) == {("earned", ""): 600}
    assert towns.coins(FAR, towns.elder) == {}
    assert towns.count(Member, Member.home_book == FAR) == 1
