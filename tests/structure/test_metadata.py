"""Tables fit a laptop and a nation: placement, keys that lead with it, named constraints."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models.base import placed
from models.tables import Base

TABLES = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
PLACEMENTS = {"book", "member", "directory", "reference", "local"}


def placement(table: sa.Table) -> str:
    """Where the table's rows live on a distributed database."""
    return str(table.info.get("placement"))


def faults(table: sa.Table) -> list[str]:
    """Everything that a distributed database would refuse or not promise."""
    return [
        *_placement_faults(table),
        *_key_faults(table),
        *_column_faults(table),
        *_right_faults(table),
    ]


def _placement_faults(table: sa.Table) -> list[str]:
    if placement(table) not in PLACEMENTS:
        return [f"placement is not declared: {placement(table)}"]
    if placement(table) == "directory":
        by = table.info.get("distribute_by")
        if by not in table.primary_key.columns:
            return [f"distribute_by is not part of the primary key: {by}"]
    return []


def _lead(table: sa.Table) -> str | None:
    """The column that every key has to begin with."""
    match placement(table):
        case "book":
            return "book"
        case "member":
            return "id" if table.name == "members" else "member_id"
        case "directory":
            return table.info.get("distribute_by")
    return None


def _key_faults(table: sa.Table) -> list[str]:
    lead, found = _lead(table), []
    for constraint in table.constraints:
        columns = [column.name for column in getattr(constraint, "columns", [])]
        if constraint.name is None:
            found.append(f"a constraint without a name on {columns}")
        if lead is None:
            continue
        if isinstance(constraint, sa.PrimaryKeyConstraint | sa.UniqueConstraint):
            if columns[:1] != [lead]:
                found.append(f"{constraint.name} must begin with {lead}: {columns}")
        elif isinstance(constraint, sa.ForeignKeyConstraint):
            found += _foreign_faults(table, constraint, lead)
    found += [
        f"unique index {index.name} must begin with {lead}"
        for index in table.indexes
        if index.unique and lead and [column.name for column in index.columns][:1] != [lead]
    ]
    return found


def _foreign_faults(table: sa.Table, key: sa.ForeignKeyConstraint, lead: str) -> list[str]:
    other = key.referred_table
    if placement(other) == "reference":
        return []
    if placement(other) != placement(table):
        return [f"{key.name} leaves its placement for {other.name}"]
    first = key.elements[0]
    if first.parent.name != lead or first.column.name != _lead(other):
        return [f"{key.name} must begin with {lead}"]
    return []


def _column_faults(table: sa.Table) -> list[str]:
    found = [
        f"{column.name} is a {column.type}: amounts are whole minutes"
        for column in table.columns
        if isinstance(column.type, sa.Numeric | sa.Float)
    ]
    if table.autoincrement_column is not None:
        found.append(f"{table.autoincrement_column.name} counts by itself: keys are made here")
    found += [
        f"{column.name} has a default that the database makes: {column.server_default}"
        for column in table.columns
        if isinstance(column.server_default, sa.Identity | sa.Sequence)
    ]
    return found


def _right_faults(table: sa.Table) -> list[str]:
    changes, deletes = table.info.get("changes"), table.info.get("deletes", False)
    if table.info.get("append_only"):
        return ["an append-only table is changed"] if changes != () or deletes else []
    return [
        f"what may change is no column or part of the key: {name}"
        for name in changes or ()
        if name not in table.columns or table.columns[name].primary_key
    ]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_fits_every_engine(table: sa.Table) -> None:
    assert faults(table) == []


def _table(*parts: object, **options: object) -> sa.Table:
    metadata = sa.MetaData(naming_convention=Base.metadata.naming_convention)
    members = sa.Table("members", metadata, sa.Column("id", sa.Uuid(), primary_key=True))
    members.info["placement"] = "member"
    return sa.Table("things", metadata, *parts, **options)  # type: ignore[arg-type]


BOOK: dict[str, object] = {"placement": "book"}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (_table(sa.Column("id", sa.Uuid(), primary_key=True)), "not declared"),
        (_table(sa.Column("id", sa.Uuid(), primary_key=True), info=BOOK), "begin with book"),
        (
            _table(
                sa.Column("book", sa.String(16), primary_key=True),
                sa.Column("code", sa.Text(), unique=True),
                info=BOOK,
            ),
            "uq_things_code must begin with book",
        ),
        (
            _table(
                sa.Column("book", sa.String(16), primary_key=True),
                sa.Column("code", sa.Text(), index=True, unique=True),
                info=BOOK,
            ),
            "must begin with book",
        ),
        (
            _table(
                sa.Column("book", sa.String(16), primary_key=True),
                sa.Column("member_id", sa.ForeignKey("members.id")),
                info=BOOK,
            ),
            "leaves its placement",
        ),
        (
            _table(
                sa.Column("member_id", sa.Uuid(), primary_key=True),
                sa.Column("other_id", sa.ForeignKey("members.id")),
                info={"placement": "member"},
            ),
            "must begin with member_id",
        ),
        (
            _table(
                sa.Column("kind", sa.Text(), primary_key=True),
                info={"placement": "directory", "distribute_by": "digest"},
            ),
            "distribute_by is not part of the primary key",
        ),
        (
            _table(
                sa.Column("book", sa.String(16), primary_key=True),
                sa.Column("hours", sa.Float()),
                info=BOOK,
            ),
            "whole minutes",
        ),
        (
            _table(sa.Column("id", sa.Integer(), primary_key=True), info={"placement": "local"}),
            "counts by itself",
        ),
        (
            _table(
                sa.Column("book", sa.String(16), primary_key=True),
                info=BOOK | {"append_only": True, "deletes": True},
            ),
            "append-only table is changed",
        ),
        (
            _table(
                sa.Column("book", sa.String(16), primary_key=True),
                info=BOOK | {"changes": ("book",)},
            ),
            "part of the key: book",
        ),
    ],
)
def test_a_table_that_breaks_a_rule_is_found(table: sa.Table, words: str) -> None:
    assert any(words in fault for fault in faults(table)), faults(table)


def test_every_check_has_a_name() -> None:
    unnamed = [
        str(check.sqltext)
        for table in TABLES
        for check in table.constraints
        if isinstance(check, sa.CheckConstraint) and not check.name
    ]
    assert unnamed == []


def test_an_append_only_table_declares_nothing_else() -> None:
    with pytest.raises(ValueError, match="neither changed nor deleted from"):
        placed("book", append_only=True, deletes=True)
    with pytest.raises(ValueError, match="neither changed nor deleted from"):
        placed("book", append_only=True, changes=("book",))
