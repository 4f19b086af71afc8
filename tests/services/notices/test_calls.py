"""The call sheet: who stands on it, what one key does, and what comes again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from models.notices import CallAnswer, CallItem
from models.oversight import AuditRecord
from models.service_days import WelfareVisit
from services.errors import Forbidden
from services.notices import errors
from services.notices.calls import note_answer, put_on_sheet, settle_call
from services.notices.inbox import unread_of
from services.notices.sending import Outgoing
from services.policy import SYSTEM
from services.queries.branch.calls import CallSheet, call_line, call_sheet
from services.schedule.rescheduling import propose
from services.visits.reviewing import remind
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.notices.conftest import Post, at
from tests.services.visits.conftest import START, Street


def answer(
    street: Street, key: UUID, said: str, note: str | None = None, now: object = NOW
) -> CallAnswer:
    return street.act(
        street.staff,
        lambda ctx: note_answer(ctx, LONGWAN, key, said, note),
        now=now,  # type: ignore[arg-type]
    )


def sheet(street: Street, now: object = NOW, chosen: UUID | None = None) -> CallSheet:
    return street.act(
        street.staff,
        lambda ctx: call_sheet(ctx, street.branch, chosen),
        now=now,  # type: ignore[arg-type]
    )


def with_landline(street: Street, post: Post) -> None:
    post.reach(street.elder, by_sms=False, landline_only=True)


def test_a_reminder_is_read_out_with_who_comes_and_when(street: Street, post: Post) -> None:
    with_landline(street, post)
    street.issue(1_000)
    street.accepted(street.open_request())
    post.to_sheet()
    street.act(SYSTEM, remind, now=NOW + timedelta(hours=2))
    [*_, key] = post.to_sheet(NOW + timedelta(hours=2))
    found = sheet(street, NOW + timedelta(hours=2), key).now
    assert found is not None
    assert found.coming is not None
    assert found.coming.starts_at == START
    assert found.phone is not None
    assert found.line.call_before == START
    where = (AuditRecord.act == "call.read", AuditRecord.subject_id == key)
    assert street.count(AuditRecord, *where) == 1


def test_a_call_about_a_visit_that_has_begun_is_gone(street: Street, post: Post) -> None:
    key = post.sheet(street.elder, until=NOW + timedelta(hours=2))
    assert sheet(street).now is not None
    assert sheet(street, NOW + timedelta(hours=2)).now is None
    assert post.item(key).answered_at is None


def test_yes_ends_it_and_marks_it_read(street: Street, post: Post) -> None:
    key = post.sheet(street.elder)
    unread = street.act(street.elder, lambda ctx: unread_of(ctx, street.elder))
    assert answer(street, key, "yes", "很高兴") is CallAnswer.YES
    item = post.item(key)
    assert (item.answer, item.attempts, item.settled_at) == (CallAnswer.YES, 1, NOW)
    assert item.answered_by_id == street.staff
    assert "很高兴" not in (item.note_sealed or "")
    assert sheet(street).now is None
    assert street.act(street.elder, lambda ctx: unread_of(ctx, street.elder)) == unread - 1


@pytest.mark.parametrize("said", ["another_day", "call_back"])
def test_another_day_and_a_call_back_stay_until_they_are_seen_to(
    street: Street, post: Post, said: str
) -> None:
    key = post.sheet(street.elder)
    answer(street, key, said)
    assert [line.id for line in sheet(street).left_to_do] == [key]
    street.act(street.staff, lambda ctx: settle_call(ctx, LONGWAN, key))
    assert sheet(street).left_to_do == ()
    with pytest.raises(errors.NothingToSettle):
        street.act(street.staff, lambda ctx: settle_call(ctx, LONGWAN, key))


def test_no_answer_comes_again_and_then_somebody_has_to_look(street: Street, post: Post) -> None:
    key = post.sheet(street.elder)
    answer(street, key, "no_answer")
    again = NOW + timedelta(minutes=60)
    found = sheet(street)
    assert (found.now, found.later) == (None, 1)
    assert sheet(street, again).now is not None
    answer(street, key, "no_answer", now=again)
    third = again + timedelta(minutes=180)
    assert sheet(street, third - timedelta(minutes=1)).now is None
    answer(street, key, "no_answer", now=third)
    item = post.item(key)
    assert (item.answer, item.attempts) == (CallAnswer.NO_ANSWER, 3)
    assert item.settled_at is None
    assert [line.id for line in sheet(street, third).left_to_do] == [key]
    mine = (WelfareVisit.elder_id == street.elder, WelfareVisit.finding == "not_reached")
    assert street.count(WelfareVisit, *mine) == 1


def test_nobody_is_called_again_at_night(street: Street, post: Post) -> None:
    evening = at(20, 30)
    key = post.sheet(street.elder, now=evening)
    answer(street, key, "no_answer", now=evening)
    assert post.item(key).call_after == at(8, day=11)


def test_one_call_is_answered_once(street: Street, post: Post) -> None:
    key = post.sheet(street.elder)
    act = lambda ctx: note_answer(ctx, LONGWAN, key, "yes")  # noqa: E731
    street.act(street.staff, act, key="k1")
    assert street.act(street.staff, act, key="k1") is CallAnswer.YES
    with pytest.raises(errors.CalledAlready):
        street.act(street.staff, act, key="k2")
    assert post.item(key).attempts == 1


def test_the_urgent_first_then_what_is_due_soonest(street: Street, post: Post) -> None:
    for who in (street.elder, street.volunteer, street.staff, street.admins[0]):
        post.reach(who, by_sms=False, landline_only=True)
    post.tell(street.elder, until=NOW + timedelta(hours=9))
    post.tell(street.volunteer, until=NOW + timedelta(hours=3))
    post.tell(street.staff)
    post.tell(street.admins[0], urgent=True)
    post.to_sheet()
    found = sheet(street)
    assert found.now is not None
    order = [found.now.line.member_id, *(line.member_id for line in found.waiting)]
    assert order == [street.admins[0], street.volunteer, street.elder, street.staff]
    assert found.total == 4


def test_a_line_is_put_on_the_sheet_once(street: Street, post: Post) -> None:
    key = post.sheet(street.elder)
    assert post.to_sheet(NOW + timedelta(days=1)) == []
    again = Outgoing(LONGWAN, key, "call", 2, None, "", "zh", "", {}, "account", NOW)
    street.act(SYSTEM, lambda ctx: put_on_sheet(ctx, again), now=NOW + timedelta(hours=1))
    assert street.count(CallItem, CallItem.id == key) == 1
    assert post.item(key).call_after == NOW


def test_yes_to_another_time_is_the_elders_word(street: Street, post: Post) -> None:
    with_landline(street, post)
    street.issue(1_000)
    request = street.open_request()
    street.accepted(request)
    post.to_sheet()
    to_at = START + timedelta(hours=3)
    street.act(street.volunteer, lambda ctx: propose(ctx, LONGWAN, request, to_at))
    [key] = post.to_sheet()
    answer(street, key, "yes")
    assert street.request(request).starts_at == to_at


def test_another_day_refuses_the_time_and_leaves_the_task(street: Street, post: Post) -> None:
    with_landline(street, post)
    street.issue(1_000)
    request = street.open_request()
    street.accepted(request)
    post.to_sheet()
    to_at = START + timedelta(hours=3)
    street.act(street.volunteer, lambda ctx: propose(ctx, LONGWAN, request, to_at))
    [key] = post.to_sheet()
    answer(street, key, "another_day", "下周三")
    assert street.request(request).starts_at == START
    assert [line.id for line in sheet(street).left_to_do] == [key]


def test_refusals(street: Street, post: Post) -> None:
    key = post.sheet(street.elder)
    with pytest.raises(errors.AnswerUnknown):
        answer(street, key, "maybe")
    with pytest.raises(errors.NotOnTheSheet):
        answer(street, street.elder, "yes")
    with pytest.raises(errors.NothingToSettle):
        street.act(street.staff, lambda ctx: settle_call(ctx, LONGWAN, key))
    for who in (street.elder, street.volunteer, street.admins[0]):
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: note_answer(ctx, LONGWAN, key, "yes"))
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: call_line(ctx, LONGWAN, key))
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: call_sheet(ctx, street.branch))
    elsewhere = street.uow.run(factories.create_branch)
    stranger = street.uow.run(lambda s: factories.create_staff(s, elsewhere))
    with pytest.raises(Forbidden):
        street.act(stranger, lambda ctx: note_answer(ctx, LONGWAN, key, "yes"))
