"""PostgreSQL's back-up: every table of ours by COPY, in one read-only state of the database.

It needs no program beside this one and only the right to read, and any PostgreSQL from 14 on takes
it back. It is made by the role that serves, and restored by the owner of the tables.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.orm import Session

from models.tables import Base
from services.queries.admin.watermark import Watermark, watermark
from timebank.cli.backup_files import CHUNK, Kept, kept, refuse
from timebank.uow import make_engine

#: Parents before children: rows are put back in this order.
TABLES = tuple(Base.metadata.sorted_tables)


def copy_out(url: str, folder: Path) -> tuple[list[Kept], Watermark]:
    """Write every table into the folder; writers go on meanwhile and are not in it."""
    files = []
    with _one_state(url) as connection:
        for table in TABLES:
            columns = tuple(column.name for column in table.columns)
            path = folder / f"{table.name}.copy.gz"
            with gzip.open(path, "wb", compresslevel=5) as stream:
                rows = _out(connection, table.name, columns, cast("BinaryIO", stream))
            files.append(kept(path, table=table.name, rows=rows, columns=columns))
        with Session(bind=connection) as session:
            return files, watermark(session)


@contextmanager
def _one_state(url: str) -> Iterator[sa.Connection]:
    engine = make_engine(url)
    try:
        with engine.connect() as plain:
            yield plain.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
    finally:
        engine.dispose()


def _out(connection: sa.Connection, table: str, columns: tuple[str, ...], stream: BinaryIO) -> int:
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(*_named(table, columns))
    rows = 0
    connection.execute(sa.select(1))  # the transaction has begun
    with _driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for piece in copy:
            stream.write(piece)
            # A row is a line: a line's end within a value is written as two characters.
            rows += bytes(piece).count(b"\n")
    return rows


def require_empty(url: str) -> None:
    """Refuse a database that has any table."""
    engine = make_engine(url)
    try:
        found = sa.inspect(engine).get_table_names()
    finally:
        engine.dispose()
    if found:
        raise refuse(
            "数据库里已经有表；只能恢复到空的数据库。",
            "The database holds tables already; a back-up is restored into an empty one only.",
        )


def copy_in(url: str, folder: Path, files: list[dict[str, Any]]) -> Watermark:
    """Put every row back, all or nothing, as the owner of freshly migrated tables.

    The triggers look at one act at a time; they rest meanwhile, and the check that follows looks
    at everything.
    """
    engine = make_engine(url)
    rows = {each["table"]: each for each in files}
    if rows.keys() != {table.name for table in TABLES}:
        raise refuse("备份里的表与程序不符。", "The back-up's tables are not the program's.")
    try:
        with engine.begin() as connection:
            for table in TABLES:
                _in(connection, folder, rows[table.name])
        with engine.connect() as connection, Session(bind=connection) as session:
            return watermark(session)
    finally:
        engine.dispose()


def _in(connection: sa.Connection, folder: Path, file: dict[str, Any]) -> None:
    table, columns = file["table"], tuple(file["columns"])
    quoted = sa.sql.elements.quoted_name(table, quote=True)
    connection.execute(sa.text(f'ALTER TABLE "{quoted}" DISABLE TRIGGER USER'))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(*_named(table, columns))
    with (
        gzip.open(folder / Path(file["name"]).name, "rb") as stream,
        _driver(connection).cursor() as cursor,
    ):
        with cursor.copy(statement) as copy:
            while piece := stream.read(CHUNK):
                copy.write(piece)
        put = cursor.rowcount
    connection.execute(sa.text(f'ALTER TABLE "{quoted}" ENABLE TRIGGER USER'))
    if put != file["rows"]:
        raise refuse(
            f"表 {table} 应有 {file['rows']} 行，放回了 {put} 行。",
            f"The table {table} took {put} rows instead of {file['rows']}.",
        )


def _named(table: str, columns: tuple[str, ...]) -> tuple[sql.Composable, sql.Composable]:
    return sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection
