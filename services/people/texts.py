"""Reading what people type into a record: names, telephone numbers, places. Pure functions."""

from __future__ import annotations

import re
import unicodedata

from services.people.errors import (
    DoorWordWrong,
    LoginNameWrong,
    MissingText,
    NameWrong,
    PhoneWrong,
    PlaceWrong,
    TooManyWords,
)

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[0-9]{9,11}")
_HOTLINE = re.compile(r"(400|800)[0-9]{7}")
_LOGIN = re.compile(r"[a-z][a-z0-9.-]{3,31}")
_NOT_DIGITS = re.compile(r"[\s().\-\u2010-\u2015\uff0d]")
#: What is not a mark of a Chinese sentence: such marks stay as wide as they were written.
_NOT_MARKS = re.compile("[^，！？；：（）…～]+")


def plain(text: str) -> str:
    """Full-width figures and letters made narrow, edges trimmed."""
    return unicodedata.normalize("NFKC", text).strip()


def line(text: str) -> str:
    """Full-width figures and letters made narrow, edges trimmed; marks stay as they are."""
    return _NOT_MARKS.sub(lambda part: unicodedata.normalize("NFKC", part[0]), text).strip()


def name(text: str) -> str:
    """A person's name: 2 to 40 characters without figures, one kind of middle dot."""
    found = re.sub(r"\s+", " ", plain(text)).replace("•", "·").replace("・", "·")
    if not 2 <= len(found) <= 40 or any(c.isdigit() or not c.isprintable() for c in found):
        raise NameWrong(field="name")
    return found


def phone(text: str | None, field: str = "phone") -> str | None:
    """A Chinese mobile, landline or 400/800 number as digits only; None when nothing is given."""
    digits = _NOT_DIGITS.sub("", plain(text or ""))
    digits = re.sub(r"^(\+86|0086)", "", digits)
    if not digits:
        return None
    if not any(kind.fullmatch(digits) for kind in (_MOBILE, _LANDLINE, _HOTLINE)):
        raise PhoneWrong(field=field)
    return digits


def short(text: str | None, field: str, most: int = 120) -> str | None:
    """A line of free text, or None when it is blank."""
    found = line(text or "")
    if len(found) > most:
        raise TooManyWords(field=field, most=most)
    return found or None


def needed(text: str | None, field: str, most: int = 120) -> str:
    """A line of free text that may not be blank."""
    found = short(text, field, most)
    if found is None:
        raise MissingText(field=field)
    return found


def prose(text: str | None, field: str, most: int) -> str:
    """Sentences that may not be blank, kept as they were written: full-width signs stay."""
    found = (text or "").strip()
    if len(found) > most:
        raise TooManyWords(field=field, most=most)
    if not found:
        raise MissingText(field=field)
    return found


def login_name(text: str) -> str:
    """A login name, in small letters."""
    found = plain(text).lower()
    if not _LOGIN.fullmatch(found):
        raise LoginNameWrong(field="login_name")
    return found


def door_word(text: str) -> str:
    """The word a visitor says at the door: 2 to 12 letters, easy to say."""
    found = plain(text)
    if not 2 <= len(found) <= 12 or not all(c.isalpha() or c == " " for c in found):
        raise DoorWordWrong(field="door_word")
    return found


def place(latitude_e6: int | None, longitude_e6: int | None) -> None:
    """Both or neither, in millionths of a degree, and within China's bounds."""
    if latitude_e6 is None and longitude_e6 is None:
        return
    if latitude_e6 is None or longitude_e6 is None:
        raise PlaceWrong(field="latitude_e6")
    if not (3_000_000 <= latitude_e6 <= 54_000_000 and 73_000_000 <= longitude_e6 <= 136_000_000):
        raise PlaceWrong(field="latitude_e6")


def masked_name(full: str) -> str:
    """The family name and stars: 王**."""
    return full[:1] + "*" * max(1, len(full) - 1)


def masked_digits(digits: str | None, head: int, tail: int) -> str | None:
    """The ends of a number with stars between: 138****5678."""
    if digits is None:
        return None
    hidden = max(0, len(digits) - head - tail)
    return digits[:head] + "*" * hidden + (digits[-tail:] if tail else "")
