"""What those who pay read once a service is settled: the elder, and whoever pays for the elder."""

from __future__ import annotations

from typing import Any

from models.requests import Request
from services import outbox
from services.context import Context
from services.people.reading import member_row
from services.requests.payers import payer_part
from services.rules.valuation import Valuation
from services.visits import sentences as say


def tell_paid(ctx: Context, request: Request, valuation: Valuation, name: dict[str, Any]) -> None:
    """Say who has paid how much; ``name`` is the service's, as sentence parameters."""
    by_payer = min(valuation.elder_minutes, payer_part(ctx.session, request))
    figures = {"pool_minutes": valuation.pool_minutes, **name}
    if request.payer_id is None or not by_payer:
        outbox.tell(
            ctx,
            request.book,
            request.elder_id,
            say.PAID_BY_YOU,
            elder_minutes=valuation.elder_minutes,
            **figures,
        )
        return
    payer = member_row(ctx.session, request.payer_id)
    elder = member_row(ctx.session, request.elder_id)
    outbox.tell(
        ctx,
        request.book,
        elder.id,
        say.PAID_WITH_KIN,
        payer=payer.name,
        payer_minutes=by_payer,
        own_minutes=valuation.elder_minutes - by_payer,
        **figures,
    )
    outbox.tell(
        ctx,
        request.book,
        payer.id,
        say.PAID_FOR_ELDER,
        elder=elder.name,
        payer_minutes=by_payer,
        **name,
    )
