"""From runs to bands: what is kept of a projection, in whole minutes, persons and fen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from services.forecast.cases import BASE, CASES
from services.forecast.history import Standing
from services.forecast.projecting import YEARS, Projection, figures, project
from services.forecast.rates import Rates

#: Parts of the runs that lie below each line of a band, in permille.
LINES = (25, 100, 500, 900, 975)
#: Cases beside the base are run less often: so many times at least, and a part of its runs.
LEAST_BESIDE, BESIDE = 100, 4
#: Of every case but the base only these are kept: they stand side by side.
COMPARED = ("liability", "wanted", "supply", "unmet", "volunteers", "fund_fen")


def compute(
    standing: Standing, rates: Rates, *, seed: int, runs: int, years: int = YEARS
) -> dict[str, Any]:
    """Every case with the same seed: its bands, and how often every draw could be met.

    ``{"years": 30, "cases": {code: {"runs": n, "bands": {figure: {"25": [...], …}},
    "met_percent": [...], "always_met_percent": n}}}``; figures are rounded to whole minutes,
    persons or fen. What stands beside the base is run a quarter as often. Where there is one
    region only, none can leave.
    """
    cases = [case for case in CASES if standing.largest_share or not case.region_leaves]
    found = {}
    for case in cases:
        times = runs if case is BASE else max(LEAST_BESIDE, runs // BESIDE)
        found[case.code] = _case(
            project(standing, rates, case, seed=seed, runs=min(times, runs), years=years)
        )
    return {"years": years, "cases": found}


def _case(projection: Projection) -> dict[str, Any]:
    wanted = figures() if projection.case is BASE else COMPARED
    lines = np.array(LINES) / 1000
    bands: dict[str, Mapping[str, list[int]]] = {}
    for name in wanted:
        values = np.quantile(projection.figures[name], lines, axis=0)
        bands[name] = {
            str(line): [round(value) for value in row.tolist()]
            for line, row in zip(LINES, values, strict=True)
        }
    # Less than a minute is met: it comes of adding fractions up.
    met = projection.figures["unmet"] < 1.0
    return {
        "runs": len(projection.figures["unmet"]),
        "bands": bands,
        "met_percent": [int(share) for share in np.floor(100 * met.mean(axis=0))],
        "always_met_percent": int(100 * met.all(axis=1).mean()),
    }
