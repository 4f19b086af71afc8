"""What somebody pays for parents and grandparents: this year's amount, and each request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.corridors.finding import region_words
from services.people.reading import member_row, subject_of
from services.requests.payers import Purse, payments_in, purse_of
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One request that somebody pays of, for whom and how much, in standard minutes."""

    request_id: UUID
    reference: str
    elder_id: UUID
    elder_name: str
    service: Name
    starts_at: datetime
    asked_at: datetime
    minutes: int
    #: Whether the service has been paid; else the minutes are set aside.
    paid: bool
    #: Where the elder lives, if that is another region.
    region: Name | None


@dataclass(frozen=True, slots=True)
class Payments:
    """A payer's year."""

    year: int
    purse: Purse
    payments: tuple[PaymentLine, ...]

    @property
    def used_minutes(self) -> int:
        """What is set aside or paid of the year's amount."""
        return sum(each.minutes for each in self.payments)


def payments_of(ctx: Context, member_id: UUID, year: int | None = None) -> Payments:
    """What a member pays for others by requests of a year (this one without any)."""
    payer = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "payment.read", subject_of(payer))
    wanted = year or local_date(ctx.now).year
    found = payments_in(ctx.session, payer.home_book, payer.id, wanted, ctx.now)
    names = _names(ctx, {each.elder_id for each in found})
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return Payments(
        year=wanted,
        purse=purse_of(ctx, payer),
        payments=tuple(
            PaymentLine(
                request_id=each.request_id,
                reference=each.reference,
                elder_id=each.elder_id,
                elder_name=names[each.elder_id],
                service=rules.service(each.service_code).name,
                starts_at=each.starts_at,
                asked_at=each.asked_at,
                minutes=each.minutes,
                paid=each.paid,
                region=Name(*region_words(ctx, each.to_book)) if each.to_book else None,
            )
            for each in found
        ),
    )


def _names(ctx: Context, ids: set[UUID]) -> dict[UUID, str]:
    rows = ctx.session.execute(sa.select(Member.id, Member.name).where(Member.id.in_(ids)))
    return {row.id: row.name for row in rows}
