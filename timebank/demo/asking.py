"""Questions that wait for the printed volunteers, and one of them asked to stand by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.requests import Request, RequestState
from services.asking import batching, standby, waves
from services.clock import at_local, local_date
from services.context import Context
from services.matching.snapshot import load
from services.matching.suggesting import suggest
from services.matching.tasks import Candidate, Ranking
from services.rules import asking as rules
from timebank.demo.scene import HOME, Cast, Scene

#: So many open requests are asked for, and so many people for each.
REQUESTS, PEOPLE = 8, 3
#: So many promised visits are looked at for somebody to stand by.
VISITS = 20


def stage(scene: Scene, cast: Cast, now: datetime) -> None:
    """Ask around for what is open, the printed volunteers before others where they fit."""
    scene.session.flush()
    elders = {elder.id for elder in cast.elders}
    named = [each.id for each in cast.volunteers if each.is_keen and each.id not in elders]
    columns = load(scene.session, now).columns

    def beside(ctx: Context, request: Request, limit: int) -> Ranking:
        found = standby.beside(ctx, columns, request, limit)
        return replace(found, candidates=tuple(_first(named, found.candidates)))

    def is_for_others(request: Request) -> bool:
        able = beside(scene.system(now), request, waves.LOOK).candidates
        return not {each.provider_id for each in able} & set(named)

    promised = _requests(scene, RequestState.FILLED, now + timedelta(hours=6), VISITS)
    for request in sorted(promised, key=is_for_others):
        if standby.seek(scene.system(_by_day(now)), HOME, request.id, beside):
            break
    for request in _requests(scene, RequestState.OPEN, now, REQUESTS):
        ctx = scene.system(now)
        people = _first(named, suggest(ctx, columns, request, 20).candidates)
        batching.propose(ctx, HOME, request.id, people[:PEOPLE])


def _requests(scene: Scene, state: RequestState, after: datetime, limit: int) -> Sequence[Request]:
    return scene.session.scalars(
        sa.select(Request)
        .where(Request.book == HOME, Request.state == state, Request.starts_at > after)
        .order_by(Request.starts_at, Request.submitted_at, Request.id)
        .limit(limit)
    ).all()


def _first(named: Sequence[UUID], candidates: Sequence[Candidate]) -> list[Candidate]:
    """The same people, the named ones before the others."""
    return sorted(candidates, key=lambda each: each.provider_id not in named)


def _by_day(now: datetime) -> datetime:
    """This moment, or the evening before it where people sleep."""
    if not rules.is_quiet(now):
        return now
    evening = at_local(local_date(now), time(20, 30))
    return evening if evening <= now else evening - timedelta(days=1)
