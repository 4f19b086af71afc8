"""Reading names, telephone numbers and places as people type them."""

from __future__ import annotations

import pytest

from services.people import texts
from services.people.errors import (
    DoorWordWrong,
    LoginNameWrong,
    MissingText,
    NameWrong,
    PhoneWrong,
    PlaceWrong,
    TooManyWords,
)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" 王小明 ", "王小明"),
        ("古丽•阿依", "古丽·阿依"),
        ("古丽・阿依", "古丽·阿依"),
        ("Ｍａｒｙ  Ｗａｎｇ", "Mary Wang"),
    ],
)
def test_a_name_is_read(typed: str, read: str) -> None:
    assert texts.name(typed) == read


@pytest.mark.parametrize("typed", ["", "王", "王1明", "王\n\x00明", "王" * 41])
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(NameWrong):
        texts.name(typed)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("13900001111", "13900001111"),
        ("139 0000 1111", "13900001111"),
        ("１３９-0000－1111", "13900001111"),
        ("+86 13900001111", "13900001111"),
        ("0086-139-0000-1111", "13900001111"),
        ("0577-88880000", "057788880000"),
        ("(0577) 8888 0000", "057788880000"),
        ("010 88880000", "01088880000"),
        ("400-800-1234", "4008001234"),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_a_telephone_number_is_read(typed: str | None, read: str | None) -> None:
    assert texts.phone(typed) == read


@pytest.mark.parametrize(
    "typed", ["1390000111", "139000011112", "12900001111", "88880000", "13900001111转8", "王"]
)
def test_what_is_no_telephone_number_is_refused(typed: str) -> None:
    with pytest.raises(PhoneWrong):
        texts.phone(typed)


def test_short_texts() -> None:
    assert texts.short("  ", "address") is None
    assert texts.short(" 样例路 1 号 ", "address") == "样例路 1 号"
    assert texts.short("１２ 幢，门朝南！", "address") == "12 幢，门朝南！"
    with pytest.raises(TooManyWords) as refusal:
        texts.short("长" * 11, "address", 10)
    assert refusal.value.field == "address"
    with pytest.raises(MissingText):
        texts.needed(" ", "issuer")


@pytest.mark.parametrize(("typed", "read"), [("Chen.An", "chen.an"), ("ａbcd", "abcd")])
def test_a_login_name_is_read(typed: str, read: str) -> None:
    assert texts.login_name(typed) == read


@pytest.mark.parametrize("typed", ["abc", "1abcd", "陈安宁", "a" * 33, "ab cd"])
def test_what_is_no_login_name_is_refused(typed: str) -> None:
    with pytest.raises(LoginNameWrong):
        texts.login_name(typed)


@pytest.mark.parametrize("typed", ["梅花", "plum tree"])
def test_a_door_word_is_read(typed: str) -> None:
    assert texts.door_word(f" {typed} ") == typed


@pytest.mark.parametrize("typed", ["梅", "梅花1", "梅花！", "梅" * 13, ""])
def test_what_is_no_door_word_is_refused(typed: str) -> None:
    with pytest.raises(DoorWordWrong):
        texts.door_word(typed)


def test_a_place_is_whole_and_in_china() -> None:
    texts.place(None, None)
    texts.place(27_900_000, 120_800_000)
    for wrong in ((27_900_000, None), (None, 120_800_000), (120_800_000, 27_900_000), (0, 0)):
        with pytest.raises(PlaceWrong):
            texts.place(*wrong)


def test_masks() -> None:
    assert texts.masked_name("王小明") == "王**"
    assert texts.masked_name("王") == "王*"
    assert texts.masked_digits("13900001234", 3, 4) == "139****1234"
    assert texts.masked_digits(None, 3, 4) is None
