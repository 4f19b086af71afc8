"""Offers that have run out, and standbys whose visit has begun."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

import sqlalchemy as sa

from models.matching import Offer, OfferKind, OfferState
from services import policy
from services.asking.settling import release
from services.context import Context
from services.matching.marks import mark
from services.requests.reviewing import locked_request


def run_out(ctx: Context, limit: int = 500) -> int:
    """Close offers that may no longer be answered; readers have ignored them since then."""
    policy.require(ctx.actor, "jobs.run")
    by_book: dict[str, list[UUID]] = defaultdict(list)
    rows = ctx.session.execute(
        sa.select(Offer.book, Offer.id)
        .where(Offer.state == OfferState.OPEN, Offer.expires_at <= ctx.now)
        .order_by(Offer.book, Offer.id)
        .limit(limit)
        .execution_options(cross_book=True)
    )
    for row in rows:
        by_book[row.book].append(row.id)
    closed: list[UUID] = []
    for book, ids in by_book.items():
        closed += ctx.session.scalars(
            sa.update(Offer)
            .where(Offer.book == book, Offer.id.in_(ids), Offer.state == OfferState.OPEN)
            .values(state=OfferState.EXPIRED)
            .returning(Offer.provider_id)
        )
    mark(ctx.session, closed, ctx.now)
    return len(closed)


def begun(ctx: Context, limit: int = 200) -> list[tuple[str, UUID]]:
    """Requests whose visit has begun while somebody still stands by."""
    rows = ctx.session.execute(
        sa.select(Offer.book, Offer.request_id)
        .where(
            Offer.state == OfferState.ACCEPTED,
            Offer.kind == OfferKind.STANDBY,
            Offer.expires_at <= ctx.now,
        )
        .distinct()
        .limit(limit)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.request_id) for row in rows]


def release_standbys(ctx: Context, book: str, request_id: UUID) -> int:
    """Whoever stood by a visit that has begun is free, and hears so."""
    policy.require(ctx.actor, "jobs.run")
    request = locked_request(ctx, book, request_id)
    standing = ctx.session.scalars(
        sa.select(Offer)
        .where(
            Offer.book == book,
            Offer.request_id == request_id,
            Offer.kind == OfferKind.STANDBY,
            Offer.state == OfferState.ACCEPTED,
            Offer.expires_at <= ctx.now,
        )
        .execution_options(populate_existing=True)
    ).all()
    release(ctx, request, standing)
    return len(standing)
