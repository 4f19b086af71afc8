"""Numbers of dashboards: each carries its name, what it is of and its value beside its words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from services.queries.desk.figures import COUNT, FEN, HOURS, MINUTES, PERMILLE, UNITS, Figure
from timebank import wording
from timebank.i18n import is_english
from timebank.web.filters import NOTHING
from timebank.web.words.cockpit import HEADS as COCKPIT_HEADS

#: What a column of these figures is headed.
HEADS: dict[str, Any] = {
    "level.members": _l("成员"),
    "level.volunteers": _l("志愿者"),
    "level.elders": _l("老人"),
    "level.visits": _l("入账的服务"),
    "level.actual_minutes": _l("实际时长"),
    "level.earn_minutes": _l("计入的时间"),
    "level.manual_entries": _l("人工补录"),
    "level.manual_waiting": _l("补录待签"),
    "level.open_sheets": _l("未办结的工单"),
    "level.open_flags": _l("待看的疑点"),
    "level.open_callbacks": _l("待办的回访"),
    "level.failed_callbacks": _l("回访不符"),
    **COCKPIT_HEADS,
}


def figure_word(name: str) -> str:
    """What a figure is called."""
    return str(HEADS[name])


def said(value: int | None, unit: str, *, signed: bool = False) -> str:
    """A number as people read it."""
    if value is None:
        return NOTHING
    if unit == MINUTES:
        return (wording.signed if signed else wording.duration)(value, is_english())
    if unit == PERMILLE:
        return f"{value // 10}.{value % 10}%"
    if unit == FEN:
        return str(_("%(yuan)s 元", yuan=f"{value // 100:,}.{value % 100:02d}"))
    if unit == HOURS:
        return str(_("%(n)s 小时", n=wording.number(value)))
    return wording.number(value) if unit == COUNT else f"{value}%"


def marked(
    figure: Figure | str, of: object = "", value: int | None = None, *, signed: bool = False
) -> Markup:
    """A number with its mark; a name that no one has listed is an error, never a page."""
    if not isinstance(figure, Figure):
        figure = Figure(figure, str(of), value)
    number = "" if figure.value is None else figure.value
    return Markup('<span data-figure="{}" data-of="{}" data-value="{}">{}</span>').format(
        figure.name, figure.of, number, said(figure.value, UNITS[figure.name], signed=signed)
    )


def heads(names: Iterable[str]) -> list[dict[str, Any]]:
    """Headings of columns of figures."""
    return [{"text": HEADS[name], "num": True} for name in names]
