"""A fund ends: nobody gives to it any more, and what is left goes to the pool."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import sqlalchemy as sa

from models.giving import BenefitFund, Donation
from models.ledger import Account
from models.people import Member, MemberStatus
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.donations import sentences as say
from services.donations.funds import fund_row, name_of
from services.donations.tracing import FUND_CLOSED, donations_of_fund, givers_books, traced
from services.ledger.accounts import close_account, fund_account, pool_of, standing
from services.ledger.drafts import Draft, Leg, Stamp, spread
from services.ledger.expiry import lock_accounts
from services.ledger.post import post
from services.policy import Subject
from services.requests.funding import fund_waiting, waiting_order


def close_fund(ctx: Context, book: str, fund_id: UUID) -> None:
    """End a fund. What is set aside for elders stays theirs; the rest goes to the pool at once.

    Everybody who gave is told, and everybody whose overflow went there. Raises FundUnknown or
    FundClosedAlready.
    """
    policy.require(ctx.actor, "fund.close", Subject(book=book, region_code=book))

    def do() -> dict[str, str]:
        fund = _locked(ctx, book, fund_id)
        if fund.closed_at is not None:
            raise say.FundClosedAlready
        fund.closed_at = ctx.now
        waiting_order(ctx, book)
        left = _sweep(ctx, fund)
        audit.record(
            ctx, "fund.close", "benefit_fund", fund.id, book=book, after={"to_pool_minutes": left}
        )
        _tell_donors(ctx, fund)
        _tell_overflowing(ctx, fund)
        fund_waiting(ctx, book)
        return {}

    once(ctx, book, "fund.close", {"fund_id": fund_id}, do)


def closed_funds(ctx: Context) -> list[tuple[str, UUID]]:
    """Closed funds whose account is still open: something was set aside when they ended."""
    rows = ctx.session.execute(
        sa.select(BenefitFund.book, BenefitFund.id)
        .join(
            Account, sa.and_(Account.book == BenefitFund.book, Account.owner_id == BenefitFund.id)
        )
        .where(BenefitFund.closed_at.is_not(None), Account.closed_at.is_(None))
        .order_by(BenefitFund.closed_at, BenefitFund.id)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def sweep_closed(ctx: Context, book: str, fund_id: UUID) -> int:
    """Take to the pool what has come free on a closed fund since; returns the minutes."""
    policy.require(ctx.actor, "jobs.run")
    fund = _locked(ctx, book, fund_id)
    return _sweep(ctx, fund) if fund.closed_at is not None else 0


def _locked(ctx: Context, book: str, fund_id: UUID) -> BenefitFund:
    ctx.session.execute(
        sa.select(BenefitFund.id)
        .where(BenefitFund.book == book, BenefitFund.id == fund_id)
        .with_for_update()
    )
    return fund_row(ctx.session, book, fund_id)


def _sweep(ctx: Context, fund: BenefitFund) -> int:
    """Move what nobody waits for, and close the account once nothing stands on it."""
    book, key, stamp = fund.book, fund_account(fund.book, fund.id), Stamp(ctx.now, ctx.actor.id)
    draft_key = f"fund:{fund.id}:closed:{ctx.new_id()}"
    pool = pool_of(book)
    lock_accounts(ctx.session, book, [key, pool], {spread(draft_key)}, stamp)
    free = standing(ctx.session, book, key).available_minutes
    if free:
        legs = (Leg(key, -free), Leg(pool, free))
        draft = Draft(book, "donation", draft_key, legs, ctx.now, reason=FUND_CLOSED)
        post(ctx.session, [draft], stamp)
    if not standing(ctx.session, book, key).posted_minutes:
        close_account(ctx.session, book, key, stamp)
    return free


def _tell_donors(ctx: Context, fund: BenefitFund) -> None:
    """Each donor learns how much had not been used: it helps others now."""
    found = traced(ctx, fund.book, fund.id)
    by_donation = Counter[UUID]()
    for use in found.uses:
        if use.draw in found.to_pool:
            by_donation[use.donation] += use.minutes
    left = Counter[UUID]()
    books = givers_books(ctx, fund.book, fund.id)
    for row in ctx.session.execute(
        donations_of_fund(fund.book, fund.id, books)
        .join(Member, Member.id == Donation.donor_id)
        .where(Member.status == MemberStatus.ACTIVE)
    ):
        left[row.donor_id] += by_donation[row.id]
    name = name_of(fund).params("fund")
    for donor_id, minutes in sorted(left.items()):
        if minutes:
            outbox.tell(ctx, fund.book, donor_id, say.FUND_ENDED, left_minutes=minutes, **name)
        else:
            outbox.tell(ctx, fund.book, donor_id, say.FUND_ENDED_USED, **name)


def _tell_overflowing(ctx: Context, fund: BenefitFund) -> None:
    """Whose overflow went there: it goes to the pool from now on."""
    members = ctx.session.scalars(
        sa.select(Member.id)
        .where(Member.home_book == fund.book, Member.overflow_to == str(fund.id))
        .where(Member.status == MemberStatus.ACTIVE)
        .order_by(Member.id)
    )
    for member_id in members.all():
        sentence = say.OVERFLOW_TO_POOL_NOW
        outbox.tell(ctx, fund.book, member_id, sentence, **name_of(fund).params("fund"))
