"""The auditor's pages: from the province to one entry and back, everything read, nothing moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from models.ledger import AccountKind, Balance, Entry, Transfer, ValuationRecord
from models.oversight import AuditRecord
from models.people import Member
from models.requests import Request
from services.ledger.accounts import account_id, pool_of
from services.policy import NATION, REGION_ADMIN
from services.reversing.posting import reverse_posting
from services.rules.member_number import grouped
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG, actor, make_ctx
from tests.services.ledger.tampering import change, tamper
from tests.web.audit_kit import (
    BOOK,
    WENZHOU,
    ZHEJIANG,
    audited_world,
    auditor,
    holder,
    links,
    member,
    paid_visit,
    rows,
    words,
)
from tests.web.client import Browser
from timebank.wording import duration

LISTS = ("accounts", "transfers", "requests", "visits", "records")


@pytest.fixture
def world_url(databases: Databases) -> Iterator[str]:
    """The audited world in place of the bare one."""
    url = databases.fresh("sqlite", audited_world)
    yield url
    databases.discard(url)


@pytest.fixture
def look(app: Flask) -> Callable[..., Any]:
    """Reads something from the database."""

    def read(work: Callable[..., Any], *more: Any) -> Any:
        with app.extensions["timebank"].uow.read() as session:
            return work(session, *more)

    return read


@pytest.fixture
def sees(look: Callable[..., Any], login_as: Callable[[UUID], Browser]) -> Callable[..., Browser]:
    """A browser of the auditor of a scope."""
    return lambda scope=LONGWAN: login_as(look(auditor, scope))


def get(browser: Browser, path: str, status: int = 200) -> str:
    """The page at an address."""
    answer = browser.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return str(answer.get_data(as_text=True))


def tampered(app: Flask, url: str, *forgeries: Any) -> None:
    """Change rows behind the application's back, on the application's own database."""
    tamper(app.extensions["timebank"].uow, url, *forgeries)


# From the region to the book


def test_a_countys_auditor_begins_at_the_county(sees: Callable[..., Browser]) -> None:
    page = get(sees(), "/audit/")
    assert links(page, "/audit/books/") == [BOOK]
    assert "龙湾区" in words(page)
    assert "鹿城区" not in words(page)


def test_the_nations_auditor_goes_down_by_province_and_city(sees: Callable[..., Browser]) -> None:
    browser = sees(NATION)
    assert links(get(browser, "/audit/"), "/audit/regions/") == [f"/audit/regions/{ZHEJIANG}"]
    page = get(browser, f"/audit/regions/{ZHEJIANG}")
    # Up to the whole, and down to the city.
    assert links(page, "^/audit/regions/") == [f"/audit/regions/{WENZHOU}"]
    page = get(browser, f"/audit/regions/{WENZHOU}")
    assert links(page, "/audit/books/") == [f"/audit/books/{LUCHENG}", BOOK]
    assert links(page, "^/audit/regions/") == [f"/audit/regions/{ZHEJIANG}"]


def test_a_regions_figures_are_the_sum_of_its_books(sees: Callable[..., Browser]) -> None:
    page = get(sees(WENZHOU), f"/audit/regions/{WENZHOU}")
    lucheng, longwan, total = rows(page, "各地区的账本")
    assert longwan[:4] == ["龙湾区", "1", "83 小时 20 分", "81 小时 48 分"]
    assert lucheng[:3] == ["鹿城区", "1", "0 分"]
    assert total[:4] == ["合计", "2", "83 小时 20 分", "81 小时 48 分"]
    assert longwan[-1] == total[-1] == "相符"


def test_a_county_leads_on_to_its_book(sees: Callable[..., Browser]) -> None:
    answer = sees(WENZHOU).get(f"/audit/regions/{LONGWAN}")
    assert answer.status_code == 303
    assert answer.location == BOOK


@pytest.mark.parametrize("code", [LUCHENG, ZHEJIANG, WENZHOU, "110000000000", "nonsense"])
def test_a_region_outside_the_scope_is_not_there(sees: Callable[..., Browser], code: str) -> None:
    get(sees(), f"/audit/regions/{code}", 404)


@pytest.mark.parametrize("rest", ["", *(f"/{name}" for name in LISTS)])
def test_another_regions_book_is_not_there(sees: Callable[..., Browser], rest: str) -> None:
    get(sees(), f"/audit/books/{LUCHENG}{rest}", 404)
    get(sees(), f"/audit/books/{NATION}{rest}", 404)
    get(sees(), f"/audit/books/no-book{rest}", 404)
    get(sees(LUCHENG), f"/audit/books/{LUCHENG}{rest}")


@pytest.mark.parametrize(
    ("kind", "model"),
    [("accounts", Balance), ("transfers", Transfer), ("valuations", ValuationRecord)],
)
def test_a_thing_of_another_region_is_not_there(
    sees: Callable[..., Browser], look: Callable[..., Any], kind: str, model: Any
) -> None:
    column = model.account_id if model is Balance else model.id
    key = look(
        lambda session: session.scalars(sa.select(column).where(model.book == LONGWAN)).first()
    )
    get(sees(), f"{BOOK}/{kind}/{key}")
    get(sees(LUCHENG), f"{BOOK}/{kind}/{key}", 404)
    get(sees(LUCHENG), f"/audit/books/{LUCHENG}/{kind}/{key}", 404)
    get(sees(), f"{BOOK}/{kind}/{uuid4()}", 404)


def test_whoever_is_no_auditor_is_turned_away(
    client: Browser, login_as: Callable[[UUID], Browser], look: Callable[..., Any]
) -> None:
    assert client.get("/audit/").status_code == 303
    elder = look(paid_visit).elder_id
    get(login_as(elder), "/audit/", 403)
    get(login_as(elder), BOOK, 403)


def test_a_regions_administrator_reads_the_book_but_not_who_looked_at_what(
    login_as: Callable[[UUID], Browser], look: Callable[..., Any]
) -> None:
    browser = login_as(look(holder, REGION_ADMIN))
    page = get(browser, BOOK)
    assert not links(page, "/records$")
    get(browser, f"{BOOK}/records", 403)
    assert "导出 CSV" not in get(browser, f"{BOOK}/accounts")


def test_nothing_but_an_export_is_ever_posted(app: Flask) -> None:
    posting = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("audit.") and rule.methods - {"GET", "HEAD", "OPTIONS"}
    }
    assert posting == {"audit.export"}


# The book


def test_the_trial_balance_sums_to_zero(sees: Callable[..., Browser]) -> None:
    page = get(sees(), BOOK)
    lines = {line[0]: line for line in rows(page, "按账户类别")}
    assert lines["发行账户"][4] == "−83 小时 20 分"
    assert lines["公益池"][4] == "+81 小时 48 分"
    # The elder's 40 minutes were spent; 62 were earned, and 30 at the closed door.
    assert lines["自己挣的"][2:5] == ["2 小时 12 分", "40 分", "+1 小时 32 分"]
    assert lines["合计"][4] == "0 分"
    assert {line[-1] for line in lines.values()} == {"相符", "合计为零"}
    assert "下面的快速核对各项相符" in words(page)
    assert [line[-1] for line in rows(page, "快速核对")] == ["相符"] * 4


def test_a_book_that_does_not_agree_says_so(
    app: Flask, world_url: str, sees: Callable[..., Browser]
) -> None:
    pool = (Balance.account_id == pool_of(LONGWAN)) & (Balance.slot == 0)
    tampered(app, world_url, change(Balance, pool, posted_minutes=Balance.posted_minutes + 1))
    page = get(sees(), BOOK)
    assert "账目不符" in words(page)
    assert rows(page, "快速核对")[1][-1] == "不符"
    assert [line for line in rows(page, "按账户类别") if line[-1] == "登记为 +81 小时 49 分"]
    assert rows(get(sees(), "/audit/"), "各地区的账本")[0][-1].startswith("差")


def test_every_card_of_the_book_leads_somewhere(sees: Callable[..., Browser]) -> None:
    browser = sees()
    page = get(browser, BOOK)
    for name in LISTS:
        assert links(page, f"{BOOK}/{name}$")
        assert links(get(browser, f"{BOOK}/{name}"), f"^{BOOK}$"), "the way back"


# Lists


def test_accounts_are_filtered_sorted_and_added_up(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    browser = sees()
    lines = rows(get(browser, f"{BOOK}/accounts?kind=earned&sort=-balance"), "账户余额")
    assert {line[1] for line in lines[:-1]} == {"自己挣的"}
    assert lines[0][3] == "1 小时 32 分"
    assert lines[-1][3] == "1 小时 32 分"
    lines = rows(get(browser, f"{BOOK}/accounts?kind=earned&sort=balance"), "账户余额")
    assert lines[0][3] == "0 分"
    number = look(member, look(paid_visit).provider_id).number
    lines = rows(get(browser, f"{BOOK}/accounts?number={grouped(number)}"), "账户余额")
    assert len(lines) == 3, "earned, received and the totals"
    assert grouped(number) in lines[0][2]


def test_accounts_with_holds(
    sees: Callable[..., Browser], given: Callable[[Callable[[Session], Any]], Any]
) -> None:
    browser = sees()
    assert "没有符合条件的账户" in words(get(browser, f"{BOOK}/accounts?held=y"))
    assert "没有符合条件的账户" in words(get(browser, f"{BOOK}/accounts?closed=y"))


def test_a_list_comes_in_pages(sees: Callable[..., Browser]) -> None:
    browser = sees()
    whole = rows(get(browser, f"{BOOK}/accounts?size=200"), "账户余额")[:-1]
    page = get(browser, f"{BOOK}/accounts?size=20")
    assert len(rows(page, "账户余额")) == 21
    assert links(page, "size=20.*page=2")
    second = rows(get(browser, f"{BOOK}/accounts?size=20&page=2"), "账户余额")[:-1]
    assert [line[0] for line in second] == [line[0] for line in whole[20:40]]
    # The totals are those of the whole list, on every page.
    assert rows(page, "账户余额")[-1] == rows(get(browser, f"{BOOK}/accounts"), "账户余额")[-1]


@pytest.mark.parametrize("query", ["page=99", "page=-1", "page=x", "size=7", "sort=nothing"])
def test_a_nonsense_address_gives_a_page_all_the_same(
    sees: Callable[..., Browser], query: str
) -> None:
    assert rows(get(sees(), f"{BOOK}/accounts?{query}"), "账户余额")


def test_a_filter_that_cannot_be_read_says_so_beside_the_field(
    sees: Callable[..., Browser],
) -> None:
    page = get(sees(), f"{BOOK}/visits?number=V123")
    assert "<title>错误：" in page
    assert "志愿者编号是字母 V 加 12 位数字，请核对。" in words(page)
    assert 'value="V123"' in page
    page = get(sees(), f"{BOOK}/records?subject_id=abc&first=2026-13-40")
    assert "这里要完整的编号" in words(page)


def test_transfers_are_filtered_by_kind_and_day(sees: Callable[..., Browser]) -> None:
    browser = sees()
    lines = rows(get(browser, f"{BOOK}/transfers"), "全部往来")
    kinds = [line[2] for line in lines[:-1]]
    # The newest first; the last two are of one moment.
    assert kinds[:2] == ["没人开门的补偿", "服务入账"]
    assert sorted(kinds[2:]) == ["授权发行", "政策发放"]
    assert lines[-1][1] == "4 笔"
    lines = rows(get(browser, f"{BOOK}/transfers?kind=service"), "全部往来")
    assert lines[-1][3] == "1 小时 2 分"
    # Posted on 11 March in China.
    lines = rows(get(browser, f"{BOOK}/transfers?first=2026-03-11&last=2026-03-11"), "全部往来")
    assert [line[2] for line in lines[:-1]] == ["服务入账"]
    assert "没有符合条件的往来" in words(get(browser, f"{BOOK}/transfers?last=2026-03-09"))


def test_visits_and_requests_are_filtered(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    browser = sees()
    lines = rows(get(browser, f"{BOOK}/visits?state=credited"), "服务记录")
    assert len(lines) == 2
    assert lines[0][8:] == ["1 小时 2 分", "1 小时 2 分", "40 分", "22 分"]
    visit = look(paid_visit)
    number = look(member, visit.provider_id).number
    assert len(rows(get(browser, f"{BOOK}/visits?number={number}"), "服务记录")) == 3
    assert len(rows(get(browser, f"{BOOK}/visits?confirmed_how=own"), "服务记录")) == 2
    assert "没有符合条件的服务" in words(get(browser, f"{BOOK}/visits?confirmed_how=voice"))
    reference = look(lambda s: s.get_one(Request, (LONGWAN, visit.request_id)).reference)
    assert len(rows(get(browser, f"{BOOK}/requests?reference={reference}"), "申请")) == 2
    assert len(rows(get(browser, f"{BOOK}/requests?service_code=A04&consent=own"), "申请")) == 3
    assert "没有符合条件的申请" in words(get(browser, f"{BOOK}/requests?state=expired"))


def test_records_are_filtered_by_act_actor_subject_and_day(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    browser = sees()
    visit = look(paid_visit)
    page = get(browser, f"{BOOK}/records?subject_id={visit.id}")
    acts = [line[1] for line in rows(page, "办理记录")[:-1]]
    # The newest first; the first two are of one moment.
    assert sorted(acts[:2]) == ["服务入账", "确认服务"]
    assert acts[2:] == ["签退", "签到", "接单"]
    lines = rows(get(browser, f"{BOOK}/records?act=issue.sign"), "办理记录")
    assert len(lines) == 2
    assert "83 小时 20 分" in lines[0][4]
    number = look(member, visit.elder_id).number
    acts = {line[1] for line in rows(get(browser, f"{BOOK}/records?number={number}"), "办理记录")}
    assert {"提出申请", "确认服务"} <= acts
    assert "审核申请" not in acts
    assert "没有符合条件的记录" in words(get(browser, f"{BOOK}/records?last=2020-01-01"))


def test_the_nations_own_acts_are_the_nations_to_read(sees: Callable[..., Browser]) -> None:
    page = get(sees(NATION), f"/audit/books/{NATION}/records")
    assert {"公布规则", "更新地区目录"} <= {line[1] for line in rows(page, "办理记录")}
    assert "全国" in words(page)
    get(sees(WENZHOU), f"/audit/books/{NATION}/records", 404)


def test_names_are_masked_in_lists(sees: Callable[..., Browser], look: Callable[..., Any]) -> None:
    visit = look(paid_visit)
    names = [look(member, key).name for key in (visit.elder_id, visit.provider_id)]
    browser = sees()
    for name in LISTS:
        page = get(browser, f"{BOOK}/{name}?size=200")
        assert not [each for each in names if each in words(page)], name


# One thing


def test_an_account_shows_every_entry_with_the_balance_after_it(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    visit = look(paid_visit)
    key = account_id(LONGWAN, AccountKind.EARNED, visit.elder_id)
    page = get(sees(), f"{BOOK}/accounts/{key}")
    lines = rows(page, "分录和之后的余额")
    assert [line[3:6] for line in lines[:-1]] == [
        ["−40 分", "0 分", "相符"],
        ["+40 分", "40 分", "相符"],
    ]
    # The first acceptance took the hold with an end over into one without.
    ended = sorted(line[2:4] for line in rows(page, "预留"))
    paid = f"已支付 {str(visit.transfer_id)[-8:]}"
    assert ended == [["40 分", paid], ["40 分", "已转入新的预留"]]
    assert links(page, f"/transfers/{visit.transfer_id}")
    assert links(page, f"/requests/{visit.request_id}")


def test_an_entry_that_does_not_follow_is_marked(
    app: Flask, world_url: str, sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    key = account_id(LONGWAN, AccountKind.EARNED, look(paid_visit).elder_id)
    first = sa.and_(Entry.account_id == key, Entry.version == 1)
    tampered(app, world_url, change(Entry, first, balance_after_minutes=50))
    lines = rows(get(sees(), f"{BOOK}/accounts/{key}"), "分录和之后的余额")
    assert [line[5] for line in lines[:-1]] == ["不符", "不符"]


def test_a_transfer_says_who_for_whom_and_why(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    visit = look(paid_visit)
    page = get(sees(), f"{BOOK}/transfers/{visit.transfer_id}")
    lines = rows(page, "分录")
    assert [line[3] for line in lines] == ["−40 分", "−22 分", "+1 小时 2 分", "0 分"]
    assert lines[-1][-1] == "合计为零"
    # A pool has slots: what stands beside its leg is the balance of one of them.
    key = {"account_id": pool_of(LONGWAN), "transfer_id": visit.transfer_id}
    found = sa.select(Entry.slot, Entry.balance_after_minutes).filter_by(book=LONGWAN, **key)
    slot, minutes = look(lambda s: s.execute(found).one())
    after = f"{duration(minutes)} 分户 {slot} 的余额"
    assert [line[4] for line in lines[:-1]] == ["0 分", after, "1 小时 2 分"]
    assert "整个账户的余额请看账户页" in words(page)
    assert grouped(look(member, visit.elder_id).number) in words(page)
    assert f"visit:{visit.id}:service" in words(page)
    for kind, key in (("valuations", visit.valuation_id), ("visits", visit.id)):
        assert links(page, f"{BOOK}/{kind}/{key}")
    ended = [line[1:] for line in rows(page, "用掉的预留")]
    assert sorted(ended) == [["已支付", "22 分"], ["已支付", "40 分"], ["已退回", "0 分"]]


def test_an_issue_shows_both_signatures_and_its_backing(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    browser = sees()
    (address,) = set(
        links(get(browser, f"{BOOK}/transfers?kind=issue"), f"{BOOK}/transfers/[0-9a-f]")
    )
    text = words(get(browser, address))
    assert "样例资金" in text
    assert "提出" in text
    assert "签署" in text


def test_a_reversal_and_what_it_reverses_lead_to_each_other(
    sees: Callable[..., Browser],
    look: Callable[..., Any],
    given: Callable[[Callable[[Session], Any]], Any],
) -> None:
    paid = look(paid_visit).transfer_id

    def undo(session: Session) -> UUID:
        admin = actor(session, holder(session, REGION_ADMIN))
        return reverse_posting(make_ctx(session, admin), LONGWAN, paid, "wrong_time")

    reversal = given(undo)
    browser = sees()
    page = get(browser, f"{BOOK}/transfers/{paid}")
    assert "这笔往来已经冲正" in words(page)
    assert links(page, f"/transfers/{reversal}")
    page = get(browser, f"{BOOK}/transfers/{reversal}")
    assert "这是一笔冲正" in words(page)
    assert "记错了时间" in words(page)
    assert links(page, f"/transfers/{paid}")
    lines = rows(get(browser, f"{BOOK}/transfers?reversed_only=y"), "全部往来")
    assert [line[2] for line in lines[:-1]] == ["冲正 记错了时间"]


def test_a_valuation_comes_out_again_as_it_was_stored(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    visit = look(paid_visit)
    page = get(sees(), f"{BOOK}/valuations/{visit.valuation_id}")
    lines = {line[0]: line[1:] for line in rows(page, "登记的数和重算的数")}
    assert lines["服务者得到"] == ["1 小时 2 分", "1 小时 2 分", "相符"]
    assert lines["老人付出"] == ["40 分", "40 分", "相符"]
    assert lines["权重"] == ["1", "1", "相符"]
    assert "每一个数都相同" in words(page)
    assert "老人付出 40 分：不超过预留的 40 分。" in words(page)


def test_a_valuation_that_was_changed_shows_both_figures(
    app: Flask, world_url: str, sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    visit = look(paid_visit)
    content = look(lambda s: s.get_one(ValuationRecord, (LONGWAN, visit.valuation_id)).content)
    forged = {**content, "earn_minutes": 90, "pool_minutes": 50}
    tampered(app, world_url, change(ValuationRecord, content=forged))
    page = get(sees(), f"{BOOK}/valuations/{visit.valuation_id}")
    lines = {line[0]: line[1:] for line in rows(page, "登记的数和重算的数")}
    assert lines["服务者得到"] == ["1 小时 30 分", "1 小时 2 分", "不符"]
    assert lines["老人付出"][-1] == "相符"
    assert "重新计算的结果与登记的不同" in words(page)


def test_a_visit_shows_all_its_evidence(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    visit = look(paid_visit)
    page = get(sees(), f"{BOOK}/visits/{visit.id}")
    text = words(page)
    for key in (visit.elder_id, visit.provider_id):
        assert look(member, key).name in text, "this page needs the names"
    presence = rows(page, "到场证据")
    assert [line[:3] for line in presence] == [
        ["签到", "2026-03-11 10:00", "六位数字"],
        ["签退", "2026-03-11 11:02", "六位数字"],
    ]
    assert [line[-1] for line in presence] == ["没有位置", "没有位置"]
    codes = rows(page, "一次性编码")
    assert {line[3] for line in codes} == {"2026-03-11 10:00", "2026-03-11 11:02"}
    assert "老人自己确认" in text
    acts = {line[1] for line in rows(page, "办理记录")}
    assert {"提出申请", "审核申请", "接单", "签到", "签退", "确认服务", "查看服务"} <= acts
    for kind, key in (("valuations", visit.valuation_id), ("transfers", visit.transfer_id)):
        assert links(page, f"{BOOK}/{kind}/{key}")


def test_a_visit_shows_no_address_and_no_code(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    visit = look(paid_visit)
    page = get(sees(), f"{BOOK}/visits/{visit.id}")
    assert "样例小区" not in page
    assert "梅花" not in page


@pytest.mark.parametrize(
    ("kind", "field", "act"),
    [
        ("visits", "id", "visit.read"),
        ("requests", "request_id", "request.read"),
        ("valuations", "valuation_id", "valuation.read"),
    ],
)
def test_a_look_at_names_or_grades_is_on_record(
    sees: Callable[..., Browser], look: Callable[..., Any], kind: str, field: str, act: str
) -> None:
    subject = getattr(look(paid_visit), field)
    get(sees(), f"{BOOK}/{kind}/{subject}")

    def records(session: Session) -> list[UUID]:
        wanted = sa.select(AuditRecord.actor_id).where(
            AuditRecord.act == act, AuditRecord.subject_id == subject
        )
        return list(session.scalars(wanted))

    assert look(records) == [look(auditor)]


def test_a_request_leads_to_its_visits(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    visit = look(paid_visit)
    page = get(sees(), f"{BOOK}/requests/{visit.request_id}")
    assert links(page, f"{BOOK}/visits/{visit.id}")
    assert "本人办理" in words(page)


def test_every_page_of_the_auditor_reads_in_english(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    browser = sees()
    browser.set_cookie("lang", "en")
    visit = look(paid_visit)
    names = look(lambda s: [each.name for each in s.scalars(sa.select(Member))])
    paths = [
        "/audit/",
        BOOK,
        *(f"{BOOK}/{name}" for name in LISTS),
        f"{BOOK}/accounts/{pool_of(LONGWAN)}",
        f"{BOOK}/transfers/{visit.transfer_id}",
        f"{BOOK}/valuations/{visit.valuation_id}",
        f"{BOOK}/visits/{visit.id}",
        f"{BOOK}/requests/{visit.request_id}",
    ]
    for path in paths:
        text = words(get(browser, path))
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, "")
        left = {sign for sign in text if "\u4e00" <= sign <= "\u9fff"}
        # Masked names keep the family name.
        assert left <= {name[0] for name in names}, (path, left)
