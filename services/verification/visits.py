"""Visits that have been paid: proved, confirmed by somebody, valued, posted and on record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models.ledger import HoldLeg, Transfer, ValuationRecord
from models.oversight import AuditRecord
from models.requests import Request, Visit, VisitState
from services.context import Context
from services.errors import DomainError
from services.ledger.breaches import Breach, Tally
from services.ledger.rows import whole_sum
from services.ledger.streams import rows_of
from services.rules.formula import Valuation
from services.rules.timeline import creditable_span


def check_visits(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Nothing is ever credited automatically, and nothing is paid that was not valued."""
    for row in rows_of(ctx.session, _statement(book)):
        tally.add("visits")
        place = f"visit {row.Visit.id}"
        if row.Visit.state is VisitState.CREDITED:
            yield from _check_credited(ctx, book, place, row)
        elif row.Visit.state is VisitState.CLOSED_DOOR and row.transfer_kind != "closed_door":
            yield Breach("closed_door_without_transfer", book, place)
        # The stream may be long: nothing of it stays in the session.
        ctx.session.expunge(row.Visit)


def _check_credited(ctx: Context, book: str, place: str, row: Any) -> Iterator[Breach]:
    visit = row.Visit
    if None in (visit.confirmed_at, visit.confirmed_by_id, visit.confirmed_how):
        yield Breach("credited_unconfirmed", book, place)
    if not row.recorded:
        yield Breach("credited_without_record", book, place)
    if row.content is None:
        yield Breach("credited_without_valuation", book, place)
        return
    posted = row.cited_id is not None and row.cited_id == visit.valuation_id
    if row.earn_minutes and not posted:
        yield Breach("credited_without_transfer", book, place)
    held = row.held_minutes + _held_afar(ctx, row)
    if row.elder_minutes > held:
        detail = {"charged_minutes": row.elder_minutes, "held_minutes": held}
        yield Breach("charged_above_hold", book, place, detail)
    if not _same_facts(visit, row):
        yield Breach("visit_differs_from_valuation", book, place)


def _held_afar(ctx: Context, row: Any) -> int:
    """What a payer of another book had set aside for the request."""
    if row.payer_hold_id is None:
        return 0
    kept = sa.select(whole_sum(HoldLeg.amount_minutes)).where(
        HoldLeg.book == row.payer_book, HoldLeg.hold_id == row.payer_hold_id
    )
    return ctx.session.scalar(kept) or 0


def _same_facts(visit: Visit, row: Any) -> bool:
    """Whether the visit's evidence and what was pinned still give the facts that were valued."""
    try:
        facts = Valuation.from_dict(row.content).facts
    except (DomainError, ValueError, TypeError, LookupError):
        return True  # named by the check of valuations
    if visit.checked_in_at is None or visit.checked_out_at is None:
        return False
    breaks = [
        (datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in visit.breaks
    ]
    span = creditable_span(visit.checked_in_at, visit.checked_out_at, visit.starts_at, breaks)
    return (
        (facts.start, facts.actual_minutes, facts.breaks)
        == (span.start, span.actual_minutes, span.breaks)
        and facts.service == row.service_code
        and facts.booked_minutes == visit.booked_minutes
        and facts.provider_level == visit.provider_level
        and facts.certificate_relevant == visit.certificate_relevant
        and facts.care_grade == visit.care_grade
        and facts.premium_stop == visit.premium_stop
        and row.rule_set_version == visit.rule_set_version
        and row.calendar_version == visit.calendar_version
    )


def _statement(book: str) -> sa.Executable:
    """Paid visits with what belongs to each, in order of id."""
    held = (
        sa.select(whole_sum(HoldLeg.amount_minutes))
        .where(HoldLeg.book == Request.book, HoldLeg.hold_id == Request.hold_id)
        .scalar_subquery()
    )
    recorded = sa.exists().where(
        AuditRecord.book == Visit.book,
        AuditRecord.subject_id == Visit.id,
        AuditRecord.act == "visit.credit",
    )
    valued = sa.and_(
        ValuationRecord.book == Visit.book,
        ValuationRecord.id == Visit.valuation_id,
        ValuationRecord.visit_id == Visit.id,
    )
    return (
        sa.select(
            Visit,
            Request.service_code,
            Request.payer_book,
            Request.payer_hold_id,
            held.label("held_minutes"),
            recorded.label("recorded"),
            ValuationRecord.content,
            ValuationRecord.earn_minutes,
            ValuationRecord.elder_minutes,
            ValuationRecord.rule_set_version,
            ValuationRecord.calendar_version,
            Transfer.kind.label("transfer_kind"),
            Transfer.valuation_id.label("cited_id"),
        )
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .outerjoin(ValuationRecord, valued)
        .outerjoin(Transfer, sa.and_(Transfer.book == Visit.book, Transfer.id == Visit.transfer_id))
        .where(Visit.book == book)
        .where(Visit.state.in_((VisitState.CREDITED, VisitState.CLOSED_DOOR)))
        .order_by(Visit.id)
    )
