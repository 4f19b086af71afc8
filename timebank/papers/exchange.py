"""The exchange file as a workbook: a cover, and a sheet for each kind of line."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from services.records.exchange import Exchange
from services.rules.exchange import line_kinds

MIMETYPES = {
    "jsonl": "application/x-ndjson; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: What a spreadsheet would take for the beginning of a formula.
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def body_of(found: Exchange, form: str) -> bytes:
    """The file's bytes; ``form`` is ``jsonl`` or ``xlsx``."""
    return found.text().encode() if form == "jsonl" else as_workbook(found)


def name_of(found: Exchange, form: str) -> str:
    """What the file is called."""
    return f"records-{found.head['region']}-{found.head['month']}.{form}"


def as_workbook(found: Exchange) -> bytes:
    """Headings in both languages over the field's own name, values as in the lines."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        cover = book.add_worksheet("head")
        cover.set_column(0, 1, 28)
        head = {**found.head, **{f"counts.{k}": v for k, v in found.head["counts"].items()}}
        del head["counts"]
        for line, (label, value) in enumerate(head.items()):
            cover.write_string(line, 0, label, bold)
            cover.write_string(line, 1, str(value))
        for kind in line_kinds().values():
            page = book.add_worksheet(kind.code)
            page.freeze_panes(2, 0)
            page.set_column(0, len(kind.fields) - 1, 20)
            for place, field in enumerate(kind.fields):
                page.write_string(0, place, f"{field.title.zh} {field.title.en}", bold)
                page.write_string(1, place, field.name, bold)
            for line, row in enumerate(found.lines[kind.code], start=2):
                for place, field in enumerate(kind.fields):
                    _write(page, line, place, row[field.name])
    return buffer.getvalue()


def _write(page: Any, line: int, place: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        page.write_boolean(line, place, value)
    elif isinstance(value, int):
        page.write_number(line, place, value)
    else:
        text = "、".join(value) if isinstance(value, list) else str(value)
        page.write_string(line, place, f"'{text}" if text.startswith(_RISKY) else text)
