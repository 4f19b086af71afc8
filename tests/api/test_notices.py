"""Notices through the API: the inbox, ways, the call sheet that a gateway answers, refusals."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.notices import CallItem
from models.oversight import OutboxMessage
from services import outbox
from services.context import Context
from services.notices.calls import put_on_sheet
from services.notices.preferences import EMAIL_CODE, ReachForm, set_reach
from services.notices.sending import SENT, claim, settle
from services.policy import SYSTEM
from tests.api.kit import World
from tests.factories import LONGWAN, NOW, VAULT, make_ctx

SAID = "您的通知方式已经更新。如果不是您本人办理的，请马上联系网点。"


def system(world: World, work: Callable[[Context], Any]) -> Any:
    return world.given(lambda s: work(make_ctx(s, SYSTEM, world.clock.now)))


def tell(world: World, who: UUID, **options: object) -> None:
    system(world, lambda ctx: outbox.tell(ctx, LONGWAN, who, SAID, channel="sms", **options))


def call(world: World) -> UUID:
    """The elder, who has a landline, is on the sheet; the line's id."""
    form = ReachForm(by_sms=False, by_email=False, landline_only=True)
    world.act(world.elder, lambda ctx: set_reach(ctx, world.elder, form))
    tell(world, world.elder)
    [going] = system(world, lambda ctx: claim(ctx, "call"))
    system(world, partial(put_on_sheet, going=going))
    system(world, lambda ctx: settle(ctx, going, SENT))
    return UUID(str(going.id))


def test_an_inbox_page_by_page_and_read(world: World) -> None:
    for _ in range(3):
        tell(world, world.volunteer)
        world.clock.now += timedelta(minutes=1)
    program = world.program(world.volunteer)
    first = program.read("/me/notices?limit=2")
    assert len(first["items"]) == 2
    assert first["unread"] >= 3
    assert first["items"][0]["text"].startswith("您的通知方式")
    rest = program.read(f"/me/notices?limit=100&cursor={first['next_cursor']}")
    ids = [each["id"] for each in (*first["items"], *rest["items"])]
    assert len(ids) == len(set(ids)) == first["unread"]
    assert rest["next_cursor"] is None
    done = program.done("/me/notices/read", {"until": world.clock.now.isoformat()})
    assert done["read"] == first["unread"]
    assert program.read("/me/notices")["unread"] == 0


def test_who_reads_whose(world: World) -> None:
    path = f"/members/{world.elder}/notices"
    assert world.program(world.staff).read(path)["items"]
    assert world.program(world.relative(("see",))).read(path)["items"]
    assert world.program(world.volunteer).get(path).status_code == 403


def test_ways_and_a_mail_address(world: World) -> None:
    program, path = world.program(world.elder), f"/members/{world.elder}"
    asked = program.done(f"{path}/email", {"email": "wang@example.cn"})
    assert (asked["pending_email"], asked["email"]) == ("wang@example.cn", None)
    wrong = program.post(f"{path}/email/confirm", {"code": "no"})
    assert (wrong.status_code, wrong.json["code"]) == (409, "email_code_wrong")
    query = sa.select(OutboxMessage).where(OutboxMessage.sentence == EMAIL_CODE)
    code = world.given(lambda s: outbox.params_of(s.scalars(query).one(), VAULT)["code"])
    proved = program.done(f"{path}/email/confirm", {"code": code})
    assert proved["ways"] == ["sms", "email"]
    changed = program.done(f"{path}/reach", {"by_sms": False, "by_email": True, "language": "en"})
    assert changed["ways"] == ["email"]
    assert changed["language"] == "en"
    gone = program.call("DELETE", f"{path}/email", key="new")
    assert gone.json["email"] is None
    assert program.read(f"{path}/reach")["ways"] == ["sms"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"by_sms": False, "by_email": False}, 422, "no_way_left"),
        ({"by_sms": True, "by_email": True}, 422, "email_not_proved"),
        ({"by_sms": True, "by_email": False, "quiet_from_minute": 1440}, 422, "invalid"),
        ({"by_sms": True, "by_email": False, "pigeon": True}, 422, "invalid"),
    ],
)
def test_ways_that_are_refused(
    world: World, body: dict[str, object], status: int, code: str
) -> None:
    answer = world.program(world.elder).post(f"/members/{world.elder}/reach", body)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_another_ones_ways_are_closed(world: World) -> None:
    for who in (world.volunteer, world.relative()):
        program = world.program(who)
        assert program.get(f"/members/{world.elder}/reach").status_code == 403
        body = {"by_sms": True, "by_email": False}
        assert program.post(f"/members/{world.elder}/reach", body).status_code == 403


