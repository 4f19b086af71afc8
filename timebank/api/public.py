"""What everybody may read without a token: rules, calendars, the calculator, places."""

from __future__ import annotations

from typing import Any

from services import rates
from services.clock import local_date
from services.places import branches_in, children
from services.rules.rule_set import RuleSet
from services.rules.valuation import VisitFacts, value
from services.rules.wire import FactsSchema, result_of
from timebank.api.area import Area
from timebank.api.schemas.public import (
    BranchList,
    BranchQuery,
    CalendarOut,
    RegionList,
    RegionQuery,
    RulesOut,
    ValuationOut,
)
from timebank.edge import declare, reading

area = Area("public", "公开")


@area.get("/rates", says="现行规则和它的指纹")
@declare("public.read")
@area.response(200, RulesOut)
def rules_in_force() -> RuleSet:
    """The rule set in force today, with its hash."""
    with reading() as ctx:
        return rates.rule_set_on(ctx.session, local_date(ctx.now))


@area.get("/rates/<version>", says="公布过的一版规则")
@declare("public.read")
@area.response(200, RulesOut)
def rules_of_version(version: str) -> RuleSet:
    """A published version of the rules."""
    with reading() as ctx:
        return rates.rule_set(ctx.session, version)


@area.get("/calendars", says="公布过的放假安排")
@declare("public.read")
@area.response(200, CalendarOut)
def calendars() -> dict[str, Any]:
    """The calendars in force, one a year."""
    with reading() as ctx:
        found = rates.calendar_on(ctx.session)
    return {"version": found.version, "years": found.years.values()}


@area.post("/valuations", says="按现行规则计算一次服务", keyed=False)
@declare("public.read")
@area.arguments(FactsSchema)
@area.response(200, ValuationOut)
def calculate(facts: VisitFacts) -> dict[str, Any]:
    """Value a visit by the rules in force; nothing is kept."""
    with reading() as ctx:
        rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
        calendar = rates.calendar_on(ctx.session)
    return result_of(value(facts, rules, calendar))


@area.get("/regions", says="行政区划")
@declare("public.read")
@area.arguments(RegionQuery, location="query")
@area.response(200, RegionList)
def regions(asked: dict[str, Any]) -> dict[str, Any]:
    """The regions right below a code, or the provinces."""
    with reading() as ctx:
        return {"items": children(ctx.session, asked.get("parent"), local_date(ctx.now))}


@area.get("/branches", says="一个地区的网点")
@declare("public.read")
@area.arguments(BranchQuery, location="query")
@area.response(200, BranchList)
def branches(asked: dict[str, Any]) -> dict[str, Any]:
    """The open branches of a region and of all below it."""
    with reading() as ctx:
        return {"items": branches_in(ctx.session, asked["region"])}
