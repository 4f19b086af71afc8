"""What a volunteer reads: first page, open requests, one request, coins, honours, paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from models.oversight import AuditRecord
from models.people import Member
from services.people.reading import member_row
from services.visits.confirming import confirm
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START
from tests.web.volunteer_kit import Town, open_town


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town of the test's own."""
    yield from open_town(databases)


def pause(town: Town) -> None:
    """The volunteer is paused for ten days."""

    def change(session: object) -> None:
        row = session.get_one(Member, town.street.volunteer)
        row.paused_until = (NOW + timedelta(days=10)).date()

    town.street.uow.run(change)


def test_the_first_page_says_what_is_next_and_what_the_day_holds(town: Town) -> None:
    town.promised()
    town.street.open_request("B01", 60, starts_at=START + timedelta(days=1))
    words = town.mine().open("/volunteer/")
    assert "下一次服务 陪聊·读报·生命故事" in words
    assert "今天还能计入 6 小时" in words
    assert "1 项您可以去，一共 1 项" in words
    assert "看这次服务" in words
    town.at(-10)
    assert "今天还能计入 5 小时" in town.mine().open("/volunteer/")
    assert "去签到" in town.mine().open("/volunteer/")


def test_the_first_page_speaks_of_a_pause_and_of_missing_papers(town: Town) -> None:
    pause(town)
    words = town.mine().open("/volunteer/")
    assert "有事要办 接服务暂停到 2026年3月20日 周五" in words
    novice = town.street.uow.run(
        lambda session: factories.create_volunteer(session, "P0", insured=False)
    )
    words = town.phone(novice).open("/volunteer/")
    assert "参加“基础课（4 小时）”并到网点登记" in words
    assert "还没有有效的意外保险，这几项暂时不能接：陪同就医、轮椅外出、助浴·擦浴" in words


def test_open_requests_stand_in_order_with_reasons_for_the_others(town: Town) -> None:
    town.street.issue(5_000)
    later = town.street.open_request("B01", 60, starts_at=START + timedelta(days=1))
    first = town.street.open_request("A04", 60)
    hard = town.street.open_request("D03", 30, starts_at=START + timedelta(hours=3))
    browser = town.mine()
    words = browser.open("/volunteer/requests")
    places = [browser.page.text.index(str(each)) for each in (first, later, hard)]
    assert places == sorted(places)
    assert words.index("您可以去") < words.index("您暂时不能去") < words.rindex("血压血氧监测")
    assert "这项服务要求" in words[words.rindex("血压血氧监测") :]
    assert "样例小区" in words
    assert "301" not in words


def test_open_requests_are_filtered_by_day_and_service(town: Town) -> None:
    town.street.issue(5_000)
    town.street.open_request("A04", 60)
    town.street.open_request("B01", 60, starts_at=START + timedelta(days=1))
    browser = town.mine()
    words = browser.open("/volunteer/requests?day=2026-03-12")
    assert "代购代取 3月12日" in words
    assert "陪聊·读报·生命故事 3月11日" not in words
    words = browser.open("/volunteer/requests?service=A04")
    assert "陪聊·读报·生命故事 3月11日" in words
    assert "代购代取 3月12日" not in words
    assert "共 2 条" in browser.open("/volunteer/requests?day=1999-01-01&service=Z99")


def test_an_elder_is_masked_until_somebody_has_said_yes(town: Town) -> None:
    town.street.issue(5_000)
    request = town.street.open_request("A04", 60, note="请带老花镜")
    name = town.street.look(lambda session: member_row(session, town.street.elder).name)
    browser = town.mine()
    words = browser.open(f"/volunteer/requests/{request}")
    assert name not in browser.page.text
    assert f"{name[0]}**" in words
    assert "301" not in words
    assert "老花镜" not in words


def test_one_request_says_what_the_day_holds_before_what_it_is_worth(town: Town) -> None:
    town.street.issue(5_000)
    request = town.street.open_request("B01", 60)
    words = town.mine().open(f"/volunteer/requests/{request}")
    first, then = words.index("还能计入 6 小时"), words.index("您得到 1 小时 6 分")
    assert first < then
    for factor in ("服务内容（跑腿与数字助老）：110%", "服务者等级（基础）：100%", "权重为 1.1"):
        assert factor in words
    assert "老人付出" not in words
    assert "我愿意去" in words
    looked = AuditRecord.subject_id == request
    assert town.street.count(AuditRecord, looked, AuditRecord.act == "request.read") == 1


def test_what_goes_beyond_the_day_is_honour_time(town: Town) -> None:
    elder = town.street.uow.run(lambda session: factories.create_elder(session, grade=0))
    expert = town.street.uow.run(
        lambda session: factories.create_volunteer(session, "P2", certificates=("skilled-escort",))
    )
    town.street.issue(5_000)
    first = town.street.open_request("D01", 300, starts_at=START - timedelta(hours=1))
    town.street.accepted(first, by=expert)
    second = town.street.open_request(
        "A04", 90, elder_id=elder, starts_at=START + timedelta(hours=6)
    )
    words = town.phone(expert).open(f"/volunteer/requests/{second}")
    assert "还能计入 1 小时。" in words
    assert "这次 1 小时 30 分，可以计入 1 小时；超过的部分记为荣誉时长。" in words
    assert "您得到 1 小时" in words


