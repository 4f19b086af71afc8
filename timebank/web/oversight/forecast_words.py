"""Words, charts and the file of a forecast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.forecast.results import LINES
from services.forecast.views import Band, CaseView, ForecastPage
from services.rules.member_number import grouped
from timebank import wording
from timebank.edge import current_actor
from timebank.i18n import is_english
from timebank.web.branch.words import named
from timebank.web.chart_bands import BandChart, Series, band_chart, round_levels
from timebank.web.exports import Column, Sheet

#: Of every figure that has a chart of its own.
TITLES: Mapping[str, Any] = {
    "liability": _l("欠着的时间"),
    "wanted": _l("一年里想取用的"),
    "supply": _l("一年里志愿者能给的"),
    "unmet": _l("一年里取不到、备付金也补不上的"),
    "volunteers": _l("还在服务的志愿者"),
    "fund_fen": _l("备付金还剩"),
}
FIGURES: Mapping[str, Any] = {
    **TITLES,
    "earned_liability": _l("其中自己服务得来的"),
    "received_liability": _l("其中受赠和继承的"),
    "drawn": _l("志愿者当年兑现的"),
    "bought": _l("用备付金买来服务兑现的"),
    "pooled": _l("公益池替没有时间币的老人付的"),
    "earned": _l("记给志愿者的"),
    "members": _l("成员"),
    "elders": _l("60 岁以上的成员"),
}
#: Figures that are persons or money; all others are standard minutes.
PERSONS, MONEY = ("volunteers", "members", "elders"), ("fund_fen",)
#: Years after which the cases stand side by side, counted from one.
COMPARED_AFTER = (5, 10, 20, 30)
_LOW, _INNER_LOW, _MIDDLE, _INNER_HIGH, _HIGH = LINES


def said(figure: str, value: int) -> str:
    """A value in words: hours, persons or yuan."""
    if figure in PERSONS:
        return f"{value:,}"
    if figure in MONEY:
        return f"{value // 100:,} {'yuan' if is_english() else '元'}"
    hours = f"{value // 60:,}"
    return f"{hours} {'h' if is_english() else '小时'}"


def age_band(it: ForecastPage, place: int) -> str:
    """A band of ages in words."""
    starts = it.band_starts
    if place + 1 < len(starts):
        return str(_("%(first)s 到 %(last)s 岁", first=starts[place], last=starts[place + 1] - 1))
    return str(_("%(first)s 岁以上", first=starts[place]))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart with the band under it, whose figures stand in the table below."""

    figure: str
    chart: BandChart
    band: Band


def charts_of(it: ForecastPage) -> tuple[Drawn, ...]:
    """The base's figures, one chart for each."""
    base = it.cases["base"]
    return tuple(_drawn(it, figure, base.bands[figure]) for figure in TITLES)


