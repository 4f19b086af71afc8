"""Reading a workbook back with nothing but the standard library."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

_SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
#: Day 0 of a spreadsheet's calendar.
_EPOCH = datetime(1899, 12, 30)


class Workbook:
    """Sheets by place and name; a cell is a text, a number or None."""

    def __init__(self, body: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(body))
        self.names = [
            sheet.attrib["name"] for sheet in self._xml("xl/workbook.xml").iter(f"{_SPACE}sheet")
        ]
        self._texts = [
            "".join(part.text or "" for part in item.iter(f"{_SPACE}t"))
            for item in self._xml("xl/sharedStrings.xml").iter(f"{_SPACE}si")
        ]

    def _xml(self, name: str) -> ET.Element:
        return ET.fromstring(self._zip.read(name))

    def rows(self, place: int) -> list[list[str | float | None]]:
        """The rows of a sheet, each as long as the longest."""
        sheet = self._xml(f"xl/worksheets/sheet{place + 1}.xml")
        found = [
            {_column(cell.attrib["r"]): self._value(cell) for cell in row.iter(f"{_SPACE}c")}
            for row in sheet.iter(f"{_SPACE}row")
        ]
        wide = max((max(row) for row in found if row), default=-1) + 1
        return [[row.get(number) for number in range(wide)] for row in found]

    def _value(self, cell: ET.Element) -> str | float | None:
        assert cell.find(f"{_SPACE}f") is None, "no cell is a formula"
        value = cell.find(f"{_SPACE}v")
        if value is None or value.text is None:
            return None
        return self._texts[int(value.text)] if cell.get("t") == "s" else float(value.text)


def _column(reference: str) -> int:
    number = 0
    for letter in re.sub(r"\d", "", reference):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def moment(days: float) -> datetime:
    """A spreadsheet's number of days as a moment, to the second."""
    return _EPOCH + timedelta(seconds=round(days * 86_400))
