"""Coins of members who have moved home since: what a correction needs comes back with it.

The account that was left is closed and empty. For the moment of the act it opens again: what the
correction takes is brought from the present home first, what it gives back is taken home after
it, each by two linked halves, and then it is closed as before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from models.ledger import Account
from models.people import Member
from services.context import Context
from services.corridors.crossing import post_across
from services.ledger.accounts import account_id, close_account, reopen_account
from services.ledger.clearing import Crossing, gives, takes
from services.ledger.drafts import Draft, Leg, Stamp

KIND = "follow"


@dataclass(frozen=True, slots=True)
class Left:
    """An account that its member has left, the one at home, and what the act brings to it."""

    book: str
    account_id: UUID
    owner_id: UUID
    home_book: str
    home_account_id: UUID
    #: Negative: the act takes so much from it.
    minutes: int


def accounts_left(ctx: Context, drafts: Iterable[Draft]) -> tuple[Left, ...]:
    """The accounts of some drafts whose members live in another book now, in order."""
    sums: dict[tuple[str, UUID], int] = defaultdict(int)
    for draft in drafts:
        for leg in draft.legs:
            sums[draft.book, leg.account_id] += leg.amount_minutes
    found = (_left(ctx, book, key, minutes) for (book, key), minutes in sorted(sums.items()))
    return tuple(each for each in found if each is not None)


def _left(ctx: Context, book: str, key: UUID, minutes: int) -> Left | None:
    account = ctx.session.get(Account, (book, key), populate_existing=True)
    if account is None or account.closed_at is None or account.owner_id is None:
        return None
    member = ctx.session.get(Member, account.owner_id)
    if member is None or member.home_book == book:
        return None
    there = account_id(member.home_book, account.kind, member.id, account.period)
    if ctx.session.get(Account, (member.home_book, there)) is None:
        return None
    return Left(book, key, member.id, member.home_book, there, minutes)


def open_again(ctx: Context, left: Sequence[Left], key: str, reason: str) -> None:
    """Open the accounts for the act and bring what it will take; raises NotEnough."""
    stamp = Stamp(ctx.now, ctx.actor.id)
    for each in left:
        reopen_account(ctx.session, each.book, each.account_id, stamp)
        if each.minutes < 0:
            _carry(ctx, each, -each.minutes, f"{key}:bring:{each.account_id}", reason, home=False)


def close_again(ctx: Context, left: Sequence[Left], key: str, reason: str) -> None:
    """Take home what the act has given back, and close the accounts as they were."""
    stamp = Stamp(ctx.now, ctx.actor.id)
    for each in left:
        if each.minutes > 0:
            _carry(ctx, each, each.minutes, f"{key}:home:{each.account_id}", reason, home=True)
        close_account(ctx.session, each.book, each.account_id, stamp)


def _carry(ctx: Context, each: Left, minutes: int, key: str, reason: str, *, home: bool) -> None:
    there, here = (each.home_book, each.home_account_id), (each.book, each.account_id)
    (from_book, from_id), (to_book, to_id) = (here, there) if home else (there, here)

    def half(book: str, *legs: Leg) -> Draft:
        return Draft(book, KIND, key, legs, ctx.now, reason=reason)

    post_across(
        ctx,
        [
            half(from_book, Leg(from_id, -minutes), gives(from_book, to_book, minutes)),
            half(to_book, takes(to_book, from_book, minutes), Leg(to_id, minutes)),
        ],
        [Crossing(from_book, to_book, minutes)],
        payer_book=from_book,
        key=key,
    )
