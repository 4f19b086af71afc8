"""What an heir has been given: on the account, locked, or still to be claimed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from models.estates import EstateState
from services.clock import local_date
from services.context import Context
from services.errors import DomainError
from services.estates.finding import estate_row
from services.estates.heir_sentences import HeirUnknown
from services.estates.shares import Lock, barrier_to, lock_on
from services.ledger.accounts import inherited_on, inherited_period, standings
from services.people.reading import member_row
from services.queries.heirs import Inheritance, my_inheritance

DIVIDED = (EstateState.DIVIDED, EstateState.SETTLED)


@dataclass(frozen=True, slots=True)
class Share:
    """One share of the actor's. ``left_minutes`` is what is still there of that day's shares."""

    line: Inheritance
    #: Why the share cannot cross to the actor's book today; None where it may, or need not.
    barrier: DomainError | None
    lock: Lock | None
    left_minutes: int

    @property
    def claimable(self) -> bool:
        """Whether the heir can claim it now."""
        waits = self.line.share_minutes and not (self.line.paid_at or self.line.lapsed_at)
        return bool(waits) and self.line.state in DIVIDED and self.barrier is None


@dataclass(frozen=True, slots=True)
class Inherited:
    """All inherited coins that a member has, in standard minutes, and what keeps them."""

    available_minutes: int
    lock: Lock | None


def my_share(ctx: Context, book: str, estate_id: UUID, heir_id: UUID) -> Share:
    """One share after the division; raises HeirUnknown before, and for what is another's."""
    line = my_inheritance(ctx, book, estate_id, heir_id)
    if line.state not in DIVIDED:
        raise HeirUnknown
    member = member_row(ctx.session, ctx.actor.id)
    estate = estate_row(ctx.session, book, estate_id)
    period = inherited_period(local_date(estate.divided_at or ctx.now))
    found = standings(ctx.session, member.home_book, member.id, now=ctx.now)
    left = sum(each.available_minutes for each in found if each.period == period)
    return Share(line, barrier_to(ctx, book, member), lock_on(ctx, member), left)


def my_inherited(ctx: Context) -> Inherited:
    """What the actor has inherited and not used or given on."""
    member = member_row(ctx.session, ctx.actor.id)
    found = standings(ctx.session, member.home_book, member.id, now=ctx.now)
    minutes = sum(e.available_minutes for e in found if inherited_on(e.period) is not None)
    return Inherited(minutes, lock_on(ctx, member))
