"""Coins above the storage cap go where the member's standing instruction says: all is accounted."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.giving import BenefitFund, Donation
from models.ledger import AccountKind
from models.people import Member
from services import audit, policy
from services.acts import once
from services.context import Context
from services.donations.finding import require_donor
from services.donations.funds import POOL, fund_of, kept_open
from services.donations.writing import OVERFLOW, write
from services.ledger.accounts import account_id, fund_account, pool_of
from services.ledger.drafts import Draft, Posted
from services.papers.issuing import PaperKind, withdraw
from services.people.reading import member_row, subject_of
from services.policy import SYSTEM
from services.visits.days import lock_members

#: Why a certificate no longer holds: what it certifies was a mistake, and was reversed.
REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a member's overflow goes: a fund's account, or the pool's."""

    member: Member
    account_id: UUID
    fund: BenefitFund | None


def destination(ctx: Context, book: str, member: Member) -> Destination:
    """By the standing instruction; a fund that is closed, or elsewhere, leaves it to the pool."""
    fund = None
    if member.overflow_to != POOL and member.home_book == book:
        fund = kept_open(ctx.session, book, UUID(member.overflow_to))
    return Destination(member, fund_account(book, fund.id) if fund else pool_of(book), fund)


def note_overflow(ctx: Context, to: Destination, posted: Posted, draft: Draft) -> None:
    """Write the donation of what did not fit on the member's account, if anything did not."""
    earned = account_id(draft.book, AccountKind.EARNED, to.member.id)
    came = [leg.amount_minutes for leg in draft.legs if leg.account_id == earned]
    kept = [leg.amount_minutes for leg in posted.legs if leg.account_id == earned]
    over = sum(came) - sum(kept)
    if over > 0 and not posted.repeated:
        # It follows from the rules and the instruction, whoever confirmed the service.
        by_rule = ctx.as_actor(SYSTEM)
        write(by_rule, draft.book, to.member, to.fund, over, OVERFLOW, posted.transfer_id)


def set_overflow(ctx: Context, member_id: UUID, to: str) -> None:
    """Say where one's overflow goes from now on: ``pool``, or the id of an open fund.

    Raises FundUnknown, FundClosed, WardMayNot or DonorNotActive.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "overflow.set", subject_of(member))

    def do() -> dict[str, str]:
        lock_members(ctx.session, {member.id})
        require_donor(ctx, member)
        fund = fund_of(ctx.session, member.home_book, to)
        before, member.overflow_to = member.overflow_to, str(fund.id) if fund else POOL
        audit.record(
            ctx,
            "overflow.set",
            "member",
            member.id,
            book=member.home_book,
            before={"to": before},
            after={"to": member.overflow_to},
            acting_for_id=None if ctx.actor.id == member.id else member.id,
        )
        ctx.session.flush()
        return {}

    once(ctx, member.home_book, "overflow.set", {"member_id": member_id, "to": to}, do)


def withdraw_certificates(ctx: Context, book: str, transfer_id: UUID) -> None:
    """A transfer was reversed: what it gave away is given back, and its certificates say so."""
    rows = ctx.session.scalars(
        sa.select(Donation.id).where(Donation.book == book, Donation.transfer_id == transfer_id)
    )
    for donation_id in rows.all():
        withdraw(ctx, PaperKind.DONATION_CERTIFICATE, book, donation_id, REVERSED)
