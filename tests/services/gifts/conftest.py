"""The street of the visits, with a family on it whose members give one another coins."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.giving import Gift, GiftOrigin, GiftState
from models.ledger import AccountKind
from models.oversight import OutboxMessage
from models.people import ActCode, Member
from services.context import Context
from services.gifts.capturing import due, settle
from services.gifts.confirming import confirm
from services.gifts.making import GiftForm, make
from services.ledger.accounts import account_id, open_account
from services.ledger.breaches import Tally
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.outbox import opened
from services.people.kin import record_kinship
from services.policy import SYSTEM
from services.verification import verify
from tests import factories
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.visits.conftest import Street, street

__all__ = ["street"]

#: When a gift that was confirmed now is the receiver's.
AFTER = NOW + timedelta(hours=24)
CALM = {"hurried": False, "own_wish": True, "promised": False}
DAY = timedelta(days=1)


class Family:
    """A giver of 45 with 600 minutes of her own, and her mother, the street's elder."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.giver = street.volunteer
        self.mother = street.elder
        self.relate(self.giver, self.mother, "parent")
        street.give_coins(self.giver, 600)

    def relate(self, one: UUID, other: UUID, relation: str, by: UUID | None = None) -> None:
        """A branch records what ``other`` is to ``one``."""
        self.street.act(
            by or self.street.staff, lambda ctx: record_kinship(ctx, one, other, relation, "户口簿")
        )

    def joins(self, **answers: object) -> UUID:
        """Somebody else on the street."""
        return self.street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session, **answers))

    def waiting(self, minutes: int = 60, now: datetime = NOW, **changes: object) -> UUID:
        """A gift that waits for its code."""
        form = GiftForm(
            **{
                "giver_id": self.giver,
                "receiver_id": self.mother,
                "amount_minutes": minutes,
                **changes,
            }
        )
        return self.street.act(form.giver_id, lambda ctx: make(ctx, form), now)

    def held(self, minutes: int = 60, now: datetime = NOW, **changes: object) -> UUID:
        """A gift that is set aside."""
        gift = self.waiting(minutes, now, **changes)
        self.confirm(gift, now)
        return gift

    def confirm(self, gift: UUID, now: datetime = NOW, code: str | None = None) -> None:
        """The giver types the newest code."""
        giver = self.row(gift).giver_id
        typed = code or self.code(gift)
        self.street.act(giver, lambda ctx: confirm(ctx, LONGWAN, gift, typed), now)

    def final(self, minutes: int = 60, now: datetime = NOW, **changes: object) -> UUID:
        """A gift that is the receiver's."""
        gift = self.held(minutes, now, **changes)
        self.run_job(now + DAY)
        return gift

    def run_job(self, now: datetime = AFTER) -> int:
        """Settle what is due, each in a unit of work of its own."""
        found = self.street.act(SYSTEM, due, now)
        return sum(
            self.street.act(SYSTEM, lambda ctx, b=book, g=gift: settle(ctx, b, g), now)
            for book, gift in found
        )

    def code(self, gift: UUID) -> str:
        """The newest code for a gift, as the giver's messages have it."""

        def read(session: Session) -> str:
            row = session.scalars(
                sa.select(ActCode)
                .where(ActCode.subject_id == gift)
                .order_by(ActCode.sent_at.desc())
                .limit(1)
            ).one()
            messages = session.scalars(
                sa.select(OutboxMessage).where(
                    OutboxMessage.book == LONGWAN, OutboxMessage.member_id == row.member_id
                )
            )
            codes = [opened(each, VAULT).params.get("code") for each in messages]
            return next(
                code
                for code in codes
                if code and VAULT.blind("act_code", f"{row.id}:{code}") == row.code_hash
            )

        return self.street.look(read)

    def told(self, member: UUID) -> set[str]:
        """The sentences in a member's messages."""

        def read(session: Session) -> set[str]:
            rows = session.scalars(
                sa.select(OutboxMessage.sentence).where(
                    OutboxMessage.book == LONGWAN, OutboxMessage.member_id == member
                )
            )
            return set(rows)

        return self.street.look(read)

    def row(self, gift: UUID) -> Gift:
        """The stored gift."""
        return self.street.look(lambda session: session.get_one(Gift, (LONGWAN, gift)))

    def state(self, gift: UUID) -> GiftState:
        """Where a gift stands."""
        return self.row(gift).state

    def received(self, member: UUID, period: str = "") -> tuple[int, int]:
        """Posted and held minutes of what a member received."""
        return self.street.balance(account_id(LONGWAN, AccountKind.RECEIVED, member, period))

    def put(self, member: UUID, kind: AccountKind, period: str, minutes: int) -> UUID:
        """Coins of another origin, straight through the ledger."""

        def give(session: Session) -> UUID:
            account = open_account(session, LONGWAN, kind, now=NOW, owner_id=member, period=period)
            draft = Draft(
                book=LONGWAN,
                kind="issue",
                key=f"test:{account}",
                legs=(Leg(account_id(LONGWAN, AccountKind.ISSUE), -minutes), Leg(account, minutes)),
                effective_at=NOW,
            )
            post(session, [draft], Stamp(NOW, SYSTEM.id))
            return account

        return self.street.uow.run(give)

    def change(self, member: UUID, **values: object) -> None:
        """Set columns of a member."""

        def work(ctx: Context) -> None:
            row = ctx.session.get_one(Member, member)
            for name, value in values.items():
                setattr(row, name, value)

        self.street.act(SYSTEM, work)

    def breaches(self) -> set[str]:
        """What the whole check of the book finds, beside the scene's own coins and deaths."""
        found = self.street.act(SYSTEM, lambda ctx: list(verify(ctx, LONGWAN, Tally())), AFTER)
        own = {"issue_without_authorisation", "death_without_estate"}
        return {each.code for each in found} - own


@pytest.fixture
def family(street: Street) -> Family:
    """The family."""
    return Family(street)


__all__ += ["AFTER", "CALM", "DAY", "Family", "GiftOrigin"]
