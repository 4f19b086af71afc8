"""Administering a region: the pool and its queue, issue, reversal, branches, books."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from models.oversight import IssueAuthorisation
from models.places import Book, Branch
from services.context import Context
from services.people.kin import record_kinship
from services.people.reading import member_row
from services.places import branch as branch_view
from services.policy import OWN_AFFAIR
from services.requests.asking import AskForm, ask
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG
from tests.services.visits.conftest import START
from tests.web.branch_kit import Counter, hidden_of, open_counter
from tests.web.volunteer_kit import Browser


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


@pytest.fixture
def admin(counter: Counter) -> Browser:
    """The region's first administrator."""
    return counter.town.phone(counter.street.admins[0])


@pytest.fixture
def second(counter: Counter) -> Browser:
    """The region's second administrator."""
    return counter.town.phone(counter.street.admins[1])


@pytest.fixture
def nation(counter: Counter) -> Browser:
    """The national administrator."""
    branch = counter.street.branch
    member = counter.given(lambda s: factories.create_national_admin(s, branch_id=branch))
    return counter.town.phone(member)


def path(act: str = "", book: str = LONGWAN) -> str:
    return f"/admin/{book}{act}"


# Home and overview


def test_whoever_has_one_region_comes_straight_to_it(counter: Counter, admin: Browser) -> None:
    counter.street.issue(600)
    said = admin.open("/admin/")
    assert admin.path == path()
    assert "公益池可用 10 小时" in said
    assert "有效成员 5" in said
    assert "全国互助时间默认规则 CN-TB-1" in said
    assert 'href="/rates"' in admin.page.text


def test_the_nation_chooses_among_all_books(counter: Counter, nation: Browser) -> None:
    counter.other_branch(factories.WUMA)
    nation.open("/admin/")
    assert path() in nation.page.text
    assert path(book=LUCHENG) in nation.page.text


@pytest.mark.parametrize("act", ["", "/issue", "/transfers", "/branches"])
def test_another_region_s_administrator_sees_nothing(counter: Counter, act: str) -> None:
    assert "没有办理这件事的权限" in counter.far_admin().open(path(act), 403)


@pytest.mark.parametrize("act", ["", "/issue", "/transfers", "/branches"])
def test_neither_staff_nor_members_nor_auditors_administer(counter: Counter, act: str) -> None:
    auditor = counter.given(lambda s: factories.create_auditor(s, branch_id=counter.street.branch))
    for member in (counter.street.staff, counter.street.volunteer, auditor):
        counter.town.phone(member).open(path(act), 403)


def test_a_book_that_is_not_there_is_not_found(admin: Browser) -> None:
    admin.open(path(book="999999999999"), 404)


# Issue


def proposed(browser: Browser, coins: str = "50", backing: str = "样例资金") -> str:
    """Propose an issue; returns the address of its page."""
    browser.open(path("/issue/new"))
    browser.send(path("/issue/new"), coins=coins, backing=backing)
    return browser.path


def test_one_proposes_and_another_signs(counter: Counter, admin: Browser, second: Browser) -> None:
    page = proposed(admin)
    assert "请另一位管理员签署" in admin.text
    assert "50 个时间币" in admin.text
    assert f"{page}/sign" not in admin.page.text
    assert counter.street.pool() == (0, 0)
    said = second.open(page)
    assert "签署以后可用 50 小时" in said
    said = second.send(f"{page}/sign")
    assert "已签署生效" in said
    assert counter.street.pool() == (3000, 0)
    assert "已签署" in second.open(page)
    assert "/transfers/" in second.page.text


def test_whoever_proposed_may_not_sign(counter: Counter, admin: Browser) -> None:
    page = proposed(admin)
    assert "提出人不能自己签署" in admin.send(f"{page}/sign", 409)
    assert counter.street.pool() == (0, 0)


def test_a_signature_given_twice_issues_once(
    counter: Counter, admin: Browser, second: Browser
) -> None:
    page = proposed(admin)
    second.open(page)
    data = second.hidden()
    for _ in range(2):
        assert second.client.post(f"{page}/sign", data=data).status_code == 303
    assert counter.street.pool() == (3000, 0)
    second.open(page)
    assert "已经签署生效" in second.send(f"{page}/sign", 409)


def test_a_proposal_sent_twice_is_one(counter: Counter, admin: Browser) -> None:
    admin.open(path("/issue/new"))
    data = {**admin.hidden(), "coins": "5", "backing": "样例资金"}
    for _ in range(2):
        assert admin.client.post(path("/issue/new"), data=data).status_code == 303
    assert counter.street.count(IssueAuthorisation) == 1


