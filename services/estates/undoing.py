"""The person lives: everything that the mistake moved goes back, and everybody hears an apology.

Before the division that is what was frozen. After it each share comes back first: what an heir
has used by then is made up from the pool, or nothing is undone and the figures are said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateMove, EstateState
from models.ledger import Account, AccountKind, Entry, Transfer
from models.people import Delegation, Handle, Member, MemberStatus, RoleAssignment
from models.schedule import Series
from services import outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.estates import sentences as say
from services.estates.finding import (
    estate_row,
    locked_estate,
    move,
    open_estate_of,
    subject_of,
)
from services.estates.telling import (
    heirs_with_accounts,
    objectors_of,
    reporters_of,
    staff_of,
)
from services.estates.verifying import end_estate, read_reason, require_apart
from services.gifts.directed import return_directed
from services.gifts.dying import restore_after_mistake
from services.ledger.accounts import (
    estate_account,
    inherited_period,
    open_account,
    pool_of,
    standing,
)
from services.ledger.drafts import Draft, Leg, NotEnough, Posted, Stamp
from services.ledger.expiry import lock_accounts
from services.ledger.post import post
from services.ledger.reverse import reverse
from services.matching.marks import mark
from services.papers.issuing import PaperKind, withdraw
from services.people.guardians import reopen_after_mistake
from services.people.reading import member_row
from services.people.trail import note
from services.rules.names import Name
from services.schedule.locating import rule_words
from services.visits.days import lock_members

#: The account is frozen in these: the mistake can be undone.
UNDOABLE = (EstateState.FROZEN, EstateState.NOTICE, EstateState.DIVIDED, EstateState.SETTLED)

DIVIDED = (EstateState.DIVIDED, EstateState.SETTLED)
#: The reason code of what comes back.
UNDONE = "death_undone"


@dataclass
class _Back:
    """What came back from whom, in standard minutes."""

    from_owners: dict[UUID, int] = field(default_factory=dict)
    from_pool_minutes: int = 0


def undo(ctx: Context, book: str, estate_id: UUID, reason: str) -> None:
    """Undo a mistaken death, whole. Raises EstateChanged, EndReasonMissing or PoolCannotReturn.

    What the freeze called off is not made again: others may have been promised the time. The
    notice lists the standing visits, to be asked for again.
    """
    estate = estate_row(ctx.session, book, estate_id)
    policy.require(ctx.actor, "estate.undo", subject_of(ctx, estate))
    require_apart(ctx, estate)
    why = read_reason(reason)

    def do() -> dict[str, str]:
        heirs = set(heirs_with_accounts(ctx, estate))
        lock_members(ctx.session, {estate.member_id, *heirs})
        row = locked_estate(ctx, book, estate_id)
        if row.state not in UNDOABLE:
            raise say.EstateChanged
        member = member_row(ctx.session, row.member_id)
        return_directed(ctx, book, _share_accounts(ctx, row))
        back = _move_back(ctx, row)
        _reopen(ctx, row, member)
        _own_inheritance(ctx, row)
        restore_after_mistake(ctx, member, row.frozen_at or ctx.now)
        withdraw(ctx, PaperKind.ESTATE_NOTICE, book, row.id, "undone")
        withdraw(ctx, PaperKind.DIVISION_PROTOCOL, book, row.id, "undone")
        end_estate(ctx, row, EstateState.UNDONE, why)
        _tell(ctx, row, member, back, heirs)
        return {}

    once(ctx, book, "estate.undo", {"estate_id": estate_id, "reason": reason}, do)


def _move_back(ctx: Context, estate: Estate) -> _Back:
    """Reverse every move, the newest first. A share that is partly used comes back in two parts."""
    back = _Back()
    for transfer_id, what, heir_id in _moves(ctx, estate):
        legs = _legs(ctx, estate.book, transfer_id)
        short = _short(ctx, estate, legs)
        if short:
            _return_in_parts(ctx, estate, transfer_id, legs, short, back, heir_id)
            continue
        posted = _reversed(ctx, estate, transfer_id)
        move(ctx, estate, posted, "undo", heir_id)
        for leg in legs:
            owner = _owner(ctx, estate.book, leg.account_id)
            if leg.amount_minutes > 0 and owner is not None and what in ("share", "claim"):
                back.from_owners[owner] = back.from_owners.get(owner, 0) + leg.amount_minutes
    return back


def _share_accounts(ctx: Context, estate: Estate) -> set[UUID]:
    """The accounts to which its shares went."""
    moved = [each for each, what, _ in _moves(ctx, estate) if what in ("share", "claim")]
    legs = (leg for each in moved for leg in _legs(ctx, estate.book, each))
    return {leg.account_id for leg in legs if leg.amount_minutes > 0}


def _own_inheritance(ctx: Context, estate: Estate) -> None:
    """What somebody thought dead has inherited meanwhile waits on the estate's account alone."""
    kept = estate_account(estate.book, estate.member_id)
    left = standing(ctx.session, estate.book, kept).available_minutes
    if not left:
        return
    own = open_account(
        ctx.session,
        estate.book,
        AccountKind.RECEIVED,
        now=ctx.now,
        owner_id=estate.member_id,
        period=inherited_period(local_date(ctx.now)),
    )
    draft = Draft(
        book=estate.book,
        kind="inheritance",
        key=f"estate:{estate.id}:undo:inherited",
        legs=(Leg(kept, -left), Leg(own, left)),
        effective_at=ctx.now,
        reason=UNDONE,
    )
    [posted] = post(ctx.session, [draft], Stamp(ctx.now, ctx.actor.id))
    move(ctx, estate, posted, "undo")


