"""The inbox of work sheets as a file: exactly its rows, with a cover that says which."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from services.clock import local
from services.rules.member_number import grouped
from services.sheets.reading import SheetLine
from timebank.edge import current_actor, now
from timebank.web.audit.listed import people_columns
from timebank.web.branch.words import named
from timebank.web.exports import Column, Sheet
from timebank.web.oversight.sheet_words import sheet_word


def cover(criteria: Sequence[tuple[str, str]], rows: int) -> tuple[tuple[str, str], ...]:
    """Criteria, number of rows, time and taker."""
    actor = current_actor()
    return (
        *criteria,
        (_("行数"), str(rows)),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M:%S}"),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
    )


def as_sheet(rows: Sequence[SheetLine], criteria: Sequence[tuple[str, str]]) -> Sheet:
    """The list as it stands."""
    columns = (
        Column(_("编号"), lambda row: row.reference),
        Column(_("账本"), lambda row: row.book),
        Column(_("网点"), lambda row: str(named(row.branch)) if row.branch else "", width=24),
        Column(_("种类"), lambda row: sheet_word("kind", row.kind.value)),
        Column(_("关于"), lambda row: sheet_word("about", row.about), width=24),
        Column(_("开出"), lambda row: row.opened_at, "moment", 20),
        Column(_("期限"), lambda row: row.due_on, "day"),
        Column(_("报到哪一级"), lambda row: sheet_word("level", row.level)),
        Column(_("状态"), lambda row: sheet_word("state", row.state.value)),
        Column(
            _("办理结果"), lambda row: sheet_word("outcome", row.outcome) if row.outcome else ""
        ),
        *people_columns(_("谁在办"), lambda row: row.owner),
    )
    return Sheet(_("工作单一览"), columns, rows, cover(criteria, len(rows)))
