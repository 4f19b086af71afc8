"""A region of the demo joins the others: a signed fund, and a cap from above."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from uuid import UUID

from services.clock import local_date
from services.corridors.caps import set_cap
from services.corridors.finding import joined
from services.reserve import reading, recording
from timebank.demo.scene import Scene

FUND_FEN, CAP_MINUTES = 20_000_000, 120_000


def join(scene: Scene, book: str, admins: Sequence[UUID], national: UUID) -> None:
    """Two administrators put the fund on record; a region that has joined is left alone."""
    now = scene.at(time(11, 0))
    if joined(scene.session, [book]):
        return
    first, second = admins[:2]
    paper = f"民财〔{now.year}〕{int(book[2:6])} 号"
    row = recording.record(scene.actor(first, now), book, local_date(now), FUND_FEN, paper)
    recording.sign(scene.actor(second, now), book, row)
    set_cap(scene.actor(national, now), book, CAP_MINUTES, local_date(now), paper)


def read_reserves(scene: Scene) -> None:
    """What the daily job does, before anybody comes."""
    now = scene.at(time(3, 0))
    for book in reading.due_to_read(scene.system(now)):
        reading.read_reserve(scene.system(now), book)
