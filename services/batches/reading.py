"""Reading a list: CSV with a first line of headings. A bad list names every bad line."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.batches import errors
from services.errors import DomainError
from services.rules.member_number import parse_number

#: Lines of one list, at most.
MOST_LINES = 500_000
#: Bytes of one list, at most.
MOST_BYTES = 32 * 1024 * 1024
#: Bad lines that are told apart; a list with more is wrong as a whole.
MOST_BAD = 10_000
LARGEST_MINUTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line as the list has it. ``minutes`` is 0 where the batch works it out by itself."""

    line: int
    number: str
    minutes: int
    effective_at: datetime | None = None
    params: dict[str, Any] = field(default_factory=dict)


class Reader(Protocol):
    """How the cells of one kind of list are read; it remembers what it has seen."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The headings, in their order."""

    def read(self, line: int, cells: list[str]) -> Line:
        """A line, or the DomainError that says what is wrong with it."""


def content_hash(content: bytes) -> str:
    """SHA-256 of a list as it came, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def text_of(content: bytes) -> str:
    """The list as text; raises ListUnreadable."""
    if len(content) > MOST_BYTES or b"\0" in content:
        raise errors.ListUnreadable(field="list")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise errors.ListUnreadable(field="list") from None


def check(text: str, reader: Reader, most: int = MOST_LINES) -> None:
    """Read the whole list once; raises ListBad with every bad line, or what else is wrong."""
    bad: list[tuple[int, DomainError]] = []
    count = 0
    for count, cells in _rows(text, reader):
        if count > most:
            raise errors.ListTooLong(field="list", most=most)
        try:
            _line(reader, count, cells)
        except DomainError as error:
            bad.append((count, error))
            if len(bad) >= MOST_BAD:
                break
    if bad:
        raise errors.ListBad(bad)
    if not count:
        raise errors.ListEmpty(field="list")


def lines_of(text: str, reader: Reader) -> Iterator[Line]:
    """The lines of a list that was checked, one by one."""
    for count, cells in _rows(text, reader):
        yield _line(reader, count, cells)


def _rows(text: str, reader: Reader) -> Iterator[tuple[int, list[str]]]:
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        heads = [cell.strip().lower() for cell in next(rows, [])]
        if tuple(heads) != reader.columns:
            raise errors.ListHeadings(field="list", columns=",".join(reader.columns))
        filled = (cells for cells in rows if any(cell.strip() for cell in cells))
        yield from enumerate(filled, 1)
    except csv.Error:
        raise errors.ListUnreadable(field="list") from None


def _line(reader: Reader, count: int, cells: list[str]) -> Line:
    if len(cells) != len(reader.columns):
        raise errors.LineShape(columns=len(reader.columns))
    return reader.read(count, [cell.strip() for cell in cells])


def number_in(cell: str) -> str:
    """A volunteer number in one spelling; raises NumberShape or NumberCheck."""
    return parse_number(cell)


def minutes_in(cell: str, most: int = LARGEST_MINUTES) -> int:
    """Whole standard minutes from 1 on; raises MinutesWrong."""
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 9 and 0 < int(cell) <= most):
        raise errors.MinutesWrong(most=most)
    return int(cell)
