"""From published text to typed rules: the only way in, and the files that ship."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from services.rules.calendar import Calendar, YearCalendar
from services.rules.calendar_schema import CalendarSchema
from services.rules.checked import WHOLE, BadDocument, Problem, load
from services.rules.rule_set import RuleSet, hash_of
from services.rules.schema import RuleSetSchema, twice_in

NOT_JSON = "不是有效的 JSON：{reason}。"
SHIPPED_RULE_SET = "cn-tb-1.json"
SHIPPED_CALENDARS = ("calendar-2025.json", "calendar-2026.json")


def read_rule_set(content: Any) -> RuleSet:
    """The typed rule set of a document, or :class:`BadDocument` naming every wrong place."""
    data = load(RuleSetSchema, content)
    worth, old = data.pop("valuation"), data.pop("old_balances")
    for key in ("tiers", "levels", "day_kinds", "certificates", "services"):
        data[key] = {each.code: each for each in data[key]}
    data["regional"] = {each.field: each for each in data["regional"]}
    return RuleSet(
        content_hash=hash_of(content),
        content=content,
        elder_pays=worth["elder_pays"],
        weight_cap=worth["weight_cap_percent"] * 100**2,
        overrun_minutes=worth["overrun_minutes"],
        minimum_minutes=worth["minimum_minutes"],
        minutes_per_coin=worth["minutes_per_coin"],
        second_level=data.pop("pair")["second_level"],
        closed_door_minutes=data.pop("closed_door")["pool_minutes"],
        silence_hours=data.pop("confirmation")["silence_hours"],
        old_balances={each.code: each for each in old["classes"]},
        old_balance_notice_days=old["public_notice_days"],
        old_balance_sample_percent=old["member_sample_percent"],
        old_balance_witnesses=old["passbook_witnesses"],
        **data,
    )


def read_calendar(content: Any) -> YearCalendar:
    """One year's calendar from its document, or :class:`BadDocument`."""
    data = load(CalendarSchema, content)
    return YearCalendar(content_hash=hash_of(content), content=content, **data)


def parse_document(text: str) -> Any:
    """JSON as we accept it for publishing: no name twice, no NaN; else :class:`BadDocument`."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = twice_in([key for key, _ in pairs])
        if twice is not None:
            raise ValueError(twice)
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadDocument([Problem(WHOLE, NOT_JSON, {"reason": str(error)[:120]})]) from None


def _refuse_constant(constant: str) -> Any:
    raise ValueError(constant)


def shipped_text(name: str) -> str:
    """A data file that comes with the product."""
    return resources.files("services.rules").joinpath("data", name).read_text("utf-8")


@cache
def shipped_rule_set() -> RuleSet:
    """CN-TB-1 as it ships."""
    return read_rule_set(parse_document(shipped_text(SHIPPED_RULE_SET)))


@cache
def shipped_calendar() -> Calendar:
    """The years whose calendars ship."""
    texts = [shipped_text(name) for name in SHIPPED_CALENDARS]
    return Calendar([read_calendar(parse_document(text)) for text in texts])
