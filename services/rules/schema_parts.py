"""The parts of a rule-set document: a catalogue line, a regional field, the small sections."""

from __future__ import annotations

from typing import Any

from marshmallow import post_load, validates_schema

from services.rules import sections as parts
from services.rules.checked import (
    NOT_CHOICE,
    Choice,
    Code,
    Document,
    Flag,
    Listed,
    Part,
    RequiredField,
    Whole,
    Words,
    section,
    wrong,
)
from services.rules.names import Name
from services.rules.rule_set import MINUTES_IN_DAY, HourBand, ServiceLine

FLAGS = ("remote", "insurance", "same_sex", "money_log", "group", "checklist", "consent_slip")
REGIONAL = (
    "credited_per_day_minutes",
    "actual_per_day_minutes",
    "actual_per_week_minutes",
    "actual_per_year_minutes",
    "storage_minutes",
    "spending_age_years",
    "gift_per_year_minutes",
    "friend_gift_per_year_minutes",
    "kin_payment_per_year_minutes",
    "call_back_percent",
)


RANGE = "最小值不能大于最大值。"
DEFAULT_OUTSIDE = "默认值应在最小值与最大值之间。"

name_schema = section(Name, zh=Words(), en=Words())


def percent(least: int = 0, most: int = 1000) -> Whole:
    """A factor."""
    return Whole(least, most)


def codes() -> Listed:
    """Codes that another list explains."""
    return Listed(Code())


class TwoPeople(RequiredField):
    """``never``, ``always``, ``first_visit`` or ``{"grade_at_least": n}``."""

    words = ("never", "always", "first_visit")
    from_grade = section(dict, grade_at_least=Whole(1, 4))

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, int | None]:
        if isinstance(value, dict):
            return "never", self.from_grade().load(value)["grade_at_least"]
        if not isinstance(value, str) or value not in self.words:
            raise wrong(NOT_CHOICE, choices=(*self.words, '{"grade_at_least": 1-4}'))
        return value, None


class ServiceSchema(Document):
    """One line of the catalogue."""

    code, zh, en, tier = Code(), Words(), Words(), Code()
    care = Flag()
    minutes = Listed(Whole(1, MINUTES_IN_DAY), least=2, most=2, repeats=True)
    level, all_of, one_of, recognises = Code(), codes(), codes(), codes()
    two_people = TwoPeople()
    flags = Listed(Choice(*FLAGS))
    limits = Part(name_schema, load_default=None)

    @validates_schema
    def shortest_first(self, data: Any, **_: Any) -> None:
        """The shortest and the longest booking, in this order."""
        if data["minutes"][0] > data["minutes"][1]:
            raise wrong(RANGE, "minutes")

    @post_load
    def build(self, data: Any, **_: Any) -> ServiceLine:
        """The typed line."""
        shortest, longest = data.pop("minutes")
        two_people, from_grade = data.pop("two_people")
        for key in ("all_of", "one_of", "recognises", "flags"):
            data[key] = frozenset(data[key])
        return ServiceLine(
            name=Name(data.pop("zh"), data.pop("en")),
            min_minutes=shortest,
            max_minutes=longest,
            two_people=two_people,
            two_people_from_grade=from_grade,
            **data,
        )


class RegionalSchema(Document):
    """A number that a region may set."""

    field = Choice(*REGIONAL)
    zh, en = Words(), Words()
    default, min, max = Whole(0, 10**6), Whole(0, 10**6), Whole(0, 10**6)
    tighter = Choice("lower", "higher")

    @validates_schema
    def default_between(self, data: Any, **_: Any) -> None:
        """Minimum, default and maximum stand in this order."""
        if data["min"] > data["max"]:
            raise wrong(RANGE)
        if not data["min"] <= data["default"] <= data["max"]:
            raise wrong(DEFAULT_OUTSIDE, "default")

    @post_load
    def build(self, data: Any, **_: Any) -> parts.RegionalField:
        """The typed field."""
        return parts.RegionalField(name=Name(data.pop("zh"), data.pop("en")), **data)


def hour_band(**data: Any) -> HourBand:
    """The band of a document; ``from`` is no name for a parameter."""
    return HourBand(from_minute=data.pop("from"), to_minute=data.pop("to"), **data)


_older = section(
    lambda **data: parts.OlderRule(**{**data, "tiers": frozenset(data["tiers"])}),
    from_age=Whole(18, 120),
    per_day_minutes=Whole(0, MINUTES_IN_DAY),
    tiers=codes(),
    health_declaration=Flag(),
)
earning_schema = section(
    lambda **data: parts.Earning(**{**data, "minor_tiers": frozenset(data["minor_tiers"])}),
    adult_age=Whole(14, 30),
    minor_age=Whole(8, 30),
    minor_tiers=codes(),
    older=Listed(Part(_older)),
)
_condition = section(
    parts.GrantCondition,
    in_hardship=Flag(load_default=None),
    lives_alone=Flag(load_default=None),
    special_family=Flag(load_default=None),
    grade_from=Whole(0, 4, load_default=None),
    age_from=Whole(0, 120, load_default=None),
)
_grant = section(
    parts.GrantKind,
    named=True,
    code=Code(),
    month_minutes=Whole(1, 44_640),
    when=Listed(Part(_condition), least=1),
)
grants_schema = section(
    lambda **data: parts.Grants(**{**data, "kinds": {each.code: each for each in data["kinds"]}}),
    expire_quarters_later=Whole(0, 40),
    kinds=Listed(Part(_grant)),
)
gifts_schema = section(
    lambda **data: parts.Gifts(
        **{
            **data,
            "relations": frozenset(data["relations"]),
            "kin_payment_relations": frozenset(data["kin_payment_relations"]),
        }
    ),
    relations=codes(),
    revocable_hours=Whole(0, 720),
    refusable_days=Whole(0, 365),
    guard_age=Whole(18, 120),
    kin_payment_relations=codes(),
)
inheritance_schema = section(
    parts.Inheritance,
    orders=Listed(codes(), least=1),
    officials=Whole(1, 9),
    notice_working_days=Whole(1, 250),
    claim_years=Whole(1, 50),
    cap_waived_years=Whole(0, 50),
    locked_to_relative_age=Whole(0, 120),
)
old_balances_schema = section(
    dict,
    public_notice_days=Whole(0, 365),
    member_sample_percent=Whole(0, 100),
    passbook_witnesses=Whole(0, 9),
    classes=Listed(
        Part(
            section(
                parts.EvidenceClass,
                named=True,
                code=Code(),
                percent=Whole(0, 100),
                ceiling_minutes=Whole(0, 10**6, allow_none=True),
            )
        )
    ),
)
