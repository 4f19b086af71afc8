"""What a yes, or the end of a request, means for everybody else who was asked: told at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.matching import Asking, AskingState, Offer, OfferKind, OfferState
from models.requests import Request, RequestState
from services import outbox
from services.asking import sentences as say
from services.asking.beginning import MOVED, STANDBY, WAVE, begin
from services.asking.fragile import is_fragile
from services.asking.offering import is_out, offers_of
from services.context import Context
from services.jobs import due
from services.matching.marks import mark
from services.people.books import books_of
from services.people.reading import member_row
from services.requests.reviewing import service_name
from services.rules import asking as rules

#: Why an offer is closed whose reader has promised another visit at that time.
ELSEWHERE = "elsewhere"


def accepted(ctx: Context, request: Request, provider_id: UUID) -> None:
    """Somebody has said yes, whether asked or not; the request is under its lock."""
    for offer in offers_of(ctx, request):
        if offer.provider_id == provider_id and offer.kind is not OfferKind.STANDBY:
            if offer.state in (OfferState.OPEN, OfferState.EXPIRED):
                offer.state, offer.answered_at = OfferState.ACCEPTED, ctx.now
        elif offer.provider_id == provider_id and offer.state in _STANDING:
            offer.state = OfferState.WITHDRAWN
    ctx.session.flush()
    _close_elsewhere(ctx, request, provider_id)
    settle(ctx, request)


_STANDING = (OfferState.OPEN, OfferState.ACCEPTED)


def settle(ctx: Context, request: Request) -> None:
    """Close what is out when a request is filled or gone, and tell everybody at once."""
    if request.state is RequestState.OPEN:
        return
    offers = offers_of(ctx, request)
    filled = request.state is RequestState.FILLED
    asked = [
        each
        for each in offers
        if each.kind is not OfferKind.STANDBY and each.state is OfferState.OPEN
    ]
    _close(ctx, request, asked, OfferState.TAKEN if filled else OfferState.WITHDRAWN)
    if not filled:
        standing = [
            each for each in offers if each.kind is OfferKind.STANDBY and each.state in _STANDING
        ]
        release(ctx, request, standing)
    asking = ctx.session.get(Asking, (request.book, request.id), populate_existing=True)
    if asking is not None:
        asking.state = AskingState.FILLED if filled else AskingState.STOPPED
        asking.next_wave_at, asking.ended_at = None, ctx.now
        due.drop(ctx, WAVE, request.id)
    ctx.session.flush()
    _seek_standbys(ctx, request) if filled else due.drop(ctx, STANDBY, request.id)


def moved(ctx: Context, request: Request, from_at: datetime) -> None:
    """The visit has another time: what was asked for the old one is over, and looking begins anew.

    Whoever stood by is let go too, and whoever said no to the old time may be asked again.
    """
    offers = offers_of(ctx, request)
    asked = [
        each
        for each in offers
        if each.kind is not OfferKind.STANDBY and each.state is OfferState.OPEN
    ]
    _close(ctx, request, asked, OfferState.WITHDRAWN, from_at)
    standing = [
        each for each in offers if each.kind is OfferKind.STANDBY and each.state in _STANDING
    ]
    release(ctx, request, standing, from_at)
    begin(ctx, request, MOVED)
    if request.state is RequestState.FILLED:
        _seek_standbys(ctx, request)


def release(
    ctx: Context, request: Request, standing: Iterable[Offer], start_at: datetime | None = None
) -> None:
    """Nobody has to stand by any more."""
    for offer in standing:
        offer.state = OfferState.WITHDRAWN
        _thank(ctx, request, offer, say.STANDBY_OVER, start_at)
    ctx.session.flush()


def _close(
    ctx: Context,
    request: Request,
    offers: Iterable[Offer],
    state: OfferState,
    start_at: datetime | None = None,
) -> None:
    closed = []
    for offer in offers:
        if not is_out(offer, ctx.now):
            offer.state = OfferState.EXPIRED
            continue
        offer.state = state
        taken = state is OfferState.TAKEN
        _thank(ctx, request, offer, say.TAKEN_THANKS if taken else say.GONE_THANKS, start_at)
        closed.append(offer.provider_id)
    ctx.session.flush()
    mark(ctx.session, closed, ctx.now)


def _thank(
    ctx: Context, request: Request, offer: Offer, sentence: str, start_at: datetime | None
) -> None:
    """Into the inbox: there is nothing to do, so nobody's telephone rings for it."""
    outbox.tell(
        ctx,
        request.book,
        offer.provider_id,
        sentence,
        request_id=request.id,
        start_at=start_at or request.starts_at,
        **service_name(ctx, request),
    )


def _seek_standbys(ctx: Context, request: Request) -> None:
    if request.starts_at - ctx.now < timedelta(minutes=rules.STANDBY_LEAST):
        return
    if is_fragile(ctx, request):
        due.plan(ctx, STANDBY, request.book, request.id, ctx.now)


def _close_elsewhere(ctx: Context, request: Request, provider_id: UUID) -> None:
    """Offers at the same time to whoever has just promised: nobody waits for that answer.

    Rows that a rival holds are left to it; they run out by themselves.
    """
    for book in sorted(books_of(member_row(ctx.session, provider_id))):
        _close_in(ctx, book, request, provider_id)


def _close_in(ctx: Context, book: str, request: Request, provider_id: UUID) -> None:
    other = sa.orm.aliased(Request)
    ids = ctx.session.scalars(
        sa.select(Offer.id)
        .join(other, sa.and_(other.book == Offer.book, other.id == Offer.request_id))
        .where(
            Offer.book == book,
            Offer.provider_id == provider_id,
            Offer.state == OfferState.OPEN,
            Offer.request_id != request.id,
            other.starts_at < request.ends_at,
            other.ends_at > request.starts_at,
        )
        .order_by(Offer.id)
        .with_for_update(of=Offer, skip_locked=True)
    ).all()
    if ids:
        ctx.session.execute(
            sa.update(Offer)
            .where(Offer.book == book, Offer.id.in_(ids))
            .values(state=OfferState.DECLINED, answered_at=ctx.now, answer=ELSEWHERE)
        )
