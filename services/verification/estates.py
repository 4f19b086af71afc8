"""Estates: verified by two, every coin on the way written down, and nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateCheck, EstateHeir, EstateMove, EstateState
from models.ledger import Account, AccountKind, Balance, Entry, Transfer
from models.people import Member, MemberStatus
from services.context import Context
from services.ledger.breaches import Breach, Tally
from services.ledger.linked import other_halves
from services.ledger.rows import whole_sum
from services.ledger.streams import rows_of

#: The account is frozen in these.
_FROZEN = (EstateState.FROZEN, EstateState.NOTICE, EstateState.DIVIDED, EstateState.SETTLED)
_DIVIDED = (EstateState.DIVIDED, EstateState.SETTLED)
_OFFICIALS = 2
AT_ONCE = 200


def check_estates(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Nobody's account is frozen by one alone, and shares and remainder are the estate."""
    for row in rows_of(ctx.session, _estates(book)):
        tally.add("estates")
        place = f"estate {row.id}"
        if row.officials < _OFFICIALS:
            yield Breach("estate_unverified", book, place)
        if row.status is not MemberStatus.CLOSED or row.member_died_at != row.died_at:
            yield Breach("estate_of_the_living", book, place)
        if row.state in _DIVIDED:
            yield from _check_division(book, place, row)
    yield from _living_without_estate(ctx, book)
    yield from _left_behind(ctx, book)
    yield from _check_moves(ctx, book)
    yield from _check_shares(ctx, book)


def _left_behind(ctx: Context, book: str) -> Iterator[Breach]:
    """Coins on the account of an estate that is none any more, or never was one."""
    frozen = sa.select(Estate.member_id).where(Estate.book == book, Estate.state.in_(_FROZEN))
    kept = whole_sum(Balance.posted_minutes)
    for row in ctx.session.execute(
        sa.select(Account.owner_id, kept.label("kept"))
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(
            Account.book == book,
            Account.kind == AccountKind.ESTATE,
            Account.owner_id.not_in(frozen),
        )
        .group_by(Account.owner_id)
        .having(kept != 0)
        .order_by(Account.owner_id)
    ):
        detail = {"kept_minutes": row.kept, "waiting_minutes": 0}
        yield Breach("estate_balance_differs", book, f"member {row.owner_id}", detail)


def _check_division(book: str, place: str, row: Any) -> Iterator[Breach]:
    divided = row.shares + (row.remainder_minutes or 0)
    if divided != row.estate_minutes:
        detail = {"estate_minutes": row.estate_minutes or 0, "divided_minutes": divided}
        yield Breach("estate_division_differs", book, place, detail)
    if row.kept != row.waiting:
        detail = {"kept_minutes": row.kept, "waiting_minutes": row.waiting}
        yield Breach("estate_balance_differs", book, place, detail)
    if row.own:
        yield Breach("estate_coins_left", book, place, {"left_minutes": row.own})


def _living_without_estate(ctx: Context, book: str) -> Iterator[Breach]:
    """A death that no estate explains."""
    frozen = sa.select(Estate.member_id).where(Estate.book == book, Estate.state.in_(_FROZEN))
    for member_id in ctx.session.scalars(
        sa.select(Member.id)
        .where(Member.home_book == book, Member.died_at.is_not(None), Member.id.not_in(frozen))
        .order_by(Member.id)
    ):
        yield Breach("death_without_estate", book, f"member {member_id}")


def _check_moves(ctx: Context, book: str) -> Iterator[Breach]:
    """Every move is a transfer, and whatever touches an estate's account is a move."""
    gone = (
        sa.select(EstateMove.transfer_id)
        .outerjoin(
            Transfer,
            sa.and_(Transfer.book == EstateMove.book, Transfer.id == EstateMove.transfer_id),
        )
        .where(EstateMove.book == book, Transfer.id.is_(None))
        .order_by(EstateMove.transfer_id)
    )
    for transfer_id in ctx.session.scalars(gone):
        yield Breach("estate_move_missing", book, f"transfer {transfer_id}")
    moved = sa.select(EstateMove.transfer_id).where(EstateMove.book == book)
    unexplained = (
        sa.select(Entry.transfer_id)
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(
            Entry.book == book,
            Account.kind == AccountKind.ESTATE,
            Entry.transfer_id.not_in(moved),
        )
        .distinct()
        .order_by(Entry.transfer_id)
    )
    for transfer_id in ctx.session.scalars(unexplained):
        yield Breach("estate_entry_unexplained", book, f"transfer {transfer_id}")


