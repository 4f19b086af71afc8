"""Kept forecasts as people read them: where it began, what may come, and what would help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import sqlalchemy as sa

from models.forecasts import Forecast
from models.people import Member
from services import audit, policy
from services.clock import local, local_date
from services.context import Context
from services.errors import NotFound
from services.forecast.cases import CASES, Case
from services.forecast.population import RESTING, band_starts, by_band
from services.forecast.rates import Rates, estimate
from services.forecast.running import from_json
from services.places.regions import region_known, within
from services.policy import NATION, Subject
from services.queries.audit.scope import books_by_region, scopes_of
from services.rules.names import Name

EVERYWHERE = Name("全国", "The whole country")
#: Kept forecasts on one page; older ones are found by their address.
MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Place:
    """A region that can be projected."""

    code: str
    name: Name


@dataclass(frozen=True, slots=True)
class Line:
    """A kept forecast in a list. ``met_percent``: runs in which every draw of ten years is met."""

    id: UUID
    place: Place
    made_at: datetime
    seed: int
    runs: int
    liability_minutes: int
    met_percent: int


@dataclass(frozen=True, slots=True)
class Band:
    """One figure over the years: what so many permille of the runs lie below."""

    name: str
    lines: Mapping[int, tuple[int, ...]]

    def at(self, permille: int, year: int) -> int:
        """The value of one line in one year, counted from zero."""
        return self.lines[permille][year]


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case: its bands, and in how many of a hundred runs each year's draws are met."""

    case: Case
    bands: Mapping[str, Band]
    met_percent: tuple[int, ...]
    always_met_percent: int
    runs: int


@dataclass(frozen=True, slots=True)
class Liability:
    """What is owed now, to the minute: by band of age, by origin, and against the fund."""

    by_band: tuple[int, ...]
    earned_minutes: int
    received_minutes: int
    fund_fen: int
    guide_rate_fen_per_coin: int

    @property
    def total_minutes(self) -> int:
        return self.earned_minutes + self.received_minutes


@dataclass(frozen=True, slots=True)
class ForecastPage:
    """A forecast in full."""

    id: UUID
    place: Place
    made_at: datetime
    made_by: str
    seed: int
    runs: int
    table_version: str
    since: datetime
    #: The first day of each projected year's calendar year.
    years: tuple[int, ...]
    band_starts: tuple[int, ...]
    liability: Liability
    members: int
    volunteers: int
    rates: Rates
    cases: Mapping[str, CaseView]


@dataclass(frozen=True, slots=True)
class Kept:
    """A forecast as it was kept, with everything it was computed from, for programs."""

    id: UUID
    region_code: str
    made_at: datetime
    seed: int
    runs: int
    table_version: str
    inputs: Mapping[str, Any]
    results: Mapping[str, Any]


def kept_forecast(ctx: Context, forecast_id: UUID) -> Kept:
    """One forecast; raises NotFound, also for a region outside the scope."""
    row = _row(ctx, forecast_id)
    return Kept(
        id=row.id,
        region_code=row.region_code,
        made_at=row.made_at,
        seed=row.seed,
        runs=row.runs,
        table_version=row.table_version,
        inputs=row.inputs,
        results=row.results,
    )


def places(ctx: Context) -> tuple[Place, ...]:
    """What the actor may project: the scope's own regions, then every county with a book."""
    scopes = scopes_of(ctx, "forecast.run")
    tops = [_place(ctx, code) for code in scopes]
    known = {place.code for place in tops}
    counties = sorted(books_by_region(ctx))
    return (*tops, *(_place(ctx, code) for code in counties if code not in known))


