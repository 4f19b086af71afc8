"""How many people avoid somebody, and what was reported: counts for auditors, nobody's names."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from models.availability import Avoidance, Incident, IncidentKind, IncidentState
from models.people import Member
from services.context import Context
from services.queries.audit.scope import Place, require_book

ACT = "incident.read"


@dataclass(frozen=True, slots=True)
class ReportCount:
    """Reports of one kind that stand in one state."""

    kind: IncidentKind
    state: IncidentState
    count: int


@dataclass(frozen=True, slots=True)
class ApartPage:
    """The figures of a book. Who avoids whom is nobody's to read."""

    place: Place
    avoidances: int
    reports: tuple[ReportCount, ...]


def apart_page(ctx: Context, book: str) -> ApartPage:
    """Avoidances in force and reports by kind and state; another region's book is not there."""
    place = require_book(ctx, book, ACT)
    avoidances = ctx.session.scalar(
        sa.select(sa.func.count())
        .select_from(Avoidance)
        .join(Member, Member.id == Avoidance.member_id)
        .where(Member.home_book == book, Avoidance.ended_at.is_(None))
    )
    rows = ctx.session.execute(
        sa.select(Incident.kind, Incident.state, sa.func.count().label("many"))
        .where(Incident.book == book)
        .group_by(Incident.kind, Incident.state)
        .order_by(Incident.state, Incident.kind)
    )
    return ApartPage(
        place=place,
        avoidances=avoidances or 0,
        reports=tuple(ReportCount(row.kind, row.state, row.many) for row in rows),
    )
