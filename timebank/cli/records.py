"""``flask records``: the exchange file of service records, taken by an administrator's login."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from services.context import Context
from services.errors import DomainError
from services.login import verify_password
from services.people.actors import actor_for
from services.policy import SYSTEM
from services.records.exchange import FORMS, Exchange, export
from services.rules.exchange import check_lines
from timebank.cli.batches import LoginWrong, password_option, who_option
from timebank.edge import timebank
from timebank.papers.exchange import body_of


@click.group("records")
def records() -> None:
    """Records of volunteer service in the fields of the law."""


@records.command("export")
@click.option("--book", required=True, help="The county whose records are written, 12 digits.")
@click.option("--month", type=click.DateTime(["%Y-%m"]), required=True, help="YYYY-MM.")
@click.option("--form", type=click.Choice(FORMS), default="jsonl", show_default=True)
@click.option(
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to write; it must not be there yet.",
)
@who_option
@password_option
@with_appcontext
def export_command(
    book: str, month: datetime, form: str, target: Path, who: str, password: str
) -> None:
    """Write a month's people, services, training, honours and evaluations; itself on record."""
    if target.exists():
        raise click.ClickException(f"{target} 已经有了。 {target} is there already.")
    try:
        found = _exported(book, month, form, who, password)
    except DomainError as error:
        raise click.ClickException(error.message) from None
    target.write_bytes(body_of(found, form))
    total = sum(found.head["counts"].values())
    click.echo(f"已写出 {total:,} 行。 Wrote {total:,} lines → {target}")


@records.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check_command(file: Path) -> None:
    """Read an exchange file (JSON Lines) back and say what is wrong with it."""
    faults = list(check_lines(file.read_text(encoding="utf-8")))
    for each in faults:
        click.echo(f"第 {each.line} 行 Line {each.line}: {each.code} {each.field}".rstrip())
    if faults:
        raise click.ClickException(f"{len(faults)} 处不对。 {len(faults)} faults.")
    click.echo("文件完整，字段都对。 The file is whole and every field is right.")


def _exported(book: str, month: datetime, form: str, who: str, password: str) -> Exchange:
    held = timebank()
    moment = held.clock()

    def login(session: Session) -> UUID | None:
        return verify_password(Context(session, SYSTEM, moment, held.vault), who, password)

    member_id = held.uow.run(login)
    if member_id is None:
        raise LoginWrong

    def work(session: Session) -> Exchange:
        actor = actor_for(session, member_id, moment)
        return export(Context(session, actor, moment, held.vault), book, month.date(), form)

    return held.uow.run(work)
