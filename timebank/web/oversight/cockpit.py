"""The cockpit: one question to a page, with charts, tables, files, and the rows behind a number."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import local, local_date
from services.context import Context
from services.policy import Subject, can
from services.queries.audit.scope import scopes_of
from services.queries.cockpit import questions as query
from services.queries.cockpit.answers import Answer, Row, Table
from services.queries.desk.figures import MINUTES, UNITS, Figure
from services.rules.member_number import grouped
from services.tallies.reading import Months
from timebank.edge import current_actor, declare, now, perform, reading
from timebank.web import charts, exports, figures
from timebank.web.audit.forms import MonthsForm
from timebank.web.audit.listed import in_minutes
from timebank.web.exports import Column
from timebank.web.forms import fields as f
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.paging import kept_query, with_query
from timebank.web.words import cockpit as words

#: Lines of one chart; the table beneath has all of them.
DRAWN = 12
#: Characters of a label.
LABEL = 20
MORE.append(
    More("oversight.cockpit", _l("驾驶舱"), _l("供需、等待、兑付、探访和满意度，每个数都能点开"))
)


class CockpitForm(MonthsForm):
    """Which months; the place stays in the address."""

    at = f.TextField(_l("地区编号"), max_length=12)

    def show(self, months: Months) -> None:
        """Fill in which months are shown where none were chosen."""
        for field, shown in ((self.from_month, months.first), (self.to_month, months.last)):
            field.data = field.data or shown


def _asked() -> str:
    return request.args.get("at", "")[:12]


@bp.get("/cockpit")
@declare("cockpit.read")
def cockpit() -> str:
    """The large numbers of every question; each leads to its page."""
    form = CockpitForm()
    with reading() as ctx:
        found = query.overview(ctx, _asked(), form.months())
        scopes = scopes_of(ctx, "cockpit.read")
    form.show(found[0].scope.months)
    return render_template(
        "oversight/cockpit.html", form=form, answers=found, scopes=scopes, **_known(found[0])
    )


@bp.get("/cockpit/<question>")
@declare("cockpit.read")
def cockpit_question(question: str) -> str:
    """One question: chart, table, and what leads further down."""
    form = CockpitForm()
    with reading() as ctx:
        found = query.answer(ctx, question, _asked(), form.months())
    form.show(found.scope.months)
    return render_template(
        "oversight/cockpit_question.html",
        form=form,
        it=found,
        drawn={each.code: _drawn(found, each) for each in found.tables},
        **_known(found),
    )


def _known(found: Answer) -> dict[str, Any]:
    subject = Subject(region_code=found.scope.code)
    may = can(current_actor(), "cockpit.export", subject).allowed
    return {
        "scope": found.scope,
        "words": words,
        "may_export": may,
        "export_of": export_of,
        "row_link": lambda row: row_link(found, row),
        "figure_link": lambda row, figure: figure_link(found, row, figure),
        "kept": kept,
    }


def kept() -> dict[str, Any]:
    """The months of this page, for links that go on with them."""
    names = ("from_month", "to_month")
    return {name: request.args[name] for name in names if request.args.get(name)}


def export_of(question: str, table: str) -> str:
    """Where a table is exported, the place and the months with it."""
    pairs = [*kept_query({"table"}), ("table", table)]
    return with_query(url_for("oversight.cockpit_export", question=question), pairs)


def row_link(found: Answer, row: Row) -> str:
    """The same question about a smaller place or a single month; a branch's own page."""
    if row.kind in ("region", "street"):
        return url_for("oversight.cockpit_question", question=found.code, at=row.key, **kept())
    if row.kind == "branch":
        return url_for("audit.branch", book=found.scope.books[0], branch_id=row.key, **kept())
    if row.kind == "month":
        month = row.key.split(":")[-1]
        return url_for(
            "oversight.cockpit_question",
            question=found.code,
            at=found.scope.code,
            from_month=month,
            to_month=month,
        )
    return ""


