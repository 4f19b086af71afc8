"""Gifts in the invented district: one that arrived yesterday, and one that may be taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.giving import GiftOrigin
from models.oversight import OutboxMessage
from models.people import Member
from services.gifts.capturing import settle
from services.gifts.confirming import confirm
from services.gifts.facts import giveable_minutes
from services.gifts.making import GiftForm, make
from services.outbox import opened
from services.people.handles import holder
from timebank.demo.scene import HOME, Scene

#: What one gives here, where there is so much.
MINUTES = 90


def stage(scene: Scene, now: datetime) -> None:
    """The elder gave her daughter some time; the volunteer now gives his grandfather some."""
    elder, daughter, volunteer, grandfather = (
        _holder(scene, login) for login in ("elder", "family", "volunteer", "elder2")
    )
    arrived = _give(scene, elder, daughter, now - timedelta(days=2))
    if arrived is not None:
        settle(scene.system(now - timedelta(hours=23)), HOME, arrived)
    _give(scene, volunteer, grandfather, now - timedelta(hours=3))


def _holder(scene: Scene, login: str) -> UUID:
    found = holder(scene.session, "login", login)
    assert found is not None, "a printed login"
    return found


def _give(scene: Scene, giver: UUID, receiver: UUID, when: datetime) -> UUID | None:
    """A gift confirmed by the code in the giver's messages; None without coins of his own."""
    member = scene.session.get_one(Member, giver)
    here = giveable_minutes(scene.system(when), member, GiftOrigin.EARNED)
    minutes = min(MINUTES, here)
    if minutes < 1:
        return None
    gift_id = make(scene.actor(giver, when), GiftForm(giver, receiver, minutes))
    confirm(scene.actor(giver, when + timedelta(minutes=2)), HOME, gift_id, _code(scene, giver))
    return gift_id


def _code(scene: Scene, member: UUID) -> str:
    """The newest code in somebody's messages, as he reads it on his telephone."""
    rows = scene.session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.book == HOME, OutboxMessage.member_id == member)
        .order_by(OutboxMessage.created_at.desc())
    )
    codes = (opened(row, scene.vault).params.get("code") for row in rows)
    return next(str(code) for code in codes if code)
