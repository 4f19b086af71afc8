"""Who is told how: a landline on the call sheet, a daughter who hears of arrivals, an inbox."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from uuid import UUID

import sqlalchemy as sa

from models.oversight import OutboxMessage
from services.clock import at_local
from services.errors import DomainError
from services.notices.calls import put_on_sheet
from services.notices.preferences import ReachForm, set_reach
from services.notices.sending import SENT, claim, settle
from services.notices.subscriptions import EVENTS, subscribe
from services.notices.ways import CALL
from services.people.handles import holder
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.visits.accepting import accept
from timebank.demo.scene import HOME, Scene


def stage(scene: Scene, wang: UUID, agen: UUID, visitor: UUID, clerk: UUID) -> None:
    """李阿根 has a landline only and is called about tomorrow's visitor; 王芳 hears along."""
    yesterday = scene.day - timedelta(days=1)
    call = partial(at_local, yesterday)
    by_call = ReachForm(by_sms=False, by_email=False, landline_only=True)
    set_reach(scene.actor(clerk, call(time(13, 30))), agen, by_call)
    for days in (2, 3):
        start = at_local(scene.day + timedelta(days=days), time(10, 0))
        try:
            with scene.attempt():
                _promised(scene, agen, visitor, clerk, start, call(time(14, 0)))
        except DomainError:
            # The visitor has promised that hour to somebody else.
            continue
    _called(scene, call(time(15, 30)))
    daughter = holder(scene.session, "login", "family")
    if daughter is not None:
        subscribe(scene.actor(daughter, call(time(16, 0))), wang, frozenset(EVENTS))
    _have_read(scene, call(time(12, 0)))


def _promised(
    scene: Scene, elder: UUID, visitor: UUID, clerk: UUID, start: datetime, asked: datetime
) -> None:
    form = AskForm(elder_id=elder, service_code="A04", starts_at=start, booked_minutes=60)
    request = ask(scene.actor(elder, asked), form)
    approve(scene.actor(clerk, asked + timedelta(minutes=20)), HOME, request)
    accept(scene.actor(visitor, asked + timedelta(minutes=40)), HOME, request)


def _called(scene: Scene, when: datetime) -> None:
    """What the job process does with calls: onto the branch's sheet."""
    for going in claim(scene.system(when), CALL):
        settle(scene.system(when), going, SENT)
        put_on_sheet(scene.system(when), going)


def _have_read(scene: Scene, until: datetime) -> None:
    """Everybody has read what came before; what came since is new."""
    scene.session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.book == HOME, OutboxMessage.created_at < until)
        .where(OutboxMessage.read_at.is_(None), OutboxMessage.listed.is_(True))
        .values(read_at=OutboxMessage.created_at)
    )
