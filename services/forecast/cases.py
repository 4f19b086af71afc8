"""What may go wrong, and what may be done about it: cases that change the projection."""

from __future__ import annotations

from dataclasses import dataclass

from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class Case:
    """One projection beside the others; factors apply from the first year on."""

    code: str
    name: Name
    #: stress or lever; the base is neither.
    kind: str = ""
    #: So many of those who serve now go on, and so many of those who would begin or come back do.
    volunteers: float = 1.0
    draws: float = 1.0
    pooled: float = 1.0
    #: Premiums above the plain minute: 0 none at all, 1 as now.
    premiums: float = 1.0
    fund: float = 1.0
    #: Another storage cap, in minutes.
    cap_minutes: int | None = None
    #: The largest region goes, and what it gave goes with it; its members' coins stay.
    region_leaves: bool = False


BASE = Case("base", Name("照现在这样", "As things are"))
STRESSES = (
    Case("volunteers_halve", Name("志愿者少一半", "Volunteers halve"), "stress", volunteers=0.5),
    Case("draws_double", Name("取用翻一倍", "Draws double"), "stress", draws=2.0),
    Case(
        "region_leaves",
        Name("最大的伙伴地区退出", "The largest region leaves"),
        "stress",
        region_leaves=True,
    ),
    Case("premiums_rise", Name("加成提高一半", "Premiums rise by half"), "stress", premiums=1.5),
)
LEVERS = (
    Case(
        "cap_lower",
        Name("储存上限降到 1,000 个", "Storage cap of 1,000"),
        "lever",
        cap_minutes=60_000,
    ),
    Case("premiums_stop", Name("停发加成", "No premiums"), "lever", premiums=0.0),
    Case(
        "grants_fewer",
        Name("公益池支出减三成", "The pool gives three tenths less"),
        "lever",
        pooled=0.7,
    ),
    Case("reserve_double", Name("备付金加一倍", "Twice the fund"), "lever", fund=2.0),
)
#: In this order: what is, what may go wrong, what may be done.
CASES = (BASE, *STRESSES, *LEVERS)
