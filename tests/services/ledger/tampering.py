"""What somebody with the database's own password could do, once every guard is taken away."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from models.audit_seals import AuditBlock, AuditLeaf, AuditNode, UnsealedRecord
from models.grants import GrantEntitlement
from models.ledger import (
    Account,
    ActKey,
    Balance,
    Closing,
    ClosingKind,
    ClosingLine,
    Entry,
    Hold,
    HoldLeg,
    HoldOutcome,
    Refusal,
    Transfer,
    TransferNote,
    ValuationRecord,
)
from models.oversight import AuditRecord, IssueAuthorisation
from models.portable import AccountStatement
from models.requests import Request, Visit
from models.rules import CalendarRecord, RuleSetRecord
from models.seals import (
    Block,
    BlockLeaf,
    HeadList,
    HeadSignature,
    SealKey,
    TreeNode,
    Unsealed,
)
from services.ledger.expiry import WIDE
from tests.databases import owner_url
from timebank.uow import UnitOfWork, make_engine

GUARDED = (
    Account,
    AccountStatement,
    ActKey,
    AuditBlock,
    AuditLeaf,
    AuditNode,
    AuditRecord,
    Balance,
    Block,
    BlockLeaf,
    CalendarRecord,
    Closing,
    ClosingKind,
    ClosingLine,
    Entry,
    GrantEntitlement,
    HeadList,
    HeadSignature,
    Hold,
    HoldLeg,
    HoldOutcome,
    IssueAuthorisation,
    Refusal,
    Request,
    RuleSetRecord,
    SealKey,
    Transfer,
    TransferNote,
    TreeNode,
    Unsealed,
    UnsealedRecord,
    ValuationRecord,
    Visit,
)
TABLES = tuple(model.__tablename__ for model in GUARDED)

T = TypeVar("T")
Forgery = Callable[[Session], object]


def take_guards_away(url: str) -> None:
    """Drop every trigger and constraint of the guarded tables; their rows stay."""
    if url.startswith("sqlite"):
        _bare_sqlite(url.removeprefix("sqlite:///"))
    else:
        _bare_postgresql(url)


def _bare_sqlite(path: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys=OFF")
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in triggers.fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for table in TABLES:
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        described = ", ".join(f'"{column[1]}" {column[2]}' for column in columns)
        connection.execute(f"CREATE TABLE bare_{table} ({described})")
        connection.execute(f"INSERT INTO bare_{table} SELECT * FROM {table}")
        connection.execute(f"DROP TABLE {table}")
        connection.execute(f"ALTER TABLE bare_{table} RENAME TO {table}")
    connection.close()


def _bare_postgresql(url: str) -> None:
    owner = make_url(owner_url(url)).set(drivername="postgresql")
    address = owner.render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")  # type: ignore[arg-type]
            found = connection.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass"
                " AND contype IN ('p', 'u', 'f', 'c')",
                (table,),
            ).fetchall()
            for (name,) in found:
                statement = f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{name}" CASCADE'
                connection.execute(statement)  # type: ignore[arg-type]


def tamper(uow: UnitOfWork, url: str, *forgeries: Forgery) -> None:
    """Take the guards away and change rows behind the application's back, as the owner."""
    uow.engine.dispose()
    take_guards_away(url)
    engine = make_engine(owner_url(url))
    for forgery in forgeries:
        UnitOfWork(engine).run(forgery)
    engine.dispose()


def each_alone(
    uow: UnitOfWork, url: str, forgeries: Mapping[str, Forgery], check: Callable[[Session], T]
) -> dict[str, T]:
    """What a check finds under each forgery by itself: the guards go once, each is undone again."""
    uow.engine.dispose()
    take_guards_away(url)
    engine = make_engine(owner_url(url))
    found = {}
    try:
        for name, forgery in forgeries.items():
            # Nobody runs it again when a posting has to lock more.
            with Session(engine, info={WIDE: True}) as session:
                forgery(session)
                found[name] = check(session)
                session.rollback()
    finally:
        engine.dispose()
    return found


def together(forgeries: Sequence[Forgery]) -> Forgery:
    """Several forgeries as one."""

    def forge(session: Session) -> None:
        for forgery in forgeries:
            forgery(session)

    return forge


def change(model: Any, *where: Any, **values: Any) -> Forgery:
    """Change columns of rows."""

    def forge(session: Session) -> None:
        done = session.connection().execute(sa.update(model).where(*where).values(**values))
        assert done.rowcount >= 1, "nothing was there to change"

    return forge


def remove(model: Any, *where: Any) -> Forgery:
    """Take rows away."""

    def forge(session: Session) -> None:
        assert session.connection().execute(sa.delete(model).where(*where)).rowcount >= 1

    return forge


def copy(model: Any, *where: Any, **values: Any) -> Forgery:
    """Write a row a second time, with some of its columns changed."""

    def forge(session: Session) -> None:
        table = model.__table__
        row = session.connection().execute(sa.select(table).where(*where)).mappings().one()
        session.connection().execute(sa.insert(table).values(**{**row, **values}))

    return forge
