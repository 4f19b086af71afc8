"""What a region may owe all others together: set from above, dated, never for the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.corridors import NetDebitCap
from services import audit, outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.corridors import agreement_sentences as say
from services.corridors.agreeing import LARGEST_MINUTES, require_dated
from services.corridors.finding import keeper_of
from services.corridors.warning import administrators_of
from services.places.regions import region_on
from services.policy import NATION, Subject
from services.reserve.reading import lock_book


@dataclass(frozen=True, slots=True)
class CapView:
    """One line of a cap's history."""

    id: UUID
    cap_minutes: int
    valid_from: date
    document: str
    set_by_id: UUID
    set_at: datetime


def above(ctx: Context, book: str) -> str:
    """The region right above the one that keeps a book: it sets the cap."""
    today = local_date(ctx.now)
    return region_on(ctx.session, keeper_of(ctx.session, book, today), today).parent_code or NATION


def may_set(ctx: Context, book: str) -> bool:
    """Whether the actor may set the cap of a book."""
    return policy.can(ctx.actor, "cap.set", Subject(region_code=above(ctx, book))).allowed


def set_cap(ctx: Context, book: str, cap_minutes: int, valid_from: date, document: str) -> UUID:
    """Set what a book may owe from a day on; the later record of one day holds.

    Raises CapWrong, NotInThePast or PaperNeeded.
    """
    policy.require(ctx.actor, "cap.set", Subject(region_code=above(ctx, book)))

    def do() -> dict[str, str]:
        lock_book(ctx.session, book)
        if not 0 <= cap_minutes <= LARGEST_MINUTES:
            raise say.CapWrong(field="cap_minutes")
        require_dated(ctx, valid_from, document)
        key = ctx.new_id()
        ctx.session.add(
            NetDebitCap(
                book=book,
                id=key,
                cap_minutes=cap_minutes,
                valid_from=valid_from,
                document=document.strip(),
                set_by_id=ctx.actor.id,
                set_at=ctx.now,
            )
        )
        after = {"cap_minutes": cap_minutes, "valid_from": valid_from.isoformat()}
        audit.record(ctx, "cap.set", "net_debit_cap", key, book=book, after=after)
        _tell(ctx, book, cap_minutes, valid_from, document.strip())
        ctx.session.flush()
        return {"cap_id": str(key)}

    content = {
        "book": book,
        "cap_minutes": cap_minutes,
        "valid_from": valid_from,
        "document": document,
    }
    return UUID(once(ctx, book, "cap.set", content, do)["cap_id"])


def _tell(ctx: Context, book: str, cap_minutes: int, valid_from: date, document: str) -> None:
    for member_id in administrators_of(ctx, book):
        outbox.tell(
            ctx,
            book,
            member_id,
            say.CAP_SET,
            cap_minutes=cap_minutes,
            valid_from=valid_from.isoformat(),
            document=document,
        )


def history(ctx: Context, book: str) -> tuple[CapView, ...]:
    """Every cap that was ever set for a book, the latest day first."""
    rows = ctx.session.scalars(
        sa.select(NetDebitCap)
        .where(NetDebitCap.book == book)
        .order_by(NetDebitCap.valid_from.desc(), NetDebitCap.set_at.desc())
    )
    return tuple(
        CapView(
            id=row.id,
            cap_minutes=row.cap_minutes,
            valid_from=row.valid_from,
            document=row.document,
            set_by_id=row.set_by_id,
            set_at=row.set_at,
        )
        for row in rows
    )
