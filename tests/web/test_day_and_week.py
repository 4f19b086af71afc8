"""The volunteer's week, the branch's day, and "who comes when" with its cards and papers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from models.availability import AvailabilityException, ExceptionKind, WeeklyWindow
from models.matching import Offer, OfferKind, OfferState
from models.oversight import AuditRecord
from models.people import Member
from models.schedule import HolidayPolicy
from models.service_days import Round, RoundMember, RoundState, ServiceDay
from services.clock import at_local
from services.ids import derived
from services.people.kin import grant_delegation
from services.visits.withdrawing import withdraw
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START
from tests.web.branch_kit import Counter, open_counter
from tests.web.volunteer_kit import Browser, Town
from timebank.web.elder.spoken import spoken_clock

WEDNESDAY = date(2026, 3, 11)


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


@pytest.fixture
def town(counter: Counter) -> Town:
    return counter.town


def name_of(town: Town, member: UUID) -> str:
    return town.street.look(lambda session: session.get_one(Member, member).name)


def given(town: Town, *rows: Any) -> None:
    town.street.uow.run(lambda session: session.add_all(rows))


def day_of(words: str, first: str, then: str) -> str:
    """The words of one day of the week."""
    return words.split(first)[1].partition(then)[0]


class TestWeek:
    def test_promises_stand_on_their_day(self, town: Town) -> None:
        town.promised()
        words = town.mine().open("/volunteer/week")
        day = day_of(words, "3月11日 周三", "3月12日 周四")
        assert "上午 10:00" in day
        assert f"{name_of(town, town.street.elder)[0]}*" in day
        assert name_of(town, town.street.elder) not in words
        assert "没有安排" in day_of(words, "3月12日 周四", "3月13日 周五")
        assert words.count("没有填写空闲时间") == 7

    def test_the_weeks_before_and_after(self, town: Town) -> None:
        town.promised()
        mine = town.mine()
        assert "3月16日 周一" in mine.open("/volunteer/week?from=2026-03-16")
        assert "上午 10:00" not in mine.text
        assert 'from=2026-03-09"' in mine.page.text
        assert 'from=2026-03-23"' in mine.page.text
        for nonsense in ("yesterday", "2026-02-30", "0001-01-01", "9999-12-31"):
            assert "3月9日 周一" in mine.open(f"/volunteer/week?from={nonsense}")

    def test_stated_hours_and_a_pause(self, town: Town) -> None:
        me = town.street.volunteer
        window = WeeklyWindow(
            member_id=me, id=derived("w"), weekday=2, from_minute=9 * 60, to_minute=11 * 60 + 30
        )
        away = AvailabilityException(
            member_id=me,
            id=derived("a"),
            kind=ExceptionKind.AWAY,
            first_day=WEDNESDAY + timedelta(days=1),
            last_day=WEDNESDAY + timedelta(days=2),
            from_minute=0,
            to_minute=1440,
        )
        given(town, window, away)
        words = town.mine().open("/volunteer/week")
        assert "有空： 上午 9:00–上午 11:30" in day_of(words, "3月11日", "3月12日")
        assert "这一天您不在" in day_of(words, "3月12日", "3月13日")
        assert "没有空" in day_of(words, "3月10日", "3月11日")

    def test_what_one_is_asked_and_only_while_it_is_open(self, town: Town) -> None:
        town.street.issue(1_000)
        request = town.street.open_request()
        offer = Offer(
            book=LONGWAN,
            id=derived("o"),
            request_id=request,
            provider_id=town.street.volunteer,
            kind=OfferKind.WAVE,
            state=OfferState.OPEN,
            wave=1,
            rank=1,
            cost_milliminutes=0,
            yes_permille=500,
            offered_by_id=UUID(int=0),
            offered_at=NOW,
            expires_at=NOW + timedelta(hours=2),
        )
        given(town, offer)
        mine = town.mine()
        assert "等您回答" in day_of(mine.open("/volunteer/week"), "3月11日", "3月12日")
        assert f"/volunteer/requests/{request}" in mine.page.text
        town.now = NOW + timedelta(hours=3)
        assert "等您回答" not in mine.open("/volunteer/week")

    def test_service_days_of_the_own_team(self, town: Town) -> None:
        day_id, begins = derived("d"), at_local(WEDNESDAY, time(14))
        day = ServiceDay(
            book=LONGWAN,
            id=day_id,
            branch_id=town.street.branch,
            name="十五送暖",
            rrule="FREQ=MONTHLY;BYMONTHDAY=15",
            starts_local="2026-03-15T14:00:00",
            minutes=120,
            holiday_policy=HolidayPolicy.KEEP,
            made_by_id=town.street.staff,
            made_at=NOW,
        )
        held = Round(
            book=LONGWAN,
            service_day_id=day_id,
            rule_day=WEDNESDAY,
            starts_at=begins,
            ends_at=begins + timedelta(hours=2),
            state=RoundState.PLANNED,
            calendar_is_published=True,
        )
        mine = RoundMember(
            book=LONGWAN,
            service_day_id=day_id,
            rule_day=WEDNESDAY,
            member_id=town.street.volunteer,
            answer="yes",
        )
        for row in (day, held, mine):
            given(town, row)
        words = day_of(town.mine().open("/volunteer/week"), "3月11日", "3月12日")
        assert "服务日：十五送暖" in words
        assert "我去" in words

    def test_an_elder_has_no_volunteers_week(self, town: Town) -> None:
        town.phone(town.street.elder).open("/volunteer/week", 403)


class TestDayBoard:
    def test_visits_stand_by_the_hour_with_who_comes(self, counter: Counter) -> None:
        town = counter.town
        visit = town.promised()
        words = counter.clerk.open("/branch/day?day=2026-03-11")
        assert "10:00" in words
        assert name_of(town, town.street.volunteer) in words
        assert name_of(town, town.street.elder) in words
        assert counter.visit_path(visit) in counter.clerk.page.text
        assert "还缺" not in words
        assert "这一天没有安排" in counter.clerk.open("/branch/day")

    def test_unfilled_ones_are_marked(self, counter: Counter) -> None:
        counter.street.issue(1_000)
        counter.street.open_request()
        words = counter.clerk.open("/branch/day?day=2026-03-11")
        assert "还有 1 项没有找齐人" in words
        assert "还缺 1 人" in words
        assert "board__line--open" in counter.clerk.page.text

    def test_late_check_ins_stand_on_top(self, counter: Counter) -> None:
        counter.town.promised()
        counter.town.at(9)
        assert "到了时间还没有人签到" not in counter.clerk.open("/branch/day")
        counter.town.at(11)
        words = counter.clerk.open("/branch/day")
        assert words.index("到了时间还没有人签到") < words.index("10:00")
        assert "还没签到，请打电话" in words

    def test_who_is_there_and_who_has_left(self, counter: Counter) -> None:
        visit = counter.town.promised()
        counter.street.come(visit)
        counter.town.at(11)
        words = counter.clerk.open("/branch/day")
        assert "10:00到" in words
        assert "还没签到" not in words
        counter.street.go(visit)
        counter.town.at(70)
        assert "11:02走" in counter.clerk.open("/branch/day")

    def test_the_days_before_and_after(self, counter: Counter) -> None:
        counter.clerk.open("/branch/day?day=2026-03-01")
        assert "day=2026-02-28" in counter.clerk.page.text
        assert "day=2026-03-02" in counter.clerk.page.text

    def test_another_branch_sees_nothing_of_it(self, counter: Counter) -> None:
        counter.town.promised()
        elsewhere = counter.given(
            lambda s: factories.create_staff(s, factories.create_branch(s, factories.YAOXI))
        )
        words = counter.town.phone(elsewhere).open("/branch/day?day=2026-03-11")
        assert "这一天没有安排" in words
        counter.town.mine().open("/branch/day", 403)


class TestWhoComes:
    def test_in_words_by_the_parts_of_time(self, town: Town) -> None:
        town.promised()
        elder = town.phone(town.street.elder)
        who = name_of(town, town.street.volunteer)
        words = elder.open("/elder/today")
        sentence = f"{who}来做陪聊·读报·生命故事，大约 1 小时"
        assert f"明天（星期三） 上午 10 点，{sentence}" in words
        assert "今天没有人来。" in words
        town.now = START - timedelta(hours=1)
        assert f"今天（星期三） 上午 10 点，{sentence}" in elder.open("/elder/today")
        town.now = NOW - timedelta(days=1)
        assert f"后天（星期三） 上午 10 点，{sentence}" in elder.open("/elder/today")
        assert "这个星期" in elder.text
        town.now = NOW - timedelta(days=9)
        words = elder.open("/elder/today")
        assert f"3月11日（星期三） 上午 10 点，{sentence}" in words
        assert "以后" in words

    def test_half_and_quarter_hours_are_said_as_people_say_them(self, town: Town) -> None:
        clocks = (time(9), time(9, 15), time(13, 30), time(0, 30))
        with town.app.test_request_context():
            said = [spoken_clock(at_local(WEDNESDAY, clock)) for clock in clocks]
        assert said == ["上午 9 点", "上午 9 点 15 分", "下午 1 点半", "凌晨 0 点半"]

    def test_the_name_card(self, town: Town) -> None:
        visit = town.promised()
        elder = town.phone(town.street.elder)
        words = elder.open(f"/elder/visits/{LONGWAN}/{visit}/name-card")
        number = town.street.look(lambda s: s.get_one(Member, town.street.volunteer).number)
        for shown in (name_of(town, town.street.volunteer), number, "基础课", "第一次来"):
            assert shown in words
        assert "梅花" in words
        assert "<img" not in elder.page.text

    def test_no_card_of_who_does_not_come(self, town: Town) -> None:
        visit = town.promised()
        town.street.act(
            town.street.volunteer, lambda ctx: withdraw(ctx, LONGWAN, visit, "病了"), now=NOW
        )
        elder = town.phone(town.street.elder)
        elder.open(f"/elder/visits/{LONGWAN}/{visit}/name-card", 404)
        elder.open(f"/elder/visits/{LONGWAN}/{derived('x')}/name-card", 404)

    def test_another_elder_sees_no_card(self, town: Town) -> None:
        visit = town.promised()
        other = town.street.uow.run(factories.create_elder)
        town.phone(other).open(f"/elder/visits/{LONGWAN}/{visit}/name-card", 403)

    def test_how_often_somebody_was_here(self, town: Town) -> None:
        visit = town.begun()
        town.street.go(visit)
        later = START + timedelta(days=7)
        request = town.street.open_request(starts_at=later)
        again = town.street.accepted(request)
        words = town.phone(town.street.elder).open(f"/elder/visits/{LONGWAN}/{again}/name-card")
        assert "来过您这里 1 次" in words

    def test_the_paper_has_dates_and_cards(self, town: Town) -> None:
        town.promised()
        elder = town.phone(town.street.elder)
        words = elder.open("/elder/today/paper")
        assert "3月11日（星期三） 上午 10 点" in words
        assert "明天" not in words
        assert "志愿者编号" in words
        assert "large-print" in elder.page.text

    def test_a_helper_prints_it_and_the_look_is_on_record(self, town: Town) -> None:
        town.promised()
        daughter = town.street.uow.run(factories.create_member)
        grant = partial(
            grant_delegation,
            elder_id=town.street.elder,
            delegate_id=daughter,
            scopes=frozenset({"see"}),
            consent="own",
            ends_on=NOW.date() + timedelta(days=30),
            spend_minutes=600,
        )
        town.street.act(town.street.elder, grant)
        phone: Browser = town.phone(daughter)
        assert "上午 10 点" in phone.open(f"/elder/for/{town.street.elder}/today/paper")
        looks = town.street.count(
            AuditRecord, AuditRecord.act == "visit.read", AuditRecord.actor_id == daughter
        )
        assert looks == 1
        stranger = town.street.uow.run(factories.create_member)
        town.phone(stranger).open(f"/elder/for/{town.street.elder}/today/paper", 403)
