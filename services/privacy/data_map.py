"""The data map: every column of every table, what it says of whom, what for and how long.

It is data (``data/data-map-1.json``) and compared with the tables by a test. The public page, the
export, erasure, retention and the rotation of keys all read it, so that none of them can know of
less than another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from services.rules.names import Name

_FILE = Path(__file__).parent / "data" / "data-map-1.json"
#: Categories that say nothing about a person.
NOT_PERSONAL = frozenset({"none"})
#: What erasure empties in the rows of the person: facts and links without a name stay.
EMPTIED = frozenset({"identity", "contact", "place", "care", "circumstances", "words", "access"})


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is kept for one purpose: shown to everybody as it stands here."""

    code: str
    title: Name
    what: Name
    why: Name
    #: Why the law allows it.
    basis: str
    basis_words: Name
    kept: Name
    seen: Name
    #: The kind of the separate consent that it rests on.
    consent: str | None


@dataclass(frozen=True, slots=True)
class Term:
    """How long something is kept; ``days`` where a job ends it."""

    code: str
    words: Name
    days: int | None


@dataclass(frozen=True, slots=True)
class TableEntry:
    """One table. ``own`` names the columns that say whose row it is."""

    name: str
    purpose: str
    term: str
    own: tuple[str, ...]
    #: What erasure does with the rows of the person: delete, empty, keep.
    erase: str
    #: Column -> category.
    columns: Mapping[str, str]
    #: Sealed column -> the purpose that is bound to it; key columns stand in braces.
    sealed: Mapping[str, str] = field(default_factory=dict)
    #: Columns that erasure leaves: what was valued depends on them.
    keeps: frozenset[str] = frozenset()

    @property
    def is_personal(self) -> bool:
        """Whether any column says anything about a person."""
        return bool(set(self.columns.values()) - NOT_PERSONAL)

    def vault_purpose(self, column: str, row: Mapping[str, Any]) -> str:
        """The vault's purpose of a sealed column in one row."""
        return self.sealed[column].format_map(row)


@dataclass(frozen=True, slots=True)
class DataMap:
    """Everything that is known about what is kept."""

    version: str
    purposes: Mapping[str, Purpose]
    terms: Mapping[str, Term]
    categories: Mapping[str, Name]
    tables: Mapping[str, TableEntry]


@cache
def data_map() -> DataMap:
    """The map that is in force."""
    raw: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    bases = {code: _name(words) for code, words in raw["bases"].items()}
    terms = {
        code: Term(code, _name(words), words.get("days")) for code, words in raw["terms"].items()
    }
    purposes = {
        code: Purpose(
            code,
            _name(each["title"]),
            _name(each["what"]),
            _name(each["why"]),
            each["basis"],
            bases[each["basis"]],
            terms[each["term"]].words,
            _name(each["seen"]),
            each.get("consent"),
        )
        for code, each in raw["purposes"].items()
    }
    return DataMap(
        version=raw["version"],
        purposes=purposes,
        terms=terms,
        categories={code: _name(words) for code, words in raw["categories"].items()},
        tables={name: _entry(name, each) for name, each in raw["tables"].items()},
    )


def days_of(term: str) -> int:
    """How many days a term has; KeyError or ValueError for one that no job ends."""
    days = data_map().terms[term].days
    if days is None:
        raise ValueError(term)
    return days


def is_evidence_over(added_at: datetime, now: datetime) -> bool:
    """Whether the bytes of a file may have gone: its row and its digest stay for good."""
    return added_at < now - timedelta(days=days_of("evidence"))


def shown_purposes() -> tuple[Purpose, ...]:
    """The purposes that concern people, as the public page lists them."""
    return tuple(each for each in data_map().purposes.values() if each.basis != "none")


def _entry(name: str, raw: Mapping[str, Any]) -> TableEntry:
    return TableEntry(
        name=name,
        purpose=raw["purpose"],
        term=raw["term"],
        own=tuple(raw.get("own", ())),
        erase=raw.get("erase", "keep"),
        columns={
            column: category
            for category, columns in raw["columns"].items()
            for column in columns.split()
        },
        sealed=raw.get("sealed", {}),
        keeps=frozenset(raw.get("keeps", "").split()),
    )


def _name(words: Mapping[str, str]) -> Name:
    return Name(words["zh"], words["en"])
