"""The data map knows every table and column, and nothing else; what it says holds together."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models.base import is_sealed
from models.tables import Base
from services.privacy.data_map import EMPTIED, NOT_PERSONAL, data_map, days_of
from services.privacy.documented import document
from tests.structure.tree import ROOT

MAP = data_map()
TABLES = {table.name: table for table in Base.metadata.sorted_tables}


def faults(name: str, table: sa.Table) -> list[str]:
    """What the map does not say of a table, or says wrongly."""
    entry = MAP.tables.get(name)
    if entry is None:
        return ["the table has no entry"]
    columns, known = set(table.columns.keys()), set(entry.columns)
    sealed = {column for column in columns if is_sealed(column)}
    return [
        *(f"{column} has no entry" for column in sorted(columns - known)),
        *(f"{column} is not in the table" for column in sorted(known - columns)),
        *(f"no such category: {each}" for each in {*entry.columns.values()} - {*MAP.categories}),
        *(f"{each} says whose row it is and is no column" for each in set(entry.own) - columns),
        *(f"{column}: the vault's purpose is missing" for column in sealed - set(entry.sealed)),
        *(f"{column} is not sealed" for column in set(entry.sealed) - sealed),
        *(f"{column} is sealed and said to be nothing personal" for column in sealed
          if entry.columns.get(column) in NOT_PERSONAL),
        *([] if entry.purpose in MAP.purposes else [f"no such purpose: {entry.purpose}"]),
        *([] if entry.term in MAP.terms else [f"no such term: {entry.term}"]),
        *([] if entry.erase in ("delete", "empty", "keep") else [f"no such way: {entry.erase}"]),
        *(["erasure deletes from it and it is not declared"]
          if entry.erase == "delete" and not table.info["deletes"] else []),
        *(["erasure touches it and nobody's row is known"]
          if entry.erase != "keep" and not entry.own else []),
        *(["it has rows of persons and is for nothing personal"]
          if entry.own and MAP.purposes[entry.purpose].basis == "none"
          and set(entry.columns.values()) & (EMPTIED - {"access"}) else []),
    ]  # fmt: skip


def test_every_column_is_in_the_map_and_nothing_else() -> None:
    found = {name: faults(name, table) for name, table in TABLES.items()}
    assert {name: words for name, words in found.items() if words} == {}
    assert set(MAP.tables) == set(TABLES)


def test_a_new_column_and_a_new_table_are_noticed() -> None:
    metadata = sa.MetaData()
    info = {"placement": "member", "deletes": False}
    new = sa.Table("things", metadata, sa.Column("id", sa.Uuid()), info=info)
    assert faults("things", new) == ["the table has no entry"]
    changed = TABLES["members"].to_metadata(metadata)
    changed.append_column(sa.Column("religion_sealed", sa.Text()))
    assert faults("members", changed) == [
        "religion_sealed has no entry",
        "religion_sealed: the vault's purpose is missing",
    ]


def test_every_purpose_is_said_in_both_languages() -> None:
    for purpose in MAP.purposes.values():
        for name in (purpose.title, purpose.what, purpose.why, purpose.kept, purpose.seen):
            assert name.zh, purpose.code
            assert name.en, purpose.code
    assert {each.consent for each in MAP.purposes.values()} == {None, "health", "place"}


def test_a_term_without_an_end_has_no_days() -> None:
    assert days_of("code") == 7
    with pytest.raises(ValueError, match="ledger"):
        days_of("ledger")


def test_the_documentation_shows_the_map_as_it_is() -> None:
    text = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert text.endswith(document()), "flask --app app privacy map"
