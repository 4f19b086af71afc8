"""What a year's calendar must look like: days off, statutory days, working weekends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from marshmallow import ValidationError, post_load, validates_schema

from services.rules.checked import Code, Day, Document, Listed, Part, Whole, Words, section
from services.rules.names import Name
from services.rules.schema_parts import name_schema

OTHER_YEAR = "{day} 不在 {year} 年。"
BACKWARDS = "结束日期早于开始日期。"
STATUTORY_OUTSIDE = "法定节假日 {day} 不在放假日期之内。"
NOT_WEEKEND = "{day} 不是周六或周日。"
OFF_AND_ON = "{day} 既放假又上班。"
TWO_HOLIDAYS = "{day} 属于两个假期。"
FOUR_DAYS = "除夕至初三应是连续四天，并且都放假。"


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


_holiday = section(
    dict,
    {"from": Day(), "to": Day()},
    zh=Words(),
    en=Words(),
    statutory=Listed(Day()),
)


class CalendarSchema(Document):
    """One year as the State Council published it."""

    version = Code()
    year = Whole(1950, 2200)
    source = Part(name_schema)
    holidays = Listed(Part(_holiday), least=1, most=40)
    festival = Part(section(dict, {"from": Day(), "to": Day()}))
    working_weekends = Listed(Day(), most=40)

    @validates_schema
    def days_fit(self, data: Any, **_: Any) -> None:
        """Every day in its year, off or on but not both, statutory days among those off."""
        complaints = [(OTHER_YEAR, each) for each in _days_of_other_years(data)]
        if not complaints:
            complaints = _misfits(data)
        if complaints:
            raise ValidationError([(text, params) for text, params in complaints])

    @post_load
    def build(self, data: Any, **_: Any) -> Mapping[str, Any]:
        """The days by what they are; the caller adds the content and its hash."""
        off: dict[date, Name] = {}
        statutory: set[date] = set()
        for each in data.pop("holidays"):
            name = Name(each["zh"], each["en"])
            off.update((day, name) for day in _days(each["from"], each["to"]))
            statutory.update(each["statutory"])
        festival = data.pop("festival")
        return {
            "version": data["version"],
            "year": data["year"],
            "source": data["source"],
            "off": off,
            "statutory": frozenset(statutory),
            "festival": frozenset(_days(festival["from"], festival["to"])),
            "working_weekends": frozenset(data["working_weekends"]),
        }


def _days_of_other_years(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    named = [data["festival"]["from"], data["festival"]["to"], *data["working_weekends"]]
    for each in data["holidays"]:
        named += [each["from"], each["to"], *each["statutory"]]
    return [
        {"day": day.isoformat(), "year": data["year"]} for day in named if day.year != data["year"]
    ]


def _misfits(data: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    off: set[date] = set()

    def complain(sentence: str, day: date) -> None:
        found.append((sentence, {"day": day.isoformat()}))

    for each in data["holidays"]:
        if each["to"] < each["from"]:
            complain(BACKWARDS, each["to"])
        days = _days(each["from"], each["to"])
        for day in off.intersection(days):
            complain(TWO_HOLIDAYS, day)
        for day in set(each["statutory"]).difference(days):
            complain(STATUTORY_OUTSIDE, day)
        off.update(days)
    for day in data["working_weekends"]:
        if day.weekday() < 5:
            complain(NOT_WEEKEND, day)
        if day in off:
            complain(OFF_AND_ON, day)
    festival = _days(data["festival"]["from"], data["festival"]["to"])
    if len(festival) != 4 or not off.issuperset(festival):
        found.append((FOUR_DAYS, {}))
    return found
