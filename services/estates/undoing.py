"""The person lives: everything that the mistake moved goes back, and everybody hears an apology.

Before the division that is what was frozen. After it each share comes back first: what an heir
has used by then is made up from the pool, or nothing is undone and the figures are said.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateState
from models.ledger import AccountKind
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
    subject_of,
)
from services.estates.returning import UNDONE, Back, move_back, share_accounts
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
    standing,
)
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
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
        for there, accounts in share_accounts(ctx, row).items():
            return_directed(ctx, there, accounts)
        back = move_back(ctx, row)
        _reopen(ctx, row, member)
        _own_inheritance(ctx, row)
        restore_after_mistake(ctx, member, row.frozen_at or ctx.now)
        withdraw(ctx, PaperKind.ESTATE_NOTICE, book, row.id, "undone")
        withdraw(ctx, PaperKind.DIVISION_PROTOCOL, book, row.id, "undone")
        end_estate(ctx, row, EstateState.UNDONE, why)
        _tell(ctx, row, member, back, heirs)
        return {}

    once(ctx, book, "estate.undo", {"estate_id": estate_id, "reason": reason}, do)


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


def _tell(ctx: Context, estate: Estate, member: Member, back: Back, heirs: set[UUID]) -> None:
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
