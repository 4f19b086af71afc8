"""What is in the way of a move: whatever would still move coins of the account that is left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models.batches import Batch, BatchLine, BatchState, LineState
from models.estates import Estate, EstateHeir, EstateState
from models.giving import Gift, GiftState
from models.people import Member
from models.requests import Request, Visit, VisitState
from models.service_days import GroupPlace, GroupSession, GroupState
from services import rates
from services.context import Context
from services.groups.finding import named
from services.moving import sentences as say
from services.people.books import books_of
from services.rules.refusals import Refusal

#: Somebody is there, or has been there, and nobody has decided yet.
UNDER_WAY = (
    VisitState.CHECKED_IN,
    VisitState.CHECKED_OUT,
    VisitState.CONFIRMED,
    VisitState.IN_REVIEW,
    VisitState.DISPUTED,
    VisitState.MISSED,
)
#: An estate in one of these has not been divided.
UNDIVIDED = (EstateState.REPORTED, EstateState.FROZEN, EstateState.NOTICE)


def hindrances(ctx: Context, member: Member) -> tuple[Refusal, ...]:
    """Everything that is in the way now, each as a sentence; ask under the member's lock."""
    return (
        *_visits(ctx, member),
        *_gifts(ctx, member),
        *_estates(ctx, member),
        *_batches(ctx, member),
        *_sessions(ctx, member),
    )


def _visits(ctx: Context, member: Member) -> Iterator[Refusal]:
    """Services of either side that have begun, or should have."""
    begun = sa.or_(
        Visit.state.in_(UNDER_WAY),
        sa.and_(Visit.state == VisitState.ACCEPTED, Visit.starts_at <= ctx.now),
    )
    rows = ctx.session.execute(
        sa.select(
            Request.reference, Request.service_code, Request.rule_set_version, Visit.starts_at
        )
        .join(Visit, sa.and_(Visit.book == Request.book, Visit.request_id == Request.id))
        .where(Request.book.in_(books_of(member)), Visit.book.in_(books_of(member)), begun)
        .where(
            sa.or_(
                Visit.elder_id == member.id,
                Visit.provider_id == member.id,
                Request.payer_id == member.id,
            )
        )
        .order_by(Visit.starts_at, Request.reference)
    )
    for row in rows:
        rules = rates.rule_set(ctx.session, row.rule_set_version)
        name = rules.service(row.service_code).name.params("service")
        params = {"start_at": row.starts_at, "reference": row.reference, **name}
        yield Refusal("visit_under_way", say.VISIT_UNDER_WAY, params)


def _gifts(ctx: Context, member: Member) -> Iterator[Refusal]:
    """Gifts that may still come back, on either side, and those that wait for their code."""
    rows = ctx.session.execute(
        sa.select(
            Gift.reference, Gift.state, Gift.giver_id, Gift.revocable_until, Gift.refusable_until
        )
        .where(
            Gift.book.in_(books_of(member)),
            sa.or_(Gift.giver_id == member.id, Gift.receiver_id == member.id),
            sa.or_(
                Gift.state.in_((GiftState.WAITING, GiftState.HELD)),
                sa.and_(Gift.state == GiftState.FINAL, Gift.refusable_until > ctx.now),
            ),
        )
        .order_by(Gift.made_at, Gift.id)
    )
    for row in rows:
        if row.state is GiftState.WAITING:
            # What somebody else has not confirmed yet is not said to the receiver.
            if row.giver_id == member.id:
                params: dict[str, Any] = {"reference": row.reference}
                yield Refusal("gift_code_pending", say.GIFT_CODE_PENDING, params)
            continue
        held = row.state is GiftState.HELD
        until: datetime = row.revocable_until if held else row.refusable_until
        params = {"reference": row.reference, "until_at": until}
        yield Refusal("gift_open", say.GIFT_OPEN, params)


def _estates(ctx: Context, member: Member) -> Iterator[Refusal]:
    """A reported death, or a share that has not come yet."""
    books = books_of(member)
    own = sa.select(Estate.id).where(
        Estate.book.in_(books), Estate.member_id == member.id, Estate.state.in_(UNDIVIDED)
    )
    waits = sa.or_(
        Estate.state.in_(UNDIVIDED),
        sa.and_(
            EstateHeir.share_minutes > 0,
            EstateHeir.paid_at.is_(None),
            EstateHeir.lapsed_at.is_(None),
        ),
    )
    heir = (
        sa.select(Estate.id)
        .join(
            EstateHeir,
            sa.and_(EstateHeir.book == Estate.book, EstateHeir.estate_id == Estate.id),
        )
        .where(Estate.book == member.home_book, EstateHeir.book == member.home_book)
        .where(EstateHeir.member_id == member.id, EstateHeir.died_before.is_(False), waits)
        .where(Estate.ended_at.is_(None))
    )
    for wanted in (own, heir):
        if ctx.session.scalar(wanted.limit(1)) is not None:
            yield Refusal("estate_open", say.ESTATE_OPEN, {})
            return


def _batches(ctx: Context, member: Member) -> Iterator[Refusal]:
    """Lines of a batch that will still be worked off."""
    waiting = (
        sa.select(BatchLine.line)
        .join(Batch, sa.and_(Batch.book == BatchLine.book, Batch.id == BatchLine.batch_id))
        .where(
            Batch.book == member.home_book,
            BatchLine.book == member.home_book,
            Batch.state.in_((BatchState.PROPOSED, BatchState.SIGNED)),
            BatchLine.state == LineState.WAITING,
            BatchLine.number == member.number,
        )
    )
    if ctx.session.scalar(waiting.limit(1)) is not None:
        yield Refusal("batch_open", say.BATCH_OPEN, {})


def _sessions(ctx: Context, member: Member) -> Iterator[Refusal]:
    """Group sessions that the member leads, or took part in, and that are not settled."""
    unsettled = sa.and_(
        GroupSession.book.in_(books_of(member)),
        GroupSession.state != GroupState.CANCELLED,
        GroupSession.settled_at.is_(None),
    )
    led = sa.select(GroupSession).where(unsettled, GroupSession.provider_id == member.id)
    for session in ctx.session.scalars(led.order_by(GroupSession.starts_at, GroupSession.id)):
        yield Refusal("leads_session", say.LEADS_SESSION, named(ctx, session))
    booked = (
        sa.select(GroupSession)
        .join(
            GroupPlace,
            sa.and_(GroupPlace.book == GroupSession.book, GroupPlace.session_id == GroupSession.id),
        )
        .where(unsettled, GroupSession.starts_at <= ctx.now)
        .where(GroupPlace.elder_id == member.id, GroupPlace.cancelled_at.is_(None))
        .where(GroupPlace.book.in_(books_of(member)))
    )
    for session in ctx.session.scalars(booked.order_by(GroupSession.starts_at, GroupSession.id)):
        yield Refusal("place_open", say.PLACE_OPEN, named(ctx, session))
