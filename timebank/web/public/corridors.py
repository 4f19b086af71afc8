"""Who recognises whom, for everybody: a table of counties against counties, and a file of it."""

from __future__ import annotations

from datetime import date

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.policy import NATION
from services.queries.recognition import Cell, Recognition, recognition
from timebank import wording
from timebank.edge import declare, reading
from timebank.i18n import is_english
from timebank.web import exports
from timebank.web.exports import Column
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm
from timebank.web.public import bp
from timebank.web.words.corridors import FOR_TEMPLATES, MODES, PHASES, place


class AreaForm(FilterForm):
    """Whose members, and where."""

    area = f.SelectField(_l("哪里的成员"), choices=[], prompt=None)
    facing = f.SelectField(_l("在哪里"), choices=[], prompt=_l("同一个地方"))

    def offer(self, found: Recognition) -> None:
        """The provinces and cities in which a county keeps a book."""
        choices = [(each.code, place(each.name)) for each in found.areas]
        self.area.choices = choices
        self.facing.choices = choices


def _asked() -> Recognition:
    with reading() as ctx:
        return recognition(ctx, _code("area") or NATION, _code("facing"))


def _code(name: str) -> str:
    """A code of twelve digits, or nothing: whoever writes another one is shown the country."""
    given = request.args.get(name, "")
    return given if len(given) == 12 and given.isascii() and given.isdecimal() else ""


@bp.get("/regions/corridors")
@declare("public.read")
def corridors() -> ResponseReturnValue:
    """The table; on a narrow screen it is a list."""
    found = _asked()
    form = AreaForm()
    form.offer(found)
    form.area.data = found.area.code
    return render_template(
        "public/corridors.html",
        it=found,
        filters=form,
        heads=[place(each.name) for each in found.columns],
        cell_phase=cell_phase,
        date_alone=_day,
        **FOR_TEMPLATES,
    )


@bp.get("/regions/corridors.csv")
@declare("public.read")
def corridors_csv() -> ResponseReturnValue:
    """The same as a file: one line for each pair."""
    found = _asked()
    rows = [cell for line in found.cells for cell in line if cell is not None]
    columns = (
        Column(_("成员的地区"), lambda cell: place(cell.one.name)),
        Column(_("成员的地区代码"), lambda cell: cell.one.code),
        Column(_("在哪里"), lambda cell: place(cell.other.name)),
        Column(_("在哪里（代码）"), lambda cell: cell.other.code),
        Column(_("互认方式"), lambda cell: str(MODES[cell.mode.value])),
        Column(_("范围"), cell_phase),
        Column(_("从哪天起"), lambda cell: cell.valid_from, "day"),
    )
    body = exports.as_csv(exports.Sheet(_("互认一览"), columns, rows))
    answer = Response(body, mimetype=exports.MIMETYPES["csv"])
    name = f"corridors-{found.area.code}-{found.facing.code}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _day(day: date) -> str:
    return wording.date_alone(day, is_english())


def cell_phase(cell: Cell) -> str:
    """By which agreement, or why there is none."""
    if cell.is_kept_together:
        return str(_("同一地区管理"))
    for region in (cell.one, cell.other):
        if not region.has_joined:
            return str(_("%(place)s还没有加入", place=place(region.name)))
    return str(PHASES[cell.phase.value]) if cell.phase and cell.mode.value != "none" else ""
