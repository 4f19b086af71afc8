"""What a rule set must look like. Every number here is a bound of sense, not a rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from services.rules import schema_parts, sections
from services.rules.checked import (
    TWICE,
    Choice,
    Clock,
    Code,
    Day,
    Document,
    Listed,
    Part,
    Whole,
    section,
)
from services.rules.rule_set import (
    MINUTES_IN_DAY,
    CertificateKind,
    DayKind,
    Grade,
    HourBand,
    Level,
    Tier,
)
from services.rules.schema_parts import (
    REGIONAL,
    RegionalSchema,
    ServiceSchema,
    name_schema,
    percent,
)

DAY_KINDS = ("workday", "rest", "statutory", "festival")

NOT_IN_ORDER = "应从低到高排列。"
GRADES_IN_ROW = "应从 0 级起，逐级列出。"
DAY_KINDS_ALL = "四种日子应各有一项：{kinds}。"
HOURS_COVER = "一天的每一分钟应正好属于一个时段，{clock} 不是这样。"
BAND_TWICE = "同名时段的系数和名称应相同。"
REGIONAL_ALL = "缺少可由地区设定的项：{fields}。"
UNKNOWN_CODE = "{code} 没有在前面列出。"


class RuleSetSchema(Document):
    """The whole document."""

    version = Code()
    title = Part(name_schema)
    effective_from = Day()
    valuation = Part(
        section(
            dict,
            elder_pays=Choice("chosen", "full"),
            weight_cap_percent=Whole(100, 1000),
            overrun_minutes=Whole(0, 240),
            minimum_minutes=Whole(1, 120),
            minutes_per_coin=Whole(1, MINUTES_IN_DAY),
        )
    )
    tiers = Listed(Part(section(Tier, named=True, code=Code(), percent=percent(1))), least=1)
    levels = Listed(
        Part(
            section(
                Level,
                named=True,
                code=Code(),
                terms=Part(name_schema),
                percent=percent(),
                served_hours=Whole(0, 10_000),
            )
        ),
        least=1,
    )
    grades = Listed(
        Part(section(Grade, named=True, grade=Whole(0, 4), percent=percent(1))), least=1
    )
    day_kinds = Listed(
        Part(section(DayKind, named=True, code=Choice(*DAY_KINDS), percent=percent(1)))
    )
    hour_bands = Listed(
        Part(
            section(
                schema_parts.hour_band,
                {"from": Clock(), "to": Clock()},
                named=True,
                code=Code(),
                percent=percent(1),
            )
        ),
        least=1,
    )
    certificates = Listed(
        Part(
            section(
                CertificateKind,
                named=True,
                code=Code(),
                kind=Choice("course", "vocational", "title", "trainer", "document"),
                level=Code(),
                hours=Whole(0, 10_000),
            )
        )
    )
    services = Listed(Part(ServiceSchema), least=1)
    pair = Part(section(dict, second_level=Code()))
    excluded = Listed(Part(name_schema))
    earning = Part(schema_parts.earning_schema)
    spending = Part(
        section(
            sections.Spending,
            hardship_age=Whole(0, 120),
            pool_order=Listed(Choice("risk", "grade", "waiting")),
        )
    )
    check_in = Part(
        section(
            sections.CheckIn,
            opens_before_minutes=Whole(0, 240),
            closes_after_minutes=Whole(0, 240),
            radius_m=Whole(10, 10_000),
        )
    )
    closed_door = Part(section(dict, pool_minutes=Whole(0, 240)))
    confirmation = Part(section(dict, silence_hours=Whole(1, 720)))
    penalties = Part(
        section(
            sections.Penalties,
            no_shows=Whole(1, 50),
            no_show_window_days=Whole(1, 3660),
            pause_days=Whole(0, 3660),
            star_ban_years_min=Whole(0, 50),
            star_ban_years_max=Whole(0, 50),
            failed_sample_percent=Whole(0, 100),
        )
    )
    stars = Listed(Part(section(sections.Star, stars=Whole(1, 10), hours=Whole(1, 100_000))))
    star_clean_months = Whole(0, 240)
    grants = Part(schema_parts.grants_schema)
    gifts = Part(schema_parts.gifts_schema)
    inheritance = Part(schema_parts.inheritance_schema)
    reserve = Part(
        section(
            sections.Reserve,
            guide_rate_fen_per_coin=Whole(1, 10**6),
            alert_percents=Listed(Whole(0, 1000)),
            stop_pt_below_percent=Whole(0, 100),
            stop_ptr_below_percent=Whole(0, 100),
        )
    )
    records = Part(
        section(
            sections.Records,
            due_working_days=Whole(1, 250),
            equal_durations_in_a_row=Whole(2, 100),
            pair_share_percent=Whole(1, 100),
            pair_window_days=Whole(1, 3660),
        )
    )
    old_balances = Part(schema_parts.old_balances_schema)
    regional = Listed(Part(RegionalSchema))

    @validates_schema
    def tables_are_whole(self, data: Any, **_: Any) -> None:
        """Grades from 0 in a row, four kinds of day, every minute of the day once."""
        complaints: dict[str, Any] = {}
        if [each.grade for each in data["grades"]] != list(range(len(data["grades"]))):
            complaints["grades"] = [(GRADES_IN_ROW, {})]
        if len({each.code for each in data["day_kinds"]}) != len(DAY_KINDS):
            complaints["day_kinds"] = [(DAY_KINDS_ALL, {"kinds": DAY_KINDS})]
        hour = _uncovered(data["hour_bands"])
        if hour is not None:
            complaints["hour_bands"] = [(HOURS_COVER, {"clock": hour})]
        elif len({(each.code, each.percent, each.name) for each in data["hour_bands"]}) != len(
            {each.code for each in data["hour_bands"]}
        ):
            complaints["hour_bands"] = [(BAND_TWICE, {})]
        absent = sorted(set(REGIONAL) - {each.field for each in data["regional"]})
        if absent:
            complaints["regional"] = [(REGIONAL_ALL, {"fields": absent})]
        for key in ("stars", "levels"):
            rising = [each.hours if key == "stars" else each.percent for each in data[key]]
            if rising != sorted(rising):
                complaints[key] = [(NOT_IN_ORDER, {})]
        if complaints:
            raise ValidationError(complaints)

    @validates_schema
    def codes_are_known(self, data: Any, **_: Any) -> None:
        """No code twice in a list, and none that another list does not have."""
        complaints: dict[str, Any] = {}
        for key in ("tiers", "levels", "certificates", "services", "day_kinds"):
            twice = twice_in([each.code for each in data[key]])
            if twice:
                complaints[key] = [(TWICE, {"value": twice})]
        for place, code in _unknown_codes(data):
            complaints.setdefault(place, []).append((UNKNOWN_CODE, {"code": code}))
        if complaints:
            raise ValidationError(complaints)


def twice_in(codes: Iterable[str]) -> str | None:
    """The first text that comes a second time."""
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            return code
        seen.add(code)
    return None


def _unknown_codes(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    tiers = {each.code for each in data["tiers"]}
    levels = {each.code for each in data["levels"]}
    certificates = {each.code for each in data["certificates"]}
    found: list[tuple[str, str]] = []

    def look(place: str, codes: Iterable[str], known: set[str]) -> None:
        found.extend((place, code) for code in sorted(set(codes) - known))

    for each in data["certificates"]:
        look(f"certificates[{each.code}].level", [each.level], levels)
    for line in data["services"]:
        place = f"services[{line.code}]"
        look(f"{place}.tier", [line.tier], tiers)
        look(f"{place}.level", [line.level], levels)
        look(f"{place}.all_of", line.all_of, certificates)
        look(f"{place}.one_of", line.one_of, certificates)
        look(f"{place}.recognises", line.recognises, certificates)
    look("pair.second_level", [data["pair"]["second_level"]], levels)
    look("earning.minor_tiers", data["earning"].minor_tiers, tiers)
    for older in data["earning"].older:
        look("earning.older", older.tiers, tiers)
    return found


def _uncovered(bands: Iterable[HourBand]) -> str | None:
    """The first minute of the day that belongs to no band or to several, as a clock time."""
    times = [0] * MINUTES_IN_DAY
    for band in bands:
        length = (band.to_minute - band.from_minute) % MINUTES_IN_DAY or MINUTES_IN_DAY
        for minute in range(band.from_minute, band.from_minute + length):
            times[minute % MINUTES_IN_DAY] += 1
    for minute, count in enumerate(times):
        if count != 1:
            return f"{minute // 60:02d}:{minute % 60:02d}"
    return None