def test_a_gateway_answers_a_call_once(world: World) -> None:
    key = call(world)
    gateway = world.program(world.staff)
    sheet = gateway.read(f"/branches/{world.branch}/calls")
    assert sheet["now"]["line"]["id"] == str(key)
    assert sheet["now"]["phone"].startswith("139")
    path = f"/calls/{LONGWAN}/{key}"
    assert gateway.read(path)["line"]["text"].startswith("您的通知方式")
    body = {"answer": "another_day", "note": "下周三"}
    assert gateway.done(f"{path}/answer", body, key="ring-1") == {"answer": "another_day"}
    assert gateway.done(f"{path}/answer", body, key="ring-1") == {"answer": "another_day"}
    late = gateway.post(f"{path}/answer", {"answer": "yes"})
    assert (late.status_code, late.json["code"]) == (409, "called_already")
    left = gateway.read(f"/branches/{world.branch}/calls")["left_to_do"]
    assert [each["answer"] for each in left] == ["another_day"]
    gateway.done(f"{path}/settle")
    assert gateway.read(f"/branches/{world.branch}/calls")["left_to_do"] == []
    assert gateway.post(f"{path}/settle").json["code"] == "nothing_to_settle"


def test_the_sheet_is_closed_to_others(world: World) -> None:
    key = call(world)
    path = f"/calls/{LONGWAN}/{key}"
    for who in (world.volunteer, world.elder):
        program = world.program(who)
        assert program.get(f"/branches/{world.branch}/calls").status_code == 403
        assert program.get(path).status_code == 403
        assert program.post(f"{path}/answer", {"answer": "yes"}).status_code == 403
    unknown = world.program(world.staff).post(
        f"/calls/{LONGWAN}/{world.elder}/answer", {"answer": "yes"}
    )
    assert (unknown.status_code, unknown.json["code"]) == (404, "not_on_the_sheet")
    assert world.given(lambda s: s.get_one(CallItem, (LONGWAN, key)).answer) is None


def test_what_reached_nobody(world: World) -> None:
    tell(world, world.volunteer)
    query = sa.update(OutboxMessage).where(
        OutboxMessage.book == LONGWAN,
        OutboxMessage.member_id == world.volunteer,
        OutboxMessage.channel == "sms",
    )
    world.given(lambda s: s.execute(query.values(given_up_at=NOW)))
    clerk = world.program(world.staff)
    [found] = clerk.read(f"/branches/{world.branch}/undelivered")["items"]
    path = f"/notices/{found['book']}/{found['id']}/handled"
    assert world.program(world.volunteer).post(path, {"how": "said"}).status_code == 403
    clerk.done(path, {"how": "said"})
    assert clerk.post(path, {"how": "letter"}).json["code"] == "handled_already"
    assert clerk.read(f"/branches/{world.branch}/undelivered")["total"] == 0


def test_a_relative_subscribes(world: World) -> None:
    child = world.program(world.relative(("see",)))
    path = f"/members/{world.elder}/subscription"
    assert child.read(path) == {"events": []}
    assert child.done(path, {"events": ["left", "arrived"]}) == {"events": ["arrived", "left"]}
    assert child.read(path) == {"events": ["arrived", "left"]}
    assert child.post(path, {"events": ["fell"]}).status_code == 422
    assert world.program(world.volunteer).get(path).status_code == 403
    assert world.program(world.volunteer).post(path, {"events": []}).status_code == 403


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_cursor_that_is_none_of_ours_is_refused(world: World, moment: str) -> None:
    text = f"{moment} {world.elder}"
    cursor = urlsafe_b64encode(text.encode()).decode().rstrip("=")
    assert world.program(world.elder).get(f"/me/notices?cursor={cursor}").status_code == 422
