"""Monthly grants in the invented district: worked out on the first, signed by both, issued."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from models.batches import Batch, BatchState
from models.grants import GrantRun
from services.batches.working import work_chunk
from services.clock import local_date
from services.grants import computing, ending, proposing
from timebank.demo.scene import HOME, Cast, Scene

BACKING = "鹿城区养老服务补助资金，按月列支"


def live(scene: Scene, cast: Cast) -> None:
    """On the first of a month the list is made, and signed the same morning."""
    if scene.day.day == 1:
        _grant(scene, cast, scene.at(time(9, 0)))


def stage(scene: Scene, cast: Cast, now: datetime) -> None:
    """This month's grants are issued, and whoever has some that end soon has been told."""
    month = computing.month_of(local_date(now))
    if scene.session.get(GrantRun, (HOME, month)) is None:
        _grant(scene, cast, now - timedelta(hours=5))
    ending.warn(scene.system(now), HOME)


def _grant(scene: Scene, cast: Cast, when: datetime) -> None:
    month = computing.month_of(local_date(when))
    if not computing.compute(scene.system(when), HOME, month):
        return
    first, second = cast.admins
    batch_id = proposing.propose(
        scene.actor(first, when + timedelta(minutes=20)), HOME, month, BACKING
    )
    signer = scene.actor(second, when + timedelta(minutes=50))
    proposing.sign(signer, HOME, month, _seen(scene, batch_id))
    state = BatchState.SIGNED
    while state is BatchState.SIGNED:
        ctx = scene.system(when + timedelta(minutes=55))
        state = work_chunk(ctx, HOME, batch_id).state


def _seen(scene: Scene, batch_id: UUID) -> str:
    """The list that the second administrator looks at."""
    return scene.session.get_one(Batch, (HOME, batch_id)).content_hash
