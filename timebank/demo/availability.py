"""Who may go to a home, when people can come, and what elders wish, in the invented district."""

from __future__ import annotations

from datetime import date, time, timedelta
from uuid import UUID

from models.availability import CheckKind
from services.availability.safeguarding import CheckForm, record_check
from timebank.demo.scene import Scene


def safeguard(scene: Scene, clerk: UUID, member: UUID) -> None:
    """The screening and the first home visit in company, seen and written down at the counter."""
    now = scene.at(time(17, 0))
    for kind in CheckKind:
        form = CheckForm(
            kind=kind,
            on_day=scene.day - timedelta(days=3),
            reference=f"{scene.day:%Y%m}-{member.hex[-5:]}",
            valid_to=date(scene.day.year + 3, 12, 31) if kind is CheckKind.SCREENING else None,
        )
        record_check(scene.actor(clerk, now), member, form)
