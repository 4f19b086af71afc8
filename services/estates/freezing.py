"""The freeze: within the second official's act everything of the dead member stands still.

The login, tokens, roles and calendars are dead at once, bookings go back, what is unconfirmed
goes to review, and the coins that the heirs may have stand on the estate's account.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from models.estates import Estate, EstateState
from models.ledger import AccountKind
from models.notices import CallItem
from models.oversight import OutboxMessage
from models.people import Delegation, Member, MemberStatus, RoleAssignment
from services import audit
from services.clock import local_date
from services.context import Context
from services.estates.finding import move
from services.estates.heirs import propose
from services.estates.leaving_elder import leave_as_elder
from services.estates.leaving_provider import leave_as_provider
from services.estates.telling import tell_of_freeze
from services.gifts.dying import release_for_death
from services.ledger.accounts import Standing, open_account, standings
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.expiry import lock_accounts
from services.ledger.post import post
from services.logins import sessions
from services.matching.marks import mark
from services.notices.subscriptions import end_subscription
from services.people import handles
from services.people.cards import CARD, DOOR
from services.people.guardians import end_by_death
from services.people.trail import note
from services.requests.paying import end_payments


def freeze(ctx: Context, estate: Estate, member: Member) -> None:
    """Freeze a death that two officials have verified. The member and the estate are locked.

    ``estate.died_at`` is the moment they agreed on.
    """
    member.status, member.died_at = MemberStatus.CLOSED, estate.died_at
    estate.state, estate.frozen_at = EstateState.FROZEN, ctx.now
    sessions.end_all(ctx, member.id, member.home_book, "closed")
    ctx.session.flush()
    ended = {**leave_as_elder(ctx, member), **leave_as_provider(ctx, member)}
    end_payments(ctx, member)
    end_by_death(ctx, member)
    ended |= {"delegations": _end_delegations(ctx, member), "roles": _end_roles(ctx, member)}
    _hush(ctx, member)
    for kind in (CARD, DOOR):
        handles.revoke(ctx, kind, member.id)
    gifts = release_for_death(ctx, member, estate.died_at)
    ended["gifts"] = len(gifts)
    takers = propose(ctx, estate)
    note(ctx, "member.close", member, after={"died_on": local_date(estate.died_at).isoformat()})
    minutes = gather(ctx, estate)
    some = {kind: many for kind, many in ended.items() if many}
    after = {**some, "estate_minutes": minutes, "heirs": len(takers)}
    audit.record(
        ctx,
        "estate.freeze",
        "estate",
        estate.id,
        book=estate.book,
        before={"state": EstateState.REPORTED.value},
        after={"state": estate.state.value, **after},
        acting_for_id=member.id,
    )
    tell_of_freeze(ctx, estate, takers)
    mark(ctx.session, [member.id], ctx.now)
    ctx.session.flush()


def gather(ctx: Context, estate: Estate) -> int:
    """Move what is available of earned and received coins to the estate's account.

    Returns the minutes. What is held or granted stays until the division.
    """
    book = estate.book
    kept = open_account(
        ctx.session, book, AccountKind.ESTATE, now=ctx.now, owner_id=estate.member_id
    )
    stamp = Stamp(ctx.now, ctx.actor.id)
    ids = [each.account_id for each in _inheritable(ctx, estate)]
    lock_accounts(ctx.session, book, ids, (), stamp)
    found = [each for each in _inheritable(ctx, estate) if each.available_minutes > 0]
    total = sum(each.available_minutes for each in found)
    if not total:
        return 0
    draft = Draft(
        book=book,
        kind="estate",
        key=f"estate:{estate.id}:freeze",
        legs=(*(Leg(s.account_id, -s.available_minutes) for s in found), Leg(kept, total)),
        effective_at=ctx.now,
        reason="freeze",
    )
    [posted] = post(ctx.session, [draft], stamp)
    move(ctx, estate, posted, "freeze")
    return total


def _inheritable(ctx: Context, estate: Estate) -> Sequence[Standing]:
    found = standings(ctx.session, estate.book, estate.member_id, now=ctx.now)
    return [each for each in found if each.kind is not AccountKind.GRANTED]


def _hush(ctx: Context, member: Member) -> None:
    """What was on its way to the dead is neither sent nor read out on the telephone."""
    for statement in (
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.book == member.home_book,
            OutboxMessage.member_id == member.id,
            OutboxMessage.sent_at.is_(None),
        )
        .values(send_before=ctx.now),
        sa.update(CallItem)
        .where(
            CallItem.book == member.home_book,
            CallItem.member_id == member.id,
            CallItem.settled_at.is_(None),
        )
        .values(call_before=ctx.now),
    ):
        ctx.session.execute(statement.execution_options(synchronize_session="fetch"))


def _end_delegations(ctx: Context, member: Member) -> int:
    """What the dead could do for others. What others could do for the dead rests by itself."""
    rows = ctx.session.scalars(
        sa.select(Delegation)
        .where(Delegation.delegate_id == member.id, Delegation.revoked_at.is_(None))
        .order_by(Delegation.member_id, Delegation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        row.revoked_at = ctx.now
        end_subscription(ctx, row.member_id, member.id)
        elder = ctx.session.get_one(Member, row.member_id)
        note(ctx, "delegation.revoke", elder, before={"delegate": str(member.id)})
    ctx.session.flush()
    return len(rows)


def _end_roles(ctx: Context, member: Member) -> int:
    rows = ctx.session.scalars(
        sa.select(RoleAssignment)
        .where(RoleAssignment.member_id == member.id, RoleAssignment.ended_at.is_(None))
        .order_by(RoleAssignment.id)
    ).all()
    for row in rows:
        row.ended_at = ctx.now
        after = {"role": row.role, "scope_kind": row.scope_kind, "scope": row.scope}
        audit.record(ctx, "role.end", "member", member.id, book=member.home_book, after=after)
    ctx.session.flush()
    return len(rows)
