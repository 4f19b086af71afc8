"""What a password may be."""

from __future__ import annotations

import pytest

from services.people import passwords
from services.people.errors import PasswordKnown, PasswordLength, PasswordPersonal

PERSONAL = ["123456789012", "13900001111", "330302198001011234", "chen.an", "an"]


@pytest.mark.parametrize(
    "password",
    ["春眠不觉晓处处闻啼鸟", "correct horse battery", "x" * 60 + "abc 1", "短的也要够长才行吧"],
)
def test_a_long_password_will_do(password: str) -> None:
    padded = password if len(password) >= passwords.LEAST else password + "！"
    assert passwords.checked(padded, PERSONAL)


@pytest.mark.parametrize("password", ["", "123456789", "x7 k!" * 26])
def test_too_short_and_too_long_are_refused(password: str) -> None:
    with pytest.raises(PasswordLength):
        passwords.checked(password, PERSONAL)


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "PASSWORD123",
        "Woaini1314520",
        "qwertyuiop",
        "aaaaaaaaaaaa",
        "ababababcab",
        "abc1abc1abc1",
        "timebank and me",
        "my hotline 12349",
        "我爱互助时光一二三四",
        "abcdefghijklm",
        "zyxwvutsrqpo",
        "３４５６７８９:;<",
    ],
)
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    with pytest.raises(PasswordKnown):
        passwords.checked(password, PERSONAL)


@pytest.mark.parametrize(
    "password", ["x13900001111y", "CHEN.AN is here", "V123456789012!", "my330302198001011234"]
)
def test_what_others_know_of_the_person_is_refused(password: str) -> None:
    with pytest.raises(PasswordPersonal):
        passwords.checked(password, PERSONAL)


def test_a_short_personal_word_does_not_spoil_a_password() -> None:
    assert passwords.checked("an evening in may", PERSONAL)


def test_the_shipped_list_is_usable() -> None:
    known = passwords.known_passwords()
    # As many as ASVS asks for: the commonest three thousand of the length.
    assert len(known) > 3_000
    assert all(len(word) >= passwords.LEAST for word in known)
    assert all(word == word.casefold() and word == word.strip() for word in known)


def test_one_spelling_for_wide_and_narrow_keys() -> None:
    assert passwords.checked("ｃorrect horse", []) == "correct horse"
