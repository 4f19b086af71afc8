"""What a password may be. Length counts most; what everybody tries first is refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path

from services.people.errors import PasswordKnown, PasswordLength, PasswordPersonal

LEAST, MOST = 10, 128
#: Fewer different characters than this are a pattern, not a password.
DIFFERENT = 4
#: A short personal word (a login name of four letters) says little inside a long password.
PERSONAL_FROM = 6
#: What the product and its hotline are called: the first words that come to mind here.
CONTEXT = ("timebank", "shijianyinhang", "huzhushiguang", "互助时光", "12349")

_KNOWN = Path(__file__).parent / "data" / "known_passwords.txt"


@cache
def known_passwords() -> frozenset[str]:
    """The shipped list of passwords that are tried first, in small letters."""
    lines = _KNOWN.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def normalised(password: str) -> str:
    """One spelling for what different keyboards send for the same key presses."""
    return unicodedata.normalize("NFKC", password)


def checked(password: str, personal: Iterable[str]) -> str:
    """The password as it is hashed, or a sentence on why it cannot be one.

    ``personal`` are texts that others know of the person: number, telephone, ID number, login
    name.
    """
    found = normalised(password)
    if not LEAST <= len(found) <= MOST:
        raise PasswordLength(field="password", least=LEAST, most=MOST)
    folded = found.casefold()
    if any(len(word) >= PERSONAL_FROM and word.casefold() in folded for word in personal):
        raise PasswordPersonal(field="password")
    if folded in known_passwords() or len(set(folded)) < DIFFERENT or _is_pattern(folded):
        raise PasswordKnown(field="password")
    if any(word in folded for word in CONTEXT):
        raise PasswordKnown(field="password")
    return found


def _is_pattern(text: str) -> bool:
    """One run of the alphabet or of digits, or one short piece said over and over."""
    return _is_run(text) or any(
        text == (text[:size] * (len(text) // size + 1))[: len(text)]
        for size in range(1, PERSONAL_FROM + 1)
    )


def _is_run(text: str) -> bool:
    """Whether every character follows the last one: 23456789abc is not, abcdefghijk is."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1})
