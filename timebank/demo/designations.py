"""Whom two elders of the invented district have named: one at home, one by a will."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.designations.making import WILL, make
from services.designations.reading import Named
from services.people.forms import DOCUMENT
from services.people.lists import kin_of
from timebank.demo.scene import Scene


def stage(scene: Scene, at_home: UUID, by_will: UUID, clerk: UUID, now: datetime) -> None:
    """Relatives on record are named, beside a neighbour without an account."""
    when = now - timedelta(days=3, hours=2)
    ctx = scene.actor(at_home, when)
    near = [each for each in kin_of(ctx, at_home) if each.died_on is None]
    family = tuple(Named(each.member_id, each.name, each.relation, 2) for each in near[:2])
    neighbour = Named(None, "陈桂香", "friend", 1)
    make(ctx, at_home, (*family, neighbour))
    make(
        scene.actor(clerk, when + timedelta(hours=1)),
        by_will,
        (neighbour,),
        kind=WILL,
        how=DOCUMENT,
        reference="龙湾公证处 2026 年第 118 号",
    )
