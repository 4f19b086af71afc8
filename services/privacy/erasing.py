"""Erasure: the membership ends, what is left goes to the pool, and nobody knows who it was.

The ledger is not touched but by one more transfer: every entry, hour, receipt and seal stays as
true as it was (docs/adr/0025).
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import sqlalchemy as sa

from models.complaints import Complaint, ComplaintState
from models.ledger import Account, AccountKind
from models.people import Member, MemberStatus
from models.privacy import PrivacyKind, PrivacyRequest, PrivacyState
from services import outbox, policy
from services.context import Context
from services.ledger.accounts import close_account, pool_of, standings
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.expiry import lock_accounts
from services.ledger.post import post
from services.moving.as_provider import leave_district
from services.people.books import books_of
from services.people.reading import member_row
from services.people.trail import note
from services.portable.closing import end_membership
from services.portable.leaving import in_the_way
from services.privacy import sentences as say
from services.privacy.emptying import empty_member
from services.rules.refusals import Refusal
from services.visits.days import lock_members

RUN = "privacy.run"
#: The kind of the transfer that takes what is left to the pool.
KIND = "erasure"
_OWN_KINDS = (AccountKind.EARNED, AccountKind.RECEIVED, AccountKind.GRANTED)
#: Erasures that one run carries out.
MOST = 50


def hindrances_of(ctx: Context, member: Member) -> tuple[Refusal, ...]:
    """Everything that has to end before somebody can leave for good."""
    return (*in_the_way(ctx, member), *_complaints(ctx, member))


def require_nothing_open(ctx: Context, member: Member) -> None:
    """Raise ErasureHindered with the first thing that is in the way."""
    found = hindrances_of(ctx, member)
    if found:
        raise say.ErasureHindered(found[0].sentence, **found[0].params)


def due(ctx: Context) -> list[tuple[UUID, UUID]]:
    """Granted erasures whose days of grace are over: (member, request)."""
    rows = ctx.session.execute(
        sa.select(PrivacyRequest.member_id, PrivacyRequest.id)
        .where(
            PrivacyRequest.state == PrivacyState.GRANTED,
            PrivacyRequest.kind == PrivacyKind.ERASE,
            PrivacyRequest.run_after <= ctx.now,
        )
        .order_by(PrivacyRequest.run_after, PrivacyRequest.id)
        .limit(MOST)
    )
    return [(row.member_id, row.id) for row in rows]


def erase(ctx: Context, member_id: UUID, request_id: UUID) -> bool:
    """Carry one granted erasure out; says whether it was.

    What has come up since it was granted stops it: the member is told and asks again. A second
    call finds it done.
    """
    policy.require(ctx.actor, RUN)
    lock_members(ctx.session, {member_id})
    member = member_row(ctx.session, member_id)
    row = ctx.session.get(
        PrivacyRequest, (member_id, request_id), with_for_update=True, populate_existing=True
    )
    if row is None or row.state is not PrivacyState.GRANTED or member.erased_at is not None:
        return False
    if hindrances_of(ctx, member):
        row.state, row.ended_at = PrivacyState.REFUSED, ctx.now
        note(ctx, "privacy.erase.stop", member, after={"request": str(row.id)})
        outbox.tell(ctx, member.home_book, member.id, say.STOPPED, channel="sms")
        ctx.session.flush()
        return False
    if member.status is not MemberStatus.CLOSED:
        leave_district(ctx, member)
        end_membership(ctx, member)
    given_up = _give_up_coins(ctx, member)
    row.state, row.ended_at = PrivacyState.DONE, ctx.now
    emptied = empty_member(ctx, member)
    note(ctx, "privacy.erase", member, after={"minutes": given_up, "rows": emptied})
    ctx.session.flush()
    return True


def _give_up_coins(ctx: Context, member: Member) -> int:
    """Take what is left to the pool of each book and close the accounts, in standard minutes."""
    stamp, total = Stamp(ctx.now, ctx.actor.id), 0
    for book in sorted(books_of(member)):
        ids = _accounts(ctx, book, member.id)
        if not ids:
            continue
        lock_accounts(ctx.session, book, ids, (), stamp, wide=True)
        left = [
            each
            for each in standings(ctx.session, book, member.id, now=ctx.now)
            if each.posted_minutes
        ]
        minutes = sum(each.posted_minutes for each in left)
        if minutes:
            legs = (
                *(Leg(each.account_id, -each.posted_minutes) for each in left),
                Leg(pool_of(book), minutes),
            )
            draft = Draft(
                book=book,
                kind=KIND,
                key=f"erasure:{member.id}",
                legs=legs,
                effective_at=ctx.now,
                acting_for_id=member.id,
                reason="erasure",
            )
            post(ctx.session, [draft], stamp)
        for account in ids:
            close_account(ctx.session, book, account, stamp)
        total += minutes
    return total


def _accounts(ctx: Context, book: str, member_id: UUID) -> list[UUID]:
    return list(
        ctx.session.scalars(
            sa.select(Account.id)
            .where(
                Account.book == book,
                Account.owner_id == member_id,
                Account.kind.in_(_OWN_KINDS),
                Account.closed_at.is_(None),
            )
            .order_by(Account.id)
        )
    )


def _complaints(ctx: Context, member: Member) -> Iterator[Refusal]:
    """A complaint of the member's, or against the member, that may still be decided."""
    wanted = sa.select(Complaint.id).where(
        Complaint.book.in_(books_of(member)),
        sa.or_(Complaint.by_id == member.id, Complaint.against_id == member.id),
        Complaint.state.not_in((ComplaintState.FINAL, ComplaintState.WITHDRAWN)),
    )
    if ctx.session.scalar(wanted.limit(1)) is not None:
        yield Refusal("complaint_open", say.COMPLAINT_OPEN, {})
