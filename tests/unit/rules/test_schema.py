"""What is refused as a rule set or a calendar, and where the sentence points."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from services.rules.checked import MAX_PROBLEMS, BadDocument
from services.rules.published import (
    SHIPPED_CALENDARS,
    parse_document,
    read_calendar,
    read_rule_set,
    shipped_text,
)
from services.rules.rule_set import canonical_json, hash_of
from tests.unit.rules.samples import RULES, rules_with

CALENDAR_2026 = parse_document(shipped_text("calendar-2026.json"))
Change = Callable[[Any], Any]


def _problems(read: Callable[[Any], Any], content: Any, change: Change) -> list[str]:
    changed = deepcopy(content)
    change(changed)
    with pytest.raises(BadDocument) as refused:
        read(changed)
    assert refused.value.code == "bad_document"
    return [problem.message for problem in refused.value.problems]


def _service(code: str, **changes: Any) -> Change:
    def change(content: Any) -> None:
        line = next(each for each in content["services"] if each["code"] == code)
        line.update(changes)

    return change


RULE_SET_FAULTS: list[tuple[str, Change, str]] = [
    ("missing section", lambda c: c.pop("tiers"), "tiers：缺少这一项。"),
    ("null", lambda c: c.update(stars=None), "stars：不能为空。"),
    ("unknown name", lambda c: c.update(colour=1), "colour：没有这样的一项，请检查名称。"),
    ("bad version", lambda c: c.update(version="a b"), "version：只能用字母"),
    ("version too long", lambda c: c.update(version="a" * 33), "version：只能用字母"),
    (
        "no such day",
        lambda c: c.update(effective_from="2026-02-30"),
        "effective_from：应是像 2026-01-31 这样的日期。",
    ),
    ("week date", lambda c: c.update(effective_from="2026-W01-1"), "effective_from：应是像"),
    (
        "fraction",
        lambda c: c["tiers"][0].update(percent=100.0),
        "tiers[T1].percent：应是整数。",
    ),
    ("truth", lambda c: c["tiers"][1].update(percent=True), "tiers[T2].percent：应是整数。"),
    (
        "negative",
        lambda c: c["valuation"].update(overrun_minutes=-1),
        "valuation.overrun_minutes：应在 0 到 240 之间。",
    ),
    ("number as text", lambda c: c["stars"][0].update(hours="100"), "stars[1].hours：应是整数。"),
    ("tier twice", lambda c: c["tiers"].append({**c["tiers"][0], "zh": "x"}), "tiers：T1 出现了"),
    ("unknown tier", _service("A03", tier="T9"), "services[A03].tier：T9 没有在前面列出。"),
    ("unknown level", _service("B01", level="P7"), "services[B01].level：P7 没有在前面列出。"),
    (
        "unknown certificate",
        _service("E01", recognises=["magician"]),
        "services[E01].recognises：magician 没有在前面列出。",
    ),
    ("certificate twice", _service("E01", one_of=["nurse", "nurse"]), "nurse 出现了两次。"),
    (
        "shortest above longest",
        _service("A04", minutes=[180, 30]),
        "services[A04].minutes：最小值不能大于最大值。",
    ),
    ("one length", _service("A04", minutes=[30]), "services[A04].minutes：应有 2 到 2 项。"),
    ("unknown flag", _service("A04", flags=["fun"]), "services[A04].flags[1]：应是以下之一"),
    ("care in words", _service("A04", care="yes"), "services[A04].care：应是 true 或 false。"),
    ("two people", _service("A04", two_people="often"), "services[A04].two_people：应是以下之一"),
    (
        "two people from no grade",
        _service("A04", two_people={"grade_at_least": 9}),
        "services[A04].two_people.grade_at_least：应在 1 到 4 之间。",
    ),
    ("no name", _service("A04", zh=" "), "services[A04].zh：不能为空。"),
    ("name with a line break", _service("A04", zh="a\nb"), "services[A04].zh：最多"),
    ("half a character", _service("A04", zh="\ud800"), "services[A04].zh：最多"),
    ("grades out of order", lambda c: c["grades"].reverse(), "grades：应从 0 级起"),
    ("a day kind missing", lambda c: c["day_kinds"].pop(), "day_kinds：四种日子应各有一项"),
    (
        "an hour twice",
        lambda c: c["hour_bands"][1].update(to="07:30"),
        "hour_bands：一天的每一分钟应正好属于一个时段，07:00 不是这样。",
    ),
    ("an hour missing", lambda c: c["hour_bands"].pop(1), "hour_bands：一天的每一分钟"),
    (
        "one code, two factors",
        lambda c: c["hour_bands"][3].update(code="day"),
        "hour_bands：同名时段的系数和名称应相同。",
    ),
    ("no such time", lambda c: c["hour_bands"][0].update({"from": "24:00"}), "应是像 06:00"),
    ("levels falling", lambda c: c["levels"].reverse(), "levels：应从低到高排列。"),
    (
        "default outside",
        lambda c: c["regional"][5].update(default=59),
        "regional[spending_age_years].default：默认值应在最小值与最大值之间。",
    ),
    (
        "minimum above maximum",
        lambda c: c["regional"][0].update(min=400),
        "regional[credited_per_day_minutes]：最小值不能大于最大值。",
    ),
    (
        "regional field missing",
        lambda c: c["regional"].pop(),
        "regional：缺少可由地区设定的项：['call_back_percent']。",
    ),
    ("a list that is none", lambda c: c.update(services={}), "services：应是一个列表。"),
    ("an object that is none", lambda c: c.update(check_in=7), "check_in：应是一组有名称的项。"),
    ("item that is none", lambda c: c["stars"].append(7), "stars[6]：应是一组有名称的项。"),
    ("unknown tier for minors", lambda c: c["earning"].update(minor_tiers=["T8"]), "T8 没有在"),
    ("a list without end", lambda c: c.update(excluded=[1] * 501), "excluded：应有 0 到 500 项。"),
]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [fault[1:] for fault in RULE_SET_FAULTS],
    ids=lambda each: str(each)[:20],
)
def test_a_rule_set_with_a_fault_is_refused_at_its_place(change: Change, sentence: str) -> None:
    problems = _problems(read_rule_set, RULES.content, change)
    assert [each for each in problems if sentence in each], problems


@pytest.mark.parametrize("content", [None, [], 7, "rules", True])
def test_what_is_no_object_is_no_rule_set(content: Any) -> None:
    with pytest.raises(BadDocument, match="内容：应是一组有名称的项"):
        read_rule_set(content)
    with pytest.raises(BadDocument, match="内容：应是一组有名称的项"):
        read_calendar(content)


def test_every_fault_is_told_at_once_but_a_flood_is_cut() -> None:
    with pytest.raises(BadDocument) as refused:
        read_rule_set({**RULES.content, "tiers": None, "stars": None, "levels": 1})
    assert len(refused.value.problems) == 3
    assert "有 3 处" in refused.value.message
    with pytest.raises(BadDocument) as flood:
        read_rule_set({f"x{n}": n for n in range(400)})
    assert len(flood.value.problems) > 400
    assert flood.value.message.count("没有这样的一项") <= MAX_PROBLEMS


CALENDAR_FAULTS: list[tuple[str, Change, str]] = [
    ("missing year", lambda c: c.pop("year"), "year：缺少这一项。"),
    ("wrong year", lambda c: c.update(year=2027), "2026-01-01 不在 2027 年。"),
    ("version with the joint", lambda c: c.update(version="a+b"), "version：只能用"),
    (
        "a weekday worked",
        lambda c: c["working_weekends"].append("2026-03-10"),
        "2026-03-10 不是周六或周日。",
    ),
    (
        "off and worked",
        lambda c: c["working_weekends"].append("2026-02-15"),
        "2026-02-15 既放假又上班。",
    ),
    (
        "worked twice",
        lambda c: c["working_weekends"].append("2026-02-14"),
        "2026-02-14 出现了两次。",
    ),
    (
        "statutory but not off",
        lambda c: c["holidays"][0]["statutory"].append("2026-01-05"),
        "法定节假日 2026-01-05 不在放假日期之内。",
    ),
    (
        "backwards",
        lambda c: c["holidays"][4].update({"from": "2026-06-22"}),
        "结束日期早于开始日期。",
    ),
    (
        "two holidays on a day",
        lambda c: c["holidays"][5].update(to="2026-10-01"),
        "2026-10-01 属于两个假期。",
    ),
    ("short festival", lambda c: c["festival"].update(to="2026-02-18"), "连续四天"),
    (
        "festival not off",
        lambda c: c["festival"].update({"from": "2026-03-02", "to": "2026-03-05"}),
        "并且都放假",
    ),
    ("not a date", lambda c: c["festival"].update({"from": 20260216}), "festival.from：应是像"),
]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [fault[1:] for fault in CALENDAR_FAULTS],
    ids=lambda each: str(each)[:20],
)
def test_a_calendar_with_a_fault_is_refused(change: Change, sentence: str) -> None:
    problems = _problems(read_calendar, CALENDAR_2026, change)
    assert [each for each in problems if sentence in each], problems


@pytest.mark.parametrize(
    "text",
    ["", "{", "{'a': 1}", '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000, '{"a": 1} x'],
    ids=["empty", "open", "quotes", "nan", "twice", "deep", "more"],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(BadDocument):
        parse_document(text)


def test_the_hash_is_of_the_content_and_not_of_its_spelling() -> None:
    shuffled = json.loads(json.dumps(dict(reversed(list(RULES.content.items()))), indent=9))
    assert read_rule_set(shuffled).content_hash == RULES.content_hash
    assert hash_of(RULES.content) == RULES.content_hash
    assert rules_with(star_clean_months=13).content_hash != RULES.content_hash
    assert canonical_json({"b": "时", "a": [1, True, None]}) == '{"a":[1,true,null],"b":"时"}'


def test_the_content_that_ships_is_the_table_of_the_page() -> None:
    assert [each.percent for each in RULES.tiers.values()] == [100, 110, 125, 150, 200]
    assert [each.percent for each in RULES.levels.values()] == [0, 100, 110, 125, 140]
    assert [each.percent for each in RULES.grades] == [100, 110, 120, 135, 150]
    assert len(RULES.services) == 22
    assert RULES.weight_cap == 3 * 100**3
    assert [(each.stars, each.hours) for each in RULES.stars] == [
        (1, 100), (2, 300), (3, 600), (4, 1000), (5, 1500),
    ]  # fmt: skip
    assert RULES.default("credited_per_day_minutes") == 360
    assert RULES.default("storage_minutes") == 1500 * RULES.minutes_per_coin
    assert RULES.silence_hours == 72
    assert RULES.records.due_working_days == 10


def test_one_line_of_the_file_is_one_line_of_the_catalogue() -> None:
    lines = [each for each in shipped_text("cn-tb-1.json").splitlines() if '"recognises"' in each]
    assert [json.loads(each.rstrip(","))["code"] for each in lines] == list(RULES.services)


@pytest.mark.parametrize("name", SHIPPED_CALENDARS)
def test_a_shipped_calendar_has_thirteen_statutory_days(name: str) -> None:
    year = read_calendar(parse_document(shipped_text(name)))
    assert len(year.statutory) == 13
    assert year.festival <= year.statutory
