"""The lists between a book and its accounts as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import request
from flask_babel import gettext as _

from services.context import Context
from services.queries.desk import levels
from services.queries.desk.figures import LEVEL_UNITS, MINUTES
from services.queries.desk.issues import issues
from services.queries.desk.levels import LevelLine
from services.queries.desk.standing import pool_moves
from timebank.web import figures
from timebank.web.audit.desk_forms import ISSUE_STATES, IssueFilterForm
from timebank.web.audit.forms import MonthsForm, want
from timebank.web.audit.listed import Listed, in_minutes, people_columns
from timebank.web.audit.words import word
from timebank.web.branch.words import named
from timebank.web.exports import Column


def _streets(ctx: Context, book: str) -> Listed:
    form = MonthsForm()
    page = levels.streets(ctx, book, form.months())
    return Listed(_("街道"), form.criteria(), _columns(), page.lines)


def _branches(ctx: Context, book: str) -> Listed:
    form = MonthsForm()
    page = levels.street(ctx, book, request.args.get("street", ""), form.months())
    criteria = [(_("街道"), named(page.street_name or page.place.name)), *form.criteria()]
    return Listed(_("网点"), criteria, _columns(), page.lines)


def _columns() -> tuple[Column, ...]:
    def of(name: str) -> Callable[[LevelLine], int]:
        return lambda line: line.values.get(name.removeprefix("level."), 0)

    found = [
        in_minutes(figures.figure_word(name), of(name))
        if unit == MINUTES
        else Column(figures.figure_word(name), of(name), "number")
        for name, unit in LEVEL_UNITS.items()
    ]
    return (
        Column(_("编号"), lambda line: line.key, width=38),
        Column(_("名称"), lambda line: named(line.name), width=28),
        *found,
    )


def _issues(ctx: Context, book: str) -> Listed:
    form = IssueFilterForm()
    page = issues(ctx, book, form.wanted(), want(whole=True))
    columns = (
        Column(_("编号"), lambda row: row.id, width=38),
        in_minutes(_("数目"), lambda row: row.amount_minutes),
        Column(_("凭什么发行"), lambda row: row.backing, width=40),
        Column(_("状态"), lambda row: str(ISSUE_STATES[row.state])),
        *people_columns(_("提出人"), lambda row: row.proposed_by),
        Column(_("提出时间"), lambda row: row.proposed_at, "moment", 20),
        *people_columns(_("签署人"), lambda row: row.signed_by),
        Column(_("签署时间"), lambda row: row.signed_at, "moment", 20),
        Column(_("往来编号"), lambda row: row.transfer_id or "", width=38),
    )
    return Listed(_("发行授权"), form.criteria(), columns, page.rows)


def _pool(ctx: Context, book: str) -> Listed:
    form = MonthsForm()
    lines = pool_moves(ctx, book, form.months())
    columns = (
        Column(_("往来类别"), lambda row: word("transfer", row.kind), width=24),
        Column(_("分录数"), lambda row: row.entries, "number"),
        in_minutes(_("收"), lambda row: row.in_minutes),
        in_minutes(_("付"), lambda row: row.out_minutes),
    )
    return Listed(_("公益池往来"), form.criteria(), columns, lines)


#: Name in the address -> how the list is made.
LISTS: Mapping[str, Callable[[Context, str], Listed]] = {
    "streets": _streets,
    "branches": _branches,
    "issues": _issues,
    "pool": _pool,
}
