"""Figures of the desk and of the cockpit on the wire: names, what they are of, numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import fields

from services.rules.checked import Code, Document, RequiredField, wrong
from timebank.api.schemas.base import NameOut, Out

NOT_MONTH = "请写成年份和月份，例如 2026-03。"


class MonthCode(RequiredField):
    """A month as 2026-03."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        try:
            return f"{date.fromisoformat(f'{value}-01'):%Y-%m}"
        except ValueError:
            raise wrong(NOT_MONTH) from None


class FigureOut(Out):
    """A number by name; null where it is not known or not told. The unit is in the name's list."""

    name = fields.String(required=True)
    of = fields.String(required=True)
    value = fields.Integer(required=True, allow_none=True)
    unit = fields.String(required=True)


class LevelLineOut(Out):
    """A street or a branch with its figures."""

    kind = fields.String(required=True)
    key = fields.String(required=True)
    name = fields.Nested(NameOut, required=True)
    figures = fields.List(fields.Nested(FigureOut), required=True)


class LevelOut(Out):
    """A book, a street or a branch: what lies below it, and all of it together."""

    book = fields.String(required=True, attribute="place.book")
    lines = fields.List(fields.Nested(LevelLineOut), required=True)
    total = fields.Nested(LevelLineOut, required=True)


class CockpitRowOut(Out):
    """One line of a table; ``name`` is null where ``key`` is a code."""

    kind = fields.String(required=True)
    key = fields.String(required=True)
    name = fields.Nested(NameOut, required=True, allow_none=True)
    figures = fields.List(fields.Nested(FigureOut), required=True)


class CockpitTableOut(Out):
    """Rows of one kind, and their total where they add up."""

    code = fields.String(required=True)
    rows = fields.List(fields.Nested(CockpitRowOut), required=True)
    total = fields.Nested(CockpitRowOut, required=True, allow_none=True)


class CockpitAnswerOut(Out):
    """One question about a place and some months."""

    code = fields.String(required=True)
    scope = fields.String(required=True, attribute="scope.code")
    first_month = fields.String(required=True, attribute="scope.months.first")
    last_month = fields.String(required=True, attribute="scope.months.last")
    head = fields.List(fields.Nested(FigureOut), required=True)
    tables = fields.List(fields.Nested(CockpitTableOut), required=True)


class CockpitOut(Out):
    """Every question's large numbers."""

    answers = fields.List(fields.Nested(CockpitAnswerOut), required=True)


class MonthsQuery(Document):
    """Which months; all of them, or the last three in the cockpit, without any."""

    first_month = MonthCode(load_default="")
    last_month = MonthCode(load_default="")


class CockpitQuery(MonthsQuery):
    """Which place: a region's or a street's code; where the caller's oversight begins without."""

    at = Code(load_default="")
