"""The coins of a move: out of every old account, into one of the same origin in the new book."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account, AccountKind
from models.people import Member
from services.context import Context
from services.corridors.crossing import post_across
from services.ledger.accounts import (
    account_id,
    close_account,
    open_account,
    reopen_account,
    standings,
)
from services.ledger.clearing import Crossing, gives, link_of, takes
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.expiry import lock_accounts
from services.moving.planning import Coins, cap_in

KIND = "move"


def key_of(move_id: UUID) -> str:
    """The key of both halves of a move, each in its own book."""
    return f"move:{move_id}"


def carry_coins(
    ctx: Context, member: Member, move_id: UUID, from_book: str, to_book: str
) -> tuple[tuple[Coins, ...], UUID | None]:
    """Take everything but grants along and close what was left; the member lives there already.

    Counted under the locks of the accounts: what came until this moment comes along. Returns it
    by origin, and the link of the two halves (None where there was nothing).
    """
    stamp = Stamp(ctx.now, ctx.actor.id)
    ids = _accounts(ctx, from_book, member.id)
    lock_accounts(ctx.session, from_book, ids, (), stamp, wide=True)
    coins = tuple(
        Coins(each.kind, each.period, each.posted_minutes)
        for each in standings(ctx.session, from_book, member.id, now=ctx.now)
        if each.kind is not AccountKind.GRANTED and each.posted_minutes
    )
    _open(ctx, member, to_book, coins, stamp)
    link_id = _post(ctx, member, move_id, from_book, to_book, coins) if coins else None
    for key in ids:
        close_account(ctx.session, from_book, key, stamp)
    return coins, link_id


def _accounts(ctx: Context, book: str, member_id: UUID) -> list[UUID]:
    return list(
        ctx.session.scalars(
            sa.select(Account.id)
            .where(
                Account.book == book,
                Account.owner_id == member_id,
                Account.kind.in_((AccountKind.EARNED, AccountKind.RECEIVED)),
            )
            .order_by(Account.id)
        )
    )


def _open(ctx: Context, member: Member, book: str, coins: Sequence[Coins], stamp: Stamp) -> None:
    """Accounts of the same origins; whoever comes back finds the old ones, which open again.

    What is above the new region's storage cap stays the member's: it is the account's ceiling
    then, so that nothing more is stored above it.
    """
    brought = {(each.kind, each.period): each.minutes for each in coins}
    wanted = {(AccountKind.EARNED, ""), (AccountKind.RECEIVED, ""), *brought}
    for kind, period in sorted(wanted):
        key = account_id(book, kind, member.id, period)
        ceiling = None
        if kind is AccountKind.EARNED:
            ceiling = max(cap_in(ctx, member.region_code), brought.get((kind, period), 0))
        if ctx.session.get(Account, (book, key)) is not None:
            reopen_account(ctx.session, book, key, stamp, ceiling_minutes=ceiling)
            continue
        open_account(
            ctx.session,
            book,
            kind,
            now=ctx.now,
            owner_id=member.id,
            period=period,
            ceiling_minutes=ceiling,
        )


def _post(
    ctx: Context,
    member: Member,
    move_id: UUID,
    from_book: str,
    to_book: str,
    coins: Sequence[Coins],
) -> UUID:
    total, key = sum(each.minutes for each in coins), key_of(move_id)
    acting_for = None if ctx.actor.id == member.id else member.id

    def half(book: str, legs: tuple[Leg, ...]) -> Draft:
        return Draft(book, KIND, key, legs, ctx.now, acting_for_id=acting_for)

    out = tuple(Leg(_account(from_book, member.id, each), -each.minutes) for each in coins)
    into = tuple(Leg(_account(to_book, member.id, each), each.minutes) for each in coins)
    post_across(
        ctx,
        [
            half(from_book, (*out, gives(from_book, to_book, total))),
            half(to_book, (takes(to_book, from_book, total), *into)),
        ],
        [Crossing(from_book, to_book, total)],
        payer_book=from_book,
        key=key,
    )
    return link_of(from_book, key)


def _account(book: str, member_id: UUID, coins: Coins) -> UUID:
    return account_id(book, coins.kind, member_id, coins.period)
