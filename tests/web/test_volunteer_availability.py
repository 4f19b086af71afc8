"""A volunteer says once when, where and how; and whom not to meet again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from models.availability import Avoidance, Incident, ServingPlace
from models.places import Branch
from models.requests import VisitState
from services.availability.loading import Stated, stated_by
from services.clock import local_date
from services.people.reading import member_row
from services.rules.availability import AWAY, EXTRA, DayException, Window
from tests import factories
from tests.databases import Databases
from tests.factories import NOW
from tests.services.visits.conftest import START
from tests.web.volunteer_kit import Browser, Town, open_town

ROOT = "/volunteer/availability"


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town of the test's own."""
    yield from open_town(databases)


def stated(town: Town) -> Stated:
    """What the volunteer has stated."""
    me = town.street.volunteer
    return town.street.look(lambda session: stated_by(session, [me], local_date(NOW)))[me]


def days(**boxes: date) -> dict[str, str]:
    """Dates as the three boxes of each send them."""
    return {
        f"{name}-{part}": str(getattr(day, part))
        for name, day in boxes.items()
        for part in ("year", "month", "day")
    }


def test_one_page_shows_it_all_before_anything_is_said(town: Town) -> None:
    words = town.mine().open(ROOT)
    for said in (
        "您还没有说，我们会在早上8点到晚上8点之间问您。",
        "家的位置还没有登记，请告诉网点",
        "自行车或电动车 · 4 公里以内",
        "还没有说，先按普通话",
        "没有，都可以问",
        "可以，一天最多 2 次",
        "按规则的上限",
        "您可以自己上门。",
        "0 项",
    ):
        assert said in words


def test_a_week_is_said_span_by_span_and_taken_back(town: Town) -> None:
    phone = town.mine()
    phone.open(f"{ROOT}/week")
    words = phone.send(f"{ROOT}/week", days="1", from_clock="上午8:30", to_clock="11点半")
    assert "周二 上午 8:30 到 上午 11:30" in words
    phone.send(f"{ROOT}/week", days="6", from_clock="22:00", to_clock="6:00")
    assert stated(town).windows == (
        Window(0, 0, 360),
        Window(1, 510, 690),
        Window(6, 1320, 1440),
    )
    assert "周日 晚上 10:00 到 半夜12点" in phone.text
    phone.send(f"{ROOT}/week/1/510/end")
    assert "周二" not in phone.text.split("加一段时间")[0]
    assert len(stated(town).windows) == 2
    assert "一周共 8 小时" in phone.open(ROOT)


def test_how_many_open_requests_fit_door_to_door(town: Town) -> None:
    town.street.issue(3_000)
    town.street.open_request("A04", 60)
    town.street.open_request("A04", 60, starts_at=START + timedelta(days=2))
    phone = town.mine()
    assert "一共 2 项在找人，您可以做 2 项；2 项也在您说的时间和路程里。" in phone.open(ROOT)
    # Wednesday from ten to eleven without a minute for the way: not enough.
    phone.open(f"{ROOT}/week")
    phone.send(f"{ROOT}/week", days="2", from_clock="10:00", to_clock="11:00")
    assert "0 项也在" in phone.open(ROOT)
    phone.open(f"{ROOT}/week")
    phone.send(f"{ROOT}/week", days="2", from_clock="9:00", to_clock="12:00")
    assert "您可以做 2 项；1 项也在" in phone.open(ROOT)
    phone.open(f"{ROOT}/services")
    phone.send(f"{ROOT}/services", declined="A04")
    assert "0 项也在" in phone.open(ROOT)


def test_days_away_extra_hours_and_a_pause(town: Town) -> None:
    phone = town.mine()
    tomorrow = local_date(NOW) + timedelta(days=1)
    phone.open(f"{ROOT}/days")
    words = phone.send(f"{ROOT}/days", kind=AWAY, **days(first_day=tomorrow))
    assert "3月11日 周三 来不了（整天）" in words
    phone.send(
        f"{ROOT}/days",
        kind=EXTRA,
        from_clock="18:00",
        to_clock="20:00",
        **days(first_day=tomorrow, last_day=tomorrow + timedelta(days=1)),
    )
    assert "3月11日 周三 到 3月12日 周四 另外有空（晚上 6:00 到 晚上 8:00）" in phone.text
    first, second = stated(town).exceptions
    assert {first, second} == {
        DayException(AWAY, tomorrow, tomorrow),
        DayException(EXTRA, tomorrow, tomorrow + timedelta(days=1), 1080, 1200),
    }
    phone.send(f"{ROOT}/days/{stated(town).exception_ids[0]}/end")
    assert len(stated(town).exceptions) == 1
    phone.open(f"{ROOT}/pause")
    words = phone.send(f"{ROOT}/pause", **days(last_day=tomorrow + timedelta(days=30)))
    assert "您暂停到 4月10日" in words
    words = phone.send(f"{ROOT}/resume")
    assert "欢迎回来。" in words
    assert "您暂停到" not in phone.open(ROOT)


