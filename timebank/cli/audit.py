"""``flask audit``: the audit records of the books, on the console or as CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from services.clock import local
from services.context import Context
from services.errors import DomainError
from services.ledger.verify.whole import books
from services.policy import AUDITOR, NATION, SYSTEM, Actor, Role
from services.queries.audit.listing import Want
from services.queries.audit.records import RecordFilter, RecordLine, record_export, records
from services.rules.member_number import parse_number
from timebank.cli.text import table
from timebank.edge import timebank
from timebank.web.exports import Column, Sheet, as_csv

T = TypeVar("T")

#: Whoever may run commands on this machine reads as an auditor of the nation does.
CONSOLE = Actor(id=SYSTEM.id, name=SYSTEM.name, roles=(Role(AUDITOR, "nation", NATION),))
DAY = click.DateTime(["%Y-%m-%d"])
MOST = 1000


@click.group("audit")
def audit() -> None:
    """Oversight: who did what."""


@audit.command("records")
@click.option("--book", help="One book; all of them, and the nation's acts, without.")
@click.option("--act", default="", help="One act, say visit.credit.")
@click.option("--actor", default="", metavar="NUMBER", help="By volunteer number.")
@click.option("--subject", type=click.UUID, help="The visit, request, member, …")
@click.option("--from", "first", type=DAY, help="First day, YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, help="Last day, included.")
@click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True)
@click.option(
    "--csv",
    "file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write every row that fits into a file; that is itself put on record.",
)
@with_appcontext
def records_command(
    book: str | None,
    act: str,
    actor: str,
    subject: UUID | None,
    first: datetime | None,
    last: datetime | None,
    limit: int,
    file: Path | None,
) -> None:
    """List audit records, the newest first."""
    try:
        wanted = RecordFilter(
            act=act,
            number=parse_number(actor) if actor else "",
            subject_id=subject,
            first=_day(first),
            last=_day(last),
        )
        if file is not None:
            found = _perform(lambda ctx: _exported(ctx, _books(ctx, book), wanted))
            file.write_bytes(as_csv(Sheet("audit records", _columns(), found)))
            click.echo(f"{len(found):,} → {file}")
            return
        with timebank().uow.read() as session:
            ctx = _context(session)
            rows = [row for each in _books(ctx, book) for row in _newest(ctx, each, wanted, limit)]
    except DomainError as error:
        raise click.ClickException(error.message) from None
    rows.sort(key=lambda row: row[1].at, reverse=True)
    heads = ("时间 At", "账本 Book", "办理的事 Act", "办理人 Actor", "对象 Subject", "内容 After")
    click.echo(table(heads, [_shown(*row) for row in rows[:limit]]))


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _books(ctx: Context, book: str | None) -> list[str]:
    return [book] if book is not None else [*books(ctx.session), NATION]


def _newest(
    ctx: Context, book: str, wanted: RecordFilter, limit: int
) -> Iterator[tuple[str, RecordLine]]:
    page = records(ctx, book, wanted, Want(size=limit))
    return ((book, row) for row in page.rows)


def _exported(
    ctx: Context, wanted_books: list[str], wanted: RecordFilter
) -> list[tuple[str, RecordLine]]:
    found = []
    for book in wanted_books:
        page = records(ctx, book, wanted, Want(whole=True))
        record_export(ctx, book, "records", "csv", page.total, {"by": "console"})
        found += [(book, row) for row in page.rows]
    return found


def _columns() -> tuple[Column, ...]:
    return (
        Column("book", lambda row: row[0]),
        Column("at", lambda row: row[1].at, "moment"),
        Column("act", lambda row: row[1].act),
        Column("actor", lambda row: row[1].actor.number if row[1].actor else ""),
        Column("actor_id", lambda row: row[1].actor_id),
        Column("acting_for", lambda row: row[1].acting_for.number if row[1].acting_for else ""),
        Column("subject_kind", lambda row: row[1].subject_kind),
        Column("subject_id", lambda row: row[1].subject_id),
        Column("before", lambda row: json.dumps(row[1].before, ensure_ascii=False)),
        Column("after", lambda row: json.dumps(row[1].after, ensure_ascii=False)),
    )


def _shown(book: str, row: RecordLine) -> tuple[object, ...]:
    who = row.actor.number or row.actor.name if row.actor else ""
    after = json.dumps(row.after, ensure_ascii=False) if row.after else ""
    return (
        f"{local(row.at):%Y-%m-%d %H:%M}",
        book,
        row.act,
        who or "系统 system",
        f"{row.subject_kind} {row.subject_id}",
        after if len(after) <= 80 else f"{after[:79]}…",
    )


def _context(session: Session) -> Context:
    held = timebank()
    return Context(session=session, actor=CONSOLE, now=held.clock(), vault=held.vault)


def _perform(work: Callable[[Context], T]) -> T:
    return timebank().uow.run(lambda session: work(_context(session)))
