"""Lists as files: CSV that opens rightly in a spreadsheet, XLSX with a cover sheet.

Amounts stay whole minutes, so that they can be added up; the heading says so. Nothing that
somebody typed is ever run as a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import xlsxwriter
from flask import Response
from flask_babel import gettext as _

from services.clock import local

Kind = Literal["text", "number", "moment", "day"]
#: What a spreadsheet would take for the beginning of a formula; with the wide signs of Chinese
#: and Japanese keyboards, which some of them read as the narrow ones.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
FORMS = ("csv", "xlsx")
MIMETYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what kind of value it holds, and how a row gives it."""

    heading: str
    value: Callable[[Any], Any]
    kind: Kind = "text"
    #: Width in characters, for the spreadsheet.
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list to export. ``cover`` is label and text: criteria, time, user, number of rows."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Any]
    cover: tuple[tuple[str, str], ...] = ()

    def values(self) -> Iterable[list[Any]]:
        """Every row's values in the order of the columns."""
        return ([column.value(row) for column in self.columns] for row in self.rows)


def harmless(text: str) -> str:
    """The text with a quote before anything that a spreadsheet would run."""
    return f"'{text}" if text.startswith(RISKY) else text


def as_csv(sheet: Sheet) -> bytes:
    """UTF-8 with a mark at the front, so that a spreadsheet reads Chinese rightly."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([harmless(column.heading) for column in sheet.columns])
    writer.writerows([_plain(value) for value in row] for row in sheet.values())
    return text.getvalue().encode("utf-8-sig")


def _plain(value: Any) -> str | int:
    """Figures as they are (a minus is no formula), moments on a Chinese clock, texts harmless."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    return harmless(str(value))


def as_xlsx(sheet: Sheet) -> bytes:
    """A workbook: the cover with criteria, time and user, then the rows."""
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        _write_cover(book, sheet)
        _write_rows(book, sheet)
    return buffer.getvalue()


def _write_cover(book: xlsxwriter.Workbook, sheet: Sheet) -> None:
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    cover = book.add_worksheet(_("说明"))
    cover.set_column(0, 0, 22)
    cover.set_column(1, 1, 70)
    cover.write_string(0, 0, sheet.title, book.add_format({"bold": True, "font_size": 16}))
    for place, (label, text) in enumerate(sheet.cover, start=2):
        cover.write_string(place, 0, label, bold)
        cover.write_string(place, 1, harmless(text), wrapped)


def _write_rows(book: xlsxwriter.Workbook, sheet: Sheet) -> None:
    bold = book.add_format({"bold": True, "bottom": 1})
    formats = {
        "number": book.add_format({"num_format": "#,##0"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    page = book.add_worksheet(_("数据"))
    page.freeze_panes(1, 0)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width)
        page.write_string(0, place, column.heading, bold)
    for line, row in enumerate(sheet.values(), start=1):
        for place, (value, column) in enumerate(zip(row, sheet.columns, strict=True)):
            _write(page, line, place, value, formats.get(column.kind))
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)


def _write(page: Any, line: int, place: int, value: Any, form: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, int) and not isinstance(value, bool):
        page.write_number(line, place, value, form)
    elif isinstance(value, datetime):
        page.write_datetime(line, place, local(value), form)
    elif isinstance(value, date):
        page.write_datetime(line, place, value, form)
    else:
        page.write_string(line, place, harmless(str(value)))


def download(sheet: Sheet, form: str, name: str) -> Response:
    """The answer that a browser saves under ``name``; ``form`` is one of :data:`FORMS`."""
    body = as_csv(sheet) if form == "csv" else as_xlsx(sheet)
    answer = Response(body, mimetype=MIMETYPES[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
