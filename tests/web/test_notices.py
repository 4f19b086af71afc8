"""Inboxes, ways of being reached, the call sheet, letters and the slip, as people use them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from models.notices import CallAnswer, CallItem, ContactPreference
from models.oversight import OutboxMessage
from services import outbox
from services.policy import SYSTEM
from services.visits.reviewing import remind
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.notices.conftest import Post
from tests.services.notices.test_preferences import code_of, without_phone
from tests.services.notices.test_subscriptions import relative
from tests.web.branch_kit import Counter, open_counter

SAID = "您的通知方式已经更新。如果不是您本人办理的，请马上联系网点。"


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


@pytest.fixture
def post(counter: Counter) -> Post:
    return Post(counter.street)


def called(counter: Counter, post: Post) -> UUID:
    """A visit of tomorrow that the elder, who has a landline, is called about; the line's id."""
    post.reach(counter.street.elder, by_sms=False, landline_only=True)
    counter.town.promised()
    post.to_sheet()
    counter.given(lambda s: s.query(CallItem).delete())
    now = counter.town.now = counter.town.now + timedelta(hours=3)
    counter.street.act(SYSTEM, remind, now=now)
    return post.to_sheet(now)[-1]


def test_an_auditor_is_not_led_where_an_auditor_may_not_go(counter: Counter) -> None:
    inbox = counter.town.phone(counter.given(factories.create_auditor)).open("/me/notices")
    assert "通知方式" not in inbox
    assert "通知方式" in counter.town.phone(counter.street.volunteer).open("/me/notices")


def test_an_inbox_in_every_face(counter: Counter, post: Post) -> None:
    street = counter.street
    for who, base in (
        (street.elder, "/elder"),
        (street.volunteer, "/volunteer"),
        (street.staff, "/me"),
        (street.admins[0], "/me"),
    ):
        post.tell(who)
        browser = counter.town.phone(who)
        page = "/volunteer/messages" if base == "/volunteer" else f"{base}/notices"
        words = browser.open(page)
        assert "您的通知方式已经更新" in words
        assert "条还没有看过" in words
        until = browser.page.text.split('name="until" value="')[1].split('"')[0]
        words = browser.send(f"{page}/read", until=until)
        assert browser.path == page
        assert "条还没有看过" not in words


def test_an_inbox_has_pages_and_reads_in_english(counter: Counter, post: Post) -> None:
    who = counter.street.volunteer
    for minute in range(25):
        post.tell(who, now=factories.NOW - timedelta(minutes=minute), channel="inbox")
    browser = counter.town.phone(who).english()
    words = browser.open("/me/notices")
    assert words.count("New ") == 20
    older = browser.page.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    words = browser.open(older)
    assert "The way we reach you has been changed" in words
    assert "Newest" in words or "newest" in words.lower()
    assert "The way" in browser.open("/me/notices?after=nonsense")


def test_a_relative_reads_along_and_changes_nothing(counter: Counter, post: Post) -> None:
    child = relative(counter.street)
    post.tell(counter.street.elder)
    browser = counter.town.phone(child)
    base = f"/elder/for/{counter.street.elder}"
    words = browser.open(f"{base}/notices")
    assert "您的通知方式已经更新" in words
    assert "都看过了" not in words
    browser.open(f"{base}/reach", status=403)
    stranger = counter.town.phone(counter.street.volunteer)
    stranger.open(f"{base}/notices", status=403)


def test_the_elder_chooses_calls_and_english(counter: Counter) -> None:
    browser = counter.town.phone(counter.street.elder)
    assert "短信" in browser.open("/elder/reach")
    words = browser.send("/elder/reach", way="call", language="en", quiet_from="20", quiet_to="9")
    assert "通知方式已经保存" in words
    row = counter.street.look(lambda s: s.get_one(ContactPreference, counter.street.elder))
    assert (row.landline_only, row.language) == (True, "en")
    assert (row.quiet_from_minute, row.quiet_to_minute) == (20 * 60, 9 * 60)


def test_a_refusal_stands_at_its_field(counter: Counter) -> None:
    browser = counter.town.phone(counter.street.volunteer)
    browser.open("/me/reach")
    words = browser.send(
        "/me/reach", status=422, way="email", language="zh", quiet_from="21", quiet_to="8"
    )
    assert "请先填写邮箱" in words
    words = browser.send(
        "/me/reach", status=422, way="sms", language="zh", quiet_from="8", quiet_to="23"
    )
    assert "最长 14 小时" in words


def test_a_mail_address_is_proved_and_forgotten(counter: Counter) -> None:
    who = counter.street.volunteer
    browser = counter.town.phone(who)
    browser.open("/me/reach/email")
    words = browser.send("/me/reach/email", email="li@example.cn")
    assert "li@example.cn" in words
    right = code_of(counter.street, who)
    wrong = "271828" if right != "271828" else "314159"
    assert "验证码不对" in browser.send("/me/reach/code", status=422, code=wrong)
    words = browser.send("/me/reach/code", code=right)
    assert "邮箱已经确认" in words
    assert "短信、邮件" in words
    words = browser.send("/me/reach/email/end")
    assert "li@example.cn" not in words


