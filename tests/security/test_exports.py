"""Files for spreadsheets: whatever somebody is called, no cell begins a formula."""

from __future__ import annotations

import ast
import csv
import io
import re
import zipfile

import pytest

from tests.security.crawl import Crawl
from tests.security.people import World
from tests.structure.tree import ROOT
from timebank.web.exports import RISKY, Column, Sheet, as_csv, as_xlsx, harmless

#: Names that a spreadsheet of some kind would run, or cut a line in two with.
NAMES = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\0=1+1",
    "＝1+1",
    "＠SUM(1)",
    '=HYPERLINK("http://evil.invalid","x")',
    "=cmd|' /C calc'!A0",
    '","=1+1',
    '"\r\n=1+1',
]
#: Who writes CSV by himself, and makes its cells harmless where words of people stand in it;
#: the ledger's own export holds ids, codes and numbers alone.
WRITERS = {
    "timebank/web/exports.py",
    "timebank/web/import_sheets.py",
    "timebank/web/batch_sheets.py",
    "services/imports/leaving.py",
    "services/ledger/export/table.py",
}


def cells(name: str) -> list[str]:
    """The cells of a row with a name, read again as a spreadsheet would."""
    sheet = Sheet(
        "题", (Column("姓名", lambda row: row), Column("分钟", lambda _: -5, "number")), [name]
    )
    rows = list(csv.reader(io.StringIO(as_csv(sheet).decode("utf-8-sig"), newline="")))
    assert len(rows) == 2
    return rows[1]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_no_cell_begins_a_formula(name: str) -> None:
    shown, minutes = cells(name)
    assert not shown.startswith(RISKY), shown
    assert minutes == "-5"
    assert harmless(name).lstrip("'") == name.lstrip("'") or harmless(name) == name


@pytest.mark.parametrize("name", [each for each in NAMES if "\0" not in each])
def test_no_cell_of_a_workbook_is_a_formula(name: str) -> None:
    sheet = Sheet("=1+1", (Column("=1+1", lambda row: row),), [name], (("=1+1", name),))
    with zipfile.ZipFile(io.BytesIO(as_xlsx(sheet))) as book:
        for part in book.namelist():
            text = book.read(part).decode("utf-8", "replace")
            assert "<f>" not in text, part
            assert "<hyperlink " not in text, part


def test_every_writer_of_csv_is_known() -> None:
    found = set()
    for folder in ("timebank", "services"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if re.search(r"csv\.(writer|DictWriter)", text):
                found.add(path.relative_to(ROOT).as_posix())
                assert re.search(r"harmless|quoted", text) or "export/table" in str(path), path
    assert found == WRITERS


def test_every_export_goes_through_them() -> None:
    """No view writes a spreadsheet's text by hand."""
    for path in (ROOT / "timebank").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node.value == "text/csv":
                pytest.fail(f"{path}: an export of its own")


def test_exports_of_the_story_hold_no_formula(world: World, crawled: Crawl) -> None:
    """Every CSV that a page gives, and what a post gives."""
    read = 0
    for page in crawled.pages:
        if page.headers.get("Content-Type", "").startswith("text/csv") and page.status == 200:
            for row in csv.reader(io.StringIO(page.body.decode("utf-8-sig"), newline="")):
                for cell in row:
                    assert not cell.startswith(RISKY) or re.fullmatch(r"-[\d.]+", cell), page.path
            read += 1
    assert read >= 3
