"""Crossings that somebody with the database's own password has changed: each is named."""

from __future__ import annotations

from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import ClaimState, CrossClaim, Exposure
from models.ledger import Entry, Transfer
from services.corridors.claiming import ALL, claim
from services.ledger.breaches import Tally
from services.ledger.clearing import clearing_account
from services.verification.crossings import check_crossings
from tests.country import ONE, TWO
from tests.databases import Databases, migrate
from tests.factories import make_ctx
from tests.services.corridors import three_regions as country
from tests.services.ledger.tampering import Forgery, change, each_alone, remove, together
from timebank.uow import UnitOfWork, make_engine

MIRROR = sa.and_(Entry.book == TWO, Entry.account_id == clearing_account(TWO, ONE))
OPEN = CrossClaim.state == ClaimState.OPEN
#: Code -> what is changed, and in which book it is named.
FORGERIES: dict[str, Forgery] = {
    "half_without_link": change(Transfer, Transfer.book == ONE, link_id=None),
    "halves_differ": change(Entry, MIRROR, amount_minutes=-1),
    "halves_differ (gone)": remove(Entry, MIRROR),
    "halves_differ (elsewhere)": change(Transfer, Transfer.book == TWO, link_id=UUID(int=9)),
    "claims_differ": change(
        Exposure, Exposure.book == ONE, Exposure.counter_book == ALL, claimed_minutes=1
    ),
    "claims_differ (pair)": change(CrossClaim, OPEN, claimed_minutes=7),
    "claim_left_open": change(CrossClaim, OPEN, purpose="visit"),
}


def test_every_crossing_that_was_changed_is_named(databases: Databases) -> None:
    url = databases.fresh("sqlite", migrate)
    engine = make_engine(url)
    uow = UnitOfWork(engine)
    country.found(uow)
    paid = country.Act("one", "pay", ONE, TWO, 30, uuid4())

    def act(session: Session) -> None:
        country.work_of(paid)(session)
        claim(make_ctx(session), ONE, TWO, 5, purpose="test", subject_id=uuid4())

    uow.run(act)

    def check(session: Session) -> set[str]:
        ctx = make_ctx(session)
        return {each.code for book in (ONE, TWO) for each in check_crossings(ctx, book, Tally())}

    found = each_alone(uow, url, {"": together(()), **FORGERIES}, check)
    assert found.pop("") == set()
    assert {name: name.split()[0] in codes for name, codes in found.items()} == dict.fromkeys(
        FORGERIES, True
    )
    engine.dispose()
    databases.discard(url)
