"""Twelve-digit region codes after GB/T 2260 and GB/T 10114: shape, tier and parent.

Two digits each for province, city and county, three each for township and village. Which codes
exist on which day is data; districts merge.
"""

from __future__ import annotations

import re
from typing import Literal

from services.errors import Invalid

TierName = Literal["province", "city", "county", "township", "village"]

LENGTH = 12
_SHAPE = re.compile(r"[0-9]{12}")
#: How many digits a tier has, its parents' included; highest tier first.
_TIERS: tuple[tuple[TierName, int], ...] = (
    ("province", 2),
    ("city", 4),
    ("county", 6),
    ("township", 9),
    ("village", 12),
)
_GROUPS = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 82))
PROVINCES = frozenset(str(digits) for first, last in _GROUPS for digits in range(first, last + 1))


class RegionCodeShape(Invalid):
    """地区代码应是 12 位数字。"""

    code = "region_code_shape"


class RegionCodeProvince(Invalid):
    """没有以 {digits} 开头的省级地区。"""

    code = "region_code_province"


class RegionCodeGap(Invalid):
    """地区代码 {region} 缺少中间的一级。"""

    code = "region_code_gap"


def parse_region_code(text: str) -> str:
    """The code, or a sentence about what is wrong with it.

    A city may hold townships directly, as Dongguan does (441900003000); else no tier is skipped.
    """
    region = text.strip()
    if not _SHAPE.fullmatch(region):
        raise RegionCodeShape(field="region_code")
    if region[:2] not in PROVINCES:
        raise RegionCodeProvince(field="region_code", digits=region[:2])
    city, county, township, village = region[2:4], region[4:6], region[6:9], region[9:]
    no_city = city == "00" and f"{county}{township}{village}".strip("0")
    if no_city or (township == "000" and village != "000"):
        raise RegionCodeGap(field="region_code", region=region)
    return region


def tier_of(region: str) -> TierName:
    """The lowest tier that the code names."""
    for name, digits in _TIERS:
        if not region[digits:].strip("0"):
            return name
    raise RegionCodeShape(field="region_code")


def parent_of(region: str) -> str | None:
    """The code one tier up, None above a province; a township may lie right below its city."""
    for _, digits in reversed(_TIERS):
        shorter = region[:digits].ljust(LENGTH, "0")
        if shorter != region:
            return shorter
    return None


def county_of(region: str) -> str:
    """The county-level region whose book the place belongs to; itself if it is above."""
    if tier_of(region) in ("province", "city", "county"):
        return region
    return region[:6].ljust(LENGTH, "0")
