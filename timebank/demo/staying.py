"""Two elders of another province stay with their children here: one is looked for, one waits."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from services.clock import at_local, local_date
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from timebank.demo.country import Country
from timebank.demo.scene import AWAY, Scene


def stage(scene: Scene, country: Country, branch: UUID, clerk: UUID, now: datetime) -> None:
    """This morning both have asked, and the branch has looked at one of them."""
    day = local_date(now) + timedelta(days=1)
    first, second = country.elders[AWAY][:2]
    opened = _ask(scene, first, branch, at_local(day, time(10, 30)), now - timedelta(hours=2))
    approve(scene.actor(clerk, now - timedelta(minutes=80)), AWAY, opened)
    _ask(scene, second, branch, at_local(day, time(15, 0)), now - timedelta(minutes=40))


def _ask(scene: Scene, elder: UUID, branch: UUID, start: datetime, when: datetime) -> UUID:
    form = AskForm(
        elder_id=elder,
        service_code="A04",
        starts_at=start,
        booked_minutes=60,
        place_branch_id=branch,
        address="五马街样例路 12 号 3 幢 402 室（女儿家）",
        note="来女儿家住两个月，说话慢一点。",
    )
    return ask(scene.actor(elder, when), form)
