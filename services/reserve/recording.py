"""Records of a region's fund: put down by one administrator, signed by another.

With the first one signed the region has joined: its corridors open as they are agreed.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.reserve import FundRecord
from services import audit, outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.corridors.finding import keeper_of
from services.corridors.warning import administrators_of
from services.countersigning import require_second
from services.errors import NotFound
from services.policy import Subject
from services.reserve import sentences as say
from services.reserve.reading import latest_signed, lock_book, read_reserve

#: A hundred billion yuan: more than any county has, and far from what a column holds.
LARGEST_FEN = 10_000_000_000_000
LONGEST_DOCUMENT = 60


def require_region(ctx: Context, act: str, book: str) -> None:
    """Raise Forbidden unless the actor may do this for the region that keeps the book."""
    region = keeper_of(ctx.session, book, local_date(ctx.now))
    policy.require(ctx.actor, act, Subject(book=book, region_code=region))


def record(ctx: Context, book: str, on_day: date, fund_fen: int, document: str) -> UUID:
    """Put down what the fund holds on a day, by a paper; it counts once somebody else signs."""
    require_region(ctx, "reserve.record", book)

    def do() -> dict[str, str]:
        return {"record_id": str(_write(ctx, book, on_day, fund_fen, document.strip()))}

    content = {"book": book, "on_day": on_day, "fund_fen": fund_fen, "document": document}
    return UUID(once(ctx, book, "reserve.record", content, do)["record_id"])


def _write(ctx: Context, book: str, on_day: date, fund_fen: int, document: str) -> UUID:
    lock_book(ctx.session, book)
    if not 0 <= fund_fen <= LARGEST_FEN:
        raise say.FundOutOfRange(field="fund_fen")
    if not 0 < len(document) <= LONGEST_DOCUMENT:
        raise say.DocumentNeeded(field="document")
    before = latest_signed(ctx.session, book)
    if on_day > local_date(ctx.now) or (before is not None and on_day < before.on_day):
        raise say.FundDayWrong(field="on_day")
    if waiting(ctx.session, book) is not None:
        raise say.FundRecordWaiting
    key = ctx.new_id()
    ctx.session.add(
        FundRecord(
            book=book,
            id=key,
            on_day=on_day,
            fund_fen=fund_fen,
            document=document,
            recorded_by_id=ctx.actor.id,
            recorded_at=ctx.now,
        )
    )
    after = {"on_day": on_day.isoformat(), "fund_fen": fund_fen}
    audit.record(ctx, "reserve.record", "fund_record", key, book=book, after=after)
    _tell_the_others(ctx, book, on_day, document)
    ctx.session.flush()
    return key


def _tell_the_others(ctx: Context, book: str, on_day: date, document: str) -> None:
    for member_id in administrators_of(ctx, book):
        if member_id != ctx.actor.id:
            outbox.tell(
                ctx,
                book,
                member_id,
                say.RECORDED,
                proposer=ctx.actor.name,
                on_day=on_day.isoformat(),
                document=document,
            )


def waiting(session: Session, book: str) -> FundRecord | None:
    """The record of a book that waits for its second name; there is never more than one."""
    return session.scalar(
        sa.select(FundRecord).where(
            FundRecord.book == book,
            FundRecord.signed_at.is_(None),
            FundRecord.withdrawn_at.is_(None),
        )
    )


def sign(ctx: Context, book: str, record_id: UUID) -> None:
    """The second administrator signs: the reserve is read anew at once.

    Raises SecondSignature or KinSigns for whoever must not, FundRecordSigned, FundRecordWithdrawn.
    """
    require_region(ctx, "reserve.sign", book)

    def do() -> dict[str, str]:
        row = _unsigned(ctx, book, record_id)
        require_second(ctx, row.recorded_by_id)
        row.signed_by_id, row.signed_at = ctx.actor.id, ctx.now
        after = {"on_day": row.on_day.isoformat(), "fund_fen": row.fund_fen}
        audit.record(ctx, "reserve.sign", "fund_record", row.id, book=book, after=after)
        ctx.session.flush()
        read_reserve(ctx, book)
        return {}

    once(ctx, book, "reserve.sign", {"record_id": record_id}, do)


def withdraw(ctx: Context, book: str, record_id: UUID) -> None:
    """Take a record back that nobody has signed."""
    require_region(ctx, "reserve.record", book)

    def do() -> dict[str, str]:
        row = _unsigned(ctx, book, record_id)
        row.withdrawn_at = ctx.now
        audit.record(ctx, "reserve.withdraw", "fund_record", row.id, book=book)
        ctx.session.flush()
        return {}

    once(ctx, book, "reserve.withdraw", {"record_id": record_id}, do)


def _unsigned(ctx: Context, book: str, record_id: UUID) -> FundRecord:
    """The record, kept from changing, as long as it waits for a second name."""
    lock_book(ctx.session, book)
    row = ctx.session.scalar(
        sa.select(FundRecord)
        .where(FundRecord.book == book, FundRecord.id == record_id)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if row.withdrawn_at is not None:
        raise say.FundRecordWithdrawn
    if row.signed_at is not None:
        raise say.FundRecordSigned
    return row