def _moves(ctx: Context, estate: Estate) -> list[tuple[UUID, str, UUID | None]]:
    """What the estate has moved, the newest transfer first."""
    rows = ctx.session.execute(
        sa.select(EstateMove.transfer_id, EstateMove.what, EstateMove.heir_id)
        .join(
            Transfer,
            sa.and_(Transfer.book == EstateMove.book, Transfer.id == EstateMove.transfer_id),
        )
        .where(EstateMove.book == estate.book, EstateMove.estate_id == estate.id)
        .order_by(Transfer.posted_at.desc(), Transfer.id)
    ).all()
    # What went in is taken out last, however close the clock has brought them together.
    late = [(r.transfer_id, r.what, r.heir_id) for r in rows if r.what not in ("freeze", "sweep")]
    early = [(r.transfer_id, r.what, r.heir_id) for r in rows if r.what in ("freeze", "sweep")]
    return late + early


def _legs(ctx: Context, book: str, transfer_id: UUID) -> list[Leg]:
    rows = ctx.session.execute(
        sa.select(Entry.account_id, Entry.amount_minutes)
        .where(Entry.book == book, Entry.transfer_id == transfer_id)
        .order_by(Entry.leg)
    )
    return [Leg(*row) for row in rows]


def _short(ctx: Context, estate: Estate, legs: Sequence[Leg]) -> int:
    """How many minutes whoever received them no longer has; under the lock."""
    book = estate.book
    # What came to this estate is still on its way back; the pool is asked by the posting.
    others = {pool_of(book), estate_account(book, estate.member_id)}
    got = {
        leg.account_id: leg.amount_minutes
        for leg in legs
        if leg.amount_minutes > 0 and leg.account_id not in others
    }
    lock_accounts(ctx.session, book, got, (), Stamp(ctx.now, ctx.actor.id))
    return sum(max(0, minutes - _left(ctx, book, key)) for key, minutes in got.items())


def _left(ctx: Context, book: str, account_id: UUID) -> int:
    """What of an account may be taken back: nothing that is divided among others already."""
    account = ctx.session.get_one(Account, (book, account_id))
    if account.kind is AccountKind.ESTATE and account.owner_id is not None:
        own = open_estate_of(ctx.session, book, account.owner_id)
        if own is not None and own.state in DIVIDED:
            return 0
    return standing(ctx.session, book, account_id).available_minutes


