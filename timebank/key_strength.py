"""Whether a production's keys are worth the name: long, not alike, and known to nobody."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

#: Words that stand in examples, tutorials and tests, and in nobody's random key.
KNOWN = re.compile(
    r"change.?me|secret|example|password|default|insert|your.?key|placeholder|1234567|"
    r"abcdef|deadbeef|timebank",
    re.IGNORECASE,
)
#: A random key of 64 hexadecimal digits has nearly all sixteen of them, and about 28 pairs.
LEAST_SIGNS, LEAST_PAIRS = 10, 20


def weakness(keys: Mapping[str, str]) -> tuple[str, str, str] | None:
    """The name of the first key that will not do, and why, in Chinese and in English."""
    for name, value in keys.items():
        if KNOWN.search(value) and not re.fullmatch(r"[0-9a-fA-F]{64}", value):
            return name, "像是示例里的值", "looks like the value of an example"
        pairs = {value[place : place + 2].lower() for place in range(0, len(value) - 1, 2)}
        signs = set(value.lower())
        is_hex = re.fullmatch(r"[0-9a-fA-F]{64}", value) is not None
        if len(signs) < LEAST_SIGNS or (is_hex and len(pairs) < LEAST_PAIRS) or _is_periodic(value):
            return name, "太有规律，容易猜到", "is too regular to be random"
    seen: dict[str, str] = {}
    for name, value in keys.items():
        if value.lower() in seen:
            return name, f"和 {seen[value.lower()]} 相同", f"is the same as {seen[value.lower()]}"
        seen[value.lower()] = name
    return None


def _is_periodic(value: str) -> bool:
    """Whether the text is one part again and again, or signs in the order of the table."""
    is_repeated = value in (value + value)[1:-1]
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(value)}
    return is_repeated or len(steps) == 1
