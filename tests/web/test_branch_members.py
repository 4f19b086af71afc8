"""Acting for members: find, look, register, check an identity, cards and door signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Member, MemberStatus, Sex
from services.people.cards import holder_of
from services.people.reading import member_row
from services.people.register import register
from services.policy import OWN_AFFAIR
from tests import factories
from tests.databases import Databases
from tests.web.branch_kit import Counter, open_counter


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def found(counter: Counter, text: str, status: int = 200) -> str:
    counter.clerk.open("/branch/members")
    return counter.clerk.send("/branch/members", status, text=text)


def opened(counter: Counter, member: UUID, column: str) -> str:
    """A sealed column of a member in clear."""

    def read(session: Session) -> str:
        row = member_row(session, member)
        sealed = getattr(row, f"{column}_sealed")
        return factories.VAULT.open(f"member.{column}", sealed)

    return counter.street.look(read)


# Finding


@pytest.mark.parametrize("by", ["number", "id_number", "phone", "name"])
def test_a_member_is_found_by_what_is_known(counter: Counter, by: str) -> None:
    elder = counter.street.elder
    row = counter.street.look(lambda session: member_row(session, elder))
    text = getattr(row, by) if by in ("number", "name") else opened(counter, elder, by)
    said = found(counter, text)
    assert "找到 1 位" in said or by == "name"
    assert f"/branch/members/{elder}" in counter.clerk.page.text
    assert "80 岁" in said
    assert counter.audited("member.find") == 1
    assert counter.clerk.page.request.query_string == b""


def test_nobody_of_another_branch_is_found(counter: Counter) -> None:
    number = counter.street.look(lambda s: member_row(s, counter.street.elder).number)
    stranger = counter.neighbour()
    stranger.open("/branch/members")
    assert "找到 0 位" in stranger.send("/branch/members", text=number)
    assert "没有找到" in stranger.text


def test_an_empty_search_is_refused(counter: Counter) -> None:
    assert "请输入编号" in found(counter, "  ", 422)


# Looking


def test_the_id_number_and_address_are_masked_until_asked_for(counter: Counter) -> None:
    elder = counter.street.elder
    whole = opened(counter, elder, "id_number")
    counter.clerk.open(counter.member_path(elder))
    assert whole not in counter.clerk.page.text
    assert "301 室" not in counter.clerk.page.text
    assert counter.audited("member.reveal") == 0
    said = counter.clerk.send(counter.member_path(elder, "/reveal"))
    assert whole in said
    assert "样例小区 2 幢 301 室" in said
    assert counter.audited("member.reveal") == 1
    assert counter.clerk.page.headers["Cache-Control"] == "no-store"


def test_every_look_at_a_record_is_recorded(counter: Counter) -> None:
    counter.clerk.open(counter.member_path(counter.street.elder))
    assert counter.audited("member.read") == 1


@pytest.mark.parametrize("act", ["", "/coins", "/identity", "/assessment", "/contact", "/kin"])
def test_another_branch_sees_no_record(counter: Counter, act: str) -> None:
    for browser in (counter.neighbour(), counter.foreigner()):
        browser.open(counter.member_path(counter.street.elder, act), 403)


@pytest.mark.parametrize("act", ["/reveal", "/card", "/door-sign", "/card/end"])
def test_another_branch_gets_nothing_out_of_a_record(counter: Counter, act: str) -> None:
    stranger = counter.neighbour()
    stranger.open("/branch/choose")
    stranger.send(counter.member_path(counter.street.elder, act), 403)


def test_staff_see_their_own_record_with_its_sentence(counter: Counter) -> None:
    said = counter.clerk.open(counter.member_path(counter.street.staff))
    assert OWN_AFFAIR in said
    assert "/certificate" not in counter.clerk.page.text
    assert "/kin" not in counter.clerk.page.text


def test_a_statement_shows_what_came_and_what_is_set_aside(counter: Counter) -> None:
    counter.asked(coins=200)
    said = counter.clerk.open(counter.member_path(counter.street.elder, "/coins"))
    assert "一共有 3 小时 20 分" in said
    assert "还可以用 1 小时 50 分" in said
    assert "授权发行 自己服务攒的 +3 小时 20 分" in said
    assert counter.audited("statement.read") == 1


def test_a_member_who_is_not_there_is_not_found(counter: Counter) -> None:
    counter.clerk.open(counter.member_path(UUID(int=7)), 404)


# Registering


BORN = date(1948, 5, 6)


def answers(**changed: object) -> dict[str, object]:
    return {
        "name": "沈秋白",
        "id_number": factories.id_number(BORN, Sex.FEMALE),
        "region_code": factories.YONGZHONG,
        "address": "样例新村 5 幢",
        "phone": "139 0000 7777",
        "contact": "女儿 13900008888",
        "wishes": ["receive"],
        "door_word": "茶花",
        "terms_how": "signature",
        "terms": "y",
        **changed,
    }


def registered(counter: Counter) -> Member:
    def read(session: Session) -> Member:
        return session.scalars(sa.select(Member).where(Member.name == "沈秋白")).one()

    return counter.street.look(read)


def test_a_member_is_registered_and_then_checked(counter: Counter) -> None:
    counter.clerk.open("/branch/register")
    said = counter.clerk.send("/branch/register", **answers())
    assert "已登记，志愿者编号是 V" in said
    member = registered(counter)
    assert counter.clerk.path == counter.member_path(member.id, "/identity")
    assert (member.sex, member.born_on) == (Sex.FEMALE, BORN)
    assert member.status is MemberStatus.PENDING
    assert member.joined_how == "counter"
    assert member.is_recipient
    assert not member.is_provider
    said = counter.clerk.send(counter.clerk.path, how="card")
    assert "身份已核验" in said
    assert registered(counter).status is MemberStatus.ACTIVE


def test_a_volunteer_brings_services_and_skills(counter: Counter) -> None:
    counter.clerk.open("/branch/register")
    counter.clerk.send(
        "/branch/register",
        **answers(wishes=["serve"], service_codes=["A04", "B01"], skills="温州话、理发"),
    )
    member = registered(counter)
    assert member.is_provider
    assert member.service_codes == ["A04", "B01"]
    assert member.skills == ["温州话", "理发"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "请写身份证上的姓名"),
        ({"id_number": "330303194805061234"}, "有一位填错了"),
        ({"id_number": "33030319480506"}, "身份证号码是 18 位"),
        ({"phone": "123"}, "请写 11 位手机号"),
        ({"wishes": []}, "请至少选一项"),
        ({"terms": ""}, "请先向本人讲清服务协议"),
        ({"terms_how": ""}, "请选一项"),
        ({"door_word": "8"}, "暗号写 2 到 12 个字"),
        ({"region_code": "110102001000"}, "请从列出的选项里选一项"),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_field(
    counter: Counter, changed: dict[str, object], sentence: str
) -> None:
    counter.clerk.open("/branch/register")
    said = counter.clerk.send("/branch/register", 422, **answers(**changed))
    assert sentence in said
    assert "<title>错误：" in counter.clerk.page.text
    assert counter.street.count(Member, Member.status == MemberStatus.PENDING) == 0


def test_somebody_registered_already_is_not_registered_again(counter: Counter) -> None:
    whole = opened(counter, counter.street.elder, "id_number")
    counter.clerk.open("/branch/register")
    said = counter.clerk.send("/branch/register", 422, **answers(id_number=whole))
    assert "不能再次登记" in said
    name = counter.street.look(lambda s: member_row(s, counter.street.elder).name)
    assert name not in said


def test_a_minor_needs_a_guardian(counter: Counter) -> None:
    young = factories.id_number(date(2010, 5, 6), Sex.MALE)
    counter.clerk.open("/branch/register")
    asked = answers(id_number=young, wishes=["serve"])
    assert "需要监护人同意" in counter.clerk.send("/branch/register", 422, **asked)
    guardian = {
        "guardian_name": "沈大海",
        "guardian_relation": "父亲",
        "guardian_how": "signature",
    }
    counter.clerk.send("/branch/register", **asked, **guardian)
    said = counter.clerk.open(counter.member_path(registered(counter).id))
    assert "监护人同意 · 本人签字 · 沈大海（父亲）" in said


def test_a_registration_sent_twice_is_one_member(counter: Counter) -> None:
    counter.clerk.open("/branch/register")
    data = {**counter.clerk.hidden(), **answers()}
    places = {counter.clerk.client.post("/branch/register", data=data).location for _ in range(2)}
    assert len(places) == 1
    registered(counter)


# The identity check


def pending(counter: Counter, **overrides: object) -> UUID:
    branch = counter.street.branch
    return counter.given(
        lambda s: factories.create_member(s, branch_id=branch, is_checked=False, **overrides)
    )


def test_an_identity_is_checked_once(counter: Counter) -> None:
    member = pending(counter)
    path = counter.member_path(member, "/identity")
    counter.clerk.open(path)
    assert "请选一项" in counter.clerk.send(path, 422)
    data = {**counter.clerk.hidden(), "how": "reader"}
    for _ in range(2):
        assert counter.clerk.client.post(path, data=data).status_code == 303
    assert "已经核验过了" in counter.clerk.open(path)
    assert counter.street.look(lambda s: member_row(s, member).identity_checked_at)


def test_a_sign_up_that_is_not_who_it_says_is_ended_with_a_reason(counter: Counter) -> None:
    member = pending(counter)
    path = counter.member_path(member, "/identity/refuse")
    assert "身份不通过" in counter.clerk.open(counter.member_path(member, "/identity"))
    counter.clerk.open(path)
    assert "请选一项" in counter.clerk.send(path, 422)
    counter.clerk.open(path)
    counter.clerk.send(path, reason="another_person")
    assert "这次登记已结束" in counter.clerk.text
    assert counter.street.look(lambda s: member_row(s, member).status) is MemberStatus.CLOSED
    assert counter.audited("identity.refuse") == 1


def test_a_relative_who_signed_up_gets_leave_only_with_the_elder_s_word(counter: Counter) -> None:
    member = signed_up_by(counter, counter.street.volunteer)
    path = counter.member_path(member, "/identity")
    said = counter.clerk.open(path)
    assert "说是老人的子女" in said
    counter.clerk.send(path, how="card", delegate_consent="voice")
    said = counter.clerk.open(counter.member_path(member))
    assert "替老人申请服务" in said
    assert "子女 · " in said


def signed_up_by(counter: Counter, relative: UUID) -> UUID:
    def work(session: Session) -> UUID:
        form = factories.register_form(
            session,
            branch_id=counter.street.branch,
            how="family",
            relation="child",
            age=80,
            wants_to_receive=True,
        )
        actor = factories.actor(session, relative)
        return register(factories.make_ctx(session, actor), form).member_id

    return counter.given(work)


def test_a_relative_gets_no_leave_without_the_elder_s_word(counter: Counter) -> None:
    member = signed_up_by(counter, counter.street.volunteer)
    path = counter.member_path(member, "/identity")
    counter.clerk.open(path)
    counter.clerk.send(path, how="card", delegate_consent="none")
    assert "没有委托别人" in counter.clerk.open(counter.member_path(member))


# Card and door sign


@pytest.mark.parametrize(
    ("act", "kind", "letter"), [("card", "card", "c"), ("door-sign", "door", "d")]
)
def test_a_card_is_printed_once_with_a_qr_code(
    counter: Counter, act: str, kind: str, letter: str
) -> None:
    elder = counter.street.elder
    path = counter.member_path(elder, f"/{act}")
    counter.clerk.open(counter.member_path(elder))
    data = counter.clerk.hidden()
    pages = [counter.clerk.client.post(path, data=data).text for _ in range(2)]
    addresses = {re.search(rf"http://localhost/{letter}/([\w-]+)", page)[1] for page in pages}
    assert len(addresses) == 1, "the same sent page shows the same card"
    assert "<svg" in pages[0]
    assert " style=" not in pages[0]
    owner = counter.street.act(
        counter.street.staff, lambda ctx: holder_of(ctx, kind, addresses.pop())
    )
    assert owner == elder


def test_a_door_sign_carries_no_name(counter: Counter) -> None:
    elder = counter.street.elder
    counter.clerk.open(counter.member_path(elder))
    counter.clerk.send(counter.member_path(elder, "/door-sign"))
    name = counter.street.look(lambda s: member_row(s, elder).name)
    assert name not in counter.clerk.page.text


def test_a_new_card_ends_the_old_one_and_a_lost_one_ends_at_once(counter: Counter) -> None:
    elder = counter.street.elder
    old = counter.town.card(elder)
    counter.clerk.open(counter.member_path(elder))
    assert "换新卡" in counter.clerk.page.text
    counter.clerk.send(counter.member_path(elder, "/card"))
    counter.clerk.open(counter.member_path(elder))
    counter.clerk.send(counter.member_path(elder, "/card/end"))
    assert "卡已停用" in counter.clerk.text
    assert counter.audited("card.issue") == 2
    assert counter.audited("card.revoke") == 1
    assert counter.street.act(counter.street.staff, lambda ctx: holder_of(ctx, "card", old)) is None


def test_whoever_is_not_checked_gets_no_card(counter: Counter) -> None:
    member = pending(counter, wants_to_receive=True, age=80)
    counter.clerk.open(counter.member_path(member))
    assert "/card" not in counter.clerk.page.text
    said = counter.clerk.send(counter.member_path(member, "/card"), 409)
    assert "还没有核验身份" in said


def test_staff_ask_for_an_elder_from_the_record(counter: Counter) -> None:
    elder = counter.street.elder
    counter.clerk.open(counter.member_path(elder))
    assert f'href="/elder/ask/for/{elder}"' in counter.clerk.page.text


def test_records_are_whole_in_english(counter: Counter) -> None:
    said = counter.clerk.english().open(counter.member_path(counter.street.elder))
    assert "Identity and contact" in said
    assert "Who may act for them" in said
    counter.clerk.open("/branch/register")
    said = counter.clerk.send("/branch/register", 422)
    assert "Write the name as on the identity card." in said