def _return_in_parts(
    ctx: Context,
    estate: Estate,
    transfer_id: UUID,
    legs: Sequence[Leg],
    short: int,
    back: _Back,
    heir_id: UUID | None,
) -> None:
    """What the heir has left, and the rest from the pool, if it has it."""
    [leg] = [each for each in legs if each.amount_minutes > 0]
    left = leg.amount_minutes - short
    kept = estate_account(estate.book, estate.member_id)
    parts = [Leg(leg.account_id, -left)] if left else []
    draft = Draft(
        book=estate.book,
        kind="inheritance",
        key=f"estate:{estate.id}:undo:{transfer_id}",
        legs=(*parts, Leg(pool_of(estate.book), -short), Leg(kept, leg.amount_minutes)),
        effective_at=ctx.now,
        reason=UNDONE,
    )
    try:
        [posted] = post(ctx.session, [draft], Stamp(ctx.now, ctx.actor.id))
    except NotEnough as error:
        raise _cannot(ctx, estate, back.from_pool_minutes + short) from error
    move(ctx, estate, posted, "undo", heir_id)
    back.from_pool_minutes += short
    owner = _owner(ctx, estate.book, leg.account_id)
    if owner is not None:
        back.from_owners[owner] = back.from_owners.get(owner, 0) + left


def _reversed(ctx: Context, estate: Estate, transfer_id: UUID) -> Posted:
    stamp, key = Stamp(ctx.now, ctx.actor.id), f"estate:{estate.id}:undo:{transfer_id}"
    try:
        return reverse(
            ctx.session,
            estate.book,
            transfer_id,
            key=key,
            reason=UNDONE,
            stamp=stamp,
            effective_at=ctx.now,
        )
    except NotEnough as error:
        raise _cannot(ctx, estate, error.params["shortfall_minutes"]) from error


def _cannot(ctx: Context, estate: Estate, short_minutes: int) -> say.PoolCannotReturn:
    pool = standing(ctx.session, estate.book, pool_of(estate.book))
    return say.PoolCannotReturn(short_minutes=short_minutes, pool_minutes=pool.available_minutes)


def _owner(ctx: Context, book: str, account_id: UUID) -> UUID | None:
    return ctx.session.get_one(Account, (book, account_id)).owner_id


def _reopen(ctx: Context, estate: Estate, member: Member) -> None:
    """The membership as it was: what ended at the moment of the freeze holds again."""
    known = member.identity_checked_at is not None
    member.status = MemberStatus.ACTIVE if known else MemberStatus.PENDING
    member.died_at = None
    ctx.session.flush()
    at = estate.frozen_at
    for statement in (
        sa.update(Delegation)
        .where(Delegation.delegate_id == member.id, Delegation.revoked_at == at)
        .values(revoked_at=None),
        sa.update(RoleAssignment)
        .where(RoleAssignment.member_id == member.id, RoleAssignment.ended_at == at)
        .values(ended_at=None),
        sa.update(Handle)
        .where(Handle.member_id == member.id, Handle.revoked_at == at)
        .values(revoked_at=None),
    ):
        ctx.session.execute(statement.execution_options(synchronize_session="fetch"))
    reopen_after_mistake(ctx, member)
    note(ctx, "member.reopen", member, after={"state": member.status.value})
    mark(ctx.session, [member.id], ctx.now)
    ctx.session.flush()


def _tell(ctx: Context, estate: Estate, member: Member, back: _Back, heirs: set[UUID]) -> None:
    ended = _ended_series(ctx, estate)
    sentence = say.UNDONE_SELF_SERIES if ended else say.UNDONE_SELF
    listed = ended.params("ended") if ended else {}
    outbox.tell(ctx, estate.book, member.id, sentence, channel="sms", **listed)
    known: dict[str, Any] = {"name": member.name, "reference": estate.reference}
    others = (*reporters_of(ctx, estate), *objectors_of(ctx, estate), *staff_of(ctx, estate))
    for reader in sorted(heirs | set(others)):
        minutes = back.from_owners.get(reader)
        if minutes is None:
            outbox.tell(ctx, estate.book, reader, say.UNDONE_OTHERS, channel="sms", **known)
            continue
        words = {**known, "back_minutes": minutes}
        outbox.tell(ctx, estate.book, reader, say.UNDONE_HEIR, channel="sms", **words)


def _ended_series(ctx: Context, estate: Estate) -> Name | None:
    """The standing visits that the freeze has ended, as people say them; None without any."""
    rows = ctx.session.scalars(
        sa.select(Series)
        .where(
            Series.book == estate.book,
            Series.elder_id == estate.member_id,
            Series.ended_at == estate.frozen_at,
        )
        .order_by(Series.id)
    ).all()
    said = [rule_words(row) for row in rows]
    if not said:
        return None
    return Name("、".join(each.zh for each in said), ", ".join(each.en for each in said))