def _check_shares(ctx: Context, book: str) -> Iterator[Breach]:
    """Each share that was paid left the estate whole, and reached its heir in whichever book."""
    share = sa.func.coalesce(EstateHeir.share_minutes, 0)
    rows = rows_of(
        ctx.session,
        sa.select(
            EstateMove.transfer_id,
            EstateHeir.member_id,
            share.label("share"),
            Transfer.link_id,
            Entry.amount_minutes,
            Account.kind,
            Account.owner_id,
        )
        .join(
            EstateHeir,
            sa.and_(EstateHeir.book == EstateMove.book, EstateHeir.id == EstateMove.heir_id),
        )
        .join(
            Transfer,
            sa.and_(Transfer.book == EstateMove.book, Transfer.id == EstateMove.transfer_id),
        )
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(EstateMove.book == book, EstateMove.what.in_(("share", "claim")))
        .where(Entry.amount_minutes > 0)
        .order_by(EstateMove.transfer_id, Entry.leg),
    )
    while some := list(islice(rows, AT_ONCE)):
        linked = [row.transfer_id for row in some if row.link_id is not None]
        arrived = _arrived(ctx, book, linked)
        for row in some:
            got = [(row.owner_id, row.amount_minutes)]
            if row.kind is AccountKind.CLEARING:
                got = arrived.get(row.transfer_id, [])
            if got != [(row.member_id, row.amount_minutes)] or row.amount_minutes != row.share:
                place = f"transfer {row.transfer_id}"
                yield Breach("estate_share_moved_otherwise", book, place)


def _arrived(ctx: Context, book: str, keys: list[UUID]) -> dict[UUID, list[tuple[Any, int]]]:
    """Who has been credited in the other half of each transfer, and with how much."""
    found: dict[UUID, list[tuple[Any, int]]] = {}
    for key, half in other_halves(ctx.session, book, keys).items():
        rows = ctx.session.execute(
            sa.select(Account.owner_id, Entry.amount_minutes)
            .join(Entry, sa.and_(Entry.book == Account.book, Entry.account_id == Account.id))
            .where(Entry.book == half.book, Entry.transfer_id == half.transfer_id)
            .where(Entry.amount_minutes > 0)
        )
        found[key] = [(row.owner_id, row.amount_minutes) for row in rows]
    return found


def _estates(book: str) -> sa.Executable:
    """Frozen estates with what belongs to each, in order of id."""
    officials = (
        sa.select(sa.func.count())
        .select_from(EstateCheck)
        .where(EstateCheck.book == Estate.book, EstateCheck.estate_id == Estate.id)
        .scalar_subquery()
    )
    shares = sa.select(whole_sum(EstateHeir.share_minutes)).where(
        EstateHeir.book == Estate.book, EstateHeir.estate_id == Estate.id
    )
    waiting = shares.where(EstateHeir.paid_at.is_(None), EstateHeir.lapsed_at.is_(None))
    return (
        sa.select(
            Estate.id,
            Estate.state,
            Estate.died_at,
            Estate.estate_minutes,
            Estate.remainder_minutes,
            Member.status,
            Member.died_at.label("member_died_at"),
            officials.label("officials"),
            sa.func.coalesce(shares.scalar_subquery(), 0).label("shares"),
            sa.func.coalesce(waiting.scalar_subquery(), 0).label("waiting"),
            _standing(Account.kind == AccountKind.ESTATE).label("kept"),
            _standing(Account.kind != AccountKind.ESTATE).label("own"),
        )
        .join(Member, Member.id == Estate.member_id)
        .where(Estate.book == book, Estate.state.in_(_FROZEN))
        .order_by(Estate.id)
    )


def _standing(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """What stands on the dead member's accounts."""
    found = (
        sa.select(whole_sum(Balance.posted_minutes))
        .join(Account, sa.and_(Account.book == Balance.book, Account.id == Balance.account_id))
        .where(Account.book == Estate.book, Account.owner_id == Estate.member_id, which)
        .correlate(Estate)
        .scalar_subquery()
    )
    return sa.func.coalesce(found, 0)
