"""Errand money and ratings that somebody with the database's own password has changed."""

from __future__ import annotations

from uuid import UUID

from models.errands import ErrandMoney
from models.ratings import Rating
from services.ratings.giving import Opinion, give_rating
from services.visits.confirming import confirm
from tests.factories import LONGWAN
from tests.services.errands.conftest import Errand
from tests.services.errands.test_money import BACK, LATER
from tests.services.gifts.test_forged import codes
from tests.services.ledger.tampering import Forgery, change
from tests.services.visits.conftest import Street


def forgeries(volunteer: UUID) -> dict[str, Forgery]:
    return {
        "errand_of_strangers": change(ErrandMoney, provider_id=UUID(int=7)),
        "errand_own_word": change(ErrandMoney, closed_by_id=volunteer),
        "errand_closed_too_early": change(ErrandMoney, handed_agreed_at=None),
        "errand_without_receipt": change(ErrandMoney, no_receipt_why=None),
        "rating_of_strangers": change(Rating, rated_by_id=volunteer),
    }


def test_every_sum_and_rating_that_was_changed_is_named(street: Street) -> None:
    errand = Errand(street).begin()
    money = errand.hand()
    errand.back(money, receipts=(), why="stall")
    errand.agree(money, BACK)
    street.go(errand.visit, 62)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, errand.visit), now=LATER)
    opinion = Opinion(3)
    street.act(
        street.elder, lambda ctx: give_rating(ctx, LONGWAN, errand.visit, opinion), now=LATER
    )
    changed = forgeries(street.volunteer)
    found = codes(street, changed)
    assert {code: found[code] for code in changed} == {code: {code} for code in changed}
