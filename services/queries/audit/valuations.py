"""A valuation as it was stored, and the same worked out again from its own facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Transfer, ValuationRecord
from models.requests import Request, Visit
from services import audit, rates
from services.context import Context
from services.errors import DomainError, NotFound
from services.ledger.clearing import cleared_with
from services.queries.audit.scope import Place, require_book
from services.rules.explanation import Line, explain
from services.rules.formula import Valuation
from services.rules.names import Name
from services.rules.recompute import recompute
from services.rules.rule_set import RuleSet


@dataclass(frozen=True, slots=True)
class BandLine:
    """Minutes of one kind of day and one part of the day, at their percentage."""

    day: Name
    hour: Name
    minutes: int
    percent: int


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure as stored and as it comes out again. ``unit``: minutes, percent or weight."""

    code: str
    unit: str
    stored: int
    again: int | None

    @property
    def ok(self) -> bool:
        """Whether both are equal."""
        return self.stored == self.again


@dataclass(frozen=True, slots=True)
class ValuationPage:
    """The whole formula behind a service's minutes."""

    place: Place
    id: UUID
    visit_id: UUID
    reference: str
    transfer_ids: tuple[UUID, ...]
    created_at: datetime
    rule_set_version: str
    rule_set_hash: str
    published_hash: str
    calendar_version: str
    stored: Valuation
    #: None where the rules that it names are not published, or do not know its facts.
    again: Valuation | None
    figures: tuple[FigureLine, ...]
    service: Name
    tier: Name
    level: Name
    grade: Name
    bands: tuple[BandLine, ...]
    lines: tuple[Line, ...]

    @property
    def agrees(self) -> bool:
        """Whether everything comes out as it was stored."""
        return (
            self.again is not None
            and self.again.to_dict() == self.stored.to_dict()
            and self.published_hash == self.rule_set_hash
        )


def valuation_page(ctx: Context, book: str, valuation_id: UUID) -> ValuationPage:
    """A valuation of a book; raises NotFound.

    It names an elder's care grade, so the look is recorded: call it in a unit of work.
    """
    place = require_book(ctx, book)
    row = _row(ctx, book, valuation_id)
    record = row.ValuationRecord
    stored = Valuation.from_dict(record.content)
    rules = rates.rule_set(ctx.session, record.rule_set_version)
    again = _again(ctx, stored, rules)
    audit.record(ctx, "valuation.read", "valuation", record.id, book=book)
    line = rules.service(stored.facts.service)
    return ValuationPage(
        place=place,
        id=record.id,
        visit_id=record.visit_id,
        reference=row.reference,
        transfer_ids=tuple(
            ctx.session.scalars(
                sa.select(Transfer.id).where(
                    Transfer.book == book, Transfer.valuation_id == record.id
                )
            )
        ),
        created_at=record.created_at,
        rule_set_version=record.rule_set_version,
        rule_set_hash=record.rule_set_hash,
        published_hash=rules.content_hash,
        calendar_version=record.calendar_version,
        stored=stored,
        again=again,
        figures=_figures(stored, again),
        service=line.name,
        tier=rules.tiers[line.tier].name,
        level=rules.level(stored.facts.provider_level).name,
        grade=rules.grade(stored.facts.care_grade).name,
        bands=_bands(stored, rules),
        lines=explain(stored, rules) if stored.rule_set_hash == rules.content_hash else (),
    )


def _row(ctx: Context, book: str, valuation_id: UUID) -> sa.Row[ValuationRecord, str]:
    """A valuation with the reference of its request."""
    books = (book, *cleared_with(ctx.session, book))
    row = ctx.session.execute(
        sa.select(ValuationRecord, Request.reference)
        .join(
            Visit,
            # A provider of this book who served elsewhere: the visit stands there.
            sa.and_(Visit.book.in_(books), Visit.id == ValuationRecord.visit_id),
        )
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(ValuationRecord.book == book, ValuationRecord.id == valuation_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _again(ctx: Context, stored: Valuation, rules: RuleSet) -> Valuation | None:
    try:
        calendar = rates.calendar_version(ctx.session, stored.calendar_version)
        return recompute(stored, rules, calendar)
    except (DomainError, LookupError):
        return None


def _figures(stored: Valuation, again: Valuation | None) -> tuple[FigureLine, ...]:
    """Every figure of the formula, in its order."""

    def line(code: str, unit: str, of: Valuation, other: Valuation | None) -> FigureLine:
        return FigureLine(code, unit, _figure(of, code), _figure(other, code) if other else None)

    return tuple(line(code, unit, stored, again) for code, unit in FIGURES.items())


#: The formula's figures: creditable and credited minutes, factors, weight, results.
FIGURES = {
    "creditable_minutes": "minutes",
    "credited_minutes": "minutes",
    "s_percent": "percent",
    "p_percent": "percent",
    "r_percent": "percent",
    "weight": "weight",
    "earn_minutes": "minutes",
    "elder_share_minutes": "minutes",
    "elder_minutes": "minutes",
    "pool_minutes": "minutes",
}


def _figure(valuation: Valuation, code: str) -> int:
    owner = valuation if hasattr(valuation, code) else valuation.factors
    return int(getattr(owner, code))


def _bands(stored: Valuation, rules: RuleSet) -> tuple[BandLine, ...]:
    hours = {band.code: band.name for band in rules.hour_bands}
    return tuple(
        BandLine(
            rules.day_kinds[band.day_kind].name, hours[band.hour_band], band.minutes, band.percent
        )
        for band in stored.bands
    )
