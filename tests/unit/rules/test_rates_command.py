"""``flask rates``: JSON lines in and out, without a database; show and check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.rules.published import shipped_text
from services.rules.rule_set import canonical_json
from tests.unit.rules.samples import RULES
from timebank.cli.rates import rates

DATA = Path(__file__).parents[2] / "data"
CASES = json.loads((DATA / "cn-tb-1.json").read_text("utf-8"))
GOOD = CASES[2]["input"]


def _run(*arguments: str, lines: bytes | str = b"") -> Result:
    return CliRunner().invoke(rates, list(arguments), input=lines)


def _lines(*inputs: Any) -> str:
    return "".join(json.dumps(each) + "\n" for each in inputs)


def _answers(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_published_cases_come_out_in_their_order() -> None:
    result = _run("value", lines=_lines(*(case["input"] for case in CASES)))
    assert result.exit_code == 0, result.output
    for answer, case in zip(_answers(result), CASES, strict=True):
        assert {key: answer[key] for key in case["expect"]} == case["expect"]


def test_an_answer_says_by_what_it_was_made() -> None:
    (answer,) = _answers(_run("value", lines=_lines(GOOD)))
    assert answer["factors"] == {
        "s_percent": 125,
        "p_percent": 110,
        "r_percent": 120,
        "weight_before_cap": 1_650_000,
        "weight": 1_650_000,
        "capped": False,
    }
    assert answer["bands"] == [
        {"percent": 110, "minutes": 120, "day_kind": "rest", "hour_band": "day"}
    ]
    assert answer["rule_set"] == "CN-TB-1"
    assert answer["rule_set_hash"] == RULES.content_hash
    assert answer["calendar"] == "2025.1+2026.1"
    assert answer["calendar_published"] is True


BAD: list[tuple[Any, str, str]] = [
    ("nonsense", "not_json", "JSON"),
    ('{"service": "A04"', "not_json", "JSON"),
    ('{"service": "A04", "service": "A04"}', "not_json", "JSON"),
    ("NaN", "not_json", "JSON"),
    ("[" * 30_000, "not_json", "JSON"),
    ("9" * 5_000, "not_json", "JSON"),
    ("x" * 70_000, "line_too_long", "太长"),
    (b"\xff\xfe\x00", "not_json", "JSON"),
    ("[]", "bad_facts", "一组有名称的项"),
    ("null", "bad_facts", "一组有名称的项"),
    ('"A04"', "bad_facts", "一组有名称的项"),
    ({}, "bad_facts", "service：缺少这一项"),
    ({"colour": "red"}, "bad_facts", "colour：没有这样的一项"),
    ({"service": "Z99"}, "unknown_service", "Z99"),
    ({"service": "a b"}, "bad_facts", "service"),
    ({"service": "\ud800"}, "bad_facts", "service"),
    ({"service": 4}, "bad_facts", "service"),
    ({"service": None}, "bad_facts", "service：不能为空"),
    ({"provider_level": "P7"}, "unknown_level", "P7"),
    ({"care_grade": 5}, "unknown_grade", "5"),
    ({"care_grade": -1}, "bad_facts", "care_grade"),
    ({"care_grade": True}, "bad_facts", "care_grade：应是整数"),
    ({"actual_minutes": True}, "bad_facts", "actual_minutes：应是整数"),
    ({"actual_minutes": 60.0}, "bad_facts", "actual_minutes：应是整数"),
    ({"actual_minutes": "60"}, "bad_facts", "actual_minutes：应是整数"),
    ({"actual_minutes": -1}, "bad_facts", "actual_minutes：应在 0 到"),
    ({"actual_minutes": 10**30}, "bad_facts", "actual_minutes：应在 0 到"),
    ({"booked_minutes": 0}, "bad_facts", "booked_minutes：应在 1 到"),
    ({"credited_today_minutes": -5}, "bad_facts", "credited_today_minutes"),
    ({"certificate_relevant": 1}, "bad_facts", "certificate_relevant：应是 true 或 false"),
    ({"certificate_relevant": "yes"}, "bad_facts", "certificate_relevant"),
    ({"start": "2026-03-10T10:00:00"}, "bad_facts", "start：应是写明时区的时间"),
    ({"start": "2026-03-10"}, "bad_facts", "start"),
    ({"start": "2026-02-30T10:00:00+08:00"}, "bad_facts", "start"),
    ({"start": "10:00"}, "bad_facts", "start"),
    ({"start": 1_772_000_000}, "bad_facts", "start"),
    ({"start": "0001-01-01T00:00:00+14:00"}, "bad_facts", "start"),
    ({"start": "9999-12-31T23:59:59-14:00"}, "bad_facts", "start"),
    ({"breaks": [["2026-03-10T10:00:00+08:00"]]}, "bad_facts", "breaks[1]"),
    ({"recipients": 0}, "bad_facts", "recipients"),
    ({"premium_stop": "all"}, "bad_facts", "premium_stop"),
]


@pytest.mark.parametrize(("bad", "code", "words"), BAD, ids=[str(each[0])[:30] for each in BAD])
def test_a_bad_line_is_answered_in_its_place(bad: Any, code: str, words: str) -> None:
    if isinstance(bad, dict):
        bad = json.dumps(bad if not bad else {**GOOD, **bad})
    bad = bad.encode() if isinstance(bad, str) else bad
    good = _lines(GOOD).encode()
    result = _run("value", lines=good + bad + b"\n" + good)
    assert result.exit_code == 1
    before, answer, after = _answers(result)
    assert before == after
    assert before["earn"] == 218
    assert set(answer) == {"error"}
    assert set(answer["error"]) == {"code", "message"}
    assert answer["error"]["code"] == code
    assert words in answer["error"]["message"]


def test_blank_lines_a_mark_of_encoding_and_other_line_ends_do_no_harm() -> None:
    text = "\ufeff" + _lines(GOOD).strip() + "\r\n\r\n  \n" + json.dumps(GOOD)
    result = _run("value", lines=text.encode())
    assert result.exit_code == 0
    assert [answer["earn"] for answer in _answers(result)] == [218, 218]


def test_no_line_is_no_answer() -> None:
    result = _run("value")
    assert (result.exit_code, result.stdout) == (0, "")


def test_history_is_valued_though_it_could_not_be_booked() -> None:
    short = {**GOOD, "booked_minutes": 20, "actual_minutes": 20}
    (answer,) = _answers(_run("value", lines=_lines(short)))
    # 20 x 1.10 x 1.65 = 36.3
    assert answer["earn"] == 36


def test_breaks_groups_and_stopped_premiums_may_be_told() -> None:
    pause = ["2026-03-07T09:30:00+08:00", "2026-03-07T10:00:00+08:00"]
    answers = _answers(
        _run(
            "value",
            lines=_lines(
                {**GOOD, "breaks": [pause]},
                {**GOOD, "service": "B05", "recipients": 7},
                {**GOOD, "premium_stop": "ptr"},
                {**GOOD, "credit_per_day_minutes": 60},
            ),
        )
    )
    # Saturday, 120 minutes: 217.8; 120 x 1.10 x 1.10 = 145.2 and 7 x 21; 150; 108.9.
    assert [each["earn"] for each in answers] == [218, 145, 150, 109]
    assert (answers[1]["elder"], answers[1]["pool"]) == (147, -2)


def test_other_rules_and_calendars_may_be_given(tmp_path: Path) -> None:
    own = tmp_path / "rules.json"
    own.write_text(
        canonical_json({**RULES.content, "version": "OWN-1", "pair": {"second_level": "P2"}})
    )
    year = tmp_path / "2027.json"
    text = shipped_text("calendar-2026.json").replace("2026", "2027")
    year.write_text(canonical_json({**json.loads(text), "working_weekends": []}))
    start = {**GOOD, "start": "2027-02-16T09:00:00+08:00"}
    result = _run("value", "--rule-set", str(own), "--calendar", str(year), lines=_lines(start))
    (answer,) = _answers(result)
    assert answer["rule_set"] == "OWN-1"
    assert answer["calendar"] == "2025.1+2026.1+2027.1"
    assert answer["calendar_published"] is True
    assert answer["bands"][0]["day_kind"] == "festival"


def test_check_names_the_version_or_every_wrong_place(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    file.write_text(shipped_text("cn-tb-1.json"))
    good = _run("check", str(file))
    assert good.exit_code == 0
    assert f"CN-TB-1 {RULES.content_hash}" in good.output
    file.write_text(shipped_text("calendar-2026.json"))
    assert "2026.1" in _run("check", str(file)).output
    for text, words in (
        ("{", "不是有效的 JSON"),
        ('{"year": 2026}', "holidays：缺少这一项"),
        ('{"version": 1}', "version：只能用"),
    ):
        file.write_text(text)
        result = _run("check", str(file))
        assert result.exit_code == 1
        assert words in result.output
        assert "Traceback" not in result.output
    file.write_bytes(b"\xff\xfe\xff")
    assert "UTF-8" in _run("check", str(file)).output


def test_show_prints_the_whole_table() -> None:
    result = _run("show")
    assert result.exit_code == 0
    for words in ("CN-TB-1", RULES.content_hash, "陪同就医", "3 级起两人", "22:00-06:00", "150%"):
        assert words in result.output
    assert len([each for each in result.output.splitlines() if " 分钟 " in each]) == 22
