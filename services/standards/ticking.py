"""Which points of the published checklist the provider says were done, kept when he goes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from models.ratings import VisitChecklist
from models.requests import Request, Visit
from services.context import Context
from services.errors import Invalid
from services.standards.reading import Point, standard


class PointUnknown(Invalid):
    """清单里没有这一项，请刷新后再勾。"""

    code = "point_unknown"


@dataclass(frozen=True, slots=True)
class Ticked:
    """A checklist as it was left: every point, and whether it was ticked."""

    version: str
    points: tuple[tuple[Point, bool], ...]
    at: datetime

    @property
    def done(self) -> int:
        """How many points were ticked."""
        return sum(ticked for _, ticked in self.points)


def keep(ctx: Context, request: Request, visit: Visit, done: Collection[str]) -> tuple[str, ...]:
    """Keep the ticks of a visit that is being checked out; services only. Raises PointUnknown.

    Returns their codes in the order of the checklist. Nothing ticked is kept as well: it was
    asked.
    """
    known = standard(request.service_code)
    if set(done) - set(known.codes):
        raise PointUnknown(field="done")
    codes = tuple(each.code for each in known.points(done))
    ctx.session.add(
        VisitChecklist(
            book=visit.book,
            visit_id=visit.id,
            standard_version=known.version,
            done=list(codes),
            at=ctx.now,
        )
    )
    return codes


def ticked(session: Session, book: str, visit_id: UUID, service_code: str) -> Ticked | None:
    """The checklist of a visit, or None where nobody was asked; the caller has asked the policy.

    Points that a later version of the standard dropped are left out.
    """
    row = session.get(VisitChecklist, (book, visit_id))
    if row is None:
        return None
    checklist = standard(service_code).checklist
    points = tuple((each, each.code in row.done) for each in checklist)
    return Ticked(row.standard_version, points, row.at)
