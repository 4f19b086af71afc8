"""A new key for what is sealed: every value is opened and sealed anew, while the product runs.

Nothing is marked as done: a value says itself which key made it, so that a run that was cut off
goes on where it was, and two at once do no harm. A value is replaced only where it still is what
was read, so that nothing that somebody writes meanwhile is lost. See docs/privacy.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models.base import Base, is_sealed
from services.context import Context
from services.privacy.data_map import data_map
from services.vault import GONE, Unreadable, Vault, maker_of

#: Rows that one unit of work looks through; files are large, so fewer of them.
CHUNK, CHUNK_OF_FILES = 500, 10
#: JSON columns in which a name that ends in ``_sealed`` holds a sealed text: (table, column) ->
#: name -> purpose.
IN_JSON: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("act_keys", "result"): {"token_sealed": "act.token"}
}
#: A value that does not say its key; an older version of the product made it.
UNNAMED = "v1"
#: The name of a JSON column's text beside the column itself.
TEXT = "text_of_json"

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """One column that holds sealed values, or JSON with sealed texts in it."""

    table: str
    column: str

    @property
    def of(self) -> sa.Table:
        """The table itself."""
        return Base.metadata.tables[self.table]

    @property
    def in_json(self) -> Mapping[str, str]:
        """The sealed names of a JSON column; empty for a sealed column."""
        return IN_JSON.get((self.table, self.column), {})

    @property
    def is_of_files(self) -> bool:
        """Whether the values are bytes."""
        return isinstance(self.of.c[self.column].type, sa.LargeBinary)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one chunk came to; ``after`` is the key to go on behind, None at the end."""

    rewritten: int
    unreadable: int
    after: Key | None


def sealed_columns() -> tuple[Sealed, ...]:
    """Every place that holds sealed values, found from the tables themselves."""
    columns = [
        Sealed(table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if is_sealed(column.name)
    ]
    return (*columns, *(Sealed(table, column) for table, column in IN_JSON))


def rotate_chunk(ctx: Context, place: Sealed, after: Key | None) -> Turn:
    """Seal the next rows of one column anew with the newest key."""
    keys = tuple(place.of.primary_key.columns)
    found = ctx.session.execute(_chunk(place, keys, after, ctx.vault)).mappings()
    rows = [dict(row) for row in found]
    rewritten = unreadable = 0
    for row in rows:
        try:
            fresh = _anew(place, row, ctx.vault)
        except Unreadable:
            unreadable += 1
            continue
        if fresh is not None:
            rewritten += _replace(ctx, place, keys, row, fresh)
    last = tuple(rows[-1][key.name] for key in keys) if rows else None
    return Turn(rewritten, unreadable, last)


def counted(ctx: Context, place: Sealed) -> Counter[str]:
    """How many values of one column each key has made, by the keys' short ids."""
    column = place.of.c[place.column]
    if place.in_json:
        found: Counter[str] = Counter()
        statement = sa.select(column).where(_as_text(column).like('%_sealed"%'))
        for content in ctx.session.scalars(statement.execution_options(cross_book=True)):
            found.update(maker_of(content[name]) or UNNAMED for name in _names(place, content))
        return found
    head = sa.func.substr(column, 1, _head_length(place)).label("head")
    statement = (
        sa.select(head, sa.func.count())
        .where(*_is_there(place, column))
        .group_by(head)
        .execution_options(cross_book=True)
    )
    found = Counter()
    for start, times in ctx.session.execute(statement):
        found[_maker(bytes(start) if place.is_of_files else start)] += times
    return found


def _maker(start: str | bytes) -> str:
    try:
        return maker_of(start) or UNNAMED
    except Unreadable:
        return UNNAMED


def _head_length(place: Sealed) -> int:
    """Up to and with the key's short id: ``v2.`` and 8 digits and a dot, or 4 and 4 bytes."""
    return 8 if place.is_of_files else 12


def _chunk(
    place: Sealed, keys: Sequence[sa.Column[Any]], after: Key | None, vault: Vault
) -> sa.Select[Any]:
    """The next rows that another key than the newest has sealed, in the order of their key."""
    column = place.of.c[place.column]
    statement = sa.select(*keys, column).where(_is_stale(place, column, vault))
    if after is not None:
        start = sa.tuple_(*(sa.literal(v, k.type) for v, k in zip(after, keys, strict=True)))
        statement = statement.where(sa.tuple_(*keys) > start)
    statement = statement.order_by(*keys).limit(CHUNK_OF_FILES if place.is_of_files else CHUNK)
    if place.in_json:
        statement = statement.add_columns(_as_text(column).label(TEXT))
    return statement.execution_options(cross_book=True)


def _is_stale(place: Sealed, column: sa.Column[Any], vault: Vault) -> sa.ColumnElement[bool]:
    if place.in_json:
        text = _as_text(column)
        return sa.and_(text.like('%_sealed"%'), text.not_like(f"%v2.{vault.newest}.%"))
    head: Any = f"v2.{vault.newest}."
    if place.is_of_files:
        head = b"tbv2" + bytes.fromhex(vault.newest)
    mark = sa.literal(head, column.type)
    return sa.and_(
        *_is_there(place, column),
        sa.func.substr(column, 1, _head_length(place)) != mark,
    )


def _is_there(place: Sealed, column: sa.Column[Any]) -> Iterator[sa.ColumnElement[bool]]:
    """Neither missing nor emptied."""
    yield column.is_not(None)
    yield sa.func.length(column) > 0
    if not place.is_of_files:
        yield column != GONE


def _as_text(column: sa.Column[Any]) -> sa.Cast[str]:
    return sa.cast(column, sa.Text())


def _names(place: Sealed, content: Mapping[str, Any]) -> Iterator[str]:
    return (name for name in place.in_json if isinstance(content.get(name), str))


def _anew(place: Sealed, row: Mapping[str, Any], vault: Vault) -> Any:
    """The value sealed by the newest key; None where nothing has to be done."""
    old = row[place.column]
    if place.in_json:
        fresh = {
            name: vault.seal(place.in_json[name], vault.open(place.in_json[name], old[name]))
            for name in _names(place, old)
        }
        return {**old, **fresh} if fresh else None
    purpose = data_map().tables[place.table].vault_purpose(place.column, row)
    if place.is_of_files:
        return vault.seal_bytes(purpose, vault.open_bytes(purpose, old))
    return vault.seal(purpose, vault.open(purpose, old))


def _replace(
    ctx: Context,
    place: Sealed,
    keys: Sequence[sa.Column[Any]],
    row: Mapping[str, Any],
    fresh: Any,
) -> int:
    """Put the new value where the old one still is; says whether it was."""
    column = place.of.c[place.column]
    is_old = column == row[place.column]
    if place.in_json:
        # PostgreSQL knows no equal JSON, but every JSON has its text.
        is_old = _as_text(column) == row[TEXT]
    statement = sa.update(place.of).where(*(key == row[key.name] for key in keys), is_old)
    done = ctx.session.connection().execute(statement.values({column: fresh}))
    return int(done.rowcount)
