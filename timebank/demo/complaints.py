"""Something to say: an elder who was asked for money, one heard and dismissed, and work sheets."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.requests import Visit, VisitState
from services.complaints.answering import answer
from services.complaints.appealing import appeal
from services.complaints.deciding import decide
from services.complaints.opening import open_complaint
from services.sheets import acting, closing
from timebank.demo.scene import HOME, Cast, Scene


def stage(scene: Scene, cast: Cast, elders: tuple[UUID, UUID], now: datetime) -> None:
    """Leave a complaint that waits for the other side, one under appeal, and three sheets."""
    charged, disputed = (_last_visit(scene, elder) for elder in elders)
    if charged is not None:
        open_complaint(
            scene.actor(elders[0], now - timedelta(hours=5)),
            book=HOME,
            kind="charged",
            text="做完以后问我要二十块钱车费，我给了。",
            visit_id=charged.id,
        )
    if disputed is not None:
        _appealed(scene, cast, elders[1], disputed, now)
    _sheets(scene, cast, now)


def _last_visit(scene: Scene, elder: UUID) -> Visit | None:
    """The last visit that was credited for an elder."""
    return scene.session.scalar(
        sa.select(Visit)
        .where(Visit.book == HOME, Visit.elder_id == elder, Visit.state == VisitState.CREDITED)
        .where(Visit.provider_book == HOME, Visit.reversed_at.is_(None))
        .order_by(Visit.starts_at.desc(), Visit.id)
        .limit(1)
    )


def _appealed(scene: Scene, cast: Cast, elder: UUID, visit: Visit, now: datetime) -> None:
    """Taken down by telephone, answered, dismissed with a reason, and appealed."""
    clerk = cast.staff[cast.branches[0]]
    then = now - timedelta(hours=4)
    made = open_complaint(
        scene.actor(clerk, then),
        book=HOME,
        kind="visit_disputed",
        text="说好一个小时，我看钟只有四十分钟。",
        visit_id=visit.id,
        by=elder,
        how="phone",
    )
    step = timedelta(minutes=30)
    speaker = scene.actor(visit.provider_id, then + step)
    answer(speaker, HOME, made, "签到签退都是在门口扫的码，中间没有离开。")
    reason = "签到和签退的码都是老人当面给的，时间和记录一样，没有查到提前离开。"
    decide(scene.actor(cast.admins[0], then + 2 * step), HOME, made, "dismissed", reason)
    appeal(scene.actor(elder, then + 3 * step), HOME, made, "门口的钟慢，请再看一看。")


def _sheets(scene: Scene, cast: Cast, now: datetime) -> None:
    """A warning that the branch works on, one that became a supervision sheet."""
    branch = cast.branches[0]
    clerk, admin = cast.staff[branch], cast.admins[0]
    for turn, text in enumerate(("纸条补录比别的网点多，请核对。", "回访电话没有人接，请说明。")):
        made = acting.open_by_hand(
            scene.actor(cast.auditor or admin, now - timedelta(hours=6)),
            book=HOME,
            kind="warning",
            text=text,
            subject_kind="branch",
            subject_id=branch,
            branch_id=branch,
        )
        acting.take(scene.actor(clerk, now - timedelta(hours=3)), HOME, made)
        later = scene.actor(clerk, now - timedelta(hours=2))
        acting.note(later, HOME, made, "已经把这个月的纸条都找出来了。")
        if turn:
            above = scene.actor(admin, now - timedelta(hours=1))
            closing.turn(above, HOME, made, "说明不够，改为督办。")
