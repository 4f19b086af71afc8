"""Call-backs as a file: exactly the rows of the list, with a cover that says which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from services.callbacks.listing import CallbackLine
from services.clock import local
from services.rules.member_number import grouped
from timebank.edge import current_actor, now
from timebank.web.audit.listed import people_columns
from timebank.web.branch.words import named
from timebank.web.exports import Column, Sheet
from timebank.web.oversight.callback_words import callback_word


def as_sheet(rows: Sequence[CallbackLine], criteria: Sequence[tuple[str, str]]) -> Sheet:
    """The list with its criteria, time and taker on the cover."""
    actor = current_actor()
    cover = (
        *criteria,
        (_("行数"), str(len(rows))),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M:%S}"),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
    )
    return Sheet(_("回访"), _columns(), rows, cover)


def _columns() -> tuple[Column, ...]:
    def result(row: Any) -> str:
        return str(callback_word("result", row.result.value)) if row.result else ""

    return (
        Column(_("账本"), lambda row: row.book),
        Column(_("网点"), lambda row: str(named(row.branch)), width=24),
        Column(_("服务"), lambda row: row.service_code),
        *people_columns(_("老人"), lambda row: row.elder),
        *people_columns(_("志愿者"), lambda row: row.provider),
        Column(_("为什么回访"), lambda row: str(callback_word("why", row.why))),
        Column(_("列入"), lambda row: row.made_at, "moment", 20),
        Column(_("期限"), lambda row: row.due_on, "day"),
        Column(_("打过几次"), lambda row: row.tries, "number"),
        Column(_("结果"), result),
        Column(_("问到"), lambda row: row.done_at, "moment", 20),
        *people_columns(_("回访员"), lambda row: row.done_by),
    )
