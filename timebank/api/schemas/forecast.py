"""Wire formats of forecasts."""

from __future__ import annotations

from marshmallow import fields

from services.forecast.running import LEAST_RUNS, MOST_RUNS, MOST_SEED
from services.rules.checked import Document, Whole, Words
from timebank.api.schemas.base import At, Out


class ForecastIn(Document):
    """Which region (twelve zeros are the nation), how many runs, and with which seed."""

    region_code = Words()
    runs = Whole(LEAST_RUNS, MOST_RUNS)
    seed = Whole(0, MOST_SEED)


class ForecastMadeOut(Out):
    """The new forecast's id."""

    forecast_id = fields.UUID(required=True)


class ForecastOut(Out):
    """Everything that it was computed from, and every band: what so many permille lie below."""

    id = fields.UUID(required=True)
    region_code = fields.String(required=True)
    made_at = At()
    seed = fields.Integer(required=True)
    runs = fields.Integer(required=True)
    table_version = fields.String(required=True)
    inputs = fields.Dict(required=True)
    results = fields.Dict(required=True)