#: Numbers with a list of their rows: where it is, and what it is filtered by.
_LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "supply.asked": ("audit.requests", {}),
    "supply.visits": ("audit.visits", {"state": "credited"}),
    "redemption.earned_minutes": ("audit.visits", {"state": "credited"}),
    "redemption.drawn_minutes": ("audit.visits", {"state": "credited"}),
    "waiting.visits": ("audit.visits", {"state": "credited"}),
    "waiting.open": ("audit.requests", {"state": "open"}),
    "reserve.pool_minutes": ("audit.pool", {}),
    "reserve.outstanding_minutes": ("audit.accounts", {}),
    "reserve.fund_fen": ("admin.reserve", {}),
}


def figure_link(found: Answer, row: Row, figure: Figure) -> str:
    """The list behind a number, where there is one of this very place."""
    wanted = _LISTS.get(figure.name)
    scope = found.scope
    if wanted is None or len(scope.books) != 1:
        return ""
    endpoint, filters = wanted
    options: dict[str, Any] = dict(filters)
    if endpoint in ("audit.requests", "audit.visits"):
        if row.kind == "street" or (row.kind == "total" and not scope.whole_books):
            return ""
        if row.kind == "branch":
            options["branch_id"] = row.key
        if row.kind == "service":
            options["service_code"] = row.key.split(":")[-1]
        if row.kind == "group":
            return ""
        if figure.name != "waiting.open":
            last = local_date(scope.until).toordinal() - 1
            options["first"] = local_date(scope.since).isoformat()
            options["last"] = local_date(scope.until).fromordinal(last).isoformat()
    return url_for(endpoint, book=scope.books[0], **options)


@bp.post("/cockpit/<question>/export")
@declare("cockpit.export")
def cockpit_export(question: str) -> Response:
    """A table as a file; who took it stands in the audit records."""
    kind = request.form.get("form", "")
    if kind not in exports.FORMS:
        abort(404)
    sheet = perform(lambda ctx: _taken(ctx, question, request.args.get("table", ""), kind))
    return exports.download(sheet, kind, f"{question}-{local(now()):%Y%m%d-%H%M%S}")


def _taken(ctx: Context, question: str, code: str, kind: str) -> exports.Sheet:
    form = CockpitForm()
    found = query.answer(ctx, question, _asked(), form.months())
    table = next((each for each in found.tables if each.code == code), None)
    if table is None:
        abort(404)
    query.record_export(ctx, found, table.code, kind)
    rows = [*table.rows, *([table.total] if table.total else [])]
    actor = current_actor()
    cover = (
        (_("地区"), f"{words.scope_name(found.scope)} {found.scope.code}"),
        (_("从哪个月"), found.scope.months.first),
        (_("到哪个月"), found.scope.months.last),
        (_("怎么数的"), words.about(question)),
        (_("行数"), str(len(rows))),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M:%S}"),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
    )
    title = f"{words.title(question)} {words.table_title(code)}"
    return exports.Sheet(title, _columns(found, table), rows, cover)


def _columns(found: Answer, table: Table) -> tuple[Column, ...]:
    def column(name: str) -> Column:
        heading = figures.figure_word(name)
        if UNITS[name] == MINUTES:
            return in_minutes(heading, lambda row: row.value(name))
        said = {
            "permille": _("%(what)s（千分之几）", what=heading),
            "fen": _("%(what)s（分）", what=heading),
            "hours": _("%(what)s（小时）", what=heading),
            "percent": _("%(what)s（百分之几）", what=heading),
        }
        return Column(said.get(UNITS[name], heading), lambda row: row.value(name), "number", 18)

    return (
        Column(_("编号"), lambda row: row.key, width=38),
        Column(_("名称"), lambda row: words.label(row, found.scope), width=28),
        *(column(name) for name in table.columns),
    )


def _short(label: str) -> str:
    """A label that leaves room for the number beside it; the table has it whole."""
    return label if len(label) <= LABEL else f"{label[: LABEL - 1]}…"


def _drawn(found: Answer, table: Table) -> charts.Chart | None:
    rows = table.rows[:DRAWN]
    if not rows or not table.drawn:
        return None
    points = [
        charts.Point(
            "" if place else _short(words.label(row, found.scope)),
            row.value(name),
            f"{figures.figure_word(name)} {figures.said(row.value(name), UNITS[name])}",
            series=place,
        )
        for row in rows
        for place, name in enumerate(table.drawn)
    ]
    return charts.bars(table.code.replace(".", "-"), words.table_title(table.code), points)
