"""What taking a posting back means for the service that it paid: it counts for nothing any more."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from models.ledger import ValuationRecord
from models.people import Member
from models.requests import ProviderDay, Visit, VisitState
from services import audit
from services.clock import local_date
from services.complaints.holding import release_for_visit
from services.context import Context
from services.matching.marks import mark
from services.people.books import books_of
from services.proofs.withdrawing import withdraw_for_visit
from services.reversing.sentences import FALSE_RECORD
from services.stars.banning import ban, withdraw_stars
from services.visits.days import free_slots


def undo_visits(ctx: Context, visits: Iterable[Visit], reason: str, *, takes_stars: bool) -> None:
    """Mark the services as taken back, and take their hours off; their members are locked.

    A correction, which gives hours again at once, looks at the stars itself.
    """
    for visit in visits:
        # What a complaint has set aside of it is what goes back now.
        release_for_visit(ctx, visit.book, visit.id)
        visit.reversed_at = ctx.now
        # What did not take place leaves its time free for what did.
        provider = ctx.session.get_one(Member, visit.provider_id)
        free_slots(ctx.session, visit, books_of(provider))
        if visit.state is VisitState.CREDITED:
            _take_off(ctx, visit)
            if takes_stars:
                _take_stars(ctx, visit, reason)
            withdraw_for_visit(ctx, visit.book, visit.id)
        after = {"reason": reason, "actual_minutes": visit.actual_minutes or 0}
        audit.record(ctx, "visit.reverse", "visit", visit.id, book=visit.book, after=after)
    ctx.session.flush()


def _take_stars(ctx: Context, visit: Visit, reason: str) -> None:
    """A false record bans stars; any other one takes those that the hours do not bear."""
    ctx.session.flush()
    if reason == FALSE_RECORD and visit.transfer_id is not None:
        ban(ctx, visit.book, visit.provider_id, visit.transfer_id)
    else:
        withdraw_stars(ctx, visit.book, visit.provider_id)


def _take_off(ctx: Context, visit: Visit) -> None:
    """Hours in all, and the day's credit and hours: another service may take their place."""
    provider = ctx.session.get_one(Member, visit.provider_id)
    actual = visit.actual_minutes or 0
    provider.served_minutes = max(0, provider.served_minutes - actual)
    credit = ctx.session.scalar(
        sa.select(ValuationRecord.credited_minutes).where(
            ValuationRecord.book == visit.book,
            ValuationRecord.id == visit.valuation_id,
            ValuationRecord.earn_minutes > 0,
        )
    )
    left_credit, left_actual = credit or 0, actual
    # Whoever has moved since has the days of this year where the home is now.
    for book in dict.fromkeys((provider.home_book, visit.provider_book)):
        day = ctx.session.scalar(
            sa.select(ProviderDay)
            .where(
                ProviderDay.book == book,
                ProviderDay.provider_id == provider.id,
                ProviderDay.day == local_date(visit.starts_at),
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if day is not None:
            part_credit = min(day.credit_minutes, left_credit)
            part_actual = min(day.actual_minutes, left_actual)
            day.credit_minutes -= part_credit
            day.actual_minutes -= part_actual
            left_credit, left_actual = left_credit - part_credit, left_actual - part_actual
    mark(ctx.session, [provider.id], ctx.now)
