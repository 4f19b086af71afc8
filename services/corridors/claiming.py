"""Claims on the caps: made at acceptance for the largest earn, used at the posting, or freed.

A book's total and each pair stand on a row of their own; acts that happen at once take the rows in
one order and share what is left. What a person decides (asking, giving, paying) is held to the
caps; what life brings (moving home, inheriting) is counted and never refused for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import ClaimState, CrossClaim, Exposure, NetDebitCap
from services import audit
from services.claims import claim_rows
from services.clock import local_date
from services.context import Context
from services.corridors import sentences as say
from services.corridors.finding import CorridorView, region_words, require_open
from services.corridors.warning import warn
from services.ledger.clearing import Crossing, open_clearing
from services.rules.clearing import Room
from services.settlement.timing import expected_room_at

#: The counter-book of the row that stands for all others together.
ALL = ""

Key = tuple[str, str]


def cap_of(session: Session, book: str, day: date) -> int:
    """A book's net debit cap on a day; without a record it may owe nothing."""
    found = session.scalar(
        sa.select(NetDebitCap.cap_minutes)
        .where(NetDebitCap.book == book, NetDebitCap.valid_from <= day)
        .order_by(NetDebitCap.valid_from.desc(), NetDebitCap.set_at.desc())
        .limit(1)
    )
    return found or 0


def room_of(session: Session, view: CorridorView, payer_book: str, day: date) -> tuple[Room, Room]:
    """What is left to a book in all and towards one other, read without a lock."""
    payee_book = view.other_book if payer_book == view.one_book else view.one_book
    rows = {
        row.counter_book: row
        for row in session.execute(
            sa.select(
                Exposure.counter_book, Exposure.debit_minutes, Exposure.claimed_minutes
            ).where(Exposure.book == payer_book, Exposure.counter_book.in_((ALL, payee_book)))
        )
    }

    def room(counter: str, cap_minutes: int | None) -> Room:
        row = rows.get(counter)
        return Room(cap_minutes, row.debit_minutes if row else 0, row.claimed_minutes if row else 0)

    return room(ALL, cap_of(session, payer_book, day)), room(payee_book, view.pair_cap_minutes)


def room_on(row: Exposure, cap_minutes: int | None) -> Room:
    """What a cap leaves by a row that is locked."""
    return Room(cap_minutes, row.debit_minutes, row.claimed_minutes)


def claim(
    ctx: Context,
    payer_book: str,
    payee_book: str,
    minutes: int,
    *,
    purpose: str,
    subject_id: UUID,
    at_once: bool = False,
) -> UUID:
    """Claim what an act may at most bring the payer's book to owe; returns the claim's id.

    Raises NotJoined, CorridorShut or CapReached (nothing is claimed then). The rows stay locked
    until the end of the unit of work: claim late, and before anything is posted. ``at_once`` is
    for an act that is posted in the same unit of work: it takes the other book's rows as well,
    so that two that go opposite ways wait for one another instead of crossing.
    """
    view = require_open(ctx, payer_book, payee_book)
    open_clearing(ctx.session, payer_book, payee_book, now=ctx.now)
    own = [(payer_book, ALL), (payer_book, payee_book)]
    theirs = [(payee_book, ALL), (payee_book, payer_book)] if at_once else []
    rows = locked(ctx.session, [*own, *theirs])
    cap_minutes = cap_of(ctx.session, payer_book, _today(ctx))
    if not view.is_kept_together:
        caps = {ALL: cap_minutes, payee_book: view.pair_cap_minutes}
        _require_room(ctx, payer_book, caps, minutes, rows)
    for key in own:
        rows[key].claimed_minutes += minutes
    total = rows[payer_book, ALL]
    warn(ctx, payer_book, total, room_on(total, cap_minutes))
    return _write(ctx, view, payer_book, payee_book, minutes, purpose, subject_id)


def _write(
    ctx: Context,
    view: CorridorView,
    payer_book: str,
    payee_book: str,
    minutes: int,
    purpose: str,
    subject_id: UUID,
) -> UUID:
    """Write a claim down, with its record; returns its id."""
    claim_id = ctx.new_id()
    ctx.session.add(
        CrossClaim(
            book=payer_book,
            id=claim_id,
            counter_book=payee_book,
            purpose=purpose,
            subject_id=subject_id,
            corridor_id=view.id or UUID(int=0),
            claimed_minutes=minutes,
            state=ClaimState.OPEN,
            used_minutes=0,
            made_at=ctx.now,
        )
    )
    audit.record(
        ctx,
        "corridor.claim",
        "cross_claim",
        claim_id,
        book=payer_book,
        after={"to": payee_book, "minutes": minutes, "purpose": purpose, "for": str(subject_id)},
    )
    ctx.session.flush()
    return claim_id


def _today(ctx: Context) -> date:
    return local_date(ctx.now)


