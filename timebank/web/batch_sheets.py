"""A batch's report as CSV, streamed: every line and its fate, the refused ones first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from flask_babel import gettext as _

from models.batches import LineState
from services.batches.reports import LineView
from services.clock import local
from timebank.i18n import say
from timebank.web.exports import harmless

#: Lines written at once.
AT_ONCE = 500


def fate_word(line: LineView) -> str:
    """What became of a line, or will, in a word."""
    if line.state is LineState.POSTED:
        return str(_("已入账"))
    if line.state is LineState.REFUSED:
        return str(_("没有通过"))
    return str(_("预计不通过") if line.code else _("等办理"))


def write_report(rows: Iterable[LineView]) -> Iterator[bytes]:
    """The file in parts; nothing that stands in it is ever run as a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        [
            _("行"),
            _("志愿者编号"),
            _("标准分钟"),
            _("生效日期"),
            _("结果"),
            _("代码"),
            _("原因"),
            _("凭据"),
            _("入账编号"),
        ]
    )
    yield text.getvalue().encode("utf-8-sig")
    text.seek(0)
    text.truncate()
    for count, row in enumerate(rows, 1):
        writer.writerow(_cells(row))
        if count % AT_ONCE == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _cells(row: LineView) -> list[str | int]:
    return [
        row.line,
        harmless(row.number),
        row.minutes,
        f"{local(row.effective_at):%Y-%m-%d}" if row.effective_at else "",
        fate_word(row),
        row.code,
        harmless(say(row.sentence, row.params)) if row.code else "",
        harmless(str(row.params.get("reference", ""))),
        str(row.transfer_id or ""),
    ]
