"""Correcting what was posted: a reversing transfer, by an administrator, with a reason."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateMove, EstateState
from models.ledger import Account, AccountKind, Entry, Transfer
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.corridors.reversing import reverse_all
from services.corridors.warning import administrators_of
from services.donations.overflowing import withdraw_certificates
from services.errors import Conflict, Invalid
from services.gifts.ending import correct
from services.ledger.drafts import AlreadyReversed
from services.ledger.reverse import Half, halves_of
from services.policy import Subject
from services.visits.days import lock_members

#: Reason codes and what people read; free text never enters the ledger.
REASONS = {
    "wrong_person": "记错了人",
    "wrong_time": "记错了时间",
    "false_record": "记录不实",
    "decided_dispute": "异议处理的结果",
}
REVERSED_ELSEWHERE = (
    "另一个地区冲正了一笔跨地区往来（原因：{reason}），本地区的那一半一起冲正了，编号{reference}。"
)
REVERSED = "一笔往来已冲正（原因：{reason}），您的时间有变动，请查看明细。"


class ReasonUnknown(Invalid):
    """请从列表里选一个冲正原因。"""

    code = "reason_unknown"


class OfEstate(Conflict):
    """这笔往来属于一件身后事，请在身后事的页面上整件撤销。"""

    code = "transfer_of_estate"


class OwnerDivided(Conflict):
    """这笔往来有一方已经去世，时间也分配好了，不能再冲正。"""

    code = "owner_divided"


class OfMove(Conflict):
    """这笔往来属于一次搬家，不能单独冲正。"""

    code = "transfer_of_move"


def reverse_transfer(ctx: Context, book: str, transfer_id: UUID, reason: str) -> UUID:
    """Post the opposite of a transfer and tell everybody it touches; returns the new id.

    What went to another book comes back in one act: every half is reversed, and everybody hears
    of it in every book. Raises AlreadyReversed, or NotEnough when a holder has spent the minutes
    already: nothing is then changed. Also OfMove, OfEstate, and OwnerDivided where coins would
    come back to somebody whose estate is divided: nobody would inherit them.
    """
    halves = halves_of(ctx.session, book, transfer_id)
    owners = {half: owners_of(ctx, half.book, half.transfer_id) for half in halves}
    everybody = {owner for each in owners.values() for owner in each}
    for owner in sorted(everybody):
        # Nobody reverses a transfer on the own account or on that of kin, in whichever book.
        subject = Subject(book=book, region_code=book, member_id=owner)
        policy.require(ctx.actor, "transfer.reverse", subject)
    policy.require(ctx.actor, "transfer.reverse", Subject(book=book, region_code=book))

    def do() -> dict[str, str]:
        if reason not in REASONS:
            raise ReasonUnknown(field="reason")
        # Whoever divides an estate at this moment has its owner's row.
        lock_members(ctx.session, everybody)
        for half in halves:
            _check(ctx, half, owners[half])
        for half in halves:
            _write_down(ctx, book, half, owners[half], reason)
        posted = reverse_all(ctx, book, transfer_id, key=f"reversal:{transfer_id}", reason=reason)
        place = [half.transfer_id for half in halves if half.book == book].index(transfer_id)
        return {"transfer_id": str(posted[book][place].transfer_id)}

    content = {"transfer_id": transfer_id, "reason": reason}
    return UUID(once(ctx, book, "transfer.reverse", content, do)["transfer_id"])


def _check(ctx: Context, half: Half, owners: list[UUID]) -> None:
    _check_estates(ctx, half.book, half.transfer_id, owners)
    if _is_reversed(ctx, half.book, half.transfer_id):
        raise AlreadyReversed
    kind = ctx.session.scalar(
        sa.select(Transfer.kind).where(Transfer.book == half.book, Transfer.id == half.transfer_id)
    )
    if kind in ("move", "follow"):
        raise OfMove


def _write_down(ctx: Context, book: str, half: Half, owners: list[UUID], reason: str) -> None:
    """Audit, notices and papers of one half, in its own book; ``book`` is where it was asked."""
    audit.record(
        ctx,
        "transfer.reverse",
        "transfer",
        half.transfer_id,
        book=half.book,
        after={"reason": reason},
    )
    for owner in owners:
        outbox.tell(ctx, half.book, owner, REVERSED, reason=REASONS[reason])
    if half.book != book:
        for administrator in administrators_of(ctx, half.book):
            outbox.tell(
                ctx,
                half.book,
                administrator,
                REVERSED_ELSEWHERE,
                reference=str(half.transfer_id),
                reason=REASONS[reason],
            )
    withdraw_certificates(ctx, half.book, half.transfer_id)
    correct(ctx, half.book, half.transfer_id)


def _check_estates(ctx: Context, book: str, transfer_id: UUID, owners: list[UUID]) -> None:
    moved = sa.select(EstateMove.estate_id).where(
        EstateMove.book == book, EstateMove.transfer_id == transfer_id
    )
    if ctx.session.scalar(moved.limit(1)) is not None:
        raise OfEstate
    divided = sa.select(Estate.id).where(
        Estate.book == book,
        Estate.member_id.in_(owners),
        Estate.state.in_((EstateState.DIVIDED, EstateState.SETTLED)),
    )
    if ctx.session.scalar(divided.limit(1)) is not None:
        raise OwnerDivided


def _is_reversed(ctx: Context, book: str, transfer_id: UUID) -> bool:
    found = sa.select(Transfer.id).where(Transfer.book == book, Transfer.reverses_id == transfer_id)
    return ctx.session.scalar(found) is not None


def owners_of(ctx: Context, book: str, transfer_id: UUID) -> list[UUID]:
    """The members on whose accounts a transfer moved something."""
    rows = ctx.session.scalars(
        sa.select(Account.owner_id)
        .join(Entry, sa.and_(Entry.book == Account.book, Entry.account_id == Account.id))
        .where(Entry.book == book, Entry.transfer_id == transfer_id)
        # A fund's account belongs to nobody.
        .where(Account.owner_id.is_not(None), Account.kind != AccountKind.POOL)
        .distinct()
    )
    return [owner for owner in rows if owner is not None]
