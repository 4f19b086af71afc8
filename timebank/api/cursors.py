"""Where a list goes on: opaque to programs, a mark or a number of rows to us."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from flask_babel import gettext as _

from services.ledger.statement import Mark as Place
from services.rules.wire import FIRST_YEAR, LAST_YEAR
from timebank.api.refusing import refuse

Mark = tuple[datetime, UUID]
#: Nobody walks further by counting rows.
FURTHEST = 1_000_000


def of_mark(mark: Mark | None) -> str | None:
    """The cursor that goes on after a row."""
    return None if mark is None else _wrapped(f"{mark[0].isoformat()} {mark[1]}")


def mark_of(cursor: str | None) -> Mark | None:
    """The row that a cursor of ours stands for; any other text is refused."""
    if cursor is None:
        return None
    moment, _space, key = _opened(cursor).partition(" ")
    try:
        at, last = datetime.fromisoformat(moment), UUID(key)
    except ValueError:
        _strange()
    if at.utcoffset() is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        _strange()
    return at, last


def of_place(place: Place | None) -> str | None:
    """The cursor that goes on after a line of a statement."""
    return None if place is None else _wrapped(str(place))


def place_of(cursor: str | None) -> Place | None:
    """The line of a statement that a cursor of ours stands for; any other text is refused."""
    if cursor is None:
        return None
    try:
        return Place.read(_opened(cursor))
    except (ValueError, OverflowError):
        _strange()


def of_offset(offset: int, *, more: bool) -> str | None:
    """The cursor that goes on after so many rows."""
    return _wrapped(str(offset)) if more else None


def offset_of(cursor: str | None) -> int:
    """How many rows a cursor of ours skips."""
    if cursor is None:
        return 0
    text = _opened(cursor)
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= FURTHEST):
        _strange()
    return int(text)


def of_row(count: int, mark: str) -> str:
    """The cursor that goes on after a row of a list that is given whole."""
    return _wrapped(f"{count} {mark}")


def row_of(cursor: str) -> tuple[int, str]:
    """How many rows a cursor of ours skips, and what the last of them was known by."""
    count, space, mark = _opened(cursor).partition(" ")
    if not (space and count.isascii() and count.isdigit() and len(count) < 9):
        _strange()
    return int(count), mark


def _wrapped(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _opened(cursor: str) -> str:
    try:
        return urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
    except ValueError:
        _strange()


def _strange() -> NoReturn:
    sentence = _("这个 cursor 不是上一页给出的，请从头再取。")
    refuse(422, "invalid", sentence, errors={"cursor": [sentence]})
