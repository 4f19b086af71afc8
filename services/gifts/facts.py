"""What a gift depends on: what a giver may still give, and what a receiver can still store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.giving import Gift, GiftOrigin, GiftState
from models.ledger import AccountKind
from models.people import Member
from services import rates
from services.clock import age_on, local, local_date
from services.context import Context
from services.ledger.accounts import Standing, inherited_on, standings
from services.people.books import books_of
from services.people.reading import kin_relation
from services.places import regional_settings
from services.rules.booking import spending_age
from services.rules.gifts import CONFIRM_WITHIN, FRIEND, counts_against_cap, left_minutes
from services.rules.regional import regional_value
from services.rules.rule_set import RuleSet

#: Gifts that count against a year's limit; a waiting one only while it may be confirmed.
COUNTED = (GiftState.WAITING, GiftState.HELD, GiftState.FINAL)


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of a day as they hold for one member, in the member's region."""

    rules: RuleSet
    age_years: int
    spending_age: int
    kin_limit_minutes: int
    friend_limit_minutes: int
    cap_minutes: int
    #: Whether received coins cannot be used yet.
    locked: bool

    def limit_minutes(self, relation: str) -> int:
        """What may be given in a year to people of this relation."""
        return self.friend_limit_minutes if relation == FRIEND else self.kin_limit_minutes


def terms_of(ctx: Context, member: Member) -> Terms:
    """What holds for a member today."""
    today = local_date(ctx.now)
    rules = rates.rule_set_on(ctx.session, today)
    settings = regional_settings(ctx.session, member.region_code, today)
    age = age_on(member.born_on, today)
    from_age = spending_age(rules, settings, in_hardship=member.in_hardship)

    def of_region(name: str) -> int:
        return regional_value(rules, name, settings.get(name))

    return Terms(
        rules=rules,
        age_years=age,
        spending_age=from_age,
        kin_limit_minutes=of_region("gift_per_year_minutes"),
        friend_limit_minutes=of_region("friend_gift_per_year_minutes"),
        cap_minutes=of_region("storage_minutes"),
        locked=age < from_age and not member.spends_under_age,
    )


def relation_between(ctx: Context, giver_id: UUID, receiver_id: UUID, terms: Terms) -> str | None:
    """What the receiver is to the giver, or ``friend`` where the region allows those, or None."""
    relation = kin_relation(ctx.session, giver_id, receiver_id)
    if relation in terms.rules.gifts.relations:
        return relation
    return FRIEND if terms.friend_limit_minutes > 0 else None


def year_of(ctx: Context) -> int:
    """The year in China."""
    return local(ctx.now).year


def left_this_year(ctx: Context, giver: Member, relation: str, terms: Terms) -> int:
    """What the giver may still give this year to people of this relation, in minutes."""
    return left_in(ctx, giver, relation, terms, year_of(ctx))


def left_in(ctx: Context, giver: Member, relation: str, terms: Terms, year: int) -> int:
    """The same of any year."""
    is_friend = Gift.relation == FRIEND if relation == FRIEND else Gift.relation != FRIEND
    may_be_confirmed = sa.or_(
        Gift.state != GiftState.WAITING, Gift.made_at > ctx.now - CONFIRM_WITHIN
    )
    counted = sa.case(
        (Gift.state == GiftState.FINAL, Gift.given_minutes), else_=Gift.amount_minutes
    )
    used = ctx.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(counted), 0)).where(
            Gift.book.in_(books_of(giver)),
            Gift.giver_id == giver.id,
            Gift.year == year,
            Gift.origin == GiftOrigin.EARNED,
            Gift.state.in_(COUNTED),
            is_friend,
            may_be_confirmed,
        )
    )
    return left_minutes(terms.limit_minutes(relation), int(used or 0))


def accounts_of(ctx: Context, giver: Member, origin: GiftOrigin) -> Sequence[Standing]:
    """The accounts from which a gift of this origin is taken, oldest inheritance first."""
    found = standings(ctx.session, giver.home_book, giver.id, now=ctx.now)
    if origin is GiftOrigin.EARNED:
        return [each for each in found if each.kind is AccountKind.EARNED]
    received = [each for each in found if each.kind is AccountKind.RECEIVED]
    return [each for each in received if inherited_on(each.period) is not None]


def giveable_minutes(ctx: Context, giver: Member, origin: GiftOrigin) -> int:
    """What stands there and is not held for anything."""
    return sum(max(0, each.available_minutes) for each in accounts_of(ctx, giver, origin))


def stored_minutes(ctx: Context, receiver: Member, terms: Terms) -> int:
    """What counts against the receiver's storage cap: granted coins never do, and inherited ones
    only when the years for which the cap is waived are over.
    """
    today = local_date(ctx.now)
    waived = terms.rules.inheritance.cap_waived_years

    def counts(each: Standing) -> bool:
        if each.kind is AccountKind.GRANTED:
            return False
        inherited = inherited_on(each.period)
        return inherited is None or counts_against_cap(inherited, today, waived)

    found = standings(ctx.session, receiver.home_book, receiver.id, now=ctx.now)
    return sum(each.posted_minutes for each in found if counts(each))
