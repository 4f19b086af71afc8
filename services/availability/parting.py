"""Two people do not meet any more: what was on its way between them is taken out of it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from models.matching import Offer, OfferState
from models.requests import Request, RequestState, Visit, VisitState
from models.schedule import Series, SeriesState
from services import audit, outbox
from services.asking.beginning import BACKFILL, begin
from services.context import Context
from services.matching.marks import mark
from services.people.reading import member_row
from services.requests.ending import CANCELLABLE
from services.requests.reviewing import locked_request, service_name
from services.requests.sentences import VISIT_CALLED_OFF
from services.rules.notices import is_soon
from services.schedule.proposals import close_open
from services.visits.days import lock_members
from services.visits.sentences import VISITOR_CANCELLED
from services.visits.undoing import call_off


def take_back_offers(
    ctx: Context, book: str, elder_id: UUID, provider_id: UUID, *, wishes: bool
) -> None:
    """Nothing of the elder's is offered to the provider any more, as if others were quicker.

    With ``wishes`` the elder's open requests no longer ask for this person by name.
    """
    # Locked before requests, as by whoever says yes to several dates at once.
    _leave_series(ctx, book, elder_id, provider_id)
    alive = sa.select(Request.id).where(
        Request.book == book, Request.elder_id == elder_id, Request.state.in_(CANCELLABLE)
    )
    ctx.session.execute(
        sa.update(Offer)
        .where(
            Offer.book == book,
            Offer.provider_id == provider_id,
            Offer.state == OfferState.OPEN,
            Offer.request_id.in_(alive),
        )
        .values(state=OfferState.TAKEN, answered_at=ctx.now)
        .execution_options(synchronize_session="fetch")
    )
    if wishes:
        ctx.session.execute(
            sa.update(Request)
            .where(
                Request.book == book,
                Request.elder_id == elder_id,
                Request.wished_provider_id == provider_id,
                Request.state.in_(CANCELLABLE),
            )
            .values(wished_provider_id=None)
            .execution_options(synchronize_session="fetch")
        )
    mark(ctx.session, [provider_id], ctx.now)


def _leave_series(ctx: Context, book: str, elder_id: UUID, provider_id: UUID) -> None:
    """Nobody comes as a rule to whom nothing is offered.

    A standing visit that stayed on the own list, with open dates that refuse this one person,
    would tell why.
    """
    rows = ctx.session.scalars(
        sa.select(Series)
        .where(
            Series.book == book,
            Series.elder_id == elder_id,
            Series.state != SeriesState.ENDED,
            sa.or_(Series.regular_id == provider_id, Series.substitute_id == provider_id),
        )
        .order_by(Series.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for row in rows:
        if row.regular_id == provider_id:
            row.regular_id = row.regular_agreed_at = None
        if row.substitute_id == provider_id:
            row.substitute_id = row.substitute_agreed_at = None
        row.sequence += 1
    ctx.session.flush()


def call_off_promised(
    ctx: Context, books: Collection[str], elder_id: UUID, provider_id: UUID
) -> int:
    """Call off what the two have promised each other and not begun; returns how many visits.

    Requests are locked before the member, as an acceptance locks them: of a promise and a
    report that come at once, the later one finds what the earlier one has done.
    """
    for book, request_id in sorted(_promised(ctx, books, elder_id, provider_id)):
        locked_request(ctx, book, request_id)
    lock_members(ctx.session, {provider_id})
    found = sorted(_promised(ctx, books, elder_id, provider_id))
    for book, request_id in found:
        request = locked_request(ctx, book, request_id)
        for visit in _visits(ctx, request, provider_id):
            _call_off(ctx, request, visit)
    return len(found)


def _promised(
    ctx: Context, books: Collection[str], elder_id: UUID, provider_id: UUID
) -> set[tuple[str, UUID]]:
    rows = ctx.session.execute(
        sa.select(Visit.book, Visit.request_id).where(
            Visit.book.in_(books),
            Visit.provider_id == provider_id,
            Visit.elder_id == elder_id,
            Visit.state == VisitState.ACCEPTED,
        )
    )
    return {(row.book, row.request_id) for row in rows}


def _visits(ctx: Context, request: Request, provider_id: UUID) -> list[Visit]:
    return list(
        ctx.session.scalars(
            sa.select(Visit)
            .where(
                Visit.book == request.book,
                Visit.request_id == request.id,
                Visit.provider_id == provider_id,
                Visit.state == VisitState.ACCEPTED,
            )
            .execution_options(populate_existing=True)
        )
    )


def _call_off(ctx: Context, request: Request, visit: Visit) -> None:
    """End one promise in words that tell neither side why, and look for others at once."""
    if request.state is RequestState.FILLED and not visit.extra:
        request.state = RequestState.OPEN
    close_open(ctx, request)
    call_off(ctx, visit, VisitState.CANCELLED)
    visitor = {"visitor": member_row(ctx.session, visit.provider_id).name}
    for reader, sentence, who in (
        (visit.elder_id, VISITOR_CANCELLED, visitor),
        (visit.provider_id, VISIT_CALLED_OFF, {"start_at": visit.starts_at}),
    ):
        outbox.tell(
            ctx,
            request.book,
            reader,
            sentence,
            channel="sms",
            urgent=is_soon(ctx.now, visit.starts_at),
            request_id=request.id,
            visit_id=visit.id,
            reference=request.reference,
            **service_name(ctx, request),
            **who,
        )
    audit.record(
        ctx,
        "visit.cancel",
        "visit",
        visit.id,
        book=visit.book,
        before={"state": VisitState.ACCEPTED.value},
        after={"state": VisitState.CANCELLED.value},
        acting_for_id=request.elder_id if ctx.actor.acts_for(request.elder_id) else None,
    )
    begin(ctx, request, BACKFILL)
