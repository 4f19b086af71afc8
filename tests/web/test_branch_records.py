"""What staff record about a person: each form, its refusals, and who may not."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from services.people.reading import current_grade, member_row
from services.policy import OWN_AFFAIR
from services.rules.member_number import number_of
from tests import factories
from tests.databases import Databases
from tests.web.branch_kit import Counter, open_counter


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def sent(counter: Counter, member: UUID, act: str, status: int = 200, **answers: object) -> str:
    path = counter.member_path(member, act)
    counter.clerk.open(path)
    return counter.clerk.send(path, status, **answers)


def number(counter: Counter, member: UUID) -> str:
    return counter.street.look(lambda session: member_row(session, member).number)


ASSESSED = {"grade": "3", "assessed_on": "2026-03-01", "assessor": "样例评估中心 王评估"}


def test_an_assessment_is_recorded_with_its_day(counter: Counter) -> None:
    elder = counter.street.elder
    said = sent(counter, elder, "/assessment", total_score="40", **ASSESSED)
    assert "已记录评估等级" in said
    assert "重度失能 · 评估于 2026年3月1日" in said

    def grade(session: Session) -> int:
        return current_grade(session, elder, factories.NOW.date())

    assert counter.street.look(grade) == 3


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"total_score": "95"}, "总分 95 分对应的等级是 0"),
        ({"total_score": "400"}, "不能大于 100"),
        ({"assessed_on": "2026-04-01"}, "日期不能晚于今天"),
        ({"assessed_on": ""}, "请写评估日期"),
        ({"assessor": ""}, "请写评估机构和评估员"),
        ({"grade": "9"}, "请从列出的选项里选一项"),
    ],
)
def test_an_assessment_that_cannot_be_is_refused(
    counter: Counter, changed: dict[str, str], sentence: str
) -> None:
    answers = {**ASSESSED, **changed}
    assert sentence in sent(counter, counter.street.elder, "/assessment", 422, **answers)
    assert counter.audited("assessment.record") == 1, "the elder's first one only"


def test_what_worsens_a_grade_is_taken_into_account(counter: Counter) -> None:
    answers = {**ASSESSED, "total_score": "50", "worse": ["dementia"]}
    assert "重度失能" in sent(counter, counter.street.elder, "/assessment", **answers)


def test_circumstances_are_recorded_and_shown_again(counter: Counter) -> None:
    elder = counter.street.elder
    ticked = ["lives_alone", "in_hardship", "special_family"]
    said = sent(counter, elder, "/circumstances", facts=ticked)
    assert "独居、困难家庭、计划生育特殊家庭" in said
    counter.clerk.open(counter.member_path(elder, "/circumstances"))
    assert counter.clerk.page.text.count(" checked") == 3
    assert "没有登记独居" in counter.clerk.send(counter.clerk.path, facts=[])


CERTIFICATE = {
    "code": "food-hygiene",
    "issuer": "样例培训中心",
    "reference": "食 88",
    "valid_from": "2026-01-01",
    "valid_to": "2027-01-01",
}


def test_a_certificate_is_recorded_and_revoked(counter: Counter) -> None:
    volunteer = counter.street.volunteer
    said = sent(counter, volunteer, "/certificate", **CERTIFICATE)
    assert "已登记证书" in said
    assert "食品卫生培训合格证 样例培训中心 食 88" in said
    counter.clerk.open(counter.member_path(volunteer))
    path = counter.clerk.page.text.split("食 88")[1].split('action="')[1].split('"')[0]
    said = counter.clerk.send(path)
    assert "证书从今天起不再有效" in said
    assert "无效" in said
    assert "已经失效" in counter.clerk.send(path, 409)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"valid_to": "2025-01-01"}, "到期日不能早于生效日"),
        ({"code": ""}, "请选一项"),
        ({"code": "driving"}, "请从列出的选项里选一项"),
        ({"reference": " "}, "请写证书编号"),
    ],
)
def test_a_certificate_that_cannot_be_is_refused(
    counter: Counter, changed: dict[str, str], sentence: str
) -> None:
    answers = {**CERTIFICATE, **changed}
    assert sentence in sent(counter, counter.street.volunteer, "/certificate", 422, **answers)


def kin_answers(counter: Counter, other: UUID, **changed: str) -> dict[str, str]:
    return {
        "other_number": number(counter, other),
        "relation": "child",
        "evidence": "户口簿",
        **changed,
    }


def test_kin_are_recorded_both_ways_and_removed_with_a_reason(counter: Counter) -> None:
    elder, child = counter.street.elder, counter.street.volunteer
    assert "子女 · " in sent(counter, elder, "/kin", **kin_answers(counter, child))
    assert "父母 · " in counter.clerk.open(counter.member_path(child))
    assert "请写明理由" in sent(counter, elder, f"/kin/{child}/end", 422)
    said = sent(counter, elder, f"/kin/{child}/end", reason="登记错了")
    assert "已删除亲属关系" in said
    assert "子女 · " not in said


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"other_number": "V000000000001"}, "有一位填错了"),
        ({"other_number": "12"}, "志愿者编号是字母 V 加 12 位数字"),
        ({"other_number": ""}, "请写亲属的志愿者编号"),
        ({"relation": "friend"}, "请从列出的选项里选一项"),
        ({"evidence": ""}, "请写看过的证明"),
    ],
)
def test_kin_that_cannot_be_are_refused(
    counter: Counter, changed: dict[str, str], sentence: str
) -> None:
    answers = kin_answers(counter, counter.street.volunteer, **changed)
    assert sentence in sent(counter, counter.street.elder, "/kin", 422, **answers)
    assert counter.audited("kinship.record") == 0


def test_a_number_that_nobody_has_is_said_at_the_field(counter: Counter) -> None:
    answers = kin_answers(counter, counter.street.volunteer, other_number=number_of(7))
    said = sent(counter, counter.street.elder, "/kin", 422, **answers)
    assert "没有找到这位成员" in said
    assert 'id="other_number-error"' in counter.clerk.page.text


def test_nobody_is_made_kin_of_oneself(counter: Counter) -> None:
    elder = counter.street.elder
    said = sent(counter, elder, "/kin", 422, **kin_answers(counter, elder))
    assert "不能把本人登记为自己的亲属" in said


def test_staff_record_no_kinship_of_their_own(counter: Counter) -> None:
    answers = kin_answers(counter, counter.street.staff)
    assert OWN_AFFAIR in sent(counter, counter.street.elder, "/kin", 403, **answers)


def delegation_answers(counter: Counter, delegate: UUID, **changed: object) -> dict[str, object]:
    return {
        "delegate_number": number(counter, delegate),
        "spend_hours": "10",
        "scopes": ["ask"],
        "consent": "signature",
        "ends_on": "2026-12-31",
        **changed,
    }


def test_a_delegation_is_granted_with_consent_and_ended(counter: Counter) -> None:
    elder = counter.street.elder
    answers = delegation_answers(counter, counter.street.volunteer)
    said = sent(counter, elder, "/delegation", **answers)
    assert "已登记委托" in said
    assert "查看服务和时间、替老人申请服务 · 到 2026年12月31日" in said
    counter.clerk.open(counter.member_path(elder))
    path = counter.clerk.page.text.split("/delegation/")[1].split("/end")[0]
    said = counter.clerk.send(counter.member_path(elder, f"/delegation/{path}/end"))
    assert "委托已结束" in said
    assert "已结束" in said


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"scopes": []}, "请至少选一项"),
        ({"consent": ""}, "请选一项"),
        ({"ends_on": "2026-03-10"}, "结束日期要在今天以后"),
        ({"ends_on": ""}, "请写结束日期"),
    ],
)
def test_a_delegation_that_cannot_be_is_refused(
    counter: Counter, changed: dict[str, object], sentence: str
) -> None:
    answers = delegation_answers(counter, counter.street.volunteer, **changed)
    assert sentence in sent(counter, counter.street.elder, "/delegation", 422, **answers)


def test_staff_grant_no_delegation_to_themselves(counter: Counter) -> None:
    answers = delegation_answers(counter, counter.street.staff)
    said = sent(counter, counter.street.elder, "/delegation", 403, **answers)
    assert "经办人不能把委托办给自己或自己的亲属" in said


def test_a_consent_is_taken_down_and_withdrawn(counter: Counter) -> None:
    elder = counter.street.elder
    answers = {"kind": "health", "how": "voice", "given_by": "本人"}
    said = sent(counter, elder, "/consent", **answers)
    assert "使用健康信息 · 本人口头同意 · 本人" in said
    counter.clerk.open(counter.member_path(elder))
    consent = counter.clerk.page.text.split("/consent/")[1].split("/end")[0]
    said = counter.clerk.send(counter.member_path(elder, f"/consent/{consent}/end"))
    assert "已撤回" in said


def test_contact_details_are_changed_and_the_member_is_told(counter: Counter) -> None:
    elder = counter.street.elder
    path = counter.member_path(elder, "/contact")
    counter.clerk.open(path)
    assert "样例小区 2 幢 301 室" in counter.clerk.page.text
    assert counter.audited("member.reveal") == 1, "the whole address was shown"
    data = {
        **counter.clerk.hidden(),
        "phone": "13900001234",
        "address": "样例小区 9 幢",
        "contact": "儿子 13900004321",
        "region_code": factories.YAOXI,
        "door_word": "桂花",
    }
    for _ in range(2):
        assert counter.clerk.client.post(path, data=data).status_code == 303
    said = counter.clerk.open(counter.member_path(elder))
    for words in ("13900001234", "样例小区 9****", "儿子 13900004321", "瑶溪", "桂花"):
        assert words in said
    assert counter.audited("member.contact") == 1
    assert counter.audited("member.door_word") == 1


def test_a_wrong_telephone_changes_nothing(counter: Counter) -> None:
    answers = {"phone": "12", "region_code": factories.YONGZHONG}
    said = sent(counter, counter.street.elder, "/contact", 422, **answers)
    assert "请写 11 位手机号" in said
    assert counter.audited("member.contact") == 0


@pytest.mark.parametrize("act", ["/assessment", "/circumstances", "/certificate", "/kin"])
def test_nobody_records_anything_of_kin(counter: Counter, act: str) -> None:
    relative = counter.relative()
    path = counter.member_path(counter.street.elder, act)
    assert OWN_AFFAIR in relative.open(counter.member_path(counter.street.elder))
    answers = {
        **ASSESSED,
        **CERTIFICATE,
        **kin_answers(counter, counter.street.volunteer),
        "facts": ["lives_alone"],
    }
    assert OWN_AFFAIR in relative.send(path, 403, **answers)


@pytest.mark.parametrize("act", ["/identity", "/assessment", "/certificate", "/kin", "/consent"])
def test_another_branch_records_nothing(counter: Counter, act: str) -> None:
    stranger = counter.neighbour()
    stranger.open("/branch/choose")
    answers = {
        **ASSESSED,
        **CERTIFICATE,
        **kin_answers(counter, counter.street.volunteer),
        "how": "card",
        "kind": "health",
        "given_by": "本人",
    }
    before = counter.audited("assessment.record") + counter.audited("certificate.record")
    stranger.send(counter.member_path(counter.street.elder, act), 403, **answers)
    assert counter.audited("assessment.record") + counter.audited("certificate.record") == before


def test_a_role_is_ended_by_those_who_may_give_it_only(counter: Counter) -> None:
    said = counter.clerk.open(counter.member_path(counter.street.staff))
    assert "网点工作人员" in said
    assert "结束这个岗位" not in said


def test_forms_are_whole_in_english(counter: Counter) -> None:
    counter.clerk.english()
    said = sent(counter, counter.street.elder, "/delegation", 422)
    assert "How did the elder agree?" in said
    assert "Choose at least one." in said


def test_a_volunteer_pauses_and_a_wish_is_changed_at_the_counter(counter: Counter) -> None:
    volunteer = counter.street.volunteer
    path = counter.member_path(volunteer, "/part")
    counter.clerk.open(path)
    data = {
        **counter.clerk.hidden(),
        "wishes": ["serve", "receive"],
        "paused_until": "2026-04-01",
    }
    for _ in range(2):
        assert counter.clerk.client.post(path, data=data).status_code == 303
    said = counter.clerk.open(counter.member_path(volunteer))
    assert "暂停到 2026年4月1日" in said
    assert "服务对象 志愿者" in said
    assert counter.audited("member.wishes") == counter.audited("member.pause") == 1
    assert "结束日期要在今天以后" in sent(
        counter, volunteer, "/part", 422, wishes=["serve"], paused_until="2026-03-01"
    )
    assert "暂停到" not in sent(counter, volunteer, "/part", wishes=["serve"])
