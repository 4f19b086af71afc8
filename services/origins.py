"""Where a member's coins come from, and what follows from it: what may be given, left, or ends.

Every rule that depends on the origin reads it from the account that the coins stand on; here the
same accounts are told to people. All figures are standard minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from models.giving import GiftOrigin
from models.ledger import AccountKind
from models.people import Member
from services import policy
from services.batches import periods
from services.clock import local_date
from services.context import Context
from services.gifts.facts import giveable_minutes, left_this_year, terms_of
from services.ledger.accounts import Standing, inherited_on, standings
from services.people.guardians import is_ward
from services.people.reading import member_row, subject_of


class OriginKind(StrEnum):
    """How coins came to a member, in a word that people use."""

    EARNED = "earned"
    GIFT = "gift"
    INHERITED = "inherited"
    GRANTED = "granted"


#: What goes to the heirs; grants stay with the region.
INHERITABLE = frozenset({OriginKind.EARNED, OriginKind.GIFT, OriginKind.INHERITED})
#: Any relation of the list stands for all of them: they share one limit.
A_RELATIVE = "child"


@dataclass(frozen=True, slots=True)
class Origin:
    """One account of a member, by where its coins come from."""

    kind: OriginKind
    account_id: UUID
    #: The grant's quarter (2026Q1); empty for everything else.
    period: str
    posted_minutes: int
    held_minutes: int
    inherited_on: date | None
    #: The last day on which granted coins can be used.
    ends_on: date | None
    #: Received coins wait until their owner is so old; None where they can be used now.
    locked_until_age: int | None

    @property
    def available_minutes(self) -> int:
        """What is not set aside for anything."""
        return self.posted_minutes - self.held_minutes


@dataclass(frozen=True, slots=True)
class Origins:
    """All of a member's accounts in the order in which they are spent, and what follows."""

    total_minutes: int
    available_minutes: int
    held_minutes: int
    accounts: tuple[Origin, ...]
    spending_age: int
    #: Below the spending age, and without a branch's leave: nothing can be spent on oneself yet.
    locked: bool
    #: What may be given to relatives now: own earned coins, within the year's limit.
    giveable_minutes: int
    gift_left_minutes: int
    #: What goes to the heirs as things stand.
    inheritable_minutes: int

    @property
    def ending(self) -> tuple[Origin, ...]:
        """What ends if it is not used, the earliest first."""
        return tuple(each for each in self.accounts if each.ends_on is not None)


def kind_of(account: AccountKind, period: str) -> OriginKind:
    """The origin that an account of a member stands for."""
    if account is AccountKind.RECEIVED:
        return OriginKind.INHERITED if inherited_on(period) is not None else OriginKind.GIFT
    return OriginKind(account.value)


def ends_on(period: str, quarters_later: int) -> date | None:
    """The last day of a grant of a quarter; None for anything that does not end."""
    end = periods.ends_at(period, quarters_later)
    return None if end is None else local_date(end) - timedelta(days=1)


def accounts_by_origin(ctx: Context, member: Member) -> tuple[Origin, ...]:
    """The accounts on which anything stands, in the order in which they are spent."""
    terms = terms_of(ctx, member)
    found = standings(ctx.session, member.home_book, member.id, now=ctx.now)
    age = terms.spending_age if terms.locked else None
    later = terms.rules.grants.expire_quarters_later
    return tuple(_origin(each, age, later) for each in _not_empty(found))


def my_origins(ctx: Context) -> Origins:
    """The actor's own whole picture."""
    member = member_row(ctx.session, ctx.actor.id)
    policy.require(ctx.actor, "statement.read", subject_of(member))
    terms = terms_of(ctx, member)
    accounts = accounts_by_origin(ctx, member)
    left = left_this_year(ctx, member, A_RELATIVE, terms)
    may_give = terms.age_years >= terms.rules.earning.adult_age and not is_ward(
        ctx.session, member.id
    )
    earned = giveable_minutes(ctx, member, GiftOrigin.EARNED)
    return Origins(
        total_minutes=sum(each.posted_minutes for each in accounts),
        available_minutes=sum(each.available_minutes for each in accounts),
        held_minutes=sum(each.held_minutes for each in accounts),
        accounts=accounts,
        spending_age=terms.spending_age,
        locked=terms.locked,
        giveable_minutes=min(left, earned) if may_give else 0,
        gift_left_minutes=left,
        inheritable_minutes=sum(
            each.posted_minutes for each in accounts if each.kind in INHERITABLE
        ),
    )


def _not_empty(found: Iterable[Standing]) -> Iterable[Standing]:
    return (each for each in found if each.posted_minutes or each.held_minutes)


def _origin(found: Standing, age: int | None, quarters_later: int) -> Origin:
    kind = kind_of(found.kind, found.period)
    received = kind in (OriginKind.GIFT, OriginKind.INHERITED)
    return Origin(
        kind=kind,
        account_id=found.account_id,
        period=found.period if kind is OriginKind.GRANTED else "",
        posted_minutes=found.posted_minutes,
        held_minutes=found.held_minutes,
        inherited_on=inherited_on(found.period) if kind is OriginKind.INHERITED else None,
        ends_on=ends_on(found.period, quarters_later) if kind is OriginKind.GRANTED else None,
        locked_until_age=age if received else None,
    )
