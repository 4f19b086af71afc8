"""A house in mourning: its death verified, its heirs known, and an estate to be published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateHeir, EstateObjection
from models.ledger import AccountKind
from services.clock import at_local
from services.context import Context
from services.estates import claiming, deciding, dividing, objecting, publishing
from services.estates.reporting import BRANCH, DeathReport, report
from services.estates.verifying import DeathCheck, verify
from services.ledger.accounts import account_id, estate_account, inherited_period, open_account
from services.ledger.breaches import Tally
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.kin import record_kinship
from services.policy import SYSTEM
from services.verification import verify as verify_book
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import Street

#: The day of the freeze and of the notice: Tuesday, 10 March 2026; ten working days later.
TODAY, LAST = date(2026, 3, 10), date(2026, 3, 24)
AFTER = at_local(LAST + timedelta(days=1), time(9, 0))
DIED = date(2026, 3, 8)


def noon(day: date) -> datetime:
    return at_local(day, time(12, 0))


@dataclass
class House:
    """An estate on the street, and its acts with their usual actors."""

    street: Street
    estate: UUID
    dead: UUID
    heirs: tuple[UUID, ...]

    def publish(self, now: datetime = NOW) -> str:
        return self.street.act(
            self.street.staff, lambda ctx: publishing.publish(ctx, LONGWAN, self.estate), now
        )

    def object(self, who: UUID, now: datetime = NOW, text: str = "少了一位继承人") -> UUID:
        return self.street.act(
            who, lambda ctx: objecting.object_to(ctx, LONGWAN, self.estate, text), now
        )

    def decide(self, objection: UUID, *, uphold: bool, now: datetime = NOW, by: int = 0) -> None:
        self.street.act(
            self.street.admins[by],
            lambda ctx: deciding.decide(
                ctx, LONGWAN, self.estate, objection, uphold=uphold, reason="看过户口簿"
            ),
            now,
        )

    def appeal(self, objection: UUID, who: UUID, now: datetime = NOW) -> None:
        self.street.act(
            who, lambda ctx: objecting.appeal(ctx, LONGWAN, self.estate, objection, "不服"), now
        )

    def decide_appeal(
        self, objection: UUID, *, uphold: bool, now: datetime = NOW, by: int = 1
    ) -> None:
        self.street.act(
            self.street.admins[by],
            lambda ctx: deciding.decide_appeal(
                ctx, LONGWAN, self.estate, objection, uphold=uphold, reason="又看了一遍"
            ),
            now,
        )

    def divide(self, now: datetime = AFTER, by: int = 0, key: str | None = None) -> str:
        return self.street.act(
            self.street.admins[by],
            lambda ctx: dividing.divide(ctx, LONGWAN, self.estate),
            now,
            key,
        )

    def claim(self, heir: UUID, who: UUID, now: datetime = AFTER) -> None:
        self.street.act(who, lambda ctx: claiming.claim(ctx, LONGWAN, self.estate, heir), now)

    def row(self) -> Estate:
        return self.street.look(lambda s: s.get_one(Estate, (LONGWAN, self.estate)))

    def objections(self) -> list[UUID]:
        """Oldest first."""
        query = sa.select(EstateObjection.id).where(
            EstateObjection.book == LONGWAN, EstateObjection.estate_id == self.estate
        )
        return list(self.street.look(lambda s: s.scalars(query.order_by(EstateObjection.at)).all()))

    def lines(self) -> dict[UUID | None, EstateHeir]:
        """Heirs by member; one without an account under None."""
        found = self.street.look(
            lambda s: s.scalars(
                sa.select(EstateHeir).where(
                    EstateHeir.book == LONGWAN, EstateHeir.estate_id == self.estate
                )
            ).all()
        )
        return {row.member_id: row for row in found}

    def inherited(self, member: UUID, day: date = LAST + timedelta(days=1)) -> int:
        account = account_id(LONGWAN, AccountKind.RECEIVED, member, inherited_period(day))
        return self.street.balance(account)[0]

    def on_estate(self) -> int:
        return self.street.balance(estate_account(LONGWAN, self.dead))[0]

    def verified(self, now: datetime = AFTER) -> None:
        """The whole book, as ``ledger verify`` looks at it."""
        found = self.street.act(SYSTEM, lambda ctx: list(verify_book(ctx, LONGWAN, Tally())), now)
        # Coins that a test gives straight from the issue account have no authorisation.
        assert [each for each in found if each.code != "issue_without_authorisation"] == []


def member(street: Street, **facts: Any) -> UUID:
    return street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session, **facts))


def kin(street: Street, of: UUID, relation: str, **facts: Any) -> UUID:
    """Somebody new who is the member's relative, by the register."""
    other = member(street, **facts)
    street.act(street.staff, lambda c: record_kinship(c, of, other, relation, "户口簿"))
    return other


def house(
    street: Street,
    minutes: int = 1_001,
    relations: tuple[tuple[str, int], ...] = (("spouse", 78), ("child", 50), ("child", 16)),
    dead: UUID | None = None,
) -> House:
    """The elder of the street has died; the account is frozen with ``minutes`` earned."""
    gone = dead or street.elder
    heirs = tuple(kin(street, gone, relation, age=age) for relation, age in relations)
    if minutes:
        street.give_coins(gone, minutes)
    return buried(street, gone, heirs)


def buried(
    street: Street,
    gone: UUID,
    heirs: tuple[UUID, ...],
    died_on: date = DIED,
    now: datetime = NOW,
) -> House:
    """Reported at the counter and verified by a clerk and an administrator."""
    form = DeathReport(gone, died_on)
    estate = street.act(street.staff, lambda ctx: report(ctx, form, BRANCH), now)
    paper = DeathCheck(died_on, "death_certificate", "330303-2026-0001")
    for official in (street.staff, street.admins[0]):
        street.act(official, lambda ctx: verify(ctx, LONGWAN, estate, paper), now)
    return House(street, estate, gone, heirs)


def granted(street: Street, who: UUID, minutes: int) -> None:
    """Coins of the quarter's grant."""
    street.act(
        SYSTEM,
        lambda ctx: open_account(
            ctx.session,
            LONGWAN,
            AccountKind.GRANTED,
            now=NOW,
            owner_id=who,
            period="2026Q1",
        ),
    )
    street.act(SYSTEM, lambda ctx: _issue(ctx, who, minutes))


def _issue(ctx: Context, who: UUID, minutes: int) -> None:
    to = account_id(LONGWAN, AccountKind.GRANTED, who, "2026Q1")
    draft = Draft(
        book=LONGWAN,
        kind="issue",
        key=f"test:grant:{who}",
        legs=(Leg(account_id(LONGWAN, AccountKind.ISSUE), -minutes), Leg(to, minutes)),
        effective_at=NOW,
    )
    post(ctx.session, [draft], Stamp(NOW, SYSTEM.id))
