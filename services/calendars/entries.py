"""What stands in a member's calendar: own promises, and who comes to the own elders.

A feed lies on machines that are not ours. So it says what, when and with whom in masked names,
and whom to call; never an address, never a note, nothing about health.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from models.people import Member
from models.places import Branch
from models.requests import Request, Visit, VisitState
from services.context import Context
from services.people.reading import member_row
from services.people.texts import masked_name
from services.policy import Actor
from services.queries.branch.desks import service_name
from services.rules.names import Name

#: How far back a feed goes, and how long what was called off still says so.
KEPT = timedelta(days=30)
#: So many entries and no more: a calendar program fetches them all each time.
MOST = 500
GONE = (VisitState.CANCELLED, VisitState.NO_SHOW)


@dataclass(frozen=True, slots=True)
class Entry:
    """One visit in a calendar. ``whose``: the elder, where the reader is not the elder."""

    id: UUID
    is_mine: bool
    service: Name
    other: str
    whose: str | None
    reference: str
    remote: bool
    starts_at: datetime
    ends_at: datetime
    sequence: int
    changed_at: datetime
    is_cancelled: bool
    branch: Name
    branch_phone: str


def entries_of(ctx: Context, reader: Actor) -> tuple[Entry, ...]:
    """Everything that the reader may have in a calendar now, by time; nothing twice."""
    found: dict[UUID, Entry] = {}
    if reader.is_provider:
        for entry in _visits(ctx, reader, Visit.provider_id, reader.books, reader.id):
            found[entry.id] = entry
    for elder_id, book in _elders(ctx, reader):
        for entry in _visits(ctx, reader, Visit.elder_id, (book,), elder_id):
            found.setdefault(entry.id, entry)
    ordered = sorted(found.values(), key=lambda entry: (entry.starts_at, entry.id))
    return tuple(ordered[-MOST:])


def _elders(ctx: Context, reader: Actor) -> Iterable[tuple[UUID, str]]:
    """The reader, and every elder whose affairs the reader may see today."""
    if reader.is_recipient:
        yield reader.id, reader.home_book
    for elder_id, scopes in reader.kin.items():
        if "see" in scopes:
            yield elder_id, member_row(ctx.session, elder_id).home_book


def _visits(
    ctx: Context,
    reader: Actor,
    side: sa.orm.InstrumentedAttribute[UUID],
    books: tuple[str, ...],
    member_id: UUID,
) -> Iterable[Entry]:
    elder, provider = aliased(Member), aliased(Member)
    changed = sa.func.coalesce(Visit.changed_at, Visit.ended_at, Visit.accepted_at)
    rows = ctx.session.execute(
        sa.select(Visit, Request, elder.name, provider.name, Branch)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .join(elder, elder.id == Visit.elder_id)
        .join(provider, provider.id == Visit.provider_id)
        .join(Branch, sa.and_(Branch.id == Request.branch_id))
        .where(
            Visit.book.in_(books),
            side == member_id,
            Visit.starts_at > ctx.now - KEPT,
            sa.or_(Visit.state.not_in(GONE), changed > ctx.now - KEPT),
        )
        .order_by(Visit.starts_at.desc(), Visit.id)
        .limit(MOST)
    )
    for visit, request, elder_name, provider_name, branch in rows:
        is_mine = visit.provider_id == reader.id
        whose = None if is_mine or visit.elder_id == reader.id else masked_name(elder_name)
        yield Entry(
            id=visit.id,
            is_mine=is_mine,
            service=service_name(ctx, request.rule_set_version, request.service_code),
            other=masked_name(elder_name if is_mine else provider_name),
            whose=whose,
            reference=request.reference,
            remote=request.remote,
            starts_at=visit.starts_at,
            ends_at=visit.starts_at + timedelta(minutes=visit.booked_minutes),
            sequence=visit.sequence,
            changed_at=visit.changed_at or visit.ended_at or visit.accepted_at,
            is_cancelled=visit.state in GONE,
            branch=Name(branch.name, branch.name_en),
            branch_phone=branch.phone,
        )