@pytest.mark.parametrize(
    ("coins", "backing", "sentence"),
    [
        ("0", "资金", "不能小于 1"),
        ("100001", "资金", "不能大于 100000"),
        ("两百", "资金", "请填写整数"),
        ("", "资金", "请填写时间币的个数"),
        ("5", " ", "由哪一笔资金或承诺作保障"),
    ],
)
def test_a_proposal_that_cannot_be_is_refused(
    counter: Counter, admin: Browser, coins: str, backing: str, sentence: str
) -> None:
    admin.open(path("/issue/new"))
    assert sentence in admin.send(path("/issue/new"), 422, coins=coins, backing=backing)
    assert counter.street.count(IssueAuthorisation) == 0


def test_the_queue_stands_in_its_published_order_and_is_explained(
    counter: Counter, admin: Browser
) -> None:
    late = counter.waiting(elder=counter.elder_of(grade=0, age=70))
    urgent = counter.waiting(elder=counter.elder_of(grade=3, age=85))
    said = admin.open(path("/issue"))
    first, second = (counter.street.request(each).reference for each in (urgent, late))
    assert said.index(first) < said.index(second)
    assert "风险 2 级 · 重度失能" in said
    assert "一共 2 项，需要 2 小时。" in said
    assert "提交早的先" in said
    assert "排在前面的还不够，后面的不会越过去" in said


def test_a_signature_lets_the_queue_move_on(
    counter: Counter, admin: Browser, second: Browser
) -> None:
    request = counter.waiting()
    page = proposed(admin)
    second.open(page)
    assert "没有申请在等公益池" in second.send(f"{page}/sign")
    assert counter.street.request(request).state == "open"


@pytest.mark.parametrize("act", ["/issue/new", "/issue"])
def test_the_national_administrator_neither_proposes_nor_signs(nation: Browser, act: str) -> None:
    nation.open(path(act), 403)


def test_another_region_signs_nothing_here(counter: Counter, admin: Browser) -> None:
    page = proposed(admin)
    far = counter.far_admin()
    far.open("/admin/")
    far.send(f"{page}/sign", 403)
    assert counter.street.pool() == (0, 0)


# Reversal


def credited(counter: Counter) -> UUID:
    """A transfer that paid a visit."""
    visit = counter.done()
    clerk = counter.clerk
    clerk.open(counter.visit_path(visit, "/voice"))
    clerk.send(
        counter.visit_path(visit, "/voice"),
        reached="phone",
        heard=["came", "service", "times"],
    )
    transfer = counter.street.visit(visit).transfer_id
    assert transfer is not None
    return transfer


def test_a_transfer_is_found_by_its_number(counter: Counter, admin: Browser) -> None:
    transfer = credited(counter)
    admin.open(path(f"/transfers?transfer=+{str(transfer).upper()}"))
    assert admin.path == path(f"/transfers/{transfer}")


@pytest.mark.parametrize("text", ["12345", "00000000-0000-0000-0000-000000000001"])
def test_a_number_that_is_no_transfer_is_said_so(admin: Browser, text: str) -> None:
    said = admin.open(path(f"/transfers?transfer={text}"), 422)
    assert "这个账本里没有这一笔" in said
    admin.open(path("/transfers/00000000-0000-0000-0000-000000000001"), 404)


def test_the_preview_shows_every_account_before_and_after(counter: Counter, admin: Browser) -> None:
    transfer = credited(counter)
    said = admin.open(path(f"/transfers/{transfer}"))
    assert "公益池 −1 小时 2 分 +1 小时 2 分" in said
    assert "+1 小时 2 分 −1 小时 2 分 1 小时 2 分 0 分" in said
    name = counter.street.look(lambda s: member_row(s, counter.street.volunteer).name)
    assert name not in said
    assert f"{name[:1]}*" in said


SHOWN = re.compile(r"^/oversight/reversals/[0-9]+/[0-9a-f-]{36}$")