def kept(ctx: Context) -> tuple[Line, ...]:
    """Forecasts of the actor's scope, the newest first."""
    scopes = scopes_of(ctx, "forecast.read")
    rows = ctx.session.execute(
        sa.select(
            Forecast.id,
            Forecast.region_code,
            Forecast.made_at,
            Forecast.seed,
            Forecast.runs,
            Forecast.inputs,
            Forecast.results,
        )
        .order_by(Forecast.made_at.desc(), Forecast.id.desc())
        .limit(MOST_LISTED)
        .where(_in_scopes(scopes))
    )
    return tuple(
        Line(
            id=row.id,
            place=_place(ctx, row.region_code),
            made_at=row.made_at,
            seed=row.seed,
            runs=row.runs,
            liability_minutes=liability_of(row.inputs).total_minutes,
            met_percent=min(row.results["cases"]["base"]["met_percent"][:10]),
        )
        for row in rows
    )


def forecast_page(ctx: Context, forecast_id: UUID) -> ForecastPage:
    """One forecast; raises NotFound, also for a region outside the scope."""
    row = _row(ctx, forecast_id)
    standing, history = from_json(row.inputs)
    first = local(row.made_at).year + 1
    name = ctx.session.scalar(sa.select(Member.name).where(Member.id == row.made_by_id))
    people = standing.people.sum(axis=(0, 1))
    return ForecastPage(
        id=row.id,
        place=_place(ctx, row.region_code),
        made_at=row.made_at,
        made_by=name or "",
        seed=row.seed,
        runs=row.runs,
        table_version=row.table_version,
        since=datetime.fromisoformat(row.inputs["since"]),
        years=tuple(range(first, first + row.results["years"])),
        band_starts=band_starts(),
        liability=liability_of(row.inputs),
        members=int(people.sum()),
        volunteers=int(people[RESTING + 1 :].sum()),
        rates=estimate(history),
        cases={
            case.code: _case(case, row.results["cases"][case.code])
            for case in CASES
            if case.code in row.results["cases"]
        },
    )


def taken(ctx: Context, forecast_id: UUID, form: str) -> ForecastPage:
    """The same for a file; that it was taken is on record: call it in a unit of work."""
    found = forecast_page(ctx, forecast_id)
    policy.require(ctx.actor, "forecast.export", _subject(found.place.code))
    row = ctx.session.get_one(Forecast, forecast_id)
    book, after = row.inputs["books"][0], {"form": form, "region": found.place.code}
    audit.record(ctx, "forecast.export", "forecast", forecast_id, book=book, after=after)
    ctx.session.flush()
    return found


def _row(ctx: Context, forecast_id: UUID) -> Forecast:
    row = ctx.session.get(Forecast, forecast_id)
    if row is None or not policy.can(ctx.actor, "forecast.read", _subject(row.region_code)).allowed:
        raise NotFound
    return row


def _subject(code: str) -> Subject:
    return Subject(book=code, region_code=code)


def _case(case: Case, found: Mapping[str, Any]) -> CaseView:
    bands = {
        name: Band(name, {int(line): tuple(values) for line, values in lines.items()})
        for name, lines in found["bands"].items()
    }
    return CaseView(
        case, bands, tuple(found["met_percent"]), found["always_met_percent"], found["runs"]
    )


def liability_of(inputs: Mapping[str, Any]) -> Liability:
    """What was owed when a forecast began."""
    standing = inputs["standing"]
    earned = np.array(standing["earned"]).sum(axis=(0, 2))
    received = np.array(standing["received"]).sum(axis=0)
    return Liability(
        by_band=tuple(int(minutes) for minutes in by_band(earned + received)),
        earned_minutes=int(earned.sum()),
        received_minutes=int(received.sum()),
        fund_fen=standing["fund_fen"],
        guide_rate_fen_per_coin=standing["guide_rate_fen_per_coin"],
    )


def _place(ctx: Context, code: str) -> Place:
    if code == NATION:
        return Place(code, EVERYWHERE)
    region = region_known(ctx.session, code, local_date(ctx.now))
    return Place(code, Name(region.name, region.name_en))


def _in_scopes(scopes: tuple[str, ...]) -> Any:
    """Regions within any of the scopes: by the digits that lead their codes."""
    return sa.or_(sa.false(), *(Forecast.region_code.startswith(within(scope)) for scope in scopes))