def _drawn(it: ForecastPage, figure: str, band: Band) -> Drawn:
    lines = band.lines
    last = len(it.years) - 1
    about = _(
        "%(year)s 年：中间一条 %(middle)s，十次里有八次在 %(low)s 和 %(high)s 之间。",
        year=it.years[last],
        middle=said(figure, band.at(_MIDDLE, last)),
        low=said(figure, band.at(_INNER_LOW, last)),
        high=said(figure, band.at(_INNER_HIGH, last)),
    )
    most = max(lines[_HIGH])
    if figure in PERSONS:
        levels = [(level, said(figure, level)) for level in round_levels(most)]
    else:
        unit = 100 if figure in MONEY else 60
        steps = round_levels(-(-most // unit))
        levels = [(level * unit, said(figure, level * unit)) for level in steps]
    series = Series(*(lines[each] for each in LINES))
    chart = band_chart(figure, str(FIGURES[figure]), str(about), series, it.years, levels)
    return Drawn(figure, chart, band)


def kind_cases(it: ForecastPage, kind: str) -> tuple[CaseView, ...]:
    """The cases of a kind: stress, lever; the base for nothing."""
    return tuple(each for each in it.cases.values() if each.case.kind == kind)


def after_years(it: ForecastPage) -> tuple[int, ...]:
    """Places of the years at which cases are compared."""
    return tuple(years - 1 for years in COMPARED_AFTER if years <= len(it.years))


def case_heads(it: ForecastPage) -> list[Any]:
    """Headings of the tables in which cases stand side by side."""
    met = [_("%(year)s 年能全部兑现的可能", year=it.years[place]) for place in after_years(it)]
    last = it.years[after_years(it)[-1]]
    more = (
        _("%(year)s 年取不到的（十次里九次不超过）", year=last),
        _("%(year)s 年欠着的（中间）", year=last),
    )
    return [str(_("情形")), *({"text": str(each), "num": True} for each in (*met, *more))]


def case_cells(it: ForecastPage, view: CaseView) -> list[str]:
    """The figures of one case under those headings."""
    places = after_years(it)
    met = [f"{view.met_percent[place]}%" for place in places]
    return [
        *met,
        said("unmet", view.bands["unmet"].at(_INNER_HIGH, places[-1])),
        said("liability", view.bands["liability"].at(_MIDDLE, places[-1])),
    ]


def assumptions(it: ForecastPage) -> list[dict[str, str]]:
    """The rates in words, by band of age where they differ."""
    rates = it.rates
    bands = [age_band(it, place) for place in range(len(it.band_starts))]

    def by_age(values: Any, of: Any) -> str:
        return "；".join(f"{band} {of(value)}" for band, value in zip(bands, values, strict=True))

    def percent(value: float) -> str:
        return f"{100 * value:.1f}%"

    def hours(value: float) -> str:
        return said("earned", int(value))

    rows = (
        (_("一位志愿者一年服务得来"), by_age(rates.earned.median, hours)),
        (_("一年里取用余额的"), by_age(rates.drawn.median, percent)),
        (_("公益池一年替一位老人付"), by_age(rates.pooled.median, hours)),
        (_("一年里加入多少人"), by_age(rates.joined.median, lambda v: f"{v:.1f}")),
        (_("一年里停下来的志愿者"), by_age(rates.left.median, percent)),
        (_("年轻人一年送给长辈的"), percent(rates.given)),
        (_("身后留下的由家人继承"), percent(rates.inherited)),
        (_("志愿者能给的，是现在给的多少倍"), f"{rates.headroom:.2f}"),
        (_("记给志愿者的，是老人一方付的多少倍"), f"{rates.credited:.2f}"),
    )
    return [{"key": str(key), "value": value} for key, value in rows]


@dataclass(frozen=True, slots=True)
class _Row:
    case: str
    figure: str
    unit: str
    year: int
    values: tuple[int, ...]
    met_percent: int


def _line_column(heading: str, place: int) -> Column:
    return Column(heading, lambda row: row.values[place], "number")


def sheet_of(it: ForecastPage) -> Sheet:
    """Every band of every case, a row for each year, with what it was computed from."""
    percents = [f"{line / 10:g}%" for line in LINES]
    columns = (
        Column(_("情形"), lambda row: row.case, width=26),
        Column(_("数目"), lambda row: row.figure, width=30),
        Column(_("单位"), lambda row: row.unit),
        Column(_("年份"), lambda row: row.year, "number", 8),
        *(_line_column(percent, place) for place, percent in enumerate(percents)),
        Column(_("取用能全部兑现的可能（%）"), lambda row: row.met_percent, "number", 26),
    )
    actor = current_actor()
    cover = (
        (_("地区"), f"{named(it.place.name)} {it.place.code}"),
        (_("推算时间"), wording.moment(it.made_at, is_english())),
        (_("推算多少次"), f"{it.runs:,}"),
        (_("种子"), str(it.seed)),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
        (_("说明"), _("百分数表示有这么多次推算低于这个数。推算是估计，不是承诺。")),
    )
    return Sheet(_("明天付得出吗"), columns, tuple(_rows(it)), cover)


def _rows(it: ForecastPage) -> Iterator[_Row]:
    for view in it.cases.values():
        for figure, band in view.bands.items():
            words = FIGURES.get(figure)
            name = str(words) if words else _of_band(it, figure)
            unit = "fen" if figure in MONEY else "" if figure in PERSONS else "min"
            for place, year in enumerate(it.years):
                values = tuple(band.at(line, place) for line in LINES)
                met = view.met_percent[place]
                yield _Row(named(view.case.name), name, unit, year, values, met)


def _of_band(it: ForecastPage, figure: str) -> str:
    place = int(figure.rsplit("_", 1)[1])
    return str(_("欠 %(ages)s 的人", ages=age_band(it, place)))


FOR_TEMPLATES: Mapping[str, Any] = {
    "said": said,
    "figure_words": FIGURES,
    "age_band": age_band,
    "kind_cases": kind_cases,
    "case_heads": case_heads,
    "case_cells": case_cells,
    "assumptions": assumptions,
    "lines": LINES,
}