def test_a_reversal_undoes_every_leg_and_leads_to_itself(
    counter: Counter, admin: Browser, second: Browser
) -> None:
    transfer = credited(counter)
    before = counter.street.pool()[0]
    admin.open(path(f"/transfers/{transfer}"))
    said = admin.send(path(f"/transfers/{transfer}"), reason="wrong_time", agree="y")
    assert "已提出冲正" in said
    here = admin.path
    assert SHOWN.match(here)
    assert counter.street.earned(counter.street.volunteer) == (62, 0)
    assert "先核对每一个账户" in admin.send(f"{here}/sign", 422)
    assert "还要另一位管理员" in admin.send(f"{here}/sign", agree="y")
    admin.open(here)
    assert "您已经签署过了" in admin.send(f"{here}/sign", 422, agree="y")
    assert "已有人提出冲正" in admin.open(path(f"/transfers/{transfer}"))
    second.open(here)
    said = second.send(f"{here}/sign", agree="y")
    assert "已冲正" in said
    assert "记错了时间" in said
    assert counter.street.earned(counter.street.volunteer) == (0, 0)
    assert counter.street.pool()[0] == before + 62
    said = admin.open(path(f"/transfers/{transfer}"))
    assert "这一笔已经冲正" in said
    assert "提出冲正" not in admin.page.text
    said = admin.send(path(f"/transfers/{transfer}"), 422, reason="wrong_time", agree="y")
    assert "已经冲正过了" in said


def test_a_reversal_sent_twice_is_one(counter: Counter, admin: Browser) -> None:
    transfer = credited(counter)
    admin.open(path(f"/transfers/{transfer}"))
    data = {**hidden_of(admin), "reason": "wrong_person", "agree": "y"}
    places = {
        admin.client.post(path(f"/transfers/{transfer}"), data=data).location for _ in range(2)
    }
    assert len(places) == 1
    assert counter.audited("reversal.propose") == 1
    here = places.pop()
    admin.open(here)
    data = {**hidden_of(admin), "agree": "y"}
    assert [admin.client.post(f"{here}/sign", data=data).status_code for _ in range(2)] == [303] * 2
    assert counter.audited("reversal.sign") == 1


@pytest.mark.parametrize("answers", [{}, {"agree": "y"}, {"reason": "wrong_time"}])
def test_a_reversal_needs_its_reason_and_a_look(
    counter: Counter, admin: Browser, answers: dict[str, str]
) -> None:
    transfer = credited(counter)
    admin.open(path(f"/transfers/{transfer}"))
    admin.send(path(f"/transfers/{transfer}"), 422, **answers)
    assert counter.street.earned(counter.street.volunteer)[0] == 62


def test_what_has_been_spent_is_not_taken_back(
    counter: Counter, admin: Browser, second: Browser
) -> None:
    transfer = credited(counter)
    volunteer = counter.street.volunteer

    def grow_old(session: Session) -> None:
        row = member_row(session, volunteer)
        row.born_on, row.is_recipient = row.born_on.replace(year=1950), True

    counter.given(grow_old)
    counter.street.act(
        volunteer,
        lambda ctx: ask_for_company(ctx, volunteer),
        now=counter.town.now,
    )
    said = admin.open(path(f"/transfers/{transfer}"))
    assert "有人已经用掉了" in said
    assert "不够" in said
    admin.send(path(f"/transfers/{transfer}"), reason="wrong_time", agree="y")
    here = admin.path
    admin.send(f"{here}/sign", agree="y")
    second.open(here)
    assert "已开督办单" in second.send(f"{here}/sign", 422, agree="y")
    assert counter.street.earned(volunteer)[0] == 62


def ask_for_company(ctx: Context, elder: UUID) -> UUID:
    return ask(
        ctx,
        AskForm(
            elder_id=elder,
            service_code="A04",
            starts_at=START + timedelta(days=3),
            booked_minutes=60,
        ),
    )


def test_nobody_reverses_a_transfer_of_kin(counter: Counter, admin: Browser) -> None:
    transfer = credited(counter)

    def relate(session: Session) -> None:
        clerk = factories.clerk(session, counter.street.branch)
        ctx = factories.make_ctx(session, clerk)
        record_kinship(ctx, counter.street.admins[0], counter.street.volunteer, "child", "户口簿")

    counter.given(relate)
    said = admin.open(path(f"/transfers/{transfer}"))
    assert OWN_AFFAIR in said
    assert "冲正这一笔" not in admin.page.text
    said = admin.send(path(f"/transfers/{transfer}"), 403, reason="wrong_time", agree="y")
    assert OWN_AFFAIR in said


def test_another_region_reverses_nothing_here(counter: Counter) -> None:
    transfer = credited(counter)
    far = counter.far_admin()
    far.open(path(f"/transfers/{transfer}"), 403)
    far.send(path(f"/transfers/{transfer}"), 403, reason="wrong_time", agree="y")
    assert counter.street.earned(counter.street.volunteer)[0] == 62


