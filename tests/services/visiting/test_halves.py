"""A service by somebody of another region: claimed with the yes, posted in two balanced halves."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from models.corridors import ClaimState, CorridorMode
from models.giving import Donation
from models.ledger import AccountKind, Entry, ValuationRecord
from models.people import Member
from models.requests import RequestState, Visit, VisitState
from models.reserve import ReserveReading
from services.corridors.claiming import ALL
from services.corridors.sentences import CapReached
from services.ledger.accounts import account_id, pool_of
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.cards import issue_door_sign
from services.policy import SYSTEM
from services.visits import sentences as say
from services.visits.accepting import accept
from services.visits.closed_door import report_closed_door
from services.visits.confirming import confirm
from tests import factories
from tests.country import CAP_MINUTES, open_corridor, set_cap
from tests.factories import NOW
from tests.services.visiting.kit import HERE, NEXT, OTHER, Country
from tests.services.visits.conftest import START


def test_the_elders_book_pays_and_the_providers_credits(country: Country) -> None:
    """A04 for an hour at grade 0: 60 minutes; with the overrun of 30 no course costs above 90."""
    country.give_coins(country.elder, 300)
    visit = country.accepted(country.open_request(), by=country.near)
    assert country.claims(visit) == [(NEXT, 90, ClaimState.OPEN, 0)]
    assert country.exposure(HERE) == country.exposure(HERE, NEXT) == (0, 90)
    country.done(visit, 62)
    country.confirmed(visit)
    assert country.earned_at(HERE, country.elder) == 300 - 62
    assert country.earned_at(NEXT, country.near) == 62
    assert (country.owes(HERE, NEXT), country.owes(NEXT, HERE)) == (62, -62)
    assert country.claims(visit) == [(NEXT, 90, ClaimState.USED, 62)]
    assert country.exposure(HERE) == country.exposure(HERE, NEXT) == (62, 0)
    assert country.exposure(NEXT) == country.exposure(NEXT, HERE) == (-62, 0)
    [here], [there] = country.transfers(HERE), country.transfers(NEXT)
    assert country.legs(here) == country.legs(there) == [-62, 62]
    assert here.link_id == there.link_id is not None
    assert here.idem_key == there.idem_key
    row = country.visit(visit)
    assert (row.transfer_id, row.provider_book) == (here.id, NEXT)
    assert here.valuation_id == there.valuation_id == row.valuation_id
    records = [
        country.look(
            lambda session, b=book: session.get_one(ValuationRecord, (b, row.valuation_id))
        )
        for book in (HERE, NEXT)
    ]
    assert records[0].content == records[1].content
    assert country.look(lambda s: s.get_one(Member, country.near)).other_books == [HERE]
    assert country.look(lambda s: s.get_one(Member, country.near)).served_minutes == 62


def test_each_regions_pool_pays_its_own_elders_premium(country: Country) -> None:
    """A05 for grade 2 takes two: each earns 72, the elder pays 60 once, the elder's pool 84."""
    country.issue(5_000)
    country.elder = country.act(
        SYSTEM, lambda ctx: factories.create_elder(ctx.session, branch_id=country.branch)
    )
    country.give_coins(country.elder, 300)
    request = country.open_request("A05", 60)
    one = country.accepted(request, by=country.near)
    two = country.accepted(request, by=country.distant)
    for visit in (one, two):
        country.done(visit)
    country.confirmed(one)
    assert country.transfers(HERE) == []
    country.confirmed(two)
    assert country.earned_at(HERE, country.elder) == 240
    assert country.in_pool(HERE) == 5_000 - 84
    assert country.earned_at(NEXT, country.near) == country.earned_at(OTHER, country.distant) == 72
    assert (country.owes(HERE, NEXT), country.owes(HERE, OTHER)) == (72, 72)
    assert (country.owes(NEXT, HERE), country.owes(OTHER, HERE)) == (-72, -72)
    assert country.exposure(HERE) == (144, 0)
    # 120 % of 90 minutes each: either claim is used for its own visit.
    assert country.claims(one) == [(NEXT, 108, ClaimState.USED, 72)]
    assert country.claims(two) == [(OTHER, 108, ClaimState.USED, 72)]
    links = {each.link_id for each in country.transfers(HERE)}
    assert len(links) == 2
    assert {country.transfers(NEXT)[0].link_id, country.transfers(OTHER)[0].link_id} == links


