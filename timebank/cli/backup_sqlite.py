"""SQLite's back-up: its own online copy, one state of the file whoever writes meanwhile."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from services.queries.admin.watermark import Watermark, watermark
from timebank.cli.backup_files import Kept, kept, refuse, require_room
from timebank.uow import UnitOfWork, make_engine

NAME = "timebank.db"


def file_of(url: str) -> Path:
    """The database's file."""
    return Path(str(make_url(url).database))


def copy_out(url: str, folder: Path) -> tuple[list[Kept], Watermark]:
    """Copy the database into the folder; what it holds is read from the copy."""
    source, target = file_of(url), folder / NAME
    wal = source.with_name(source.name + "-wal")
    require_room(folder, sum(each.stat().st_size for each in (source, wal) if each.exists()))
    with (
        closing(sqlite3.connect(source, timeout=30)) as from_,
        closing(sqlite3.connect(target)) as to,
    ):
        # All pages in one step: one read transaction, and no writer waits for it.
        from_.backup(to)
        # The copy is one file, without a log beside it.
        to.execute("PRAGMA journal_mode=DELETE").fetchone()
        found = to.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise refuse(
            "数据库文件本身已损坏，没有留下备份，请执行 ledger verify。",
            "The database's file is damaged; no back-up was kept. Run ledger verify.",
        )
    with _read_only(target) as session:
        return [kept(target)], watermark(session)


@contextmanager
def _read_only(path: Path) -> Iterator[Session]:
    # Looked at where it lies: the product's own engine would leave a log beside it.
    import sqlalchemy as sa  # noqa: PLC0415 - one look

    engine = sa.create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def require_empty(url: str) -> None:
    """Refuse a place that holds anything."""
    path = file_of(url)
    if path.exists() and path.stat().st_size:
        raise refuse(
            f"{path} 已经存在；只能恢复到空的地方，请先把它移开。",
            f"{path} is there already; a back-up is restored into an empty place only.",
        )


def copy_in(url: str, folder: Path) -> Watermark:
    """Put the file in its place in one step and read what it holds."""
    target = file_of(url)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.restoring")
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(folder / NAME)) as from_, closing(sqlite3.connect(draft)) as to:
        from_.backup(to)
    for left in ("-wal", "-shm"):
        target.with_name(target.name + left).unlink(missing_ok=True)
    os.replace(draft, target)  # noqa: PTH105 - the same in one step
    engine = make_engine(url)
    try:
        with UnitOfWork(engine).read() as session:
            return watermark(session)
    finally:
        engine.dispose()
