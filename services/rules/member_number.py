"""Our national volunteer number: V, eleven digits and a check digit. Never the ID number.

The check digit is Damm's: it finds every single wrong digit and every swap of two neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from services.errors import Invalid

PREFIX = "V"
DIGITS = 11
SERIALS = 10**DIGITS
_SHAPE = re.compile(r"V?([0-9]{12})")
#: Damm's table of order ten: totally anti-symmetric, zeros on its diagonal.
_TABLE = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


class NumberShape(Invalid):
    """志愿者编号是字母 V 加 12 位数字，请核对。"""

    code = "member_number_shape"


class NumberCheck(Invalid):
    """志愿者编号有一位填错了，或者相邻两位颠倒了，请核对。"""

    code = "member_number_check"


def number_of(serial: int) -> str:
    """The number with this serial, from 0 up to, not including, ``SERIALS`` (``ValueError``)."""
    if not 0 <= serial < SERIALS:
        raise ValueError("serial out of range")
    digits = f"{serial:0{DIGITS}d}"
    return f"{PREFIX}{digits}{_interim(digits)}"


def new_number(below: Callable[[int], int]) -> str:
    """A number by chance, so that none says when or after whom its holder joined.

    ``below(n)`` gives a whole number under n: ``secrets.randbelow``, or a seeded one.
    """
    return number_of(below(SERIALS))


def parse_number(text: str) -> str:
    """A number as people type it, with or without V, spaces and hyphens, in one spelling."""
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    found = _SHAPE.fullmatch(plain)
    if not found:
        raise NumberShape(field="number")
    if _interim(found[1]) != 0:
        raise NumberCheck(field="number")
    return PREFIX + found[1]


def grouped(number: str) -> str:
    """For reading aloud and copying by hand: V 1234 5678 9012."""
    digits = number.removeprefix(PREFIX)
    return " ".join([PREFIX, *(digits[place : place + 4] for place in range(0, len(digits), 4))])


def _interim(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = int(_TABLE[interim][int(digit)])
    return interim
