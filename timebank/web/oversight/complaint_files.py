"""The list of complaints as a file: exactly its rows, names masked, no words."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from services.complaints.reading import ComplaintLine
from timebank.web.audit.listed import in_minutes, people_columns
from timebank.web.branch.words import named
from timebank.web.exports import Column, Sheet
from timebank.web.oversight.sheet_files import cover
from timebank.web.words.complaints import complaint_word


def as_sheet(rows: Sequence[ComplaintLine], criteria: Sequence[tuple[str, str]]) -> Sheet:
    """The list as it stands."""
    columns = (
        Column(_("编号"), lambda row: row.reference),
        Column(_("账本"), lambda row: row.book),
        Column(_("网点"), lambda row: str(named(row.branch)), width=24),
        Column(_("种类"), lambda row: complaint_word("kind", row.kind), width=20),
        Column(_("收到"), lambda row: row.opened_at, "moment", 20),
        Column(_("期限"), lambda row: row.due_on, "day"),
        Column(_("状态"), lambda row: complaint_word("state", row.state.value)),
        Column(
            _("处理结果"),
            lambda row: complaint_word("decision", row.outcome) if row.outcome else "",
        ),
        in_minutes(_("先放着的时间"), lambda row: row.held_minutes),
        *people_columns(_("反映的人"), lambda row: row.by),
        *people_columns(_("对方"), lambda row: row.against),
    )
    return Sheet(_("投诉"), columns, rows, cover(criteria, len(rows)))
