"""Entries by hand and reversals as files: exactly the rows of the list, with a cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from services.clock import local
from services.queries.two_hands.entries import EntryLine
from services.queries.two_hands.reversals import ReversalLine
from services.rules.member_number import grouped
from timebank.edge import current_actor, now
from timebank.web.audit.listed import in_minutes, people_columns
from timebank.web.branch.words import named, word
from timebank.web.exports import Column, Sheet


def _cover(rows: Sequence[Any], criteria: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    actor = current_actor()
    return (
        *criteria,
        (_("行数"), str(len(rows))),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M:%S}"),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
    )


def entry_sheet(rows: Sequence[EntryLine], criteria: Sequence[tuple[str, str]]) -> Sheet:
    """Entries by hand."""
    columns = (
        Column(_("编号"), lambda row: row.reference),
        Column(_("账本"), lambda row: row.book),
        Column(_("网点"), lambda row: str(named(row.branch)), width=24),
        Column(_("类别"), lambda row: word("entry_kind", row.kind)),
        Column(_("服务"), lambda row: f"{row.service_code} {named(row.service)}", width=24),
        Column(_("开始"), lambda row: row.starts_at, "moment", 20),
        Column(_("结束"), lambda row: row.ends_at, "moment", 20),
        in_minutes(_("时长"), lambda row: row.minutes),
        *people_columns(_("老人"), lambda row: row.elder),
        *people_columns(_("志愿者"), lambda row: row.provider),
        Column(_("原因"), lambda row: str(named(row.why_name)), width=24),
        Column(_("状态"), lambda row: word("entry_state", row.state.value)),
        Column(_("等哪一级"), lambda row: word("entry_level", row.level.value)),
        *people_columns(_("提出人"), lambda row: row.proposed_by),
        Column(_("提出时间"), lambda row: row.proposed_at, "moment", 20),
        *people_columns(_("签署人"), lambda row: row.decided_by),
        Column(_("签署时间"), lambda row: row.decided_at, "moment", 20),
        Column(_("往来编号"), lambda row: str(row.transfer_id or ""), width=38),
    )
    return Sheet(_("补录"), columns, rows, _cover(rows, criteria))


def reversal_sheet(rows: Sequence[ReversalLine], criteria: Sequence[tuple[str, str]]) -> Sheet:
    """Reversals."""
    columns = (
        Column(_("编号"), lambda row: row.reference),
        Column(_("账本"), lambda row: row.book),
        Column(_("原因"), lambda row: word("reason", row.reason)),
        Column(_("状态"), lambda row: word("reversal_state", row.state.value)),
        *people_columns(_("提出人"), lambda row: row.proposed_by),
        Column(_("提出时间"), lambda row: row.proposed_at, "moment", 20),
        *people_columns(_("第一位签署"), lambda row: row.first_signed_by),
        Column(_("第一位签署时间"), lambda row: row.first_signed_at, "moment", 20),
        *people_columns(_("第二位签署"), lambda row: row.second_signed_by),
        Column(_("第二位签署时间"), lambda row: row.second_signed_at, "moment", 20),
        Column(_("往来编号"), lambda row: str(row.transfer_id), width=38),
        Column(_("冲正的往来编号"), lambda row: str(row.reversing_id or ""), width=38),
    )
    return Sheet(_("冲正"), columns, rows, _cover(rows, criteria))
