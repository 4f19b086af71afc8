"""The register of regions: 12-digit codes, each row true from one day up to another."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.places import Region, Tier
from services import audit, policy
from services.context import Context
from services.ids import derived
from services.places.errors import NotACounty, NotARegion
from services.policy import NATION
from services.rules.region_code import parse_region_code

REGISTER = Path(__file__).parent / "data" / "regions.json"
#: A region that has ended, with the one that took over.
NOW_PART_OF = ("{place}（今属{heir}）", "{place} (now {heir})")
#: Codes hand over to a successor a few times in a century, never in a circle.
MAX_HANDOVERS = 8

#: Where a session that only reads keeps the rows that it has found.
_KNOWN = "regions"


@dataclass(frozen=True, slots=True)
class RegionView:
    """A region as it stood on a day. ``valid_to`` is the first day it holds no longer."""

    code: str
    name: str
    name_en: str
    tier: Tier
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    successor_code: str | None


def load_regions(ctx: Context) -> int:
    """Bring the register up to the shipped file; returns how many rows were new or changed.

    What a region has set for itself is left alone, and no row is ever taken away.
    """
    policy.require(ctx.actor, "place.manage")
    rows = json.loads(REGISTER.read_text(encoding="utf-8"))["regions"]
    known = {(r.code, r.valid_from): r for r in ctx.session.scalars(sa.select(Region))}
    changed = 0
    for row in rows:
        values = _values(row)
        there = known.get((values["code"], values["valid_from"]))
        if there is None:
            ctx.session.add(Region(**values, settings={}))
            changed += 1
        elif _is_other(there, values):
            for name, value in values.items():
                setattr(there, name, value)
            changed += 1
    if changed:
        audit.record(
            ctx,
            "place.load",
            "register",
            derived("register", "regions"),
            book=NATION,
            after={"rows": changed},
        )
    ctx.session.flush()
    return changed


def _is_other(there: Region, values: dict[str, Any]) -> bool:
    """Whether the file knows better; what has ended here since it was shipped stays ended."""
    if there.valid_to is not None and values["valid_to"] is None:
        for name in ("valid_to", "successor_code"):
            del values[name]
    return any(getattr(there, name) != value for name, value in values.items())


def _values(row: dict[str, Any]) -> dict[str, Any]:
    until = row.get("valid_to")
    return {
        "code": parse_region_code(row["code"]),
        "valid_from": date.fromisoformat(row["valid_from"]),
        "valid_to": date.fromisoformat(until) if until else None,
        "name": row["name"],
        "name_en": row["name_en"],
        "tier": Tier(row["tier"]),
        "parent_code": row["parent"],
        "successor_code": row.get("successor"),
    }


def view_of(region: Region) -> RegionView:
    """The frozen view of a row."""
    return RegionView(
        code=region.code,
        name=region.name,
        name_en=region.name_en,
        tier=region.tier,
        parent_code=region.parent_code,
        valid_from=region.valid_from,
        valid_to=region.valid_to,
        successor_code=region.successor_code,
    )


def valid_on(day: date) -> sa.ColumnElement[bool]:
    """The condition that a row of the register holds on a day."""
    return sa.and_(
        Region.valid_from <= day, sa.or_(Region.valid_to.is_(None), Region.valid_to > day)
    )


def region_row(session: Session, code: str, day: date) -> Region | None:
    """The row that holds for a code on a day, or None; services only.

    A session that only reads asks once: a page names the same places again and again.
    """
    asked = sa.select(Region).where(Region.code == code, valid_on(day))
    if session.autoflush:
        return session.scalar(asked)
    known: dict[tuple[str, date], Region | None] = session.info.setdefault(_KNOWN, {})
    if (code, day) not in known:
        known[code, day] = session.scalar(asked)
    return known[code, day]


def region_on(session: Session, code: str, day: date) -> RegionView:
    """The region that a code meant on a day, or :class:`NotARegion`."""
    row = region_row(session, code, day)
    if row is None:
        raise NotARegion(field="region_code")
    return view_of(row)


def region_known(session: Session, code: str, day: date) -> RegionView:
    """The region that a code means on a day, or meant last before: an old code still has a name.

    Raises NotARegion for a code that meant nothing until then.
    """
    row = region_row(session, code, day) or session.scalar(
        sa.select(Region)
        .where(Region.code == code, Region.valid_to <= day)
        .order_by(Region.valid_to.desc())
        .limit(1)
    )
    if row is None:
        raise NotARegion(field="region_code")
    return view_of(row)


def current_code(session: Session, code: str, day: date) -> str:
    """The code that stands for an older one on a day: 洞头县 of 2014 is 洞头区 today."""
    for _ in range(MAX_HANDOVERS):
        if region_row(session, code, day) is not None:
            return code
        successor = session.scalar(
            sa.select(Region.successor_code)
            .where(Region.code == code, Region.valid_to <= day)
            .order_by(Region.valid_to.desc())
            .limit(1)
        )
        if successor is None:
            break
        code = successor
    raise NotARegion(field="region_code")


def ancestors(session: Session, code: str, day: date) -> tuple[RegionView, ...]:
    """The province, then what lies between, then the region itself, as they stood on a day.

    A region that has ended by then stands as it did on its last day.
    """
    chain = [region_known(session, code, day)]
    ended = chain[0].valid_to
    if ended is not None and ended <= day:
        day = ended - timedelta(days=1)
    while (parent := chain[0].parent_code) is not None:
        chain.insert(0, region_known(session, parent, day))
    return tuple(chain)


def children(session: Session, code: str | None, day: date) -> tuple[RegionView, ...]:
    """The regions right below a code on a day, in order of code; None gives the provinces."""
    rows = session.scalars(
        sa.select(Region)
        .where(
            Region.parent_code.is_(None) if code is None else Region.parent_code == code,
            valid_on(day),
        )
        .order_by(Region.code)
    )
    return tuple(view_of(row) for row in rows)


def county_of(session: Session, code: str, day: date) -> RegionView:
    """The county-level region that a code lies in on a day; provinces and cities have none."""
    for region in ancestors(session, current_code(session, code, day), day):
        if region.tier is Tier.COUNTY:
            return region
    raise NotACounty(field="region_code")


def full_name(session: Session, code: str, day: date) -> tuple[str, str]:
    """How a person writes the place, in Chinese and in English, from the largest tier down.

    Behind a region that has ended by then stands the one that took over.
    """
    chain = ancestors(session, code, day)
    zh = "".join(region.name for region in chain)
    en = ", ".join(region.name_en for region in reversed(chain))
    ended = chain[-1].valid_to
    if ended is None or ended > day:
        return zh, en
    heir = _heir_of(session, code, day)
    if heir is None:
        return zh, en
    in_zh, in_en = NOW_PART_OF
    return in_zh.format(place=zh, heir=heir.name), in_en.format(place=en, heir=heir.name_en)


def _heir_of(session: Session, code: str, day: date) -> RegionView | None:
    try:
        return region_on(session, current_code(session, code, day), day)
    except NotARegion:
        return None


def within(scope: str) -> str:
    """The leading digits that every code inside a region shares: 330300000000 gives 3303."""
    if scope == NATION:
        return ""
    for length in (2, 4, 6, 9):
        if scope[length:].strip("0") == "":
            return scope[:length]
    return scope
