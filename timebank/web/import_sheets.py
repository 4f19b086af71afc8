"""Files around imports: the empty template, the report of every row, the list of the sample."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

import xlsxwriter
from flask_babel import gettext as _

from services.imports.layouts import MEMBERS, TRANSFERS, fields_of, layouts, words
from services.imports.publishing import CONFIRMED, LINE
from services.imports.reading import REMARK
from services.imports.reports import RowView
from timebank.i18n import is_english, say
from timebank.web.exports import Column, harmless
from timebank.web.words.imports import fate_word

#: Rows written at once, and rows of one workbook.
AT_ONCE, MOST_ROWS = 500, 1_000_000


def template_rows(what: str) -> list[list[str]]:
    """The headings, and for members a row that explains them and is passed over when read."""
    fields = list(fields_of(what).values())
    english = is_english()
    heads = [each.name.en if english else each.name.zh for each in fields]
    if what == TRANSFERS:
        return [heads]
    helps = [each.help.en if english else each.help.zh for each in fields]
    return [heads, [f"{REMARK} {helps[0]}", *helps[1:]]]


def template_csv(what: str) -> bytes:
    """The empty template as a list."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(template_rows(what))
    return text.getvalue().encode("utf-8-sig")


def template_xlsx() -> bytes:
    """The empty template as a workbook; a second sheet says what words may be used."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "num_format": "@"})
        page = book.add_worksheet(_("名单"))
        heads, helps = template_rows(MEMBERS)
        page.set_column(0, len(heads) - 1, 18, text)
        page.freeze_panes(1, 0)
        for place, (head, said) in enumerate(zip(heads, helps, strict=True)):
            page.write_string(0, place, head, bold)
            page.write_string(1, place, said, text)
        codes = book.add_worksheet(_("说明"))
        codes.set_column(0, 2, 24)
        codes.write_row(0, 0, [_("类别"), _("写法"), _("意思")], bold)
        for line, row in enumerate(_codes(), 1):
            codes.write_row(line, 0, row)
    return buffer.getvalue()


def _codes() -> Iterator[list[str]]:
    for kind, meanings in words().items():
        for word, meant in meanings.items():
            yield [kind, word, meant]
    for each in layouts().values():
        yield [_("单位"), each.name.en if is_english() else each.name.zh, each.unit]


def columns() -> tuple[Column, ...]:
    """A row of the report, for the list and for the workbook."""
    return (
        Column(_("行"), lambda row: row.line, "number"),
        Column(_("原编号"), lambda row: row.old_key),
        Column(_("姓名"), lambda row: row.name),
        Column(_("身份证号码"), lambda row: row.id_number),
        Column(_("旧余额（分钟）"), lambda row: row.claimed_minutes, "number"),
        Column(_("转入（分钟）"), lambda row: row.credited_minutes, "number"),
        Column(_("结果"), lambda row: str(fate_word(row))),
        Column(_("代码"), lambda row: row.code),
        Column(_("原因"), reason, width=60),
        Column(_("入账编号"), lambda row: str(row.transfer_id or "")),
    )


def reason(row: RowView) -> str:
    """Why a row is refused, or a hint beside one that is not."""
    if row.sentence:
        return str(say(row.sentence, row.params))
    return _("电话和一位成员的一样") if row.params.get("phone_known") else ""


def write_report(rows: Iterable[RowView]) -> Iterator[bytes]:
    """Every row in parts; nothing that stands in it is ever run as a formula."""
    known = columns()
    heads = [column.heading for column in known]
    yield from _written(heads, ([_plain(c.value(row)) for c in known] for row in rows))


def write_sample(rows: Iterable[RowView]) -> Iterator[bytes]:
    """Who is to be asked, with an empty column for the answer."""
    heads = [LINE, CONFIRMED, "old_key", "name", "minutes"]
    lines = (
        [row.line, "", harmless(row.old_key), harmless(row.name), row.claimed_minutes]
        for row in rows
    )
    yield from _written(heads, lines)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else harmless(str(value))


def _written(heads: list[str], rows: Iterable[list[Any]]) -> Iterator[bytes]:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(heads)
    yield text.getvalue().encode("utf-8-sig")
    text.seek(0)
    text.truncate()
    for count, row in enumerate(rows, 1):
        writer.writerow(row)
        if count % AT_ONCE == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
