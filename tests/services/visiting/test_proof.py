"""Each book proves itself, and the pair; what was tampered with on one side is named."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from models.ledger import ValuationRecord
from models.requests import Visit
from services.ledger.breaches import Tally
from services.policy import SYSTEM
from services.verification import verify
from services.visits.checking import Proof, check_in, check_out
from tests import factories
from tests.services.visiting.kit import HERE, NEXT, OTHER, Country
from tests.services.visits.conftest import START


def breaches(country: Country, book: str) -> list[str]:
    return country.act(SYSTEM, lambda ctx: [each.code for each in verify(ctx, book, Tally())])


def served(country: Country) -> None:
    """A pair of two other regions, a learner with them, and one that was given back."""
    country.issue(5_000)
    country.elder = country.act(
        SYSTEM, lambda ctx: factories.create_elder(ctx.session, branch_id=country.branch)
    )
    request = country.open_request("A05", 60)
    people = (country.near, country.distant, country.learner)
    visits = [country.accepted(request, by=who) for who in people]
    for visit in visits:
        country.done(visit)
        country.confirmed(visit)


def test_every_book_and_every_pair_is_in_order(country: Country) -> None:
    served(country)
    for book in (HERE, NEXT, OTHER):
        assert breaches(country, book) == []


def test_a_valuation_without_its_visit_elsewhere_is_named(country: Country) -> None:
    served(country)
    assert country.count(ValuationRecord, ValuationRecord.book == NEXT) == 2
    country.uow.run(
        lambda session: session.execute(
            sa.update(Visit).where(Visit.book == HERE).values(state="rejected")
        )
    )
    assert "valuation_without_credit" in breaches(country, NEXT)


def test_what_a_thin_reserve_had_stopped_is_held_to_the_promise(country: Country) -> None:
    served(country)
    country.uow.run(
        lambda session: session.execute(
            sa.update(Visit).where(Visit.provider_id == country.near).values(premium_stop="ptr")
        )
    )
    assert "visit_differs_from_valuation" in breaches(country, HERE)


def test_a_learners_call_costs_nothing_and_is_proved_all_the_same(country: Country) -> None:
    country.issue(1_000)
    request = country.open_request("A01", 30, remote=True)
    first = country.accepted(request)
    visit = country.accepted(request, by=country.learner)
    assert country.claims(visit) == []
    assert country.exposure(HERE) == (0, 0)
    nothing, end = Proof(), START + timedelta(minutes=30)
    for who, key in ((country.volunteer, first), (country.learner, visit)):
        country.act(who, lambda ctx, v=key: check_in(ctx, HERE, v, nothing), now=START)
        country.act(who, lambda ctx, v=key: check_out(ctx, HERE, v, nothing), now=end)
        country.confirmed(key)
    assert country.count(ValuationRecord, ValuationRecord.book == NEXT) == 1
    assert country.transfers(NEXT) == []
    assert breaches(country, NEXT) == breaches(country, HERE) == []