def test_the_counter_sets_it_for_a_member(counter: Counter) -> None:
    elder = counter.street.elder
    path = counter.member_path(elder, "/reach")
    assert "通知方式" in counter.clerk.open(counter.member_path(elder))
    counter.clerk.open(path)
    words = counter.clerk.send(path, way="call", language="zh", quiet_from="21", quiet_to="8")
    assert "网点打电话" in words
    assert counter.audited("contact.update") == 1
    counter.neighbour().open(path, status=403)
    counter.town.mine().open(path, status=403)


def test_one_key_answers_a_call(counter: Counter, post: Post) -> None:
    key = called(counter, post)
    words = counter.clerk.open("/branch/calls")
    assert "有人来做" in words
    assert "梅花" in words
    for letter in "ydbn":
        assert f'accesskey="{letter}"' in counter.clerk.page.text
    # A browser sends every field called so: the button that is pressed must be the only one.
    assert not re.search(r'<input[^>]*name="answer"', counter.clerk.page.text)
    words = counter.clerk.send(f"/branch/calls/{LONGWAN}/{key}", answer="yes", note="")
    assert "已记下：好" in words
    assert "现在没有要打的电话" in words
    assert post.item(key).answer is CallAnswer.YES


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("another_day", "已记下：换一天"),
        ("call_back", "已记下：网点回电"),
        ("no_answer", "过一会儿再打"),
    ],
)
def test_the_other_answers(counter: Counter, post: Post, answer: str, words: str) -> None:
    key = called(counter, post)
    counter.clerk.open("/branch/calls")
    assert words in counter.clerk.send(
        f"/branch/calls/{LONGWAN}/{key}", answer=answer, note="下周三"
    )
    if answer == "no_answer":
        assert "还有 1 个过一会儿再打" in counter.clerk.text
        return
    assert "看这次服务" in counter.clerk.text
    done = counter.clerk.send(f"/branch/calls/{LONGWAN}/{key}/settle")
    assert "这一项办好了" in done
    assert "看这次服务" not in done


def test_a_second_press_says_that_it_was_noted(counter: Counter, post: Post) -> None:
    key = called(counter, post)
    counter.clerk.open("/branch/calls")
    hidden = counter.clerk.hidden()
    path = f"/branch/calls/{LONGWAN}/{key}"
    counter.clerk.send(path, answer="yes")
    again = counter.clerk.client.post(path, data={**hidden, "answer": "yes"}, follow_redirects=True)
    assert "已记下：好" in again.text
    counter.clerk.open("/branch/calls")
    assert "已经有人打过" in counter.clerk.send(path, answer="yes")
    assert "请选择：好" in counter.clerk.send(path, answer="perhaps")


def test_the_sheet_is_the_branches_own(counter: Counter, post: Post) -> None:
    key = called(counter, post)
    path = f"/branch/calls/{LONGWAN}/{key}"
    neighbour = counter.neighbour()
    assert "现在没有要打的电话" in neighbour.open("/branch/calls")
    neighbour.send(path, status=403, answer="yes")
    counter.town.mine().open("/branch/calls", status=403)
    assert post.item(key).answer is None


def test_a_letter_is_printed_and_noted(counter: Counter, post: Post) -> None:
    elder = counter.street.elder
    without_phone(counter.street, elder)
    post.tell(elder)
    words = counter.clerk.open("/branch/letters")
    assert "没有电话，也没有邮箱" in words
    row = post.row(elder)
    paper = counter.clerk.open(f"/branch/letters/{LONGWAN}/{row.id}")
    assert "您的通知方式已经更新" in paper
    assert "large-print" in counter.clerk.page.text
    assert counter.audited("notice.letter") == 1
    counter.clerk.open("/branch/letters")
    words = counter.clerk.send(f"/branch/letters/{LONGWAN}/{row.id}/letter")
    assert "通知都送到了" in words
    counter.clerk.open(f"/branch/letters/{LONGWAN}/{elder}", status=404)


def test_the_slip_in_the_elders_language(counter: Counter, post: Post) -> None:
    elder = counter.street.elder
    counter.town.promised()
    path = counter.member_path(elder, "/appointments")
    words = counter.clerk.open(path)
    assert "谁什么时候来" in words
    assert "梅花" in words
    post.reach(elder, language="en")
    assert "Who comes when" in counter.clerk.open(path)
    counter.town.mine().open(path, status=403)


def test_a_relative_hears_of_arrivals(counter: Counter) -> None:
    child = relative(counter.street)
    browser = counter.town.phone(child)
    path = f"/family/{counter.street.elder}"
    assert "马上告诉我" in browser.open(path)
    words = browser.send(f"{path}/hear", events="arrived")
    assert "已经记下" in words
    assert 'value="arrived" checked' in browser.page.text
    visit = counter.town.begun()
    assert visit
    where = (OutboxMessage.member_id == child, OutboxMessage.channel == "sms")
    assert counter.street.count(OutboxMessage, *where) == 1
    stranger = counter.town.mine()
    stranger.open("/volunteer/")
    stranger.send(f"{path}/hear", status=403, events="left")


def test_a_code_stands_in_no_inbox(counter: Counter) -> None:
    who = counter.street.volunteer

    def send(ctx: object) -> None:
        outbox.tell(ctx, LONGWAN, who, SAID, channel="sms", code="314159")  # type: ignore[arg-type]

    counter.street.act(SYSTEM, send)
    assert "您的通知方式" not in counter.town.phone(who).open("/me/notices")
