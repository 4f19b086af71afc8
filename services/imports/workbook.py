"""A strict reader of XLSX: the first sheet's cells as text, in bounded memory, nothing else.

It unpacks no more than a file may hold, follows no reference out of it, and refuses document
types, so that neither a bomb nor an entity gets anywhere. A formula is told apart from a value.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers import expat

#: Bytes that one file may unpack to, and how many times its own size.
MOST_UNPACKED, MOST_TIMES = 1024 * 1024 * 1024, 200
MOST_PARTS = 1_000
MOST_COLUMNS, MOST_TEXT = 200, 32_767
FORMULA = "\0="
_PART = 256 * 1024
_CELL = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")


class WorkbookError(ValueError):
    """The file is no workbook that can be read safely."""


def rows_of(content: bytes) -> Iterator[list[str]]:
    """The rows of the first sheet; a cell with a formula is :data:`FORMULA`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _bounded(archive, len(content))
            texts = _shared(archive)
            yield from _sheet(archive, _first_sheet(archive), texts)
    except (zipfile.BadZipFile, expat.ExpatError, KeyError, EOFError, OSError) as error:
        raise WorkbookError(str(error)) from None
    except (NotImplementedError, RuntimeError, ValueError) as error:
        raise WorkbookError(str(error)) from None


def _bounded(archive: zipfile.ZipFile, size: int) -> None:
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > min(MOST_UNPACKED, MOST_TIMES * max(size, 4_096)):
        raise WorkbookError("too large when unpacked")
    if any(part.flag_bits & 1 for part in parts):
        raise WorkbookError("encrypted")


def _parser() -> Any:
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def refuse(*_told: Any) -> None:
        raise WorkbookError("a document type")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def _fed(archive: zipfile.ZipFile, name: str, parser: Any) -> Iterator[None]:
    """Feed a part to a parser, bit by bit; never more than its header says."""
    left = archive.getinfo(name).file_size
    with archive.open(name) as part:
        while data := part.read(_PART):
            left -= len(data)
            if left < 0:
                raise WorkbookError("longer than it says")
            parser.Parse(data, False)
            yield
    parser.Parse(b"", True)
    yield


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """The part of the first worksheet in the order of the workbook."""
    ids: list[str] = []
    targets: dict[str, str] = {}

    def sheet(name: str, said: dict[str, str]) -> None:
        if name.endswith("}sheet"):
            ids.append(next(value for key, value in said.items() if key.endswith("}id")))

    def relation(name: str, said: dict[str, str]) -> None:
        if name.endswith("}Relationship"):
            targets[said["Id"]] = said["Target"]

    for part, handler in (("xl/workbook.xml", sheet), ("xl/_rels/workbook.xml.rels", relation)):
        parser = _parser()
        parser.StartElementHandler = handler
        for _ in _fed(archive, part, parser):
            pass
    if not ids:
        raise WorkbookError("no sheet")
    # The template keeps its help on a second sheet, and exports their cover on the first.
    target = targets[ids[0]]
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    found: list[str] = []
    state = _Texts(found.append)
    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = state.start, state.end
    parser.CharacterDataHandler = state.text
    for _ in _fed(archive, "xl/sharedStrings.xml", parser):
        pass
    return found


class _Texts:
    """Shared strings, each of one or several runs; readings above Chinese signs are left out."""

    def __init__(self, done: Callable[[str], None]) -> None:
        self.done, self.parts, self.inside, self.above = done, [""], False, False

    def start(self, name: str, _said: dict[str, str]) -> None:
        """An element begins."""
        local = name.rpartition("}")[2]
        if local == "si":
            self.parts = []
        elif local == "rPh":
            self.above = True
        elif local == "t":
            self.inside = not self.above

    def end(self, name: str) -> None:
        """An element ends."""
        local = name.rpartition("}")[2]
        if local == "t":
            self.inside = False
        elif local == "rPh":
            self.above = False
        elif local == "si":
            self.done("".join(self.parts))

    def text(self, data: str) -> None:
        """Some of a text."""
        if self.inside:
            self.parts.append(data)


class _Rows:
    """The cells of a sheet, row by row."""

    def __init__(self, texts: list[str]) -> None:
        self.texts, self.ready, self.row = texts, [], []  # type: tuple[list[str], Any, Any]
        self.kind, self.column, self.inside, self.value = "", 0, False, [""]
        self.is_formula, self.next_row = False, 1

    def start(self, name: str, said: dict[str, str]) -> None:
        """An element begins."""
        local = name.rpartition("}")[2]
        if local == "c":
            self.kind, self.value, self.is_formula = said.get("t", "n"), [], False
            self.column = _column(said["r"]) if "r" in said else len(self.row)
        elif local == "f":
            self.is_formula = True
        elif local in ("v", "t"):
            self.inside = True
        elif local == "row":
            self.row = []

    def end(self, name: str) -> None:
        """An element ends."""
        local = name.rpartition("}")[2]
        if local in ("v", "t"):
            self.inside = False
        elif local == "c":
            self._cell()
        elif local == "row":
            self.ready.append(self.row)

    def text(self, data: str) -> None:
        """Some of a value."""
        if self.inside:
            self.value.append(data)

    def _cell(self) -> None:
        text = "".join(self.value)
        if self.is_formula:
            text = FORMULA
        elif self.kind == "s":
            text = self.texts[int(text)]
        elif self.kind == "e":
            text = FORMULA
        elif self.kind == "n" and text.endswith(".0"):
            text = text[:-2]
        if len(text) > MOST_TEXT or self.column >= MOST_COLUMNS:
            raise WorkbookError("a cell too many or too long")
        if self.column < len(self.row):
            raise WorkbookError("a cell twice")
        self.row.extend([""] * (self.column - len(self.row)))
        self.row.append(text)


def _column(place: str) -> int:
    found = _CELL.fullmatch(place)
    if found is None:
        raise WorkbookError("a cell without a place")
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _sheet(archive: zipfile.ZipFile, name: str, texts: list[str]) -> Iterator[list[str]]:
    state = _Rows(texts)
    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = state.start, state.end
    parser.CharacterDataHandler = state.text
    for _ in _fed(archive, name, parser):
        yield from state.ready
        state.ready = []
    yield from state.ready
