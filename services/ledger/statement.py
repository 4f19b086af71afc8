"""Statements: what came and went on a member's accounts, newest first, with the total after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Entry, Hold, HoldLeg, HoldOutcome, Transfer
from services.ledger.accounts import available_minutes, standings
from services.ledger.rows import whole_sum


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry as its owner sees it; all figures in standard minutes."""

    transfer_id: UUID
    kind: str
    origin: AccountKind
    reason: str
    effective_at: datetime
    posted_at: datetime
    amount_minutes: int
    #: Total over all of the member's accounts after this entry.
    total_after_minutes: int
    valuation_id: UUID | None
    reverses_id: UUID | None


@dataclass(frozen=True, slots=True)
class PendingHold:
    """Minutes set aside for something that has not been settled yet."""

    hold_id: UUID
    purpose: str
    subject_id: UUID
    created_at: datetime
    amount_minutes: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A member's coins now, what is pending, and a page of what happened."""

    total_minutes: int
    available_minutes: int
    held_minutes: int
    by_origin: tuple[tuple[AccountKind, int], ...]
    pending: tuple[PendingHold, ...]
    lines: tuple[StatementLine, ...]
    more: bool


def statement(
    session: Session, book: str, owner_id: UUID, *, limit: int = 50, offset: int = 0
) -> Statement:
    """A member's statement: ``limit`` lines after skipping the ``offset`` newest."""
    found = standings(session, book, owner_id)
    total = sum(s.posted_minutes for s in found)
    accounts = [s.account_id for s in found]
    newest = sa.desc(Transfer.posted_at), sa.desc(Transfer.id), sa.desc(Entry.leg)
    rows = session.execute(
        sa.select(Transfer, Entry.amount_minutes, Account.kind)
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(Transfer.book == book, Entry.book == book, Entry.account_id.in_(accounts))
        .order_by(*newest)
        .limit(offset + limit + 1)
    ).all()
    lines: list[StatementLine] = []
    after = total
    for transfer, amount, origin in rows[: offset + limit]:
        lines.append(_line(transfer, amount, origin, after))
        after -= amount
    return Statement(
        total_minutes=total,
        available_minutes=available_minutes(found),
        held_minutes=sum(s.held_minutes for s in found),
        by_origin=tuple((s.kind, s.posted_minutes) for s in found),
        pending=tuple(_pending(session, book, accounts)),
        lines=tuple(lines[offset:]),
        more=len(rows) > offset + limit,
    )


def _line(transfer: Transfer, amount: int, origin: AccountKind, after: int) -> StatementLine:
    return StatementLine(
        transfer_id=transfer.id,
        kind=transfer.kind,
        origin=origin,
        reason=transfer.reason,
        effective_at=transfer.effective_at,
        posted_at=transfer.posted_at,
        amount_minutes=amount,
        total_after_minutes=after,
        valuation_id=transfer.valuation_id,
        reverses_id=transfer.reverses_id,
    )


def _pending(session: Session, book: str, accounts: list[UUID]) -> list[PendingHold]:
    total = whole_sum(HoldLeg.amount_minutes)
    rows = session.execute(
        sa.select(Hold.id, Hold.purpose, Hold.subject_id, Hold.created_at, total)
        .join(HoldLeg, sa.and_(HoldLeg.book == Hold.book, HoldLeg.hold_id == Hold.id))
        .outerjoin(
            HoldOutcome,
            sa.and_(HoldOutcome.book == Hold.book, HoldOutcome.hold_id == Hold.id),
        )
        .where(Hold.book == book, HoldLeg.book == book, HoldLeg.account_id.in_(accounts))
        .where(HoldOutcome.hold_id.is_(None))
        .group_by(Hold.id, Hold.purpose, Hold.subject_id, Hold.created_at)
        .order_by(sa.desc(Hold.created_at))
    )
    return [PendingHold(*row) for row in rows]
