"""What somebody gave, and what became of it.

A donor learns when and for which service the minutes were used, by the month, and never for whom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.giving import BenefitFund, Donation
from models.ledger import Transfer
from models.people import Member
from models.requests import Request, Visit
from services import audit, policy, rates
from services.clock import local_date
from services.context import Context
from services.corridors.finding import region_words
from services.donations.funds import name_of
from services.donations.sentences import DonationUnknown
from services.donations.tracing import Traced, traced
from services.papers.issuing import PaperKind, code_of
from services.people.books import books_of
from services.people.reading import member_row, subject_of
from services.rules.names import Name

#: A fund, by its book.
Fund = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class UseLine:
    """In a month so many minutes of a donation went into a service; None: into the pool."""

    month: date
    service: Name | None
    minutes: int


@dataclass(frozen=True, slots=True)
class DonationLine:
    """A donation and how much of it has been used. ``fund`` None is the pool.

    What was given to the pool is used together with everybody's: no part of it is told apart.
    """

    id: UUID
    book: str
    reference: str
    donor_id: UUID
    fund: Name | None
    #: Whose pool or fund it is, where that is another region than the donor's.
    region: Name | None
    criteria: Mapping[str, Any]
    minutes: int
    how: str
    at: datetime
    used_minutes: int
    to_pool_minutes: int
    uses: tuple[UseLine, ...]
    paper_code: str | None
    #: Reversed as a mistake: its minutes are back.
    is_undone: bool

    @property
    def left_minutes(self) -> int:
        """Not used yet."""
        return self.minutes - self.used_minutes - self.to_pool_minutes


def donations_of(ctx: Context, member_id: UUID) -> tuple[DonationLine, ...]:
    """All that a member gave, the newest first; somebody else's look is recorded."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "donation.read", subject_of(member))
    _note_look(ctx, member, "member", member.id)
    rows = ctx.session.scalars(
        sa.select(Donation)
        .where(Donation.book.in_(books_of(member)), Donation.donor_id == member_id)
        .order_by(Donation.at.desc(), Donation.id.desc())
    ).all()
    return _lines(ctx, rows)


def donation_of(ctx: Context, book: str, donation_id: UUID) -> DonationLine:
    """One donation, told to its donor, the donor's branch, or whoever oversees the region.

    Somebody else's look is recorded: run it in a unit of work.
    """
    row = ctx.session.get(Donation, (book, donation_id))
    if row is None:
        raise DonationUnknown
    donor = ctx.session.get_one(Member, row.donor_id)
    policy.require(ctx.actor, "donation.read", subject_of(donor))
    _note_look(ctx, donor, "donation", row.id)
    return _lines(ctx, [row])[0]


def _note_look(ctx: Context, donor: Member, kind: str, subject_id: UUID) -> None:
    if donor.id != ctx.actor.id:
        book = donor.home_book
        audit.record(ctx, "donation.read", kind, subject_id, book=book, acting_for_id=donor.id)


def _lines(ctx: Context, rows: Iterable[Donation]) -> tuple[DonationLine, ...]:
    listed = list(rows)
    funds = {_fund_of(row) for row in listed} - {None}
    found = {key: traced(ctx, *key) for key in sorted(each for each in funds if each is not None)}
    undone = _undone(ctx, listed)
    return tuple(_line(ctx, row, found, (row.book, row.transfer_id) in undone) for row in listed)


def _fund_of(row: Donation) -> Fund | None:
    return (row.to_book or row.book, row.fund_id) if row.fund_id is not None else None


def _undone(ctx: Context, rows: list[Donation]) -> set[tuple[str, UUID | None]]:
    """The donations' transfers that have been reversed."""
    found = ctx.session.execute(
        sa.select(Transfer.book, Transfer.reverses_id).where(
            Transfer.book.in_({row.book for row in rows}),
            Transfer.reverses_id.in_([row.transfer_id for row in rows]),
        )
    )
    return {(row.book, row.reverses_id) for row in found}


def _line(
    ctx: Context, row: Donation, traces: Mapping[Fund, Traced], is_undone: bool
) -> DonationLine:
    key = _fund_of(row)
    uses = _uses(ctx, row, traces[key]) if key is not None else ()
    return DonationLine(
        id=row.id,
        book=row.book,
        reference=row.reference,
        donor_id=row.donor_id,
        fund=name_of(ctx.session.get_one(BenefitFund, key)) if key is not None else None,
        region=Name(*region_words(ctx, row.to_book)) if row.to_book else None,
        criteria=dict(row.criteria),
        minutes=row.amount_minutes,
        how=row.how,
        at=row.at,
        used_minutes=sum(each.minutes for each in uses if each.service is not None),
        to_pool_minutes=sum(each.minutes for each in uses if each.service is None),
        uses=uses,
        paper_code=code_of(ctx, PaperKind.DONATION_CERTIFICATE, row.book, row.id),
        is_undone=is_undone,
    )


def _uses(ctx: Context, row: Donation, found: Traced) -> tuple[UseLine, ...]:
    """The draws of a donation by month and service, the latest month first."""
    mine = [use for use in found.uses if use.donation == row.id]
    if not mine:
        return ()
    served = {
        each.id: each
        for each in ctx.session.execute(
            sa.select(
                Transfer.id,
                Transfer.effective_at,
                Request.service_code,
                Request.rule_set_version,
            )
            .outerjoin(
                Visit, sa.and_(Visit.book == Transfer.book, Visit.transfer_id == Transfer.id)
            )
            .outerjoin(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
            .where(
                Transfer.book == (row.to_book or row.book),
                Transfer.id.in_([use.draw for use in mine]),
            )
        )
    }
    sums: Counter[tuple[date, str, str]] = Counter()
    for use in mine:
        each = served[use.draw]
        month = local_date(each.effective_at).replace(day=1)
        sums[month, each.rule_set_version or "", each.service_code or ""] += use.minutes
    lines = [
        UseLine(month, _service(ctx, version, code), minutes)
        for (month, version, code), minutes in sums.items()
    ]
    lines.sort(key=lambda line: (line.month, line.minutes), reverse=True)
    return tuple(lines)


def _service(ctx: Context, version: str, code: str) -> Name | None:
    return rates.rule_set(ctx.session, version).service(code).name if code else None
