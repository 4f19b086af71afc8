"""Layouts of files that come in: our fields, which column is meant by which, and what words mean.

All of it is data (``data/layouts.json``). TimeOverflow writes its headings in the language of
whoever exports, balances in seconds, and transfers in hours (``from ID``, ``to ID``) or, in the
shorter report, as hours and minutes with the number behind the name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from services.imports import errors
from services.rules.names import Name

TEMPLATE, TIMEOVERFLOW, ACCOUNT = "template", "timeoverflow", "account"
#: Layouts that somebody may upload; a closing statement comes by its own act.
UPLOADED = (TEMPLATE, TIMEOVERFLOW)
MEMBERS, TRANSFERS = "members", "transfers"
UNITS = ("minutes", "hours", "seconds", "clock")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of ours: text, amount, day, or a word out of a small list."""

    code: str
    name: Name
    kind: str
    help: Name
    most: int
    needed: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of a system's files: headings -> fields, and their units."""

    code: str
    name: Name
    unit: str
    transfer_unit: str
    columns: Mapping[str, str]
    transfer_columns: Mapping[str, str]

    def columns_of(self, what: str) -> Mapping[str, str]:
        """Headings of the list of members, or of the transfers."""
        return self.columns if what == MEMBERS else self.transfer_columns

    def unit_of(self, what: str) -> str:
        """How its amounts are written."""
        return self.unit if what == MEMBERS else self.transfer_unit


@cache
def _data() -> dict[str, Any]:
    text = resources.files("services.imports").joinpath("data/layouts.json")
    found: dict[str, Any] = json.loads(text.read_text(encoding="utf-8"))
    return found


@cache
def fields_of(what: str) -> Mapping[str, Field]:
    """Our fields of members or of transfers, in the template's order."""
    return {
        one["code"]: Field(
            one["code"],
            Name(one["zh"], one["en"]),
            one["kind"],
            Name(one["help_zh"], one["help_en"]),
            one["most"],
            one["needed"],
        )
        for one in _data()["fields" if what == MEMBERS else "transfer_fields"]
    }


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """What a word means, in small letters: by list, word -> meaning."""
    return {
        kind: {word: meaning for meaning, said in meanings.items() for word in said}
        for kind, meanings in _data()["words"].items()
    }


def meanings(kind: str) -> tuple[str, ...]:
    """What words of a list may mean."""
    return tuple(_data()["words"][kind])


#: The list of words that a field takes its word from.
WORDS_OF = {"sex": "sex", "serves": "yes", "receives": "yes", "status": "status"}


@cache
def layouts() -> Mapping[str, Layout]:
    """Those that may be uploaded."""
    return {
        code: Layout(
            code,
            Name(one["zh"], one["en"]),
            one["unit"],
            one["transfer_unit"],
            one["columns"],
            one["transfer_columns"],
        )
        for code, one in _data()["layouts"].items()
    }


def layout(code: str) -> Layout:
    """One layout; raises LayoutUnknown."""
    found = layouts().get(code)
    if found is None:
        raise errors.LayoutUnknown(field="layout")
    return found
