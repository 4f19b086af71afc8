"""Payer, elder and provider in three books, and the provider's account full: three halves."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from models.ledger import AccountKind
from models.people import Member
from services.context import Context
from services.ledger.accounts import account_id
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.kin import grant_delegation, record_kinship
from services.policy import SYSTEM
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from tests import factories
from tests.factories import NOW
from tests.services.visiting.kit import HERE, NEXT, OTHER, Country
from tests.services.visits.conftest import START


def give(country: Country, book: str, member: UUID, minutes: int) -> None:
    """Minutes earned long ago in any book."""
    earned = account_id(book, AccountKind.EARNED, member)
    legs = (Leg(account_id(book, AccountKind.ISSUE), -minutes), Leg(earned, minutes))
    draft = Draft(book, "issue", f"test:{member}:{minutes}", legs, NOW)
    country.uow.run(lambda session: post(session, [draft], Stamp(NOW, SYSTEM.id)))


def daughter(country: Country) -> UUID:
    """Lives in the far county, and may ask and pay for the elder."""

    def settle(ctx: Context) -> UUID:
        branch = ctx.session.get_one(Member, country.distant).branch_id
        return factories.create_member(ctx.session, branch_id=branch)

    child = country.act(SYSTEM, settle)
    elder, until = country.elder, date(2027, 3, 1)
    country.act(country.staff, lambda ctx: record_kinship(ctx, elder, child, "child", "户口簿"))
    country.act(
        elder,
        lambda ctx: grant_delegation(
            ctx, elder, child, frozenset({"see", "ask"}), "own", until, 600
        ),
        NOW - timedelta(minutes=1),
    )
    give(country, OTHER, child, 200)
    return child


def test_three_books_and_a_full_account(country: Country) -> None:
    child = daughter(country)
    give(country, NEXT, country.near, 89_980)
    form = AskForm(country.elder, "A04", START, 60, payer=True)
    request = country.act(child, lambda ctx: ask(ctx, form))
    country.act(country.staff, lambda ctx: approve(ctx, HERE, request))
    visit = country.accepted(request, by=country.near)
    assert (country.exposure(OTHER)[1], country.exposure(HERE)[1]) == (90, 90)
    country.done(visit)
    country.confirmed(visit)
    # Far away pays 60, they pass through the elder's book, and 20 fit on the account.
    assert country.earned_at(OTHER, child) == 140
    assert country.earned_at(NEXT, country.near) == 90_000
    assert [country.in_pool(book) for book in (HERE, NEXT, OTHER)] == [0, 40, 0]
    assert (country.owes(OTHER, HERE), country.owes(HERE, OTHER)) == (60, -60)
    assert (country.owes(HERE, NEXT), country.owes(NEXT, HERE)) == (60, -60)
    assert country.exposure(OTHER) == (60, 0)
    assert country.exposure(HERE) == (0, 0)
    assert country.exposure(NEXT) == (-60, 0)
    links = {each.link_id for book in (HERE, NEXT, OTHER) for each in country.transfers(book)}
    assert len(links) == 1
    assert None not in links
