"""Who is to inherit, and the list of heirs: at home in large print, and at the counter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from models.estates import EstateState
from models.people import Member
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.heirs.conftest import Family
from tests.web.volunteer_kit import Browser, Town, open_town


@dataclass
class House:
    """The town, a family in it, and whose telephone is whose."""

    town: Town
    family: Family

    @property
    def elder(self) -> UUID:
        return self.family.dead

    def number(self, who: UUID) -> str:
        return self.town.street.look(lambda session: session.get_one(Member, who).number)

    def counter(self) -> Browser:
        return self.town.phone(self.town.street.staff)


@pytest.fixture
def house(databases: Databases) -> Iterator[House]:
    for town in open_town(databases):
        yield House(town, Family(town.street))


def step(browser: Browser, page: str, **answers: str) -> str:
    """Open a question, answer it, and see where it leads."""
    browser.open(page)
    return browser.send(page, **answers)


def test_an_elder_names_two_people_reads_it_over_and_takes_it_back(house: House) -> None:
    daughter = house.family.child(house.elder, "王芳")
    phone = house.town.phone(house.elder)
    base = "/giving/designation"
    assert "您还没有登记" in phone.open(base)
    assert "身后留给谁" in phone.open("/giving")
    # Nothing to check yet: back to the beginning.
    phone.open(f"{base}/check")
    assert phone.path == base
    assert "王芳 · 子女" in phone.open(f"{base}/who")
    assert "请选一项" in phone.send(f"{base}/who", 422)
    words = phone.send(f"{base}/who", answer=str(daughter))
    assert (phone.path, "1 份，一共 1 份" in words) == (f"{base}/check", True)
    assert "王芳 · 子女" not in phone.open(f"{base}/who")
    assert "这个人是谁" in phone.send(f"{base}/who", answer="else")
    wrong = {"name": "赵老友", "relation": "friend", "number": house.number(daughter)}
    # A relative by another name and relation is the relative: nobody is named twice.
    assert "同一个人只能写一次" in phone.send(f"{base}/person", 422, **wrong)
    stranger = {**wrong, "number": house.number(house.town.street.volunteer)}
    assert "姓名和志愿者编号对不上" in phone.send(f"{base}/person", 422, **stranger)
    phone.send(f"{base}/person", name="赵老友", relation="friend")
    assert "不能小于 1" in step_422(phone, f"{base}/parts/0", parts="0")
    words = step(phone, f"{base}/parts/0", parts="2")
    assert "2 份，一共 3 份" in words
    phone.open(f"{base}/parts/7", 404)
    words = phone.send(f"{base}/check")
    assert "登记好了" in words
    words = phone.open(base)
    assert "赵老友 · 朋友 · 1 份，一共 3 份" in words
    code = re.search(r"/giving/papers/(\w{12})", phone.page.text)[1]
    assert "受益人指定书" in phone.open(f"/giving/papers/{code}")
    # The draft is gone with the registration; one begun anew can leave people out.
    phone.open(f"{base}/check")
    assert phone.path == base
    step(phone, f"{base}/who", answer=str(daughter))
    phone.send(f"{base}/drop/0")
    assert phone.path == base
    assert "What was registered before" not in phone.english().open(base)
    phone.client.set_cookie("lang", "zh")
    phone.open(base)
    one = re.search(rf"{base}/([-0-9a-f]{{36}})/revoke", phone.page.text)[1]
    assert "已经撤回" in step(phone, f"{base}/{one}/revoke")
    assert "以前登记过的" in phone.open(base)


def step_422(browser: Browser, page: str, **answers: str) -> str:
    browser.open(page)
    return browser.send(page, 422, **answers)


def test_staff_register_a_will_and_only_they_and_the_member_see_it(house: House) -> None:
    clerk = house.counter()
    base = f"/branch/members/{house.elder}/designations"
    assert "由谁继承" in clerk.open(f"/branch/members/{house.elder}")
    assert "没有登记" in clerk.open(base)
    clerk.open(f"{base}/new")
    assert "请选一项" in clerk.send(f"{base}/new", 422)
    assert "请至少写一位继承的人" in clerk.send(f"{base}/new", 422, kind="designation")
    will = {"kind": "will", "row0-name": "赵老友", "row0-relation": "friend"}
    assert "请填写这一项" in clerk.send(f"{base}/new", 422, **will)
    words = clerk.send(f"{base}/new", reference="龙湾公证处 2026-018", **will)
    assert "龙湾公证处 2026-018" in words
    wrong = {"kind": "designation", "row0-name": "赵老友", "row0-number": "V000"}
    clerk.open(f"{base}/new")
    assert "编号" in clerk.send(f"{base}/new", 422, **wrong)
    assert "这是遗嘱" in house.town.phone(house.elder).open("/giving/designation")
    for stranger in (house.town.street.volunteer, house.town.street.admins[0]):
        house.town.phone(stranger).open(base, 403)
    clerk.open(base)
    one = re.search(r"designations/([-0-9a-f]{36})/end", clerk.page.text)[1]
    assert "已撤回" in clerk.send(f"{base}/{one}/end")


def test_the_list_is_completed_answered_and_seen_by_each_heir_alone(house: House) -> None:
    family, street = house.family, house.town.street
    daughter, son = family.child(house.elder, "王芳"), family.child(house.elder, "王强")
    street.give_coins(house.elder, 600)
    estate = family.frozen()
    base = f"/branch/estates/{LONGWAN}/{estate}/heirs"
    clerk = house.counter()
    words = clerk.open(base)
    assert "2 份里的 1 份" in words
    assert "一共留下 10 小时" in words
    clerk.open(f"{base}/new")
    assert "请写看过的证明" in clerk.send(f"{base}/new", 422, name="王建国", relation="child")
    known = {"name": "王建国", "relation": "child", "evidence": "户口簿", "died_before": "y"}
    assert "已写进继承人名单" in clerk.send(f"{base}/new", **known)
    assert "已经在名单里了" in step_422(clerk, f"{base}/new", **known)
    son_gone = id_of(clerk, base, "王建国", "line")
    line = {"name": "王小宝", "evidence": "出生证明", "phone": "13800001111"}
    words = step(clerk, f"{base}/{son_gone}/line", **line)
    assert "代替王建国" in words
    assert "3 小时 20 分" in words
    assert "138 0000 1111" in words or "13800001111" in words
    child = id_of(clerk, base, "王小宝", "account")
    assert "请写志愿者编号" in step_422(clerk, f"{base}/{child}/account")
    account = family.person("王小宝")
    assert "已关联账户" in step(clerk, f"{base}/{child}/account", number=house.number(account))
    assert "请先看证件" in step_422(clerk, f"{base}/{child}/answer", answer="disclaimed")
    assert "已记下本人的答复" in step(
        clerk, f"{base}/{child}/answer", answer="disclaimed", signed="y"
    )
    assert "已更正" in step(clerk, f"{base}/{child}/correct", evidence="出生证明原件")
    assert "还有人代替王建国继承" in step_422(clerk, f"{base}/{son_gone}/remove", reason="mistake")
    assert "已从名单删除" in step(clerk, f"{base}/{child}/remove", reason="duplicate")
    clerk.open(f"{base}/{child}/remove", 404)
    # An heir sees the own share, the sum behind it, and nothing about the others.
    phone = house.town.phone(daughter)
    words = phone.open("/giving/inheriting")
    assert "您是法律规定的继承人" in words
    assert "5 小时" in words
    assert "王强" not in words
    accept = re.search(r'href="(/giving/inheriting/[^"]+/accept)"', phone.page.text)[1]
    assert "记下了：您接受" in step(phone, accept)
    disclaim = accept.replace("/accept", "/disclaim")
    assert "记下了：您放弃" in step(phone, disclaim)
    assert "您已经放弃，没有份额" in phone.open("/giving/inheriting")
    house.town.phone(son).open(disclaim, 404)
    house.town.phone(son).open(base, 403)
    family.turn(estate, state=EstateState.NOTICE)
    assert "对名单有不同意见" in phone.open("/giving/inheriting")
    assert "名单已经公示" in clerk.open(base)
    assert "现在不能改" in step_422(clerk, f"{base}/new", **{**known, "name": "王来迟"})
    assert "What everybody would have" in clerk.english().open(base)
    assert "You have disclaimed" in phone.english().open("/giving/inheriting")


def id_of(browser: Browser, page: str, name: str, act: str) -> str:
    """The line of an heir, from the link beside the name."""
    browser.open(page)
    found = re.findall(
        rf"heirs/([-0-9a-f]{{36}})/{act}\">[^<]*<span[^>]*> {name}<", browser.page.text
    )
    return str(found[0])
