"""Notices, objections, division and claims as people see them: public, heir, counter, region."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from models.estates import EstateState
from services.estates.listing import HeirForm, add_heir, link_heir
from services.people.reading import member_row
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.estates.notice_kit import AFTER, House, house, member
from tests.web.volunteer_kit import Town, open_town


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    yield from open_town(databases)


@pytest.fixture
def home(town: Town) -> House:
    """Spouse, grown child and a child of sixteen inherit 1,001 minutes; nothing is published."""
    return house(town.street)


def paths(home: House) -> tuple[str, str]:
    return (
        f"/branch/estates/{LONGWAN}/{home.estate}/notice",
        f"/admin/{LONGWAN}/estates/{home.estate}",
    )


def name_of(town: Town, who: UUID) -> str:
    return town.street.look(lambda s: member_row(s, who).name)


def test_a_notice_is_published_and_everybody_may_read_it(town: Town, home: House) -> None:
    counter, _ = paths(home)
    dead = name_of(town, home.dead)
    anybody = town.phone()
    assert "现在没有公示" in anybody.open("/estates")
    anybody.open(f"/estates/{LONGWAN}/{home.estate}", 409)
    clerk = town.phone(town.street.staff)
    text = clerk.open(counter)
    assert "还没有公示" in text
    assert "5 小时 33 分" in text
    assert "公示到哪一天 2026年3月24日" in clerk.send(f"{counter}/publish")
    text = anybody.open("/estates?region=330000000000")
    assert f"{dead[0]}*" in text
    assert dead not in text
    assert home.row().reference in text
    assert "现在没有公示" in anybody.open("/estates?region=320000000000")
    anybody.open("/estates?region=somewhere")
    text = anybody.open(f"/estates/{LONGWAN}/{home.estate}")
    assert "登录提出异议" in text
    assert dead not in text
    english = town.phone().english().open(f"/estates/{LONGWAN}/{home.estate}")
    assert "How to object" in english
    town.now = AFTER
    assert "公示已经结束" in anybody.open(f"/estates/{LONGWAN}/{home.estate}")
    assert "现在没有公示" in anybody.open("/estates")


def test_an_objection_its_decision_and_the_appeal(town: Town, home: House) -> None:
    counter, region = paths(home)
    home.publish()
    objector = town.phone(member(town.street))
    form = f"/giving/estates/{LONGWAN}/{home.estate}/object"
    objector.open(form)
    objector.send(form, 422, text=" ")
    assert "等决定" in objector.send(form, text="我是他的小女儿")
    own = objector.path
    assert "已经对这份公示提过异议" in objector.send(form, 422, text="再说一遍")
    assert "等决定异议" in town.phone(town.street.admins[0]).open(f"/admin/{LONGWAN}/estates")
    admin = town.phone(town.street.admins[0])
    assert "身后事 1 " in admin.open(f"/admin/{LONGWAN}")
    assert "我是他的小女儿" in admin.open(region)
    one = own.rpartition("/")[2]
    admin.open(f"{region}/objections/{home.estate}", 404)
    admin.open(f"{region}/objections/{one}")
    admin.send(f"{region}/objections/{one}", 422, decision="dismiss", reason="")
    sent = admin.send(f"{region}/objections/{one}", decision="dismiss", reason="户口簿上没有")
    assert "不成立" in sent
    text = objector.open(own)
    assert "户口簿上没有" in text
    assert "申请复核一次" in text
    objector.open(f"{own}/appeal")
    assert "等复核" in objector.send(f"{own}/appeal", text="有出生证明")
    admin.open(f"{region}/appeals/{one}")
    answers = {"decision": "uphold", "reason": "看过出生证明"}
    assert "另一位管理员" in admin.send(f"{region}/appeals/{one}", 422, **answers)
    other = town.phone(town.street.admins[1])
    other.open(f"{region}/appeals/{one}")
    assert "成立" in other.send(f"{region}/appeals/{one}", **answers)
    assert home.row().state is EstateState.FROZEN
    assert "看过出生证明" in objector.open(own)
    assert "成立" in objector.open("/giving/estates")
    town.phone(home.heirs[0]).open(own, 404)
    assert "看过出生证明" in town.phone(town.street.staff).open(counter)


def test_the_counter_takes_down_what_is_said(town: Town, home: House) -> None:
    counter, _ = paths(home)
    home.publish()
    clerk = town.phone(town.street.staff)
    clerk.open(f"{counter}/objection")
    assert "请写明是谁提出的" in clerk.send(f"{counter}/objection", 422, text="不对")
    assert "公示停着" in clerk.send(f"{counter}/objection", name="林小妹", text="不对")
    number = town.street.look(lambda s: member_row(s, home.heirs[0]).number)
    assert "网点代记" in clerk.send(f"{counter}/objection", number=number, text="也不对")
    for one in home.objections():
        home.decide(one, uphold=False)
    last = home.objections()[0]
    clerk.open(f"{counter}/objections/{home.estate}/appeal", 404)
    clerk.open(f"{counter}/objections/{last}/appeal")
    sent = clerk.send(f"{counter}/objections/{last}/appeal", text="不服")
    assert "等复核" in sent
    town.phone(home.heirs[0]).open(counter, 403)


def test_divided_claimed_and_locked(town: Town, home: House) -> None:
    """Every share stands before the button; a locked one says what can be done with it."""
    counter, region = paths(home)
    form = HeirForm(name="林远行", relation="child", evidence="出生证明")
    absent = town.street.act(
        town.street.staff, lambda ctx: add_heir(ctx, LONGWAN, home.estate, form)
    )
    home.publish()
    admin = town.phone(town.street.admins[0])
    assert "4 小时 10 分" in admin.open(f"{region}/divide")
    assert "才结束" in admin.send(f"{region}/divide", 422)
    town.now = AFTER
    assert "可以分配了" in admin.open(f"/admin/{LONGWAN}/estates")
    admin.open(f"{region}/divide")
    text = admin.send(f"{region}/divide")
    assert "已到账" in text
    assert "等领取" in text
    assert "有人还没有领" in admin.open(f"/admin/{LONGWAN}/estates")
    minor = town.phone(home.heirs[2])
    text = minor.open("/giving/estates")
    assert "您到 60 岁才能用" in text
    line = home.lines()[home.heirs[2]].id
    assert "转给年满 60 岁" in minor.open(f"/giving/shares/{LONGWAN}/{home.estate}/{line}")
    minor.open(f"/giving/shares/{LONGWAN}/{home.estate}/{absent}", 404)
    clerk = town.phone(town.street.staff)
    assert "先登记开户" in clerk.open(counter)
    found = member(town.street, name="林远行")
    town.street.act(
        town.street.staff, lambda ctx: link_heir(ctx, LONGWAN, home.estate, absent, found)
    )
    own = town.phone(found)
    share = f"/giving/shares/{LONGWAN}/{home.estate}/{absent}"
    assert "领取 4 小时 10 分" in own.open(share)
    assert "到了您的账户" in own.send(share)
    assert "已经领过" in own.send(share, 422)
    clerk.open(counter)
    clerk.send(f"{counter}/heirs/{absent}/claim", 409)
    assert "已分完" in clerk.open(counter)
    assert home.inherited(found, AFTER.date()) == 250
    english = town.phone(home.heirs[2]).english().open("/giving/estates")
    assert "Still locked" in english
