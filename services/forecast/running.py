"""A forecast is run, kept with everything that it was computed from, and can be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from models.forecasts import Forecast
from services import audit, policy
from services.acts import once
from services.context import Context
from services.errors import Invalid, NotFound
from services.forecast.history import History, Standing, Year
from services.forecast.rates import estimate
from services.forecast.reading import Told, read
from services.forecast.results import compute
from services.policy import NATION, Subject
from services.queries.audit.scope import books_by_region, books_in
from services.rules.tables import table

#: Fewer runs show no band, more take long and change nothing that can be seen.
LEAST_RUNS, USUAL_RUNS, MOST_RUNS = 100, 2_000, 20_000
MOST_SEED = 2**31 - 1


class RunsOutOfRange(Invalid):
    """次数请填 {least} 到 {most} 之间的整数。"""

    code = "runs_out_of_range"


class SeedOutOfRange(Invalid):
    """种子请填 0 到 {most} 之间的整数。"""

    code = "seed_out_of_range"


class NoLedgerHere(NotFound):
    """这个地区还没有账本，没有什么可以推算的。"""

    code = "no_ledger_here"


@dataclass(frozen=True, slots=True)
class Computed:
    """A forecast that is not kept yet."""

    region_code: str
    books: tuple[str, ...]
    seed: int
    runs: int
    inputs: Mapping[str, Any]
    results: Mapping[str, Any]


def run(ctx: Context, region_code: str, *, seed: int, runs: int) -> Computed:
    """Read the ledgers of a region (or of the nation) and project them; nothing is written.

    It takes seconds: call it outside a unit of work, then :func:`keep` what it gives.
    Raises RunsOutOfRange, SeedOutOfRange, NoLedgerHere, NotFound.
    """
    policy.require(ctx.actor, "forecast.run", _subject(region_code))
    _check(seed, runs)
    books = _books(ctx, region_code)
    inputs = _as_json(read(ctx, books), books)
    return Computed(region_code, books, seed, runs, inputs, _project(inputs, seed, runs))


def keep(ctx: Context, computed: Computed) -> UUID:
    """Keep a forecast; returns its id. The same key keeps the first one."""
    policy.require(ctx.actor, "forecast.run", _subject(computed.region_code))

    def do() -> dict[str, str]:
        row = Forecast(
            id=ctx.new_id(),
            region_code=computed.region_code,
            made_at=ctx.now,
            made_by_id=ctx.actor.id,
            seed=computed.seed,
            runs=computed.runs,
            inputs=dict(computed.inputs),
            results=dict(computed.results),
            table_version=table("forecast").version,
        )
        ctx.session.add(row)
        after = {"region": computed.region_code, "seed": computed.seed, "runs": computed.runs}
        audit.record(ctx, "forecast.run", "forecast", row.id, book=computed.books[0], after=after)
        ctx.session.flush()
        return {"forecast_id": str(row.id)}

    content = {"region": computed.region_code, "seed": computed.seed, "runs": computed.runs}
    return UUID(once(ctx, computed.books[0], "forecast.run", content, do)["forecast_id"])


def repeat(ctx: Context, forecast_id: UUID) -> tuple[str, ...]:
    """Compute a kept forecast again from its own inputs; the cases that came out otherwise."""
    row = ctx.session.get(Forecast, forecast_id)
    if row is None:
        raise NotFound
    policy.require(ctx.actor, "forecast.read", _subject(row.region_code))
    again = _project(row.inputs, row.seed, row.runs)["cases"]
    kept = row.results["cases"]
    return tuple(code for code in kept if kept[code] != again.get(code))


def _subject(region_code: str) -> Subject:
    return Subject(book=region_code, region_code=region_code)


def _check(seed: int, runs: int) -> None:
    if not LEAST_RUNS <= runs <= MOST_RUNS:
        raise RunsOutOfRange(field="runs", least=LEAST_RUNS, most=MOST_RUNS)
    if not 0 <= seed <= MOST_SEED:
        raise SeedOutOfRange(field="seed", most=MOST_SEED)


def _books(ctx: Context, region_code: str) -> tuple[str, ...]:
    if region_code == NATION:
        found = tuple(sorted(books_by_region(ctx).values()))
        if not found:
            raise NoLedgerHere
        return found
    try:
        return books_in(ctx, region_code)
    except NotFound:
        raise NoLedgerHere from None


def _project(inputs: Mapping[str, Any], seed: int, runs: int) -> dict[str, Any]:
    standing, history = from_json(inputs)
    return compute(standing, estimate(history), seed=seed, runs=runs)


def _as_json(told: Told, books: tuple[str, ...]) -> dict[str, Any]:
    """Everything that goes into a projection, so that anybody can repeat it."""
    return {
        "books": list(books),
        "since": told.since.isoformat(),
        "standing": _plain(told.standing),
        "years": [_plain(year) for year in told.history.years],
    }


def _plain(thing: Standing | Year) -> dict[str, Any]:
    values = {name: getattr(thing, name) for name in thing.__dataclass_fields__}
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in values.items()
    }


def from_json(inputs: Mapping[str, Any]) -> tuple[Standing, History]:
    """What a kept forecast began with."""
    years = tuple(Year(**_arrays(year)) for year in inputs["years"])
    return Standing(**_arrays(inputs["standing"])), History(years)


def _arrays(content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: np.array(value, dtype=np.float64) if isinstance(value, list) else value
        for name, value in content.items()
    }
