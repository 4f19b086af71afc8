"""``flask batches``: propose a list, sign it, work it off, and read what became of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from models.batches import BatchKind, BatchState
from services.batches import proposing, reports, signing, working
from services.batches.errors import ListBad
from services.context import Context
from services.errors import DomainError, Invalid
from services.login import verify_password
from services.people.actors import actor_for
from services.policy import SYSTEM
from timebank.cli.text import table
from timebank.edge import timebank
from timebank.i18n import say
from timebank.web.batch_sheets import write_report
from timebank.wording import duration

T = TypeVar("T")
#: Bad or refused lines that are printed; ``--csv`` writes all of them.
MOST = 50
STATES = {
    BatchState.PROPOSED: "等签署",
    BatchState.SIGNED: "办理中",
    BatchState.DONE: "办完",
    BatchState.WITHDRAWN: "撤回",
}

book_option = click.option("--book", required=True, help="The book, twelve digits.")
id_argument = click.argument("batch_id", type=click.UUID, metavar="ID")
who_option = click.option(
    "--who", prompt="管理员的登录名 Administrator's login", help="An administrator's login."
)
password_option = click.option(
    "--password",
    prompt="密码 Password",
    hide_input=True,
    envvar="TIMEBANK_PASSWORD",
    help="Asked for when TIMEBANK_PASSWORD does not hold it.",
)


class LoginWrong(Invalid):
    """登录名或密码不对。"""

    code = "login_wrong"


@click.group("batches")
def batches() -> None:
    """Batches: grants, imports, group sessions and the closing of dormant accounts."""


@batches.command("propose")
@click.option("--kind", type=click.Choice([kind.value for kind in BatchKind]), required=True)
@book_option
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--terms", multiple=True, metavar="NAME=VALUE", help="Say period=2026Q4.")
@who_option
@password_option
@with_appcontext
def propose_command(
    kind: str, book: str, file: Path | None, terms: tuple[str, ...], who: str, password: str
) -> None:
    """Keep a list, and print what would become of every line; nothing moves yet."""
    given = dict(each.split("=", 1) for each in terms if "=" in each)
    content = file.read_bytes() if file is not None else None
    batch_id = _acted(
        who, password, lambda ctx: proposing.propose(ctx, book, BatchKind(kind), given, content)
    )
    _show(book, batch_id, None)
    click.echo("等另一位管理员签署。 Waiting for another administrator's signature.")


@batches.command("sign")
@id_argument
@book_option
@who_option
@password_option
@with_appcontext
def sign_command(batch_id: UUID, book: str, who: str, password: str) -> None:
    """Sign a batch that somebody else proposed."""

    def act(ctx: Context) -> None:
        found = reports.batch(ctx, book, batch_id)
        signing.sign(ctx, book, batch_id, found.content_hash)

    _acted(who, password, act)
    click.echo("已签署。 Signed.")


@batches.command("withdraw")
@id_argument
@book_option
@who_option
@password_option
@with_appcontext
def withdraw_command(batch_id: UUID, book: str, who: str, password: str) -> None:
    """Take a batch back: what is not posted yet never will be."""
    _acted(who, password, lambda ctx: signing.withdraw(ctx, book, batch_id))
    click.echo("已撤回。 Withdrawn.")


@batches.command("run")
@id_argument
@book_option
@with_appcontext
def run_command(batch_id: UUID, book: str) -> None:
    """Work a signed batch off; whoever is stopped may simply start again."""
    found = _said(lambda ctx: reports.batch(ctx, book, batch_id), SYSTEM_ONLY)
    done = found.posted + found.refused
    with click.progressbar(
        length=found.lines, label="办理 Working", file=sys.stderr, show_pos=True
    ) as bar:
        bar.update(done)
        state = found.state
        while state is BatchState.SIGNED:
            progress = _said(partial(working.work_chunk, book=book, batch_id=batch_id), SYSTEM_ONLY)
            bar.update(progress.done - done)
            done, state = progress.done, progress.state
    _show(book, batch_id, None)


@batches.command("show")
@id_argument
@book_option
@click.option(
    "--csv",
    "file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write every line into a file, the refused ones first.",
)
@with_appcontext
def show_command(batch_id: UUID, book: str, file: Path | None) -> None:
    """Print how far a batch has come and which lines are refused."""
    _show(book, batch_id, file)


@batches.command("list")
@book_option
@with_appcontext
def list_command(book: str) -> None:
    """List the batches of a book, the newest first."""
    rows = _said(lambda ctx: reports.batches(ctx, book), SYSTEM_ONLY)
    heads = ("编号 Id", "类别 Kind", "状态 State", "行数 Lines", "入账 Posted", "未通过 Refused")
    shown = [
        (
            row.id,
            row.kind.value,
            f"{STATES[row.state]} {row.state.value}",
            f"{row.lines:,}",
            f"{row.posted:,}",
            f"{row.refused:,}",
        )
        for row in rows
    ]
    click.echo(table(heads, shown, right="   rrr"))


def _show(book: str, batch_id: UUID, file: Path | None) -> None:
    found = _said(lambda ctx: reports.batch(ctx, book, batch_id), SYSTEM_ONLY)
    if file is not None:
        with timebank().uow.read() as session, file.open("wb") as out:
            ctx = Context(session, SYSTEM, timebank().clock(), timebank().vault)
            for part in write_report(reports.report(ctx, book, batch_id)):
                out.write(part)
    waiting = found.state is BatchState.PROPOSED
    posted = found.foreseen["posted"] if waiting else found.posted
    refused = found.foreseen["refused"] if waiting else found.refused
    facts = [
        ("编号 Id", found.id),
        ("类别 Kind", found.kind.value),
        ("状态 State", f"{STATES[found.state]} {found.state.value}"),
        ("行数 Lines", f"{found.lines:,}"),
        ("预计入账 To post" if waiting else "入账 Posted", f"{posted:,}"),
        ("预计不通过 To refuse" if waiting else "未通过 Refused", f"{refused:,}"),
        ("预计合计 Minutes foreseen", duration(found.foreseen["minutes"])),
    ]
    click.echo(table(("批次", "Batch"), facts))
    listed = _said(
        lambda ctx: reports.lines(ctx, book, batch_id, reports.REFUSED, limit=MOST), SYSTEM_ONLY
    )
    if listed.rows:
        rows = [(row.line, row.number, say(row.sentence, row.params)) for row in listed.rows]
        click.echo("\n" + table(("行 Line", "编号 Number", "原因 Why"), rows, right="r"))
    if listed.total > MOST:
        click.echo(f"只列出前 {MOST} 行。 The first {MOST} of {listed.total:,} are shown.")


SYSTEM_ONLY = ("", "")


def _acted(who: str, password: str, work: Callable[[Context], T]) -> T:
    """One unit of work as the administrator whose password was given."""
    return _said(work, (who, password))


def _said(work: Callable[[Context], T], login: tuple[str, str]) -> T:
    try:
        return run_as(login, work)
    except ListBad as error:
        lines = [f"第 {line} 行 Line {line}: {bad.message}" for line, bad in error.lines]
        raise click.ClickException("\n".join([error.message, *lines])) from None
    except DomainError as error:
        raise click.ClickException(error.message) from None


def run_as(login: tuple[str, str], work: Callable[[Context], T]) -> T:
    """One unit of work as whoever has this login, or as the system for ``SYSTEM_ONLY``."""
    held = timebank()
    moment = held.clock()

    def context(session: Session) -> Context:
        return Context(session, SYSTEM, moment, held.vault, key=str(uuid4()))

    member_id = None
    if login != SYSTEM_ONLY:
        member_id = held.uow.run(lambda s: verify_password(context(s), *login))
        if member_id is None:
            raise LoginWrong

    def run(session: Session) -> T:
        ctx = context(session)
        if member_id is not None:
            ctx = ctx.as_actor(actor_for(session, member_id, moment))
        return work(ctx)

    return held.uow.run(run)