# Branches and books


def test_the_branches_of_a_region_are_listed(counter: Counter, admin: Browser) -> None:
    said = admin.open(path("/branches"))
    assert "由地区指定网点接替" in said
    assert "/close" not in admin.page.text
    assert "开放" in said


def test_a_branch_closes_when_another_takes_over(counter: Counter, nation: Browser) -> None:
    old, heir = counter.street.branch, counter.other_branch()
    close = f"/admin/branches/{old}/close"
    nation.open(path("/branches"))
    assert close in nation.page.text
    nation.open(close)
    assert "请写明由哪个网点接替" in nation.send(close, 422, agree="y")
    assert "请先告诉成员和工作人员" in nation.send(close, 422, successor_id=str(heir))
    said = nation.send(close, successor_id=str(heir), agree="y")
    assert "网点已关闭" in said
    assert "已于 2026年3月10日 周二 关闭" in said
    view = counter.street.look(lambda s: branch_view(s, old))
    assert view.successor_branch_id == heir
    nation.open(close)
    assert nation.path == path("/branches")


def test_a_branch_without_a_successor_stays_open(counter: Counter, nation: Browser) -> None:
    close = f"/admin/branches/{counter.street.branch}/close"
    assert "还没有可以接替它的网点" in nation.open(close)
    nation.send(close, 422, agree="y")
    assert counter.street.count(Branch, Branch.closed_on.is_not(None)) == 0


BRANCH = {
    "name": "瑶溪街道养老服务中心",
    "name_en": "Yaoxi Care Centre",
    "region_code": factories.YAOXI,
    "address": "样例路 9 号",
    "phone": "0577-86000000",
    "operator_name": "样例社工服务社",
    "operator_name_en": "Sample Social Work",
    "operator_kind": "social_organisation",
    "successor_rule": "same_operator",
}


def test_the_nation_opens_a_branch_with_its_operator(counter: Counter, nation: Browser) -> None:
    nation.open(path("/branches"))
    assert path("/branches/new") in nation.page.text
    nation.open(path("/branches/new"))
    data = {**nation.hidden(), **BRANCH}
    for _ in range(2):
        assert nation.client.post(path("/branches/new"), data=data).status_code == 303
    said = nation.open(path("/branches"))
    assert said.count("瑶溪街道养老服务中心 样例社工服务社") == 1
    nation.open(path("/branches/new"))
    assert "样例社工服务社</option>" in nation.page.text


@pytest.mark.parametrize("missing", ["name", "address", "phone", "operator_name", "region_code"])
def test_a_branch_needs_its_particulars(counter: Counter, nation: Browser, missing: str) -> None:
    nation.open(path("/branches/new"))
    nation.send(path("/branches/new"), 422, **{**BRANCH, missing: ""})
    assert counter.street.count(Branch) == 1


def test_a_region_s_administrator_opens_no_branch(admin: Browser) -> None:
    admin.open(path("/branches/new"), 403)


def test_a_region_s_administrator_closes_no_branch(counter: Counter, admin: Browser) -> None:
    close = f"/admin/branches/{counter.street.branch}/close"
    admin.open(close, 403)
    admin.send(close, 403, agree="y", successor_id=str(counter.other_branch()))


def test_the_nation_opens_a_book(counter: Counter, nation: Browser) -> None:
    said = nation.open("/admin/regions")
    assert "浙江省温州市鹿城区" in said
    data = nation.hidden()
    for _ in range(2):
        found = nation.client.post(f"/admin/regions/{LUCHENG}/open", data=data)
        assert found.status_code == 303
    assert counter.street.count(Book, Book.book == LUCHENG) == 1
    assert "公益池可用 0 分" in nation.open(path(book=LUCHENG))
    assert "已经开通" in nation.send(f"/admin/regions/{LUCHENG}/open", 409)


def test_nobody_else_opens_a_book(counter: Counter, admin: Browser) -> None:
    admin.open("/admin/regions", 403)
    admin.send(f"/admin/regions/{LUCHENG}/open", 403)
    assert counter.street.count(Book, Book.book == LUCHENG) == 0


def test_the_region_is_whole_in_english(counter: Counter, admin: Browser) -> None:
    counter.waiting()
    said = admin.english().open(path("/issue"))
    assert "Who is waiting for the pool" in said
    assert "Then whoever asked earlier" in said
    said = admin.open(path())
    assert "Rules in force" in said
    assert "Available in the pool" in said