def test_whoever_cannot_come_reads_every_reason_and_no_care_grade(town: Town) -> None:
    town.street.issue(5_000)
    request = town.street.open_request("D03", 30)
    pause(town)
    browser = town.mine()
    words = browser.open(f"/volunteer/requests/{request}")
    assert "您的服务资格暂停到 2026年3月20日 周五。" in words
    assert "您现在是基础" in words
    assert "以下有效证书之一" in words
    assert "我愿意去" not in words
    assert "照护等级" not in words
    assert town.street.count(AuditRecord, AuditRecord.act == "request.read") == 0


def test_a_request_that_is_not_open_shows_nobody(town: Town) -> None:
    waiting = town.street.ask()
    town.mine().open(f"/volunteer/requests/{waiting}", status=404)
    town.mine().open(f"/volunteer/requests/{uuid4()}", status=404)
    other = town.street.uow.run(lambda session: factories.create_volunteer(session, "P1"))
    town.promised("B01")
    taken = town.street.look(
        lambda session: session.query(AuditRecord).filter_by(act="visit.accept").one()
    ).after["request"]
    words = town.phone(other).open(f"/volunteer/requests/{taken}")
    assert "这项申请已经不需要人了" in words
    assert "**" not in words


def test_coins_stand_like_a_statement_with_receipt_and_pending(town: Town) -> None:
    visit = town.begun()
    town.street.go(visit, 62)
    browser = town.mine()
    words = browser.open("/volunteer/coins")
    assert "一共大约 1 小时 2 分，确认以后才算数。" in words
    assert "可以用 0 分" in words
    assert f"/volunteer/visits/{visit}/dispute" in browser.page.text
    town.street.act(town.street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    words = browser.open("/volunteer/coins")
    assert "可以用 1 小时 2 分" in words
    assert "服务所得 · 陪聊·读报·生命故事" in words
    assert "CN-TB-1 +1 小时 2 分 1 小时 2 分 收据" in words
    words = browser.open(f"/volunteer/visits/{visit}/receipt")
    assert "您得到 1 小时 2 分" in words
    assert "按规则 CN-TB-1 和日历" in words


def test_honours_count_actual_time_and_say_what_to_do_next(town: Town) -> None:
    visit = town.begun()
    town.street.go(visit, 62)
    town.street.act(town.street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    words = town.mine().open("/volunteer/honours")
    assert "一共服务了 1 小时 2 分" in words
    assert "做了 1 次" in words
    assert "离 1 星还差 98 小时 58 分" in words
    assert "P1 基础" in words
    assert "上一门专项课并服务满 50 小时" in words
    assert "志愿者意外保险" in words


def test_papers_that_end_soon_are_spoken_of(town: Town) -> None:
    member = town.street.uow.run(
        lambda session: factories.create_volunteer(session, "P1", insured=False)
    )
    town.street.uow.run(
        lambda session: factories.give_certificate(session, member, "insurance-accident", days=10)
    )
    words = town.phone(member).open("/volunteer/honours")
    assert "“志愿者意外保险”到 2026年3月20日 周五 为止，请提前续办" in words
    assert "快到期" in words
    town.now = NOW + timedelta(days=20)
    assert "“志愿者意外保险”已在 2026年3月20日 周五 到期" in town.phone(member).open(
        "/volunteer/honours"
    )


def test_the_list_for_paper_has_addresses_but_no_door_word(town: Town) -> None:
    town.promised()
    words = town.mine().open("/volunteer/calendar")
    assert "样例小区 2 幢 301 室" in words
    assert "梅花" not in words
    assert town.street.count(AuditRecord, AuditRecord.act == "visit.read") == 1


def test_messages_are_the_own_ones(town: Town) -> None:
    town.promised()
    assert "您已接下" in town.mine().open("/volunteer/messages")
    other = town.street.uow.run(lambda session: factories.create_volunteer(session, "P1"))
    assert "您已接下" not in town.phone(other).open("/volunteer/messages")


def test_pages_turn(town: Town) -> None:
    words = town.mine().open("/volunteer/requests?page=7")
    assert "没有" in words
    for path in ("coins", "visits"):
        town.mine().open(f"/volunteer/{path}?page=0")
        town.mine().open(f"/volunteer/{path}?page=no")


def test_only_volunteers_come_in(town: Town) -> None:
    for path in ("", "requests", "calendar"):
        town.phone(town.street.elder).open(f"/volunteer/{path}", status=403)
    answer = town.phone().client.get("/volunteer/")
    assert answer.status_code == 303
    assert "login" in answer.headers["Location"]


def test_every_page_reads_in_english(town: Town) -> None:
    visit = town.promised()
    request = town.street.open_request("D03", 30, starts_at=START + timedelta(days=1))
    browser = town.mine().english()
    for path in (
        "",
        "requests",
        f"requests/{request}",
        "visits",
        f"visits/{visit}",
        f"visits/{visit}/accepted",
        f"visits/{visit}/withdraw",
        "coins",
        "honours",
    ):
        words = browser.open(f"/volunteer/{path}")
        own = ("样例", "梅花", "第", "网点", *"陈林黄叶吴郑周潘徐蔡", *NAMES)
        left = [each for each in words if "\u3400" <= each <= "\u9fff" and each not in "".join(own)]
        assert not left, words
    assert "At the door, say: 梅花" in browser.open(f"/volunteer/visits/{visit}")


#: Invented given names and what the street's address is made of.
NAMES = ("安宁立春谷雨秋白冬青小满清明白露寒露霜降", "小区幢室培训中心甲乙丙社工服务路号")
