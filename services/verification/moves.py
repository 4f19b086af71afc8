"""Moves: both halves as the receipt says them, the old accounts empty and closed, nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account, AccountKind, Balance, Entry, Transfer
from models.moving import Move
from models.people import Member
from services.context import Context
from services.ledger.breaches import Breach, Tally
from services.ledger.clearing import cleared_with, link_of
from services.ledger.streams import rows_of
from services.moving.coins import KIND, key_of

AT_ONCE = 200
#: What stood on a member's accounts of a half: by transfer, kind of account and period.
_Legs = dict[UUID, dict[tuple[str, str], int]]


def check_moves(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Each move out of a book against its entries, and each transfer of the kind."""
    rows = rows_of(ctx.session, sa.select(Move).where(Move.book == book).order_by(Move.id))
    while some := [row.Move for row in islice(rows, AT_ONCE)]:
        tally.add("moves", len(some))
        out = _legs(ctx, book, some)
        into = {to: _legs(ctx, to, some) for to in sorted({each.to_book for each in some})}
        for each in some:
            if not _as_received(each, out, into[each.to_book]):
                yield Breach("move_differs_from_entries", book, f"move {each.reference}")
            ctx.session.expunge(each)
    yield from _open(ctx, book)
    yield from _strange(ctx, book)


def _as_received(move: Move, out: _Legs, into: _Legs) -> bool:
    """Whether the receipt's figures left one book and came to the other, by the move's own link."""
    try:
        lines = {(e["kind"], e["period"]): e["minutes"] for e in move.content["coins"]}
        total = move.content["minutes"]
    except (KeyError, TypeError):
        return False
    if move.link_id is None:
        return not lines and total == 0
    left = {place: -minutes for place, minutes in out.get(move.id, {}).items()}
    return (
        move.link_id == link_of(move.book, key_of(move.id))
        and sum(lines.values()) == total
        and left == lines
        and into.get(move.id, {}) == lines
    )


def _legs(ctx: Context, book: str, moves: list[Move]) -> _Legs:
    """The member's legs of each move's half in a book, by the move's id."""
    known = {key_of(each.id): each for each in moves}
    rows = ctx.session.execute(
        sa.select(
            Transfer.idem_key,
            Transfer.link_id,
            Transfer.kind.label("what"),
            Account.owner_id,
            Account.kind,
            Account.period,
            Entry.amount_minutes,
        )
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(Transfer.book == book, Transfer.idem_key.in_(known))
        .where(Account.kind != AccountKind.CLEARING)
    )
    found: _Legs = defaultdict(lambda: defaultdict(int))
    for row in rows:
        found_move = known[row.idem_key]
        own = row.owner_id == found_move.member_id
        linked = row.link_id == found_move.link_id and row.what == KIND
        place = (row.kind.value, row.period) if own and linked else ("strange", "")
        found[found_move.id][place] += row.amount_minutes
    return {key: dict(legs) for key, legs in found.items()}


def _open(ctx: Context, book: str) -> Iterator[Breach]:
    """Accounts of somebody who has moved away that are open, or on which something stands."""
    left = sa.exists().where(Move.book == Account.book, Move.member_id == Account.owner_id)
    rows: Iterator[Any] = rows_of(
        ctx.session,
        sa.select(Account.id)
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .join(Member, Member.id == Account.owner_id)
        .where(Account.book == book, Member.home_book != book, left)
        .where(Account.kind.in_((AccountKind.EARNED, AccountKind.RECEIVED)))
        .where(sa.or_(Account.closed_at.is_(None), Balance.posted_minutes != 0))
        .order_by(Account.id),
    )
    for row in rows:
        yield Breach("moved_account_open", book, f"account {row.id}")


def _strange(ctx: Context, book: str) -> Iterator[Breach]:
    """A transfer that calls itself a move and belongs to none."""
    counters = cleared_with(ctx.session, book)
    known = sa.exists().where(
        Move.book.in_([book, *counters]),
        sa.or_(Move.book == book, Move.to_book == book),
        Move.link_id == Transfer.link_id,
    )
    rows = rows_of(
        ctx.session,
        sa.select(Transfer.id)
        .where(Transfer.book == book, Transfer.kind == KIND, ~known)
        .where(Transfer.reverses_id.is_(None))
        .order_by(Transfer.id),
    )
    for row in rows:
        yield Breach("transfer_without_move", book, f"transfer {row.id}")