def test_a_neighbour_and_a_guest_come_together(country: Country) -> None:
    """Only the guest's minutes cross; the neighbour's transfer is linked to nothing."""
    country.issue(5_000)
    country.elder = country.act(
        SYSTEM, lambda ctx: factories.create_elder(ctx.session, branch_id=country.branch)
    )
    request = country.open_request("A05", 60)
    mine = country.accepted(request)
    guest = country.accepted(request, by=country.near)
    extra = country.accepted(request, by=country.learner)
    assert country.claims(mine) == []
    # A learner earns nothing; what is claimed is the thanks before a closed door.
    assert country.claims(extra) == [(NEXT, 30, ClaimState.OPEN, 0)]
    for visit in (mine, guest, extra):
        country.done(visit)
        country.confirmed(visit)
    assert country.earned_at(HERE, country.volunteer) == 72
    assert country.earned_at(NEXT, country.near) == 72
    assert country.owes(HERE, NEXT) == 72
    assert country.claims(extra) == [(NEXT, 30, ClaimState.FREED, 0)]
    assert country.exposure(HERE) == (72, 0)
    linked = {each.link_id is not None for each in country.transfers(HERE)}
    assert linked == {True, False}
    # Both hold the learner's valuation, which earns nothing.
    key = country.visit(extra).valuation_id
    for book in (HERE, NEXT):
        record = country.look(lambda s, b=book: s.get_one(ValuationRecord, (b, key)))
        assert record.earn_minutes == 0


def test_what_passes_the_storage_cap_stays_in_the_providers_region(country: Country) -> None:
    country.give_coins(country.elder, 300)
    earned = account_id(NEXT, AccountKind.EARNED, country.near)
    issue = account_id(NEXT, AccountKind.ISSUE)
    full = Draft(NEXT, "issue", "test:full", (Leg(issue, -89_980), Leg(earned, 89_980)), NOW)
    country.uow.run(lambda session: post(session, [full], Stamp(NOW, SYSTEM.id)))
    visit = country.accepted(country.open_request(), by=country.near)
    country.done(visit)
    country.confirmed(visit)
    assert country.earned_at(NEXT, country.near) == 90_000
    assert country.in_pool(NEXT) == 40
    assert country.in_pool(HERE) == 0
    assert country.owes(HERE, NEXT) == 60
    given = country.look(lambda session: session.query(Donation).one())
    assert (given.book, given.amount_minutes) == (NEXT, 40)


def test_the_thanks_before_a_closed_door_cross_too(country: Country) -> None:
    country.issue(1_000)
    country.give_coins(country.elder, 300)
    visit = country.accepted(country.open_request(), by=country.near)
    sign = country.act(country.staff, lambda ctx: issue_door_sign(ctx, country.elder))
    country.act(
        country.near,
        lambda ctx: report_closed_door(ctx, HERE, visit, door_token=sign),
        now=START + timedelta(minutes=5),
    )
    assert country.visit(visit).state is VisitState.CLOSED_DOOR
    assert country.earned_at(NEXT, country.near) == 30
    assert country.earned(country.elder) == (300, 0)
    assert country.in_pool(HERE) == 970
    assert (country.owes(HERE, NEXT), country.owes(NEXT, HERE)) == (30, -30)
    assert country.claims(visit) == [(NEXT, 90, ClaimState.USED, 30)]
    [here], [there] = (country.transfers(book, "closed_door") for book in (HERE, NEXT))
    assert here.link_id == there.link_id is not None


def test_a_cap_that_is_used_up_leaves_the_request_to_the_neighbours(country: Country) -> None:
    country.issue(1_000)
    country.uow.run(lambda session: set_cap(session, HERE, 89, NOW + timedelta(minutes=1)))
    request = country.open_request()
    with pytest.raises(CapReached) as refused:
        country.accepted(request, by=country.near)
    assert refused.value.params["missing_minutes"] == 1
    assert country.request(request).state is RequestState.OPEN
    assert country.count(Visit) == 0
    assert country.exposure(HERE) == (0, 0)
    assert country.look(lambda s: s.get_one(Member, country.near)).other_books == []
    country.accepted(request)
    assert country.request(request).state is RequestState.FILLED


