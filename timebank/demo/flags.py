"""What the rules find in the district: somebody who confirms with the telephone in his own hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from services.errors import DomainError
from services.flags import scanning
from services.visits.confirming import confirm
from timebank.demo.scene import HOME, Cast, Scene

#: (elder, provider, days ago) -> a visit of exactly an hour that waits for a word.
Visiting = Callable[[UUID, UUID, int], UUID]
DAYS_AGO = (5, 4, 3)


def stage(scene: Scene, cast: Cast, visiting: Visiting, now: datetime) -> None:
    """Three visits of one length, confirmed from the visitor's own telephone; then a look."""
    named = {elder.id for elder in cast.elders[:2]}
    elders = [each.id for each in cast.elders if each.id not in named]
    crowd = [each.id for each in cast.volunteers if not each.is_keen and each.id not in named]
    phone = scene.vault.blind("device", "demo:one telephone for both")
    visits = _visits(scene, elders, crowd, visiting, phone)
    for place, (elder, visit) in enumerate(visits):
        with scene.on_device(phone):
            confirm(scene.actor(elder, now - timedelta(minutes=45 - place)), HOME, visit)
    scene.session.flush()
    scanning.scan(scene.system(now), HOME)


def _visits(
    scene: Scene, elders: list[UUID], crowd: list[UUID], visiting: Visiting, phone: str
) -> list[tuple[UUID, UUID]]:
    """The visits of the first pair that has the time and may meet; none where nobody has."""
    for elder, provider in ((each, who) for each in elders[:6] for who in crowd[:6]):
        if elder == provider:
            continue
        try:
            with scene.attempt(), scene.on_device(phone):
                return [(elder, visiting(elder, provider, ago)) for ago in DAYS_AGO]
        except DomainError:
            continue
    return []
