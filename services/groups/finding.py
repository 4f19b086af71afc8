"""Finding a group session under its lock, whom it concerns, and telling them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.places import Branch
from models.service_days import GroupPlace, GroupSession
from services import outbox, rates
from services.clock import local_date
from services.context import Context
from services.groups.sentences import GroupUnknown
from services.places.branches import branch_row
from services.policy import Subject
from services.rules.rule_set import RuleSet


def locked_session(ctx: Context, book: str, session_id: UUID) -> GroupSession:
    """The session as it stands, kept from changing; raises GroupUnknown."""
    row = ctx.session.scalar(
        sa.select(GroupSession)
        .where(GroupSession.book == book, GroupSession.id == session_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise GroupUnknown
    return row


def subject_of(
    ctx: Context,
    row: GroupSession,
    *,
    provider_id: UUID | None = None,
    elder_id: UUID | None = None,
) -> Subject:
    """The policy's view of a session, or of one place in it."""
    return branch_subject(
        branch_row(ctx.session, row.branch_id),
        provider_id=provider_id or row.provider_id,
        elder_id=elder_id,
    )


def branch_subject(
    branch: Branch, *, provider_id: UUID | None = None, elder_id: UUID | None = None
) -> Subject:
    """The policy's view of something at a branch."""
    return Subject(
        book=branch.book,
        region_code=branch.region_code,
        branch_id=branch.id,
        provider_id=provider_id,
        elder_id=elder_id,
    )


def places_of(ctx: Context, row: GroupSession) -> list[GroupPlace]:
    """Everybody who has or had a place, the earliest booking first, as it stands now."""
    return list(
        ctx.session.scalars(
            sa.select(GroupPlace)
            .where(GroupPlace.book == row.book, GroupPlace.session_id == row.id)
            .order_by(GroupPlace.booked_at, GroupPlace.elder_id)
            .execution_options(populate_existing=True)
        )
    )


def taken(places: Collection[GroupPlace]) -> list[GroupPlace]:
    """The places that somebody still has."""
    return [each for each in places if each.cancelled_at is None]


def rules_of(ctx: Context, row: GroupSession) -> RuleSet:
    """The rules pinned by whoever leads it, or those of today."""
    if row.rule_set_version is not None:
        return rates.rule_set(ctx.session, row.rule_set_version)
    return rates.rule_set_on(ctx.session, local_date(ctx.now))


def named(ctx: Context, row: GroupSession) -> dict[str, Any]:
    """What a notice says of a session."""
    name = rules_of(ctx, row).service(row.service_code).name
    return {**name.params("service"), "start_at": row.starts_at, "place": row.place}


def tell(ctx: Context, row: GroupSession, reader: UUID, sentence: str, **params: Any) -> None:
    """A notice about the session."""
    outbox.tell(ctx, row.book, reader, sentence, **named(ctx, row), **params)


def tell_booked(
    ctx: Context, row: GroupSession, place: GroupPlace, sentence: str, **params: Any
) -> None:
    """A notice to whoever has a place, and to the relative who booked it."""
    tell(ctx, row, place.elder_id, sentence, channel="sms", **params)
    if place.consent == "family":
        tell(ctx, row, place.booked_by_id, sentence, **params)
