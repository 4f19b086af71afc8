"""The street of the visits, with a fund for its oldest people."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.giving import Donation
from services.donations.closing import close_fund
from services.donations.funds import FundForm, open_fund
from services.donations.giving import DonationForm, donate
from services.ledger.accounts import fund_account
from services.ledger.breaches import Tally
from services.policy import SYSTEM
from services.verification import verify
from services.visits.confirming import confirm
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START, Street

#: The visit is over, and everybody has gone home.
AFTER = START + timedelta(hours=3)
GIVEN_LATER = NOW + timedelta(minutes=1)


class Giving:
    """Two donors with 600 minutes each, and a fund for those who are 80."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.donor = street.volunteer
        self.other = self.joins(age=17)
        for each in (self.donor, self.other):
            street.give_coins(each, 600)
        self.fund = self.opens()

    def joins(self, **answers: object) -> UUID:
        """Somebody else on the street."""
        return self.street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session, **answers))

    def opens(self, **answers: object) -> UUID:
        """The region opens a fund."""
        form = FundForm(
            **{
                "book": LONGWAN,
                "kind": "group",
                "name": "八十岁以上老人",
                "name_en": "Elders of 80 and over",
                "age_from": 80,
                **answers,
            }
        )
        return self.street.act(self.street.admins[0], lambda ctx: open_fund(ctx, form))

    def closes(self, now: datetime = AFTER) -> None:
        """The region ends it."""
        admin = self.street.admins[0]
        self.street.act(admin, lambda ctx: close_fund(ctx, LONGWAN, self.fund), now)

    def gives(
        self,
        minutes: int,
        donor: UUID | None = None,
        to: str | None = None,
        by: UUID | None = None,
        now: datetime = NOW,
    ) -> UUID:
        """A donation to the fund, unless ``to`` says where; by oneself, or at the counter."""
        form = DonationForm(donor or self.donor, to or str(self.fund), minutes)
        return self.street.act(by or form.donor_id, lambda ctx: donate(ctx, form), now)

    def has(self) -> tuple[int, int]:
        """Posted and held minutes of the fund."""
        return self.street.balance(fund_account(LONGWAN, self.fund))

    def served(self, request: UUID, minutes: int = 60, by: UUID | None = None) -> UUID:
        """Somebody comes for so long, and the elder confirms; returns the visit."""
        street = self.street
        visit = street.accepted(request, by)
        street.come(visit)
        street.go(visit, minutes)
        street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), AFTER)
        return visit

    def donations(self, *where: sa.ColumnElement[bool]) -> list[Donation]:
        """The stored donations, the first first."""
        query = sa.select(Donation).where(Donation.book == LONGWAN, *where).order_by(Donation.id)
        return self.street.look(lambda session: list(session.scalars(query)))

    def breaches(self) -> list[str]:
        """What the whole check of the book finds, beside the coins that the street began with."""
        found = self.street.act(SYSTEM, lambda ctx: list(verify(ctx, LONGWAN, Tally())), AFTER)
        began = "issue_without_authorisation"
        return [f"{each.code} {each.place}" for each in found if each.code != began]
