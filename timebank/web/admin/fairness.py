"""How well requests are met, for whom less well, and the same figures as a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from services.clock import local
from services.context import Context
from services.queries.admin import fairness as query
from services.queries.admin.fairness import DIMENSIONS, Fairness, FairnessFilter, Group
from services.rules.languages import LANGUAGES
from services.rules.member_number import grouped
from services.rules.names import Name
from timebank import wording
from timebank.edge import current_actor, declare, now, perform, reading
from timebank.i18n import is_english
from timebank.web import charts, exports
from timebank.web.admin import bp
from timebank.web.branch.acting import page
from timebank.web.branch.words import choices, named, word
from timebank.web.exports import Column
from timebank.web.filters import NOTHING
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm
from timebank.web.paging import kept_query, with_query

TITLES = {
    "district": _l("按街道、乡镇"),
    "branch": _l("按网点"),
    "sex": _l("按老人的性别"),
    "language": _l("按方言"),
    "grade": _l("按照护等级"),
    "month": _l("按月"),
}
ALL = _l("全部")


class FairnessForm(FilterForm):
    """Which requests: when, what for, and for whom."""

    first = f.DateField(_l("从哪天"), single=True)
    last = f.DateField(_l("到哪天"), single=True)
    book = f.SelectField(_l("账本"), choices=[], prompt=ALL)
    branch = f.SelectField(_l("网点"), choices=[], prompt=ALL)
    service_code = f.SelectField(_l("服务"), choices=[], prompt=ALL)
    sex = f.SelectField(_l("老人的性别"), choices=choices("sex"), prompt=ALL)
    language = f.SelectField(_l("方言"), choices=[], prompt=ALL)
    grade = f.SelectField(_l("照护等级"), choices=[], prompt=ALL)

    def __init__(self, **options: Any) -> None:
        """Without choices for what only the figures know: they are offered afterwards."""
        super().__init__(**options)
        self.language.choices = _pairs(LANGUAGES.items())

    def wanted(self) -> FairnessFilter:
        """What was chosen; a choice that is none chooses nothing."""
        args = request.args
        grade = args.get("grade", "")
        given = {
            "first": self.first.data,
            "last": self.last.data,
            "book": args.get("book", ""),
            "branch": _id(args.get("branch", "")),
            "service_code": args.get("service_code", ""),
            "sex": args.get("sex", "") if args.get("sex") in {"female", "male"} else "",
            "language": args.get("language", ""),
            "grade": int(grade) if grade.isascii() and grade.isdigit() else None,
        }
        return FairnessFilter(**given)

    def offer(self, found: Fairness) -> None:
        """Fill in what can be chosen."""
        self.book.choices = _pairs(found.books)
        self.branch.choices = _pairs(found.branches)
        self.service_code.choices = _pairs(found.services)
        self.grade.choices = _pairs((str(grade), name) for grade, name in found.grades)

    def criteria(self) -> list[tuple[str, str]]:
        """What was chosen, in words, for the cover sheet."""
        return [
            (str(self[name].label.text), self._said(name, value))
            for name, value in self.chosen().items()
        ]

    def _said(self, name: str, value: Any) -> str:
        for choice in getattr(self[name], "choices", None) or ():
            if choice.value == value:
                return str(choice.label)
        return str(value)


def _pairs(found: Iterable[tuple[Any, Name]]) -> list[SelectChoice]:
    return [SelectChoice(str(code), named(name)) for code, name in found]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@bp.get("/matching")
@declare("fairness.read")
def fairness() -> tuple[str, int]:
    """Fill rate, waiting time and unmet requests, as charts with their tables."""
    form = FairnessForm()
    with reading() as ctx:
        found = query.fairness(ctx, form.wanted())
    form.offer(found)
    return page(
        "admin/fairness.html",
        filters=form,
        it=found,
        titles=TITLES,
        label=label,
        percent=percent,
        drawn={name: _drawn(name, found.groups[name]) for name in DIMENSIONS},
        export=with_query(url_for("admin.fairness_export"), kept_query()),
    )


@bp.post("/matching/export")
@declare("fairness.export")
def fairness_export() -> Response:
    """The figures as a file; who took them stands in the audit records."""
    kind = request.form.get("form", "")
    if kind not in exports.FORMS:
        abort(404)
    sheet = perform(lambda ctx: _taken(ctx, kind))
    return exports.download(sheet, kind, f"matching-{local(now()):%Y%m%d-%H%M%S}")


def _taken(ctx: Context, kind: str) -> exports.Sheet:
    form = FairnessForm()
    found = query.fairness(ctx, form.wanted())
    form.offer(found)
    query.record_export(ctx, found, kind, _codes())
    rows = [found.total, *(each for name in DIMENSIONS for each in found.groups[name])]
    actor = current_actor()
    cover = (
        *form.criteria(),
        (_("行数"), str(len(rows))),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M:%S}"),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
        (_("怎么数的"), _("网点通过、公益池够用的申请才算；等待从网点通过到第一个人答应。")),
    )
    return exports.Sheet(_("匹配情况"), _columns(), rows, cover)


def _codes() -> dict[str, str]:
    return {f"by_{name}": value[:80] for name, value in request.args.items() if value}


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("分组"), lambda row: TITLES.get(row.dimension, ALL)),
        Column(_("名称"), label, width=24),
        Column(_("申请"), lambda row: row.asked, "number"),
        Column(_("有人来"), lambda row: row.met, "number"),
        Column(_("没有人来"), lambda row: row.unmet, "number"),
        Column(_("还在找"), lambda row: row.looking, "number"),
        Column(_("取消了"), lambda row: row.called_off, "number"),
        Column(_("满足率（千分之几）"), lambda row: row.met_permille, "number", 20),
        Column(_("等待中位数（分钟）"), lambda row: row.wait_median_minutes, "number", 20),
        Column(_("九成在多久以内（分钟）"), lambda row: row.wait_high_minutes, "number", 24),
        Column(_("明显偏低"), lambda row: _("是") if row.is_behind else ""),
    )


def label(group: Group) -> str:
    """What a group is called."""
    if group.dimension == "total":
        return str(_("合计"))
    if group.name is not None:
        return named(group.name)
    if group.dimension == "sex":
        return word("sex", group.key)
    if group.dimension == "month":
        year, month = group.key.split("-")
        return str(_("%(year)s年%(month)s月", year=year, month=int(month)))
    return group.key or str(_("没有说"))


def percent(permille: int | None) -> str:
    """A rate in thousandths as a percentage."""
    return NOTHING if permille is None else f"{permille // 10}.{permille % 10}%"


def _drawn(name: str, groups: tuple[Group, ...]) -> tuple[charts.Chart, charts.Chart]:
    rates = [
        charts.Point(label(each), each.met_permille, percent(each.met_permille), each.is_behind)
        for each in groups
    ]
    waits = [
        charts.Point(label(each), each.wait_median_minutes, _time(each.wait_median_minutes))
        for each in groups
    ]
    return (
        charts.bars(f"{name}-met", _("满足率"), rates, most=1000),
        charts.bars(f"{name}-wait", _("等多久有人答应（中位数）"), waits),
    )


def _time(minutes: int | None) -> str:
    return NOTHING if minutes is None else wording.duration(minutes, is_english())
