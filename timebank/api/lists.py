"""Lists that a service gives whole, or by pages of its own size, cut as a program asks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import g, request
from marshmallow import ValidationError, fields, post_dump

from services.rules.checked import Document, Words
from timebank.api import cursors
from timebank.api.parsing import complain
from timebank.api.schemas.base import Figures, ListOut

T = TypeVar("T")

#: The names in a query string that say which part of a list is wanted.
NAMES = ("limit", "cursor")


class WholeQuery(Document):
    """How much of a list that is short as a rule, and from where on."""

    limit = Figures(1, 100, load_default=100)
    cursor = Words(required=False)


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a list that this request asks for."""

    limit: int
    cursor: str | None


class WholeList(ListOut):
    """A list that its view gives whole; it goes out in parts.

    The cursor knows the last row that was given: what comes or goes before it moves nothing.
    """

    items: fields.List[Any]

    @post_dump
    def _part(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        cut: Cut | None = g.get("cut")
        if cut is None:
            return {**data, "next_cursor": None}
        rows = data["items"]
        start = _resumed(rows, cut.cursor)
        end = start + cut.limit
        more = end < len(rows)
        after = cursors.of_row(end, _mark(rows[end - 1])) if more else None
        return {**data, "items": rows[start:end], "next_cursor": after}


def begin() -> None:
    """Read from the query string which part of a list is wanted."""
    asked = {name: request.args[name] for name in NAMES if name in request.args}
    try:
        found = WholeQuery().load(asked)
    except ValidationError as error:
        complain({"query": error.messages})
    g.cut = Cut(found["limit"], found.get("cursor"))


def _mark(row: Any) -> str:
    """What a row is known by when the list is read again: its ids, or all of it."""
    ids = {name: row[name] for name in ("book", "id", "code", "reference") if row.get(name)}
    text = json.dumps(ids or row, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _resumed(rows: Sequence[Any], cursor: str | None) -> int:
    """Where a list goes on: after the cursor's row, or by count where that row is gone."""
    if cursor is None:
        return 0
    count, mark = cursors.row_of(cursor)
    if 0 < count <= len(rows) and _mark(rows[count - 1]) == mark:
        return count
    again = (place for place, row in enumerate(rows, start=1) if _mark(row) == mark)
    return next(again, min(count, len(rows)))


def walked(asked: dict[str, Any], size: int, page: Callable[[int], Sequence[T]]) -> dict[str, Any]:
    """A part of a list that its service gives by pages of ``size`` rows, counted from 1."""
    offset, limit = cursors.offset_of(asked.get("cursor")), asked["limit"]
    number, skipped = divmod(offset, size)
    rows: list[T] = []
    while len(rows) <= limit:
        number += 1
        found = page(number)
        rows.extend(found[skipped:])
        skipped = 0
        if len(found) < size:
            break
    more = len(rows) > limit
    return {"items": rows[:limit], "next_cursor": cursors.of_offset(offset + limit, more=more)}
