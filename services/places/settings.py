"""What a region sets for itself, within the bounds that the national rule set publishes."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.places import Region, Tier
from services import audit, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.ids import derived
from services.places.books import book_of
from services.places.errors import NotARegion, SettingOutOfBounds, UnknownSetting
from services.places.regions import current_code, region_row
from services.policy import NATION, Subject
from services.rules.regional import Settings, regional_value
from services.rules.rule_set import RuleSet


def regional_setting(
    session: Session, region_code: str, field: str, rules: RuleSet, day: date | None = None
) -> int:
    """What holds in a region for a field that regions may set, in the field's own unit.

    The region's own figure comes first, then that of the nearest region above it, then the rule
    set's default. A figure set under older bounds is brought within those of ``rules``.
    Without a ``day`` the register's present rows are read. A field that the rule set does not
    know is a programming error (``KeyError``).
    """
    return regional_value(rules, field, regional_settings(session, region_code, day).get(field))


def regional_settings(session: Session, region_code: str, day: date | None = None) -> Settings:
    """All that a region has set, or a region above it has; the nearest figure holds."""
    found: dict[str, int] = {}
    row = _row(session, region_code, day)
    while row is not None:
        found = {**row.settings, **found}
        row = _row(session, row.parent_code, day) if row.parent_code else None
    return found


def _row(session: Session, code: str, day: date | None) -> Region | None:
    if day is not None:
        row = region_row(session, code, day)
        if row is None:
            # An old code: what the region that took over has set holds now.
            try:
                row = region_row(session, current_code(session, code, day), day)
            except NotARegion:
                return None
        return row
    return session.scalar(
        sa.select(Region).where(Region.code == code).order_by(Region.valid_from.desc()).limit(1)
    )


def set_regional_setting(
    ctx: Context, region_code: str, field: str, value: int, rules: RuleSet
) -> None:
    """Set a field for a region and all below it; a refusal says the bounds."""
    policy.require(ctx.actor, "region.work", Subject(region_code=region_code))
    known = rules.regional.get(field)
    if known is None:
        raise UnknownSetting(field="field", name=field)
    if not known.min <= value <= known.max:
        raise SettingOutOfBounds(
            field="value",
            **known.name.params("name"),
            least=known.min,
            most=known.max,
            given=value,
        )
    row = region_row(ctx.session, region_code, local_date(ctx.now))
    if row is None:
        raise NotARegion(field="region_code")
    above = row.tier in (Tier.PROVINCE, Tier.CITY)
    book = NATION if above else book_of(ctx.session, region_code, local_date(ctx.now))

    def do() -> dict[str, str]:
        before = row.settings.get(field)
        row.settings = {**row.settings, field: value}
        audit.record(
            ctx,
            "region.set",
            "region",
            derived("region", region_code),
            book=book,
            before={field: before},
            after={field: value},
        )
        ctx.session.flush()
        return {}

    content = {"region_code": region_code, "field": field, "value": value}
    once(ctx, book, "region.set", content, do)
