"""Forecasts for programs: run one, read one with everything it was computed from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.forecast import running, views
from timebank.api.area import Area, writing
from timebank.api.schemas.forecast import ForecastIn, ForecastMadeOut, ForecastOut
from timebank.edge import declare, reading

area = Area("forecast", "明天付得出吗")


@area.post("/forecasts", says="推算一个地区今后三十年付不付得出")
@declare("forecast.run")
@area.arguments(ForecastIn)
@area.response(201, ForecastMadeOut)
def run_forecast(said: dict[str, Any]) -> dict[str, Any]:
    """Computed from the ledger as it stands, then kept; it takes seconds."""
    with reading() as ctx:
        computed = running.run(ctx, said["region_code"], seed=said["seed"], runs=said["runs"])
    return {"forecast_id": writing(lambda ctx: running.keep(ctx, computed))}


@area.get("/forecasts/<uuid:forecast_id>", says="一次推算：从什么算起、算出什么")
@declare("forecast.read")
@area.response(200, ForecastOut)
def read_forecast(forecast_id: UUID) -> views.Kept:
    """Inputs, seed and bands: whoever has the program computes the same."""
    with reading() as ctx:
        return views.kept_forecast(ctx, forecast_id)
