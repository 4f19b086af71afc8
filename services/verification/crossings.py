"""Between books: every half has its mirror, and what is claimed on the caps is what acts claim.

A book is checked beside those that it clears with, in one view of the database; where books live
on several nodes of a distributed server, such a view is only as good as a moment without traffic.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.corridors import ClaimState, CrossClaim, Exposure
from models.giving import Gift, GiftState
from models.ledger import Account, AccountKind, Entry, Transfer
from models.requests import Request, RequestState, Visit
from services.context import Context
from services.corridors.claiming import ALL
from services.ledger.breaches import Breach, Tally
from services.ledger.clearing import cleared_with, clearing_account
from services.ledger.rows import whole_sum
from services.ledger.streams import rows_of
from services.requests.shares import PURPOSE as PAYMENT
from services.visits.crediting import ENDED

#: What a claim may be for, and when that has come to its end.
_SUBJECTS: dict[str, tuple[Any, sa.ColumnElement[bool]]] = {
    "visit": (Visit, Visit.state.in_(ENDED)),
    "gift": (Gift, Gift.state.not_in((GiftState.WAITING, GiftState.HELD))),
}
#: A request on which nobody pays any more.
_OVER = (
    RequestState.REFUSED,
    RequestState.CLOSED,
    RequestState.CANCELLED,
    RequestState.EXPIRED,
)
AT_ONCE = 400


def check_crossings(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Every clearing entry against the other book's, and the claims against their rows."""
    counters = cleared_with(ctx.session, book)
    yield from _loose(ctx, book)
    for counter in counters:
        yield from _mirrored(ctx, book, counter, tally)
    yield from _claimed(ctx, book)
    yield from _left_open(ctx, book)


def _loose(ctx: Context, book: str) -> Iterator[Breach]:
    """Nothing stands on a clearing account but the halves of linked acts."""
    rows = rows_of(
        ctx.session,
        sa.select(Transfer.id)
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(Transfer.book == book, Account.kind == AccountKind.CLEARING)
        .where(Transfer.link_id.is_(None))
        .distinct()
        .order_by(Transfer.id),
    )
    for row in rows:
        yield Breach("half_without_link", book, f"transfer {row.id}")


def _mirrored(ctx: Context, book: str, counter: str, tally: Tally) -> Iterator[Breach]:
    """Each link brings one book as much as it takes from the other."""
    own, others = _by_link(ctx, book, counter), _by_link(ctx, counter, book)
    mine, theirs = next(own, None), next(others, None)
    while mine is not None or theirs is not None:
        if theirs is None or (mine is not None and mine[0] < theirs[0]):
            assert mine is not None
            yield _differs(book, counter, mine[0], mine[1], 0)
            mine = next(own, None)
        elif mine is None or theirs[0] < mine[0]:
            yield _differs(book, counter, theirs[0], 0, theirs[1])
            theirs = next(others, None)
        else:
            tally.add("crossings")
            if mine[1] + theirs[1]:
                yield _differs(book, counter, mine[0], mine[1], theirs[1])
            mine, theirs = next(own, None), next(others, None)


def _by_link(ctx: Context, book: str, counter: str) -> Iterator[tuple[UUID, int]]:
    rows = rows_of(
        ctx.session,
        sa.select(Transfer.link_id, whole_sum(Entry.amount_minutes).label("minutes"))
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .where(Transfer.book == book, Transfer.link_id.is_not(None))
        .where(Entry.account_id == clearing_account(book, counter))
        .group_by(Transfer.link_id)
        .order_by(Transfer.link_id),
    )
    return ((row.link_id, row.minutes) for row in rows)


def _differs(book: str, counter: str, link_id: UUID, own: int, others: int) -> Breach:
    detail = {"own_minutes": own, "others_minutes": others}
    return Breach("halves_differ", book, f"link {link_id} with {counter}", detail)


def _claimed(ctx: Context, book: str) -> Iterator[Breach]:
    """What the rows say is claimed, in all and towards each other book, is what is open."""
    is_open = sa.and_(CrossClaim.book == book, CrossClaim.state == ClaimState.OPEN)
    wanted: dict[str, int] = {}
    rows = ctx.session.execute(
        sa.select(CrossClaim.counter_book, whole_sum(CrossClaim.claimed_minutes).label("minutes"))
        .where(is_open)
        .group_by(CrossClaim.counter_book)
    )
    for row in rows:
        wanted[row.counter_book] = row.minutes
        wanted[ALL] = wanted.get(ALL, 0) + row.minutes
    kept = {
        row.counter_book: row.claimed_minutes
        for row in ctx.session.execute(
            sa.select(Exposure.counter_book, Exposure.claimed_minutes).where(Exposure.book == book)
        )
    }
    for counter in sorted(wanted.keys() | kept.keys()):
        expected, found = wanted.get(counter, 0), kept.get(counter, 0)
        if expected != found:
            detail = {"expected_minutes": expected, "kept_minutes": found}
            yield Breach("claims_differ", book, f"position {counter or 'all'}", detail)


def _left_open(ctx: Context, book: str) -> Iterator[Breach]:
    """No claim outlives what it was made for: it would take the cap from everybody else."""
    for purpose, (model, has_ended) in _SUBJECTS.items():
        same = sa.and_(model.book == CrossClaim.book, model.id == CrossClaim.subject_id)
        rows = rows_of(
            ctx.session,
            sa.select(CrossClaim.id)
            .outerjoin(model, same)
            .where(CrossClaim.book == book, CrossClaim.state == ClaimState.OPEN)
            .where(CrossClaim.purpose == purpose, sa.or_(model.id.is_(None), has_ended))
            .order_by(CrossClaim.id),
        )
        for row in rows:
            yield Breach("claim_left_open", book, f"claim {row.id}")
    yield from _payments_left_open(ctx, book)


def _payments_left_open(ctx: Context, book: str) -> Iterator[Breach]:
    """The same of payments for kin: the request stands in the book that is paid."""
    rows = rows_of(
        ctx.session,
        sa.select(CrossClaim.id, CrossClaim.counter_book, CrossClaim.subject_id)
        .where(CrossClaim.book == book, CrossClaim.state == ClaimState.OPEN)
        .where(CrossClaim.purpose == PAYMENT)
        .order_by(CrossClaim.counter_book, CrossClaim.id),
    )
    while some := list(islice(rows, AT_ONCE)):
        for counter in sorted({row.counter_book for row in some}):
            of_counter = [row for row in some if row.counter_book == counter]
            going_on = set(
                ctx.session.scalars(
                    sa.select(Request.id).where(
                        Request.book == counter,
                        Request.id.in_([row.subject_id for row in of_counter]),
                        Request.state.not_in(_OVER),
                    )
                )
            )
            for row in of_counter:
                if row.subject_id not in going_on:
                    yield Breach("claim_left_open", book, f"claim {row.id}")
