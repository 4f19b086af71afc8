"""The three sides of a visit in one wire format; every side keeps to what its pages show."""

from __future__ import annotations

from typing import Any

from services.queries.branch.visits import VisitFile
from services.queries.elder.visits import VisitPage as ElderPage
from services.queries.volunteer.visits import VisitPage as OwnPage


def visit_shape(page: OwnPage | ElderPage | VisitFile, book: str) -> dict[str, Any]:
    """A visit as whoever asked may see it."""
    if isinstance(page, OwnPage):
        return _provider(page, book)
    if isinstance(page, ElderPage):
        return _elder(page)
    return _counter(page)


def _provider(page: OwnPage, book: str) -> dict[str, Any]:
    card = page.card
    return {
        "seen_as": "provider",
        "book": book,
        "id": card.id,
        "reference": card.reference,
        "service": card.service,
        "state": card.state,
        "elder_name": card.elder,
        "provider_level": page.level,
        "starts_at": card.starts_at,
        "booked_minutes": card.booked_minutes,
        "remote": card.remote,
        "checked_in_at": card.checked_in_at,
        "checked_out_at": page.checked_out_at,
        "actual_minutes": card.actual_minutes,
        "confirmed_at": page.confirmed_at,
        "reason": page.reason,
        "reserved_minutes": page.reserved_minutes,
        "door": page.door,
        "disputes": [
            {
                "opened_at": each.opened_at,
                "side": "provider" if each.is_mine else "elder",
                "text": each.text,
                "decision": each.decision,
                "decision_reason": each.reason,
            }
            for each in page.disputes
        ],
        "has_receipt": page.has_receipt,
        "can": sorted(page.can),
    }


def _elder(page: ElderPage) -> dict[str, Any]:
    dispute = page.dispute
    can = {"confirm": page.may_confirm, "dispute": page.may_dispute}
    return {
        **_shared(page),
        "seen_as": "elder",
        "elder_name": page.elder.name,
        "provider_name": page.visitor.name,
        "provider_level": page.visitor.level,
        "checked_in_at": page.checked_in_at,
        "checked_out_at": page.checked_out_at,
        "codes": page.codes,
        "disputes": []
        if dispute is None
        else [
            {
                "opened_at": dispute.opened_at,
                "side": "elder" if dispute.by_elder_side else "provider",
                "text": dispute.text,
                "decision": dispute.decision,
                "decision_reason": dispute.decision_reason,
            }
        ],
        "has_receipt": page.has_receipt,
        "can": sorted(act for act, possible in can.items() if possible),
    }


def _counter(page: VisitFile) -> dict[str, Any]:
    return {
        **_shared(page),
        "seen_as": "counter",
        "elder_name": page.elder.name,
        "provider_name": page.provider.name,
        "provider_level": page.provider_level,
        "checked_in_at": page.came.at if page.came else None,
        "checked_out_at": page.left.at if page.left else None,
        "disputes": [
            {
                "id": each.id,
                "opened_at": each.at,
                "side": each.side,
                "text": each.text,
                "decision": each.decision,
                "decision_reason": each.decision_reason,
            }
            for each in page.words
        ],
        "has_receipt": page.receipt is not None,
        "can": sorted(page.acts),
    }


def _shared(page: ElderPage | VisitFile) -> dict[str, Any]:
    return {
        "book": page.book,
        "id": page.id,
        "request_id": page.request_id,
        "reference": page.reference,
        "service": page.service,
        "state": page.state,
        "starts_at": page.starts_at,
        "booked_minutes": page.booked_minutes,
        "remote": page.remote,
        "actual_minutes": page.actual_minutes,
        "confirmed_at": page.confirmed_at,
        "confirmed_how": page.confirmed_how,
        "reason": page.reason,
    }
