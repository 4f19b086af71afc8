"""Two languages from small files: choice, merging, and sentences filled for a reader."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import gettext, lazy_gettext

from timebank import i18n
from timebank.i18n import say

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    i18n.init_i18n(app)
    return app


def english(app: Flask):
    return app.test_request_context("/", headers={"Cookie": "lang=en"})


@pytest.mark.parametrize(
    ("cookie", "accepts", "locale"),
    [
        ("", "", "zh"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "en-GB,en;q=0.9,zh;q=0.1", "zh"),
        ("", "fr,en;q=0.5", "zh"),
        ("", "*", "zh"),
        ("lang=en", "zh-CN", "en"),
        ("lang=zh", "en-GB", "zh"),
        ("lang=xx", "", "zh"),
    ],
)
def test_chinese_unless_english_is_wanted(
    app: Flask, cookie: str, accepts: str, locale: str
) -> None:
    headers = {"Cookie": cookie, "Accept-Language": accepts}
    with app.test_request_context("/", headers=headers):
        assert i18n.choose_locale() == locale
        assert i18n.is_english() is (locale == "en")
        assert i18n.html_lang() == {"zh": "zh-CN", "en": "en"}[locale]


def test_sentences_come_in_both_languages(app: Flask) -> None:
    with app.test_request_context("/"):
        assert gettext("返回") == "返回"
    with english(app):
        assert gettext("返回") == "Back"
        assert str(lazy_gettext("共 %(n)s 条", n=3)) == "3 in all"
        assert gettext("没有收进目录的话") == "没有收进目录的话"


def test_outside_a_request_the_source_is_read() -> None:
    assert say("可用 {free_minutes}。", {"free_minutes": 90}) == "可用 1 小时 30 分。"


def test_areas_are_merged_and_the_first_keeps_a_shared_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.po").write_text(HEADER + 'msgid "甲"\nmsgstr "first"\n', encoding="utf-8")
    (tmp_path / "b.po").write_text(
        HEADER + 'msgid "甲"\nmsgstr "second"\n\nmsgid "乙"\nmsgstr "b"\n', encoding="utf-8"
    )
    found = i18n.compiled(i18n.merged_catalogue(tmp_path))
    assert found.gettext("甲") == "first"
    assert found.gettext("乙") == "b"


def test_an_empty_sentence_is_not_the_header_of_the_catalogue(app: Flask) -> None:
    with english(app):
        assert say("") == ""
        assert i18n.translated("") == ""


@pytest.mark.parametrize(
    ("params", "chinese", "words"),
    [
        ({"x_minutes": 218}, "3 小时 38 分", "3 h 38 min"),
        ({"x_minutes": -30}, "−30 分", "−30 min"),
        ({"x": 2026}, "2026", "2026"),
        ({"x": 123456}, "123,456", "123,456"),
        ({"x": date(2026, 3, 10)}, "2026年3月10日 周二", "Tue 10 March 2026"),
        (
            {"x": datetime(2026, 3, 10, 1, 0, tzinfo=UTC)},
            "3月10日 周二 上午 9:00",
            "Tue 10 March, 9:00 am",
        ),
        ({"x": "返回"}, "返回", "Back"),
        ({"x": ["退出", "王秀英"]}, "退出、王秀英", "Log out, 王秀英"),
        ({"x": True}, "是", "Yes"),
        ({"x": None}, "", ""),
    ],
)
def test_gaps_are_filled_for_a_reader(
    app: Flask, params: dict[str, object], chinese: str, words: str
) -> None:
    sentence = "{" + next(iter(params)) + "}"
    with app.test_request_context("/"):
        assert say(sentence, params) == chinese
    with english(app):
        assert say(sentence, params) == words


@pytest.mark.parametrize("sentence", ["缺 {more}。", "坏 {0}。", "坏 {。", "百分 50%。"])
def test_a_gap_that_cannot_be_filled_is_no_accident(sentence: str) -> None:
    assert say(sentence, {"other": 1}) == sentence


def test_the_english_of_the_product_can_be_read() -> None:
    folder = Path(i18n.__file__).parent / "translations" / "en"
    merged = i18n.merged_catalogue(folder)
    assert merged.get("错误：").string == "Error: "
