"""What a delegate may use of an elder's coins in a month, and what has been used of it.

Counted is the elder's own part of what the delegate has asked for in a month in China: what is set
aside of the booked time, and once it is settled what was taken. What went back is not counted,
what the delegate pays himself neither. A guardian of record has no limit but the elder's coins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, Hold, HoldLeg, HoldOutcome, Outcome
from models.people import Delegation
from models.requests import Request
from models.service_days import GroupPlace
from services.clock import at_local, local_date
from services.context import Context
from services.ledger.rows import whole_sum
from services.people.books import books_of
from services.people.guardians import wards_of
from services.people.reading import member_row
from services.requests import sentences as say


@dataclass(frozen=True, slots=True)
class Spent:
    """A delegate's month, in standard minutes; without a limit it is None."""

    limit_minutes: int | None
    used_minutes: int

    @property
    def left_minutes(self) -> int | None:
        """What may still be used this month."""
        if self.limit_minutes is None:
            return None
        return max(0, self.limit_minutes - self.used_minutes)


def spent_of(
    session: Session, book: str, elder_id: UUID, delegate_id: UUID, now: datetime
) -> Spent:
    """What a delegate's month looks like at a moment; ``book`` is the elder's."""
    limit = limit_of(session, elder_id, delegate_id)
    return Spent(limit, sum(_parts(session, book, elder_id, delegate_id, now).values()))


def limit_of(session: Session, elder_id: UUID, delegate_id: UUID) -> int | None:
    """The monthly limit of the newest delegation, or None where there is none.

    A standing visit goes on when a leave has ended: then the limit of that leave still holds.
    """
    if elder_id in wards_of(session, delegate_id):
        return None
    return session.scalar(
        sa.select(Delegation.spend_minutes)
        .where(Delegation.member_id == elder_id, Delegation.delegate_id == delegate_id)
        .order_by(
            Delegation.revoked_at.is_(None).desc(),
            Delegation.granted_at.desc(),
            Delegation.id.desc(),
        )
        .limit(1)
    )


def require_within(ctx: Context, request: Request) -> None:
    """Raise SpendLimit where what is held for a delegate's request passes the month's limit.

    Ask once the share is held, under the lock of the elder's row.
    """
    if request.consent == "family":
        require_spending(
            ctx, request.elder_id, request.asked_by_id, request.id, request.submitted_at
        )


def require_spending(
    ctx: Context, elder_id: UUID, delegate_id: UUID, subject_id: UUID, asked_at: datetime
) -> None:
    """The same for anything that a delegate has asked for; ``subject_id`` is what is new."""
    limit = limit_of(ctx.session, elder_id, delegate_id)
    if limit is None:
        return
    elder = member_row(ctx.session, elder_id)
    parts = _parts(ctx.session, elder.home_book, elder_id, delegate_id, asked_at)
    needed = parts.pop(subject_id, 0)
    left = max(0, limit - sum(parts.values()))
    if needed > left:
        raise say.SpendLimit(
            field="payer", elder=elder.name, left_minutes=left, needed_minutes=needed
        )


def own_part(
    share_minutes: int, others_minutes: int, own_minutes: int, captured_minutes: int | None
) -> int:
    """The elder's own part of a hold whose first legs are somebody else's.

    ``captured_minutes`` is None while it is open; then the booked share counts, not the overrun.
    """
    if captured_minutes is None:
        return min(own_minutes, max(0, share_minutes - others_minutes))
    return max(0, captured_minutes - others_minutes)


def _parts(
    session: Session, book: str, elder_id: UUID, delegate_id: UUID, moment: datetime
) -> dict[UUID, int]:
    """What each thing asked for in the month of a moment takes of the elder's coins.

    What an elder who has moved since was served with in the books before counts as well.
    """
    found: dict[UUID, int] = {}
    for each in sorted({book, *books_of(member_row(session, elder_id))}):
        found |= _parts_in(session, each, elder_id, delegate_id, moment)
    return found


def _parts_in(
    session: Session, book: str, elder_id: UUID, delegate_id: UUID, moment: datetime
) -> dict[UUID, int]:
    first, after = _month(moment)
    requests = session.execute(
        _holds(Request, book, elder_id)
        .add_columns(
            Request.elder_share_minutes.label("share"), Request.payer_book, Request.payer_hold_id
        )
        .group_by(Request.elder_share_minutes, Request.payer_book, Request.payer_hold_id)
        .where(Request.asked_by_id == delegate_id, Request.consent == "family")
        .where(Request.submitted_at >= first, Request.submitted_at < after)
    ).all()
    afar = _from_afar(session, requests)
    found = {
        row.subject: own_part(
            row.share,
            row.held - row.own + (afar.get(row.payer_hold_id, 0) if row.outcome is None else 0),
            row.own,
            _captured(row),
        )
        for row in requests
    }
    places = session.execute(
        _holds(GroupPlace, book, elder_id)
        .where(GroupPlace.booked_by_id == delegate_id, GroupPlace.consent == "family")
        .where(GroupPlace.booked_at >= first, GroupPlace.booked_at < after)
    )
    found.update(
        (row.subject, own_part(row.own, row.held - row.own, row.own, _captured(row)))
        for row in places
    )
    return found


def _from_afar(session: Session, rows: Sequence[Any]) -> dict[UUID, int]:
    """What payers of other books have set aside beside the elder's hold, by their hold."""
    found: dict[UUID, int] = {}
    for book in sorted({row.payer_book for row in rows if row.payer_hold_id is not None}):
        holds = {row.payer_hold_id for row in rows if row.payer_book == book}
        kept = session.execute(
            sa.select(HoldLeg.hold_id, whole_sum(HoldLeg.amount_minutes).label("minutes"))
            .where(HoldLeg.book == book, HoldLeg.hold_id.in_(holds))
            .group_by(HoldLeg.hold_id)
        )
        found.update((row.hold_id, row.minutes) for row in kept)
    return found


def _captured(row: Any) -> int | None:
    if row.outcome is None:
        return None
    captured: int = row.captured if row.outcome is Outcome.CAPTURED else 0
    return captured


def _holds(
    of: type[Request | GroupPlace], book: str, elder_id: UUID
) -> sa.Select[*tuple[Any, ...]]:
    """The present hold of each thing asked for, the elder's own legs apart, and its end."""
    subject = Request.id if of is Request else GroupPlace.session_id
    is_own = Account.owner_id == elder_id
    own = whole_sum(sa.case((is_own, HoldLeg.amount_minutes), else_=0)).label("own")
    return (
        sa.select(
            subject.label("subject"),
            own,
            whole_sum(HoldLeg.amount_minutes).label("held"),
            HoldOutcome.outcome,
            HoldOutcome.captured_minutes.label("captured"),
        )
        .join(Hold, sa.and_(Hold.book == of.book, Hold.id == of.hold_id))
        .join(HoldLeg, sa.and_(HoldLeg.book == Hold.book, HoldLeg.hold_id == Hold.id))
        .join(Account, sa.and_(Account.book == HoldLeg.book, Account.id == HoldLeg.account_id))
        .outerjoin(
            HoldOutcome, sa.and_(HoldOutcome.book == Hold.book, HoldOutcome.hold_id == Hold.id)
        )
        .where(of.book == book, of.elder_id == elder_id)
        .group_by(subject, HoldOutcome.outcome, HoldOutcome.captured_minutes)
    )


def _month(moment: datetime) -> tuple[datetime, datetime]:
    """The month in China around a moment, its end excluded."""
    day = local_date(moment).replace(day=1)
    after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return at_local(day, time.min), at_local(after, time.min)