def test_a_pair_has_a_cap_of_its_own(country: Country) -> None:
    country.issue(1_000)
    country.uow.run(
        lambda session: open_corridor(
            session, HERE, NEXT, pair_cap_minutes=60, valid_from=NOW.date()
        )
    )
    request = country.open_request()
    with pytest.raises(CapReached):
        country.accepted(request, by=country.near)
    country.accepted(request, by=country.distant)


def test_an_agreement_that_has_ended_still_carries_what_was_promised(country: Country) -> None:
    country.give_coins(country.elder, 300)
    visit = country.accepted(country.open_request(), by=country.near)
    country.uow.run(
        lambda session: open_corridor(session, HERE, NEXT, CorridorMode.NONE, valid_from=NOW.date())
    )
    with pytest.raises(say.Ineligible) as refused:
        country.accepted(
            country.open_request("A03", starts_at=START + timedelta(hours=3)), by=country.near
        )
    assert [each.code for each in refused.value.params["reasons"]] == ["corridor_shut"]
    country.done(visit)
    country.confirmed(visit)
    assert country.earned_at(NEXT, country.near) == 60
    assert country.exposure(HERE) == (60, 0)


def test_what_the_elders_reserve_has_stopped_lowers_claim_and_worth(country: Country) -> None:
    """Grade 2 counts 120 %, unless the elder's region had stopped R when the yes was given."""
    country.issue(5_000)
    country.elder = country.act(
        SYSTEM, lambda ctx: factories.create_elder(ctx.session, branch_id=country.branch)
    )
    country.uow.run(lambda session: stopped(session, NEXT, "ptr"))
    request = country.open_request("A05", 60)
    before = country.accepted(request, by=country.distant)
    country.uow.run(lambda session: stopped(session, HERE, "ptr"))
    after = country.accepted(request, by=country.near)
    assert [country.visit(key).premium_stop for key in (before, after)] == ["none", "ptr"]
    assert [country.claims(key)[0][1] for key in (before, after)] == [108, 90]
    for visit in (before, after):
        country.done(visit)
        country.confirmed(visit)
    assert country.earned_at(OTHER, country.distant) == 72
    assert country.earned_at(NEXT, country.near) == 60


def stopped(session: Session, book: str, what: str) -> None:
    """A reading by which a region has stopped premiums."""
    session.add(
        ReserveReading(
            book=book,
            id=uuid4(),
            at=NOW,
            fund_record_id=uuid4(),
            fund_fen=1,
            outstanding_minutes=1_000,
            backed_percent=5,
            premium_stop=what,
            rule_set_version="CN-TB-1",
        )
    )


def test_confirming_again_pays_nothing_more(country: Country) -> None:
    country.give_coins(country.elder, 300)
    visit = country.accepted(country.open_request(), by=country.near)
    country.done(visit)
    for _ in range(2):
        country.act(country.elder, lambda ctx: confirm(ctx, HERE, visit), key="same")
    assert country.earned_at(NEXT, country.near) == 60
    assert country.owes(HERE, NEXT) == 60
    assert len(country.transfers(NEXT)) == 1


def test_every_book_balances_by_itself(country: Country) -> None:
    country.give_coins(country.elder, 300)
    visit = country.accepted(country.open_request(), by=country.near)
    country.done(visit)
    country.confirmed(visit)
    for book in (HERE, NEXT):
        rows = country.look(
            lambda session, b=book: session.query(Entry.amount_minutes).filter_by(book=b).all()
        )
        assert rows
        assert sum(row.amount_minutes for row in rows) == 0


def accept_as(country: Country, who: UUID, request: UUID) -> UUID:
    return country.act(who, lambda ctx: accept(ctx, HERE, request)).visit_id


def test_nobody_but_the_pair_and_the_total_is_claimed_against(country: Country) -> None:
    country.issue(1_000)
    accept_as(country, country.near, country.open_request())
    assert country.exposure(HERE, ALL) == (0, 90)
    assert country.exposure(HERE, OTHER) == (0, 0)
    assert CAP_MINUTES > 90
    assert pool_of(HERE) != pool_of(NEXT)
