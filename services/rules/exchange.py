"""The exchange file of service records: its fields as data, and the check of a file read back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from services.rules.names import Name
from services.rules.tables import table

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_HOURS = re.compile(r"[0-9]+\.[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a line.

    ``type``: text, texts, day, hours, whole, yes, sex or score; one with ``?`` may be null.
    """

    name: str
    type: str
    title: Name


@dataclass(frozen=True, slots=True)
class LineKind:
    """One kind of line, after one article of 民政部令 67."""

    code: str
    article: int
    title: Name
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, by code; ``field`` where one is at fault."""

    line: int
    code: str
    field: str = ""


def format_name() -> str:
    """How a file names its format."""
    return str(table("exchange").content["format"])


def version() -> str:
    """Which version of the fields is written now."""
    return table("exchange").version


@cache
def line_kinds() -> Mapping[str, LineKind]:
    """Every kind of line by its code, in the order of a file."""
    return {
        each["code"]: LineKind(
            code=each["code"],
            article=each["article"],
            title=Name(each["zh"], each["en"]),
            fields=tuple(
                Field(one["name"], one["type"], Name(one["zh"], one["en"]))
                for one in each["fields"]
            ),
        )
        for each in table("exchange").content["kinds"]
    }


def check_lines(text: str) -> Iterator[Fault]:
    """Every fault of a JSON Lines file: its head, each line's fields, and that people are known."""
    rows = [line for line in text.split("\n") if line]
    try:
        read = [json.loads(row) for row in rows]
    except ValueError:
        yield Fault(0, "not_json")
        return
    if not read or not _is_head(read[0]):
        yield Fault(1, "no_head")
        return
    lines = list(enumerate(read[1:], start=2))
    known = {row.get("volunteer_number") for _, row in lines if row.get("kind") == "person"}
    counts = dict.fromkeys(line_kinds(), 0)
    for number, row in lines:
        kind = line_kinds().get(row.get("kind"))
        if kind is None:
            yield Fault(number, "kind_unknown")
            continue
        counts[kind.code] += 1
        yield from _faults(number, row, kind)
        if row.get("volunteer_number") not in known:
            yield Fault(number, "person_missing", "volunteer_number")
    if counts != read[0]["counts"]:
        yield Fault(1, "counts_differ")


def _is_head(row: Any) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("counts"), dict):
        return False
    named = (row.get("format"), row.get("version")) == (format_name(), version())
    return bool(named and _MONTH.fullmatch(str(row.get("month"))))


def _faults(number: int, row: Mapping[str, Any], kind: LineKind) -> Iterator[Fault]:
    wanted = {"kind", *(each.name for each in kind.fields)}
    for name in sorted(wanted ^ row.keys()):
        yield Fault(number, "field_missing" if name in wanted else "field_unknown", name)
    for each in kind.fields:
        value = row.get(each.name)
        if each.type.endswith("?") and value is None:
            continue
        if each.name in row and not _TYPES[each.type.rstrip("?")](value):
            yield Fault(number, "field_wrong", each.name)


def _is_day(value: Any) -> bool:
    try:
        return str(value) == date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "text": _is_text,
    "texts": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    "day": _is_day,
    "hours": lambda value: isinstance(value, str) and bool(_HOURS.fullmatch(value)),
    "whole": _is_whole,
    "yes": lambda value: isinstance(value, bool),
    "sex": lambda value: value in ("female", "male"),
    "score": lambda value: _is_whole(value) and 1 <= value <= 3,
}
