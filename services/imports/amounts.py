"""Amounts as older systems write them: minutes, hours, seconds, or hours and minutes (12:05)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal

#: Minutes of one balance, at most: a million hours.
LARGEST_MINUTES = 60_000_000
_WHOLE = re.compile(r"-?[0-9]{1,12}")
_HOURS = re.compile(r"-?[0-9]{1,9}([.,][0-9]{1,6})?")
_CLOCK = re.compile(r"(-?)([0-9]{1,9}):([0-5][0-9])")
#: What stands for nothing.
_NOTHING = frozenset({"", "-", "—", "–", "&mdash;"})


def minutes_in(text: str, unit: str) -> int | None:
    """Whole minutes; None for what is no amount.

    Seconds beyond a whole minute are dropped, towards zero. Hours are rounded to the nearest
    minute, which gives back exactly what was entered in minutes and printed in hundredths.
    """
    plain = text.replace("\u2212", "-").replace("\u00a0", "").replace("'", "").strip()
    if plain in _NOTHING:
        return 0
    found = _read(plain, unit)
    return found if found is not None and abs(found) <= LARGEST_MINUTES else None


def _read(plain: str, unit: str) -> int | None:
    if unit == "clock":
        clock = _CLOCK.fullmatch(plain)
        if clock is None:
            return None
        total = int(clock[2]) * 60 + int(clock[3])
        return -total if clock[1] else total
    if unit == "hours":
        if _HOURS.fullmatch(plain) is None:
            return None
        exact = Decimal(plain.replace(",", ".")) * 60
        return int(exact.to_integral_value(ROUND_HALF_EVEN))
    plain = plain.removesuffix(".0")
    if _WHOLE.fullmatch(plain) is None:
        return None
    whole = int(plain)
    if unit == "seconds":
        return whole // 60 if whole >= 0 else -(-whole // 60)
    return whole
