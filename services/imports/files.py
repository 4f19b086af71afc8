"""A file as rows of cells: CSV in the encodings that are met in practice, or XLSX. Bounded."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator

from services.imports import errors, workbook

MIB = 1024 * 1024
#: Bytes and rows of one file, at most: a million people.
MOST_BYTES, MOST_ROWS = 192 * MIB, 1_000_000
MOST_CELL = 4_000
ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = ",;\t"
_ZIP = b"PK\x03\x04"


def file_hash(content: bytes) -> str:
    """SHA-256 of a file as it came, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def too_large() -> errors.FileTooLarge:
    """The refusal with its bounds."""
    return errors.FileTooLarge(field="members", most_mib=MOST_BYTES // MIB, most_rows=MOST_ROWS)


def headings_of(content: bytes) -> list[str]:
    """The first row; raises FileUnreadable, FileTooLarge, FileEmpty or HeadingsWrong."""
    for cells in table_of(content):
        heads = [cell.strip() for cell in cells]
        while heads and not heads[-1]:
            heads.pop()
        named = [head for head in heads if head]
        if not named or len(set(named)) != len(named) or workbook.FORMULA in named:
            raise errors.HeadingsWrong(field="members")
        return heads
    raise errors.FileEmpty(field="members")


def rows_below(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Rows below the headings with their number from 1; empty ones are passed over."""
    rows = table_of(content)
    next(rows, None)
    for count, cells in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise too_large()
        if any(cell and not cell.isspace() for cell in cells):
            yield count, cells


def table_of(content: bytes) -> Iterator[list[str]]:
    """Every row of the file, the first one included."""
    if len(content) > MOST_BYTES:
        raise too_large()
    if content[:4] == _ZIP:
        try:
            yield from workbook.rows_of(content)
        except workbook.WorkbookError:
            raise errors.FileUnreadable(field="members") from None
        return
    text = _text_of(content)
    delimiter = max(DELIMITERS, key=text.split("\n", 1)[0].count)
    csv.field_size_limit(MOST_CELL * 8)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error:
        raise errors.FileUnreadable(field="members") from None


def _text_of(content: bytes) -> str:
    if b"\0" in content:
        raise errors.FileUnreadable(field="members")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise errors.FileUnreadable(field="members")
