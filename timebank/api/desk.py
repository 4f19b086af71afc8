"""Figures of the desk and of the cockpit for programs: the same functions as the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.queries.cockpit import questions
from services.queries.cockpit.answers import Answer
from services.queries.desk import levels
from services.queries.desk.levels import LevelPage
from services.tallies.reading import Months
from timebank.api.area import Area
from timebank.api.schemas import desk as wire
from timebank.edge import declare, reading

area = Area("desk", "监督：各级的数字和驾驶舱")

LEVELS = "/ledger/<book:book>/levels"


def _months(asked: dict[str, Any]) -> Months:
    return Months(asked["first_month"], asked["last_month"])


@area.get(LEVELS, says="一个账本各街道的数字")
@declare("ledger.read")
@area.arguments(wire.MonthsQuery, location="query")
@area.response(200, wire.LevelOut)
def read_streets(asked: dict[str, Any], book: str) -> LevelPage:
    """Members, visits and what waits to be looked at, by street."""
    with reading() as ctx:
        return levels.streets(ctx, book, _months(asked))


@area.get(f"{LEVELS}/streets/<code>", says="一个街道各网点的数字")
@declare("ledger.read")
@area.arguments(wire.MonthsQuery, location="query")
@area.response(200, wire.LevelOut)
def read_street(asked: dict[str, Any], book: str, code: str) -> LevelPage:
    """The same by branch."""
    with reading() as ctx:
        return levels.street(ctx, book, code, _months(asked))


@area.get(f"{LEVELS}/branches/<uuid:branch_id>", says="一个网点的数字")
@declare("ledger.read")
@area.arguments(wire.MonthsQuery, location="query")
@area.response(200, wire.LevelOut)
def read_branch_figures(asked: dict[str, Any], book: str, branch_id: UUID) -> LevelPage:
    """The same of one branch."""
    with reading() as ctx:
        return levels.branch(ctx, book, branch_id, _months(asked))


@area.get("/cockpit", says="驾驶舱：每个问题的数字")
@declare("cockpit.read")
@area.arguments(wire.CockpitQuery, location="query")
@area.response(200, wire.CockpitOut)
def read_cockpit(asked: dict[str, Any]) -> dict[str, Any]:
    """Every question about a place and some months."""
    with reading() as ctx:
        return {"answers": questions.overview(ctx, asked["at"], _months(asked))}


@area.get("/cockpit/<question>", says="驾驶舱的一个问题")
@declare("cockpit.read")
@area.arguments(wire.CockpitQuery, location="query")
@area.response(200, wire.CockpitAnswerOut)
def read_cockpit_question(asked: dict[str, Any], question: str) -> Answer:
    """One question: its large numbers and its tables."""
    with reading() as ctx:
        return questions.answer(ctx, question, asked["at"], _months(asked))
