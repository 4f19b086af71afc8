"""``flask ledger export``: the whole ledger as one file, for programs that nobody here wrote."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from services.context import Context
from services.ledger.export import beancount, hledger, jsonl, table
from services.ledger.export.rows import Period, Source
from services.ledger.streams import snapshot
from services.ledger.verify.whole import books
from services.queries.audit.records import record_export
from timebank.cli.audit import CONSOLE, DAY
from timebank.edge import timebank

FORMATS: dict[str, Callable[[list[Source], Callable[[int], None]], Iterator[str]]] = {
    "hledger": hledger.lines,
    "beancount": beancount.lines,
    "csv": table.lines,
    "jsonl": jsonl.lines,
}
#: Pieces that are written between two looks at the progress bar.
STEP = 200


@click.command("export")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), required=True)
@click.option(
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to write; it appears when it is whole.",
)
@click.option("--book", help="One book; all of them without.")
@click.option("--from", "first", type=DAY, help="First day by posting, YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, help="Last day, included.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@with_appcontext
def export_command(
    form: str,
    target: Path,
    book: str | None,
    first: datetime | None,
    last: datetime | None,
    force: bool,
) -> None:
    """Write the ledger for hledger, beancount, a spreadsheet, or an offline check (jsonl)."""
    period = Period(first.date() if first else None, last.date() if last else None)
    _refuse(form, period, target, force)
    held = timebank()
    with held.uow.read() as session:
        snapshot(session)
        sources = _sources(session, book, period)
        counts = {source.book: source.count() for source in sources}
        held.uow.run(lambda writing: _on_record(writing, form, counts, period))
        bar = click.progressbar(
            length=sum(counts.values()), label="导出 Exporting", file=sys.stderr
        )
        with bar, whole(target, force) as file:
            size = _write(file, FORMATS[form](sources, _in_steps(bar.update)))
            bar.update(max(0, (bar.length or 0) - bar.pos))
    click.echo(
        f"已导出 {sum(counts.values()):,} 笔往来（{len(counts)} 本账，{size:,} 字节）。"
        f" Exported {sum(counts.values()):,} transfers of {len(counts)} books → {target}"
    )


def _refuse(form: str, period: Period, target: Path, force: bool) -> None:
    """Everything that can be said before a row is read."""
    if form == "jsonl" and period != Period():
        raise click.ClickException(
            "jsonl 总是整本导出，才能核对封存。 jsonl is always whole: seals are over everything."
        )
    if period.first and period.last and period.first > period.last:
        raise click.ClickException("起始日晚于结束日。 --from is later than --to.")
    if not target.parent.is_dir():
        raise click.ClickException(f"没有文件夹 {target.parent}。 There is no such folder.")
    _refuse_overwriting(target, force)


def _refuse_overwriting(target: Path, force: bool) -> None:
    if target.exists() and not force:
        raise click.ClickException(
            f"{target} 已经存在；要替换请加 --force。 It exists; --force replaces it."
        )


def _sources(session: Session, book: str | None, period: Period) -> list[Source]:
    known = books(session)
    if book is not None and book not in known:
        raise click.ClickException(f"没有账本 {book}。 There is no book {book}.")
    return [Source(session, each, period) for each in known if book in (None, each)]


def _on_record(session: Session, form: str, counts: dict[str, int], period: Period) -> None:
    """An export is itself put on record before its first row leaves the house."""
    held = timebank()
    ctx = Context(session=session, actor=CONSOLE, now=held.clock(), vault=held.vault)
    criteria = {"by": "console", "from": str(period.first or ""), "to": str(period.last or "")}
    for book, count in counts.items():
        record_export(ctx, book, "ledger", form, count, criteria)


@contextmanager
def whole(target: Path, force: bool) -> Iterator[IO[str]]:
    """A file beside the target that takes its name when it is whole, and else disappears."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _refuse_overwriting(target, force)
        part.replace(target)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _write(file: IO[str], pieces: Iterable[str]) -> int:
    size = 0
    for piece in pieces:
        size += len(piece.encode())
        file.write(piece)
    return size


def _in_steps(update: Callable[[int], None]) -> Callable[[int], None]:
    """Tell the progress bar of every two hundredth piece: drawing it costs more than writing."""
    waiting = 0

    def advance(number: int) -> None:
        nonlocal waiting
        waiting += number
        if waiting >= STEP:
            update(waiting)
            waiting = 0

    return advance
