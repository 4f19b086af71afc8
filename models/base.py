"""Base class, naming convention, column types and placement of every table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

#: Every constraint has a name, so that a migration can find it and an error can be a sentence.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment: stored in UTC, always read back aware; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Parent of every table."""

    metadata = sa.MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {
        datetime: UtcDateTime(),
        date: sa.Date(),
        UUID: sa.Uuid(),
        dict[str, Any]: sa.JSON(),
        list[Any]: sa.JSON(),
        str: sa.Text(),
    }


#: Whole standard minutes (or actual minutes where the name says so): never a fraction.
Minutes = Annotated[int, mapped_column(sa.BigInteger())]
#: A book's name: the 12-digit code of the county-level region that keeps it.
BookKey = Annotated[str, mapped_column(sa.String(16), primary_key=True)]
#: An application-made UUIDv7 as (part of) a primary key.
IdKey = Annotated[UUID, mapped_column(sa.Uuid(), primary_key=True)]


def str_enum(kind: type[StrEnum], name: str) -> sa.Enum:
    """Store an enum by its value, with a named CHECK, never by position."""
    return sa.Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=24,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )


def placed(
    placement: str,
    *constraints: sa.Constraint | sa.Index,
    by: str | None = None,
    append_only: bool = False,
    changes: Sequence[str] | None = None,
    deletes: bool = False,
) -> Any:
    """Table arguments that declare where the rows of a table live on a distributed database.

    ``book``: with the book that leads every key; ``member``: with the member; ``directory``:
    by the looked-up value (``by``); ``reference``: copied to every node; ``local``: one node.

    They declare as well what the application's role may do to a row once it is there:
    ``append_only`` rows are never changed (triggers refuse it, see ``migrations.guards``, and the
    role has no right to it); of others the columns in ``changes`` (None: any) may be changed,
    and rows may be deleted only where ``deletes`` says so. A sealed column (``is_sealed``) may be
    sealed anew or emptied everywhere: no fact is kept in one. See ``timebank.cli.db_rights``.
    """
    if append_only and (changes or deletes):
        raise ValueError("an append-only table is neither changed nor deleted from")
    info: dict[str, Any] = {
        "placement": placement,
        "append_only": append_only,
        "changes": () if append_only else None if changes is None else tuple(changes),
        "deletes": deletes,
    }
    if by is not None:
        info["distribute_by"] = by
    return (*constraints, {"info": info})


def is_sealed(column: str) -> bool:
    """Whether a column of this name holds what the vault has sealed."""
    return column.endswith("_sealed")
