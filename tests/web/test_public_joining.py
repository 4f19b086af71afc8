"""Joining: questions, a check, a number; the draft is nobody's to read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Consent, Member, MemberStatus, Sex
from tests import factories as make
from tests.web.client import Browser

Given = Callable[[Callable[[Session], Any]], Any]
BORN = date(1958, 4, 12)


@pytest.fixture
def branch_id(given: Given) -> str:
    return str(given(make.create_branch))


def who(born_on: date = BORN) -> dict[str, str]:
    return {
        "name": "徐谷雨",
        "sex": "female",
        "born_on-year": str(born_on.year),
        "born_on-month": str(born_on.month),
        "born_on-day": str(born_on.day),
        "id_number": make.id_number(born_on, Sex.FEMALE),
    }


def answers(branch_id: str, born_on: date = BORN) -> dict[str, dict[str, Any]]:
    return {
        "relation": {"relation": "child"},
        "who": who(born_on),
        "guardian": {
            "guardian_name": "徐立春",
            "guardian_relation": "父亲",
            "guardian_how": "signature",
        },
        "county": {"county": make.LONGWAN},
        "branch": {"branch_id": branch_id, "region_code": make.YONGZHONG},
        "reach": {"phone": "137 1234 0001", "address": "样例小区 1 幢", "contact": ""},
        "wish": {"wishes": ["serve"]},
        "offer": {"skills": "做饭，修水龙头", "service_codes": ["A01", "B01"]},
        "terms": {"terms": "y"},
        "consent": {"terms": "y", "terms_how": "voice"},
    }


def walk(browser: Browser, how: str, given_answers: dict[str, dict[str, Any]]) -> list[str]:
    """Answer every page that is asked; returns the names of the pages."""
    seen = []
    place = browser.post(f"/join/{how}").location
    while place != "/join/check":
        name = place.rpartition("/")[2]
        assert browser.get(place).status_code == 200
        seen.append(name)
        answer = browser.post(place, data=given_answers[name])
        assert answer.status_code == 303, answer.get_data(as_text=True)
        place = answer.location
        assert len(seen) < 12
    return seen


def member(session: Session) -> Member:
    found = session.scalar(sa.select(Member).where(Member.name == "徐谷雨"))
    assert found is not None
    return found


def test_somebody_joins_and_gets_a_number(client: Browser, given: Given, branch_id: str) -> None:
    pages = walk(client, "self", answers(branch_id))
    assert pages == ["who", "county", "branch", "reach", "wish", "offer", "terms"]
    check = client.get("/join/check").get_data(as_text=True)
    assert "徐谷雨" in check
    assert "1958年4月12日" in check
    assert "330302********" in check
    assert who()["id_number"][6:14] not in check
    assert client.post("/join/check").location == "/join/done"
    done = client.get("/join/done").get_data(as_text=True)
    assert "登记已经收到" in done
    assert "身份证" in done
    assert client.get("/join/done").status_code == 200, "works again from a bookmark"

    row = given(member)
    assert row.status is MemberStatus.PENDING
    assert (row.joined_how, row.is_provider, row.is_recipient) == ("self", True, False)
    assert row.skills == ["做饭", "修水龙头"]
    assert row.service_codes == ["A01", "B01"]
    assert str(row.branch_id) == branch_id
    assert row.region_code == make.YONGZHONG
    assert row.number[-4:] in done


def test_the_draft_cannot_be_read_from_the_cookie(client: Browser, branch_id: str) -> None:
    walk(client, "self", answers(branch_id))
    with client.session_transaction() as session:
        kept = json.dumps(dict(session), ensure_ascii=False)
    for private in ("徐谷雨", "19580412", "13712340001", "样例小区"):
        assert private not in kept


def test_the_same_button_twice_is_one_member(client: Browser, given: Given, branch_id: str) -> None:
    walk(client, "self", answers(branch_id))
    key = {"idempotency_key": "0c7c0b52-6f4a-4c5e-9d3f-1d2f3a4b5c6d"}
    with client.session_transaction() as session:
        before = dict(session)
    assert client.post("/join/check", data=key).status_code == 303
    with client.session_transaction() as session:
        session.clear()
        session.update(before)
    assert client.post("/join/check", data=key).status_code == 303
    count = sa.select(sa.func.count()).where(Member.name == "徐谷雨")
    assert given(lambda session: session.scalar(count)) == 1


def test_an_id_number_that_is_known_is_refused_without_saying_whose(
    client: Browser, given: Given, branch_id: str
) -> None:
    mine = answers(branch_id)
    taken = mine["who"]["id_number"]
    given(lambda s: make.create_member(s, born_on=BORN, id_number=taken, name="别人名"))
    walk(client, "self", mine)
    answer = client.post("/join/check")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "不能再次登记" in page
    assert "别人名" not in page


def test_a_minor_needs_a_guardian_and_the_record_says_so(
    client: Browser, given: Given, branch_id: str
) -> None:
    pages = walk(client, "self", answers(branch_id, date(2010, 5, 1)))
    assert pages[:2] == ["who", "guardian"]
    assert client.post("/join/check").status_code == 303

    def consents(session: Session) -> set[str]:
        wanted = sa.select(Consent.kind, Consent.given_by).where(
            Consent.member_id == member(session).id
        )
        return {f"{row.kind} {row.given_by}" for row in session.execute(wanted)}

    # Health and place were not ticked: that is a no, which is written down as well.
    assert given(consents) == {
        "terms 徐谷雨",
        "guardian 徐立春（父亲）",
        "health 徐谷雨",
        "place 徐谷雨",
    }


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "请写身份证上的姓名"),
        ({"sex": "male"}, "性别与身份证号码不一致"),
        ({"born_on-day": "13"}, "出生日期与身份证号码不一致"),
        ({"id_number": "330302195804120000"}, "身份证号码"),
    ],
)
def test_an_identity_that_contradicts_itself_is_refused_at_once(
    client: Browser, branch_id: str, wrong: dict[str, str], sentence: str
) -> None:
    client.post("/join/self")
    answer = client.post("/join/step/who", data={**who(), **wrong})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page.split('id="errors"')[1].split("</div>")[0]
    assert "<title>错误：" in page


def test_a_child_is_told_from_which_age(client: Browser, branch_id: str) -> None:
    client.post("/join/self")
    answer = client.post("/join/step/who", data=who(date(2015, 1, 1)))
    assert answer.status_code == 422
    assert "14 岁以下" in answer.get_data(as_text=True)


def test_a_relative_signs_an_elder_up(
    given: Given, login_as: Callable[[UUID], Browser], branch_id: str
) -> None:
    child = given(make.create_volunteer)
    browser = login_as(child)
    mine = answers(branch_id)
    mine["wish"] = {"wishes": ["receive"]}
    pages = walk(browser, "family", mine)
    assert pages[0] == "relation"
    assert pages[-1] == "consent"
    assert browser.post("/join/check").location == "/join/done"
    row = given(member)
    assert (row.joined_how, row.joined_relation, row.joined_by_id) == ("family", "child", child)
    assert row.is_recipient


def test_a_relative_comes_in_first(client: Browser) -> None:
    assert client.post("/join/family").location == "/login?next=/join"


def test_another_county_asks_for_another_branch(
    client: Browser, given: Given, branch_id: str
) -> None:
    given(lambda s: make.create_branch(s, make.WUMA))
    mine = answers(branch_id)
    walk(client, "self", mine)
    moved = client.post("/join/step/county", data={"county": make.LUCHENG})
    assert moved.location == "/join/step/branch"
    refused = client.post("/join/step/branch", data={"branch_id": branch_id})
    assert refused.status_code == 422


@pytest.mark.parametrize("path", ["/join/step/who", "/join/check"])
def test_without_a_draft_one_begins_at_the_beginning(client: Browser, path: str) -> None:
    assert client.get(path).location == "/join"
    assert client.get("/join/done").status_code == 404


def test_nobody_skips_a_question(client: Browser, branch_id: str) -> None:
    client.post("/join/self")
    assert client.get("/join/check").location == "/join/step/who"
    assert client.post("/join/check").location == "/join/step/who"