def _require_room(
    ctx: Context,
    payer_book: str,
    caps: Mapping[str, int | None],
    minutes: int,
    rows: Mapping[Key, Exposure],
) -> None:
    missing = max(
        room_on(rows[payer_book, counter], cap_minutes).missing_minutes(minutes)
        for counter, cap_minutes in caps.items()
    )
    if missing:
        zh, en = region_words(ctx, payer_book)
        raise say.CapReached(
            region_zh=zh, region_en=en, until=freed_at(ctx), missing_minutes=missing
        )


def freed_at(ctx: Context) -> datetime:
    """When a cap is expected to leave room again: the next window closed and settled."""
    return expected_room_at(ctx.session, ctx.now)


def open_claims(session: Session, book: str, subject_id: UUID) -> list[CrossClaim]:
    """The open claims of an act."""
    return list(
        session.scalars(
            sa.select(CrossClaim)
            .where(
                CrossClaim.book == book,
                CrossClaim.subject_id == subject_id,
                CrossClaim.state == ClaimState.OPEN,
            )
            .order_by(CrossClaim.counter_book, CrossClaim.id)
        )
    )


def free(ctx: Context, book: str, subject_id: UUID) -> None:
    """Give back whatever an act that does not take place has claimed."""
    claims = open_claims(ctx.session, book, subject_id)
    if not claims:
        return
    _end(ctx, claims, ClaimState.FREED)
    ctx.session.flush()


def settle_claims(
    ctx: Context, subjects: Iterable[tuple[str, UUID]], crossings: Sequence[Crossing]
) -> None:
    """End the claims of acts that are posted now, and write what each book comes to owe.

    ``subjects`` are (payer's book, subject) of the claims that end with it; ``crossings`` are what
    really goes over, claimed before or not. Call right before ``post_linked``.
    """
    claims = [each for book, key in subjects for each in open_claims(ctx.session, book, key)]
    moved: dict[Key, int] = defaultdict(int)
    for each in crossings:
        open_clearing(ctx.session, each.from_book, each.to_book, now=ctx.now)
        for counter in (ALL, each.to_book):
            moved[each.from_book, counter] += each.minutes
        for counter in (ALL, each.from_book):
            moved[each.to_book, counter] -= each.minutes
    used: dict[Key, int] = defaultdict(int)
    for each in crossings:
        used[each.from_book, each.to_book] += each.minutes
    _end(ctx, claims, ClaimState.USED, moved, used)
    ctx.session.flush()


def _end(
    ctx: Context,
    claims: Sequence[CrossClaim],
    state: ClaimState,
    moved: Mapping[Key, int] | None = None,
    used: Mapping[Key, int] | None = None,
) -> None:
    moved, used = moved or {}, dict(used or {})
    keys = {(each.book, counter) for each in claims for counter in (ALL, each.counter_book)}
    rows = locked(ctx.session, [*keys, *moved])
    before = {key: row.debit_minutes + row.claimed_minutes for key, row in rows.items()}
    for each in claims:
        # Somebody else may have ended it while we waited for the rows.
        ctx.session.refresh(each)
        if each.state is not ClaimState.OPEN:
            continue
        part = min(each.claimed_minutes, used.get((each.book, each.counter_book), 0))
        if part:
            used[each.book, each.counter_book] -= part
        each.state = state if part else ClaimState.FREED
        each.used_minutes, each.ended_at = part, ctx.now
        for counter in (ALL, each.counter_book):
            rows[each.book, counter].claimed_minutes -= each.claimed_minutes
    for key, minutes in moved.items():
        rows[key].debit_minutes += minutes
    for (book, counter), row in rows.items():
        has_grown = row.debit_minutes + row.claimed_minutes > before[book, counter]
        # A warning that has been given may be given again once the use has fallen below it.
        if counter == ALL and (has_grown or row.warned_percent):
            warn(ctx, book, row, room_on(row, cap_of(ctx.session, book, _today(ctx))))


def locked(session: Session, keys: Iterable[Key]) -> dict[Key, Exposure]:
    """The rows of these books and counter-books, made when missing, locked in their order."""
    session.flush()
    wanted = sorted(set(keys))
    found = _lock(session, wanted)
    missing = [key for key in wanted if key not in found]
    if missing:
        claim_rows(session, Exposure, [_empty(book, counter) for book, counter in missing])
        found = _lock(session, wanted)
    return found


def _lock(session: Session, wanted: Sequence[Key]) -> dict[Key, Exposure]:
    found: dict[Key, Exposure] = {}
    for book, keys in groupby(wanted, key=lambda key: key[0]):
        rows = session.scalars(
            sa.select(Exposure)
            .where(Exposure.book == book, Exposure.counter_book.in_([key[1] for key in keys]))
            .order_by(Exposure.counter_book)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found.update(((row.book, row.counter_book), row) for row in rows)
    return found


def _empty(book: str, counter_book: str) -> dict[str, Any]:
    return {
        "book": book,
        "counter_book": counter_book,
        "claimed_minutes": 0,
        "debit_minutes": 0,
        "warned_percent": 0,
    }
