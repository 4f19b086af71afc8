"""Somebody for whom it is hard to find anybody, and a clerk who has looked at who fits."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from services.clock import at_local, local_date
from services.matching.snapshot import load
from services.queries.branch.matching import matching_file, unfilled
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from timebank.demo.scene import HOME, Cast, Scene

#: Late in the evening, and it has to be a man: few can come.
LATE = time(20, 30)
#: So many of the branch's requests has the clerk looked into.
LOOKED_INTO = 3


def stage(scene: Scene, cast: Cast, now: datetime) -> None:
    """A request that is hard to fill, and the looks of somebody who tries."""
    elder = cast.elders[1].id
    branch = cast.branch_of.get(elder, cast.branches[0])
    clerk = cast.staff[branch]
    form = AskForm(
        elder_id=elder,
        service_code="A04",
        starts_at=at_local(local_date(now) + timedelta(days=2), LATE),
        booked_minutes=60,
        wished_sex="male",
    )
    request = ask(scene.actor(elder, now - timedelta(hours=5)), form)
    approve(scene.actor(clerk, now - timedelta(hours=4)), HOME, request)
    scene.session.flush()
    columns = load(scene.session, now).columns
    looking = scene.actor(clerk, now - timedelta(minutes=20))
    for each in unfilled(looking, columns, branch).lines[:LOOKED_INTO]:
        matching_file(looking, columns, each.book, each.id)
