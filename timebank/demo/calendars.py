"""A volunteer's calendar link, so that the feed can be looked at without making one."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.calendars.links import make_link
from timebank.demo.scene import Scene


def stage(scene: Scene, volunteer: UUID, now: datetime) -> None:
    """The link is an hour old."""
    make_link(scene.actor(volunteer, now - timedelta(hours=1)))
