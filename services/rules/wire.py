"""The calculator's own JSON: facts in, results out, one shape for commands, API and pages."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from marshmallow import post_load

from services.rules.checked import (
    BadDocument,
    Choice,
    Code,
    Document,
    Flag,
    Listed,
    RequiredField,
    Whole,
    load,
    wrong,
)
from services.rules.formula import Valuation, VisitFacts
from services.rules.rule_set import MINUTES_IN_DAY

NOT_A_MOMENT = "应是写明时区的时间，例如 2026-03-10T10:00:00+08:00。"
NOT_A_PAIR = "应是开始和结束两个时间，结束不早于开始。"

#: Years in which our arithmetic of days is sure to hold.
FIRST_YEAR, LAST_YEAR = 1950, 2200
A_WEEK = 7 * MINUTES_IN_DAY


class BadFacts(BadDocument):
    """要计算的内容有 {count} 处需要改正。{details}"""

    code = "bad_facts"


class Moment(RequiredField):
    """An aware ISO 8601 moment; every offset will do."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime:
        if not isinstance(value, str) or len(value) > 40:
            raise wrong(NOT_A_MOMENT)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise wrong(NOT_A_MOMENT) from None
        if moment.utcoffset() is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise wrong(NOT_A_MOMENT)
        return moment


class Pause(RequiredField):
    """A break: two moments."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[datetime, datetime]:
        if not isinstance(value, list) or len(value) != 2:
            raise wrong(NOT_A_PAIR)
        pair: list[datetime] = Listed(Moment(), repeats=True).deserialize(value) or []
        begin, end = pair
        if end < begin:
            raise wrong(NOT_A_PAIR)
        return begin, end


class FactsSchema(Document):
    """What a valuation looks at.

    The bounds only keep nonsense out: a booking outside its service's lengths can be valued,
    for a valuation never checks eligibility and history is valued too.
    """

    service = Code()
    start = Moment()
    actual_minutes = Whole(0, A_WEEK)
    booked_minutes = Whole(1, MINUTES_IN_DAY)
    provider_level = Code()
    certificate_relevant = Flag()
    care_grade = Whole(0, 9)
    credited_today_minutes = Whole(0, MINUTES_IN_DAY)
    breaks = Listed(Pause(), most=50, load_default=())
    recipients = Whole(1, 500, load_default=1)
    group = Flag(load_default=False)
    premium_stop = Choice("none", "pt", "ptr", load_default="none")
    credit_per_day_minutes = Whole(0, MINUTES_IN_DAY, load_default=None)
    booked_start = Moment(load_default=None)

    @post_load
    def build(self, data: Any, **_: Any) -> VisitFacts:
        """The typed facts."""
        return VisitFacts(**data)


def read_facts(content: Any) -> VisitFacts:
    """The facts of a JSON object, or :class:`BadFacts` with a sentence for every wrong place."""
    facts: VisitFacts = load(FactsSchema, content, BadFacts)
    return facts


def result_of(valuation: Valuation) -> dict[str, Any]:
    """The results of a valuation and all that made them, as plain JSON values."""
    return {
        "creditable": valuation.creditable_minutes,
        "credited": valuation.credited_minutes,
        "earn": valuation.earn_minutes,
        "elder": valuation.elder_minutes,
        "pool": valuation.pool_minutes,
        "factors": {**asdict(valuation.factors), "capped": valuation.capped},
        "bands": [asdict(band) for band in valuation.bands],
        "rule_set": valuation.rule_set_version,
        "rule_set_hash": valuation.rule_set_hash,
        "calendar": valuation.calendar_version,
        "calendar_published": valuation.calendar_published,
    }
