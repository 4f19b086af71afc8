"""``flask estates``: the civil registry's list of deaths, read by an administrator's login."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from services.batches.errors import ListBad
from services.context import Context
from services.errors import DomainError
from services.estates.importing import (
    ADDED,
    COLUMNS,
    NOBODY,
    REFUSED,
    REPORTED,
    Imported,
    import_list,
)
from services.login import verify_password
from services.people.actors import actor_for
from services.policy import SYSTEM
from timebank.cli.batches import LoginWrong, password_option, who_option
from timebank.cli.text import table
from timebank.edge import timebank

WORDS = {
    REPORTED: "新登记 Reported",
    ADDED: "已有报告，又添一次 Known, one more report",
    NOBODY: "不是成员 No members",
    REFUSED: "没有登记 Refused",
}


@click.group("estates")
def estates() -> None:
    """Deaths: two officials verify each of them, whoever has reported it."""


@estates.command("import", help=f"Report the deaths of a CSV list with the columns {COLUMNS}.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@who_option
@password_option
@with_appcontext
def import_command(file: Path, who: str, password: str) -> None:
    """Report every member whom the list names; nothing is frozen by it."""
    try:
        done = _imported(file.read_bytes(), who, password)
    except ListBad as error:
        lines = [f"第 {line} 行 Line {line}: {bad.message}" for line, bad in error.lines]
        raise click.ClickException("\n".join([error.message, *lines])) from None
    except DomainError as error:
        raise click.ClickException(error.message) from None
    rows = [(said, f"{done.count(outcome):,}") for outcome, said in WORDS.items()]
    click.echo(table(("结果 Outcome", "行数 Lines"), rows, right=" r"))
    for line, refusal in done.refused:
        click.echo(f"第 {line} 行 Line {line}: {refusal.message}")


def _imported(content: bytes, who: str, password: str) -> Imported:
    held = timebank()
    moment, key = held.clock(), str(uuid4())

    def context(session: Session) -> Context:
        return Context(session, SYSTEM, moment, held.vault, key=key)

    member_id = held.uow.run(lambda session: verify_password(context(session), who, password))
    if member_id is None:
        raise LoginWrong

    def run(session: Session) -> Imported:
        ctx = context(session).as_actor(actor_for(session, member_id, moment))
        return import_list(ctx, content)

    return held.uow.run(run)
