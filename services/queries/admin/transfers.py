"""A transfer with its legs, and what reversing it would do to each account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.entries import Reversal
from models.ledger import Account, AccountKind, Entry, Transfer
from models.people import Member
from models.requests import Visit
from services import policy
from services.context import Context
from services.corridors.finding import region_words
from services.errors import NotFound
from services.ledger.accounts import standing
from services.ledger.reverse import halves_of
from services.ledger.rows import whole_sum
from services.people.texts import masked_name
from services.policy import Decision, Subject
from services.queries.admin.books import name_of_region, require_book
from services.queries.branch.desks import name_of
from services.queries.notes import NoteLine, note_lines
from services.reversing.proposing import OPEN
from services.reversing.touching import owners_of
from services.rules.names import Name


class TransferUnknown(NotFound):
    """这个账本里没有这一笔，请核对编号。"""

    code = "transfer_unknown"


@dataclass(frozen=True, slots=True)
class LegLine:
    """One account of a transfer, all its legs together, in standard minutes.

    ``lacking_minutes`` is how much the account's holder has spent of what would go back.
    """

    account_id: UUID
    kind: AccountKind
    owner: str
    owner_number: str
    amount_minutes: int
    available_minutes: int
    after_minutes: int
    lacking_minutes: int


@dataclass(frozen=True, slots=True)
class TransferFile:
    """A transfer, its reversal if it has one, and a preview of the reversal otherwise."""

    book: str
    book_name: Name
    id: UUID
    kind: str
    reason: str
    posted_at: datetime
    effective_at: datetime
    actor: str
    legs: tuple[LegLine, ...]
    visit_id: UUID | None
    reverses_id: UUID | None
    reversed_by_id: UUID | None
    #: A reversal that waits for its names.
    waiting_id: UUID | None
    #: The other regions in which it has a half: all are reversed together.
    elsewhere: tuple[Name, ...]
    #: The policy's answer for every owner that the transfer touches: the first refusal.
    may_reverse: Decision
    #: The same for a note.
    may_note: Decision
    notes: tuple[NoteLine, ...]

    @property
    def lacking_minutes(self) -> int:
        """What the holders together have spent already; 0 when it can be reversed."""
        return sum(leg.lacking_minutes for leg in self.legs)


def is_there(ctx: Context, book: str, transfer_id: UUID | None) -> bool:
    """Whether the book has this transfer."""
    require_book(ctx, book)
    return transfer_id is not None and ctx.session.get(Transfer, (book, transfer_id)) is not None


def transfer_file(ctx: Context, book: str, transfer_id: UUID) -> TransferFile:
    """A transfer of a book for those who administer its region; raises TransferUnknown."""
    row = require_book(ctx, book)
    policy.require(ctx.actor, "ledger.read", Subject(book=book, region_code=row.region_code))
    transfer = ctx.session.get(Transfer, (book, transfer_id))
    if transfer is None:
        raise TransferUnknown(field="transfer")
    legs, owners = preview_legs(ctx, book, transfer_id)
    others = [half for half in halves_of(ctx.session, book, transfer_id) if half.book != book]
    touched = {*owners, *(o for h in others for o in owners_of(ctx, h.book, h.transfer_id))}
    return TransferFile(
        book=book,
        book_name=name_of_region(ctx, row.region_code),
        id=transfer.id,
        kind=transfer.kind,
        reason=transfer.reason,
        posted_at=transfer.posted_at,
        effective_at=transfer.effective_at,
        actor=_actor(ctx, transfer.actor_id, owners),
        legs=legs,
        visit_id=_visit_id(ctx, book, transfer_id),
        reverses_id=transfer.reverses_id,
        reversed_by_id=ctx.session.scalar(
            sa.select(Transfer.id).where(Transfer.book == book, Transfer.reverses_id == transfer_id)
        ),
        waiting_id=ctx.session.scalar(
            sa.select(Reversal.id).where(
                Reversal.book == book,
                Reversal.transfer_id == transfer_id,
                Reversal.state.in_(OPEN),
            )
        ),
        elsewhere=tuple(
            Name(*region_words(ctx, other)) for other in sorted({half.book for half in others})
        ),
        may_reverse=_may(ctx, "reversal.propose", book, touched),
        may_note=_may(ctx, "transfer.note", book, owners),
        notes=note_lines(ctx, book, transfer_id),
    )


def _actor(ctx: Context, actor_id: UUID, owners: tuple[UUID, ...]) -> str:
    """Who acted in an office is named; one of the two sides is masked, as in the legs."""
    name = name_of(ctx, actor_id) or ""
    return masked_name(name) if actor_id in owners else name


def preview_legs(
    ctx: Context, book: str, transfer_id: UUID
) -> tuple[tuple[LegLine, ...], tuple[UUID, ...]]:
    """The accounts of a transfer with what a reversal would leave there, and their owners."""
    amount = whole_sum(Entry.amount_minutes)
    rows = ctx.session.execute(
        sa.select(Entry.account_id, Account.kind, Account.owner_id, Account.floor_minutes, amount)
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(Entry.book == book, Entry.transfer_id == transfer_id)
        .group_by(Entry.account_id, Account.kind, Account.owner_id, Account.floor_minutes)
        .order_by(amount, Entry.account_id)
    ).all()
    lines = []
    for account, kind, owner_id, floor, minutes in rows:
        member = None if owner_id is None else ctx.session.get(Member, owner_id)
        available = standing(ctx.session, book, account).available_minutes
        after = available - minutes
        lines.append(
            LegLine(
                account_id=account,
                kind=kind,
                owner=masked_name(member.name) if member else "",
                owner_number=member.number if member else "",
                amount_minutes=minutes,
                available_minutes=available,
                after_minutes=after,
                # Only who gives back can lack something; an account without a floor never does.
                lacking_minutes=max(0, floor - after) if floor is not None and minutes > 0 else 0,
            )
        )
    owners = (row.owner_id for row in rows if row.kind is not AccountKind.POOL)
    return tuple(lines), tuple(each for each in owners if each is not None)


def _visit_id(ctx: Context, book: str, transfer_id: UUID) -> UUID | None:
    return ctx.session.scalar(
        sa.select(Visit.id).where(Visit.book == book, Visit.transfer_id == transfer_id)
    )


def _may(ctx: Context, act: str, book: str, owners: Collection[UUID]) -> Decision:
    decisions = [
        policy.can(
            ctx.actor,
            act,
            Subject(book=book, region_code=book, member_id=owner),
        )
        for owner in (*owners, None)
    ]
    return next((each for each in decisions if not each.allowed), decisions[-1])