@pytest.mark.parametrize(
    ("path", "answers", "sentence"),
    [
        ("week", {}, "请至少选一天。"),
        ("week", {"days": "1", "from_clock": "9", "to_clock": "半夜三点"}, "请写上几点几分"),
        ("days", {"kind": AWAY}, "请写上从哪一天。"),
        (
            "days",
            {"kind": AWAY, "from_clock": "9:00", **days(first_day=date(2026, 3, 12))},
            "请把开始和结束的时间都写上，或者都空着。",
        ),
        ("pause", days(last_day=date(2026, 3, 9)), "最后一天不能早于第一天，也不能早于今天。"),
        ("pause", days(last_day=date(2029, 3, 9)), "最远只能写到 400 天以后。"),
        ("travel", {"mode": "walk", "radius_m": "123"}, "请从列出的选项里选一项。"),
        ("asking", {"may_be_asked": "yes", "asks_per_day": "2", "weekly_hours": "99"}, "不能大于"),
        ("places", {"label": "单位", "where": "typed", "point": "在那边"}, "地图上的位置不对"),
        ("places", {"label": "单位", "where": "typed", "point": "2.5,2.5"}, "地图上的位置不对"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    town: Town, path: str, answers: dict[str, str], sentence: str
) -> None:
    phone = town.mine()
    phone.open(f"{ROOT}/{path}")
    assert sentence in phone.send(f"{ROOT}/{path}", 422, **answers)


def test_how_far_what_is_spoken_and_how_often(town: Town) -> None:
    phone = town.mine()
    for path, answers in (
        ("travel", {"mode": "transit", "radius_m": "10000"}),
        ("languages", {"languages": "wenzhou"}),
        ("services", {"declined": "C01"}),
        ("asking", {"may_be_asked": "no", "asks_per_day": "1", "weekly_hours": "4"}),
    ):
        phone.open(f"{ROOT}/{path}")
        assert "改好了。" in phone.send(f"{ROOT}/{path}", **answers)
    words = phone.text
    for said in ("公交或地铁 · 10 公里以内", "温州话", "先不要问", "4 小时"):
        assert said in words
    english = town.mine().english().open(ROOT)
    assert "Wenzhounese" in english
    assert "bus or metro" in english


def test_places_by_a_branch_or_by_two_figures(town: Town) -> None:
    def place(session: object) -> None:
        row = session.get_one(Branch, town.street.branch)
        row.latitude_e6, row.longitude_e6 = 28_000_000, 120_700_000

    town.street.uow.run(place)
    phone = town.mine()
    phone.open(f"{ROOT}/places")
    phone.send(f"{ROOT}/places", label="单位", where=str(town.street.branch))
    phone.send(f"{ROOT}/places", label="女儿家", where="typed", point="28.0123，120.65")
    places = stated(town).places
    assert [(each.label, each.latitude_e6, each.longitude_e6) for each in places] == [
        ("单位", 28_000_000, 120_700_000),
        ("女儿家", 28_012_300, 120_650_000),
    ]
    phone.send(f"{ROOT}/places/{places[0].id}/end")
    assert town.street.count(ServingPlace) == 1


def test_a_newcomer_reads_what_is_missing(town: Town) -> None:
    who = town.street.uow.run(
        lambda session: factories.create_volunteer(session, "P1", safeguarded=False)
    )
    words = town.phone(who).open(ROOT)
    assert "第一次上门以前，要做安全审核" in words
    assert "安全审核 还没有" in words


def test_not_again_is_said_on_a_visit_and_taken_back_on_the_list(town: Town) -> None:
    visit = town.begun()
    phone = town.mine()
    assert "不想再去这家" in phone.open(f"/volunteer/visits/{visit}")
    phone.open(f"/volunteer/visits/{visit}/avoid")
    words = phone.send(f"/volunteer/visits/{visit}/avoid")
    assert "记下了" in words
    assert "可以再遇到" in words
    assert "您已经说过了" in phone.open(f"/volunteer/visits/{visit}/avoid")
    phone.open("/volunteer/avoided")
    words = phone.send(f"/volunteer/avoided/{town.street.elder}/end")
    assert "没有这样的人。" in words
    ended = town.street.look(lambda session: session.scalar(sa.select(Avoidance.ended_at)))
    assert ended is not None


def test_a_report_keeps_apart_at_once(town: Town) -> None:
    visit = town.begun()
    coming = town.street.accepted(town.street.open_request(starts_at=START + timedelta(days=1)))
    town.at(5)
    phone = town.mine()
    path = f"/volunteer/visits/{visit}/incident"
    assert "有危险请先打 110 或 120。" in phone.open(path)
    assert "请选一项。" in phone.send(path, 422, text="他打我")
    assert "请写几句发生了什么。" in phone.send(path, 422, kind="hurt")
    assert "网点已经收到。" in phone.send(path, kind="hurt", text="他打我")
    assert town.street.visit(coming).state is VisitState.CANCELLED
    assert town.street.count(Incident) == 1


def test_every_page_has_one_heading_and_is_said_in_english(town: Town) -> None:
    visit = town.begun()
    phone = town.mine().english()
    for path in (
        ROOT,
        *(
            f"{ROOT}/{each}"
            for each in (
                "week", "days", "pause", "travel", "languages", "services", "asking", "places",
            )
        ),
        "/volunteer/avoided",
        f"/volunteer/visits/{visit}/avoid",
        f"/volunteer/visits/{visit}/incident",
    ):  # fmt: skip
        words = phone.open(path)
        assert phone.page.text.count("<h1") == 1, path
        assert not re.search(r"[\u4e00-\u9fff]", _without_names(words, town)), (path, words)


def _without_names(words: str, town: Town) -> str:
    """The page without the invented names of people, which are the same in every language."""
    for who in (town.street.elder, town.street.volunteer):
        name = town.street.look(lambda session, w=who: member_row(session, w).name)
        words = words.replace(name, "").replace(name[0] + "*" * (len(name) - 1), "")
    return words.replace("简体中文", "").replace("中文", "")


def test_others_do_not_get_in(town: Town) -> None:
    nobody: Browser = town.phone()
    assert "登录" in nobody.open(ROOT)
    elder = town.phone(town.street.elder)
    elder.open(f"/volunteer/visits/{town.begun()}/avoid", 404)
