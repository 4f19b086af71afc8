"""How a page is looked at: language, size of the letters, light or dark, and three widths.

``CATALOGUE`` in the environment asks for more than the tests need: ``all`` for every look of every
page, or names such as ``zh-1-light,en-2-dark`` for those; both leave pictures in build/catalogue.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from itertools import product

WIDTHS = (320, 390, 1280)
HEIGHT = 844


@dataclass(frozen=True, slots=True)
class Look:
    """One way of looking at a page."""

    lang: str
    size: str
    scheme: str

    def __str__(self) -> str:
        return f"{self.lang}-{self.size}-{self.scheme}"


LOOKS = tuple(Look(*each) for each in product(("zh", "en"), ("1", "2", "3"), ("light", "dark")))
#: What is asked for beyond the tests; empty in them.
ASKED = os.environ.get("CATALOGUE", "")


def looks_at(name: str) -> tuple[Look, ...]:
    """One look for each page, always the same one; over the pages every pair of choices comes up.

    Neighbours differ: the pages of one audience are spread over all twelve.
    """
    if ASKED == "all":
        return LOOKS
    if ASKED:
        return tuple(each for each in LOOKS if str(each) in ASKED.split(","))
    return (LOOKS[zlib.crc32(name.encode()) % len(LOOKS)],)
