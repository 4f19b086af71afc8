"""Logins as rows: opened by their token, told of, listed and ended."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.logins import Login
from models.oversight import OutboxMessage
from services.context import Context
from services.logins import sessions
from services.logins.labels import label_of
from tests.factories import NOW, actor, create_member, make_ctx

LASTS = timedelta(days=30)


def own(session: Session, member_id: UUID, **later: float) -> Context:
    return make_ctx(session, actor(session, member_id), NOW + timedelta(**later))


def new_devices(session: Session) -> int:
    wanted = sa.select(sa.func.count()).where(
        OutboxMessage.sentence == sessions.NEW_DEVICE, OutboxMessage.listed
    )
    return session.scalar(wanted) or 0


def test_a_cookie_opens_its_own_login_and_no_other(session: Session) -> None:
    one, two = create_member(session), create_member(session)
    ctx = own(session, one)
    cookie = sessions.begin(ctx, "password", "chrome/android", "telephone")
    held = sessions.opened(ctx, one, cookie)
    assert held is not None
    key, _, token = cookie.partition(".")
    assert sessions.opened(ctx, two, cookie) is None
    assert sessions.opened(ctx, one, f"{key}.{token[:-1]}") is None
    assert token not in session.get_one(Login, (one, held.id)).digest
    with pytest.raises(ValueError, match="UUID"):
        sessions.opened(ctx, one, "nothing of ours")


def test_a_second_factor_changes_the_token(session: Session) -> None:
    ctx = own(session, create_member(session))
    before = sessions.begin(ctx, "password", "chrome/android", "telephone")
    held = sessions.opened(ctx, ctx.actor.id, before)
    assert held is not None
    after = sessions.strengthen(ctx, held.id)
    assert sessions.opened(ctx, ctx.actor.id, before) is None
    strong = sessions.opened(ctx, ctx.actor.id, after)
    assert strong is not None
    assert strong.factor_at == NOW


def test_a_new_device_is_told_of_once(session: Session) -> None:
    ctx = own(session, create_member(session))
    sessions.begin(ctx, "password", "chrome/android", "telephone")
    assert new_devices(session) == 0
    sessions.begin(ctx, "password", "chrome/android", "telephone")
    assert new_devices(session) == 0
    sessions.begin(ctx, "code", "edge/windows", "library")
    assert new_devices(session) == 1
    sessions.begin(ctx, "code", "edge/windows", "library")
    assert new_devices(session) == 1


@pytest.mark.parametrize(
    ("idle", "age", "office", "over"),
    [
        (timedelta(days=29), timedelta(days=300), False, False),
        (timedelta(days=31), timedelta(days=31), False, True),
        (timedelta(minutes=59), timedelta(hours=7), True, False),
        (timedelta(minutes=61), timedelta(hours=2), True, True),
        (timedelta(minutes=1), timedelta(hours=8, seconds=1), True, True),
    ],
)
def test_an_office_is_left_sooner(
    session: Session, idle: timedelta, age: timedelta, office: bool, over: bool
) -> None:
    held = sessions.Held(UUID(int=1), UUID(int=2), NOW - age, NOW - idle, None)
    assert held.is_over(NOW, LASTS, office=office) is over


def test_devices_are_listed_and_ended(session: Session) -> None:
    member = create_member(session)
    first = sessions.begin(own(session, member), "password", "chrome/android", "a")
    sessions.begin(own(session, member, hours=1), "password", "edge/windows", "b")
    sessions.begin(own(session, member, days=-40), "password", "safari/mac", "c")
    ctx = own(session, member, hours=2)
    mine = sessions.opened(ctx, member, first)
    assert mine is not None
    found = sessions.devices(ctx, mine.id, LASTS)
    assert [(each.label, each.is_this) for each in found] == [
        ("chrome/android", True),
        ("edge/windows", False),
    ]
    sessions.end(ctx, found[1].id, "elsewhere")
    sessions.end(ctx, found[1].id, "elsewhere")
    assert len(sessions.devices(ctx, mine.id, LASTS)) == 1
    sessions.begin(ctx, "code", "edge/windows", "b")
    sessions.end_others(ctx, mine.id)
    assert [each.id for each in sessions.devices(ctx, None, LASTS)] == [mine.id]
    with pytest.raises(sessions.NotALogin):
        sessions.end(own(session, create_member(session)), mine.id, "elsewhere")
    sessions.touch(ctx, mine)
    seen = sessions.opened(ctx, member, first)
    assert seen is not None
    assert seen.seen_at == ctx.now


def test_what_ended_long_ago_is_forgotten(session: Session) -> None:
    member = create_member(session)
    ctx = own(session, member)
    sessions.begin(ctx, "password", "chrome/android", "a")
    sessions.end_others(ctx, None)
    sessions.begin(own(session, member, days=179), "password", "chrome/android", "a")
    assert session.scalar(sa.select(sa.func.count(Login.id))) == 2
    sessions.begin(own(session, member, days=181), "password", "chrome/android", "a")
    assert session.scalar(sa.select(sa.func.count(Login.id))) == 2


CHROME = "Mozilla/5.0 (Linux; Android 13; V2) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("description", "label"),
    [
        (CHROME, "chrome/android"),
        (CHROME + " MicroMessenger/8.0", "wechat/android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120", "edge/windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17) Version/17 Safari/604", "safari/iphone"),
        ("", "other/other"),
        ("x" * 5000, "other/other"),
    ],
)
def test_a_label_is_two_words(description: str, label: str) -> None:
    assert label_of(description) == label
