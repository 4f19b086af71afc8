"""A relative hears when a visitor has arrived at the elder's, and has left."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.notices import EventSubscription
from models.requests import Request
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.notices.errors import EventsWrong
from services.people.actors import helpers_of
from services.people.reading import member_row, subject_of

ARRIVED, LEFT = "arrived", "left"
EVENTS = (ARRIVED, LEFT)

SAID = {
    ARRIVED: "{visitor}已经到了{elder}那里（{came_at}）。",
    LEFT: "{visitor}已经离开{elder}那里（{left_at}）。",
}
MOMENTS = {ARRIVED: "came_at", LEFT: "left_at"}
HEARS_ALONG = "{delegate}会在有人到您这里和离开时收到消息。"
HEARS_NO_MORE = "{delegate}不再收到有人到您这里和离开的消息。"


def subscription_of(ctx: Context, elder_id: UUID) -> frozenset[str]:
    """What the actor hears of an elder."""
    row = ctx.session.get(EventSubscription, (elder_id, ctx.actor.id))
    return frozenset(row.events) if row else frozenset()


def subscribe(ctx: Context, elder_id: UUID, events: frozenset[str]) -> None:
    """Hear of arrivals, of departures, of both or (no events) of neither.

    Only with leave to see, and the elder is told. It ends with the leave.
    """
    elder = member_row(ctx.session, elder_id)
    policy.require(ctx.actor, "subscription.update", subject_of(elder))
    if not events <= set(EVENTS):
        raise EventsWrong(field="events")

    def do() -> dict[str, str]:
        row = ctx.session.get(EventSubscription, (elder_id, ctx.actor.id), with_for_update=True)
        before = sorted(row.events) if row else []
        wanted = [event for event in EVENTS if event in events]
        if row is not None and not wanted:
            end_subscription(ctx, elder_id, ctx.actor.id)
        elif row is not None:
            row.events = wanted
        elif wanted:
            ctx.session.add(
                EventSubscription(
                    member_id=elder_id,
                    subscriber_id=ctx.actor.id,
                    events=wanted,
                    since=ctx.now,
                )
            )
        if bool(before) != bool(wanted):
            sentence = HEARS_ALONG if wanted else HEARS_NO_MORE
            outbox.tell(ctx, elder.home_book, elder_id, sentence, delegate=ctx.actor.name)
        audit.record(
            ctx,
            "subscription.update",
            "member",
            elder_id,
            book=elder.home_book,
            before={"events": before},
            after={"events": wanted},
        )
        ctx.session.flush()
        return {}

    content = {"elder_id": elder_id, "events": sorted(events)}
    once(ctx, elder.home_book, "subscription.update", content, do)


def end_subscription(ctx: Context, elder_id: UUID, subscriber_id: UUID) -> None:
    """With the leave the subscription goes; for acts that end a leave."""
    ctx.session.execute(
        sa.delete(EventSubscription).where(
            EventSubscription.member_id == elder_id,
            EventSubscription.subscriber_id == subscriber_id,
        )
    )


def tell_subscribers(
    ctx: Context, request: Request, event: str, visitor_id: UUID, at: datetime, visit_id: UUID
) -> None:
    """Somebody has arrived at the elder's, or left: those who chose to hear it hear it now."""
    elder_id = request.elder_id
    rows = ctx.session.execute(
        sa.select(EventSubscription.subscriber_id, EventSubscription.events).where(
            EventSubscription.member_id == elder_id
        )
    ).all()
    hearing = {row.subscriber_id for row in rows if event in row.events} - {visitor_id}
    if hearing:
        hearing &= helpers_of(ctx.session, elder_id, ctx.now)
    if not hearing:
        return
    elder, visitor = member_row(ctx.session, elder_id), member_row(ctx.session, visitor_id)
    for subscriber in sorted(hearing):
        outbox.tell(
            ctx,
            request.book,
            subscriber,
            SAID[event],
            channel="sms",
            urgent=True,
            request_id=request.id,
            visit_id=visit_id,
            visitor=visitor.name,
            elder=elder.name,
            **{MOMENTS[event]: at},
        )
