"""``flask imports``: bring an older time bank in, compare both systems, leave with everything."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from flask.cli import with_appcontext

from models.imports import ImportState
from services.context import Context
from services.errors import DomainError
from services.imports import comparing, leaving, publishing, reports, signing, undoing, working
from services.imports.errors import RowsBad
from services.imports.layouts import MEMBERS, TEMPLATE, TRANSFERS, UPLOADED
from services.imports.proposing import ImportFiles, ImportForm, propose
from services.ledger.streams import snapshot
from services.policy import SYSTEM
from timebank.cli.batches import (
    SYSTEM_ONLY,
    book_option,
    password_option,
    run_as,
    who_option,
)
from timebank.cli.text import table
from timebank.edge import timebank
from timebank.i18n import say
from timebank.web.import_sheets import template_csv, template_xlsx, write_report, write_sample
from timebank.wording import duration

#: Refused rows that are printed; ``--csv`` writes all of them.
MOST = 50
STATES = {
    ImportState.CHECKED: "已试算",
    ImportState.PUBLISHED: "公示中",
    ImportState.SIGNED: "办理中",
    ImportState.DONE: "办完",
    ImportState.UNDOING: "撤销中",
    ImportState.UNDONE: "已撤销",
    ImportState.WITHDRAWN: "已撤回",
}
id_argument = click.argument("import_id", type=click.UUID, metavar="ID")
file_type = click.Path(exists=True, dir_okay=False, path_type=Path)
out_type = click.Path(dir_okay=False, writable=True, path_type=Path)
reason_option = click.option("--reason", prompt="理由 Reason", help="Why.")


@click.group("imports")
def imports() -> None:
    """Older time banks: propose, publish, sign, run, undo, compare; and leave."""


@imports.command("template")
@click.argument("file", type=out_type)
@click.option("--what", type=click.Choice([MEMBERS, TRANSFERS]), default=MEMBERS)
@with_appcontext
def template_command(file: Path, what: str) -> None:
    """Write the empty template, as XLSX when the file is called so."""
    xlsx = file.suffix.lower() == ".xlsx" and what == MEMBERS
    file.write_bytes(template_xlsx() if xlsx else template_csv(what))
    click.echo(f"已写入 Written: {file}")


@imports.command("propose")
@book_option
@click.option("--layout", type=click.Choice(UPLOADED), default=TEMPLATE, show_default=True)
@click.option("--source", required=True, help="The older system, as people call it.")
@click.option("--branch", type=click.UUID, required=True, help="Where new members belong.")
@click.option("--class", "evidence_class", required=True, help="A, B or C, after the rules.")
@click.option("--evidence", multiple=True, metavar="NAME=VALUE", help="kind, document, authority.")
@click.option("--members", type=file_type, required=True)
@click.option("--transfers", type=file_type)
@click.option("--both-run", is_flag=True, help="The older system runs on beside this one.")
@who_option
@password_option
@with_appcontext
def propose_command(
    book: str,
    layout: str,
    source: str,
    branch: UUID,
    evidence_class: str,
    evidence: tuple[str, ...],
    members: Path,
    transfers: Path | None,
    both_run: bool,
    who: str,
    password: str,
) -> None:
    """Keep every row with its foreseen fate; nothing moves yet."""
    said = dict(each.split("=", 1) for each in evidence if "=" in each)
    form = ImportForm(layout, source, branch, evidence_class, said, both_run=both_run)
    files = ImportFiles(members.read_bytes(), transfers.read_bytes() if transfers else None)
    import_id = _run((who, password), lambda ctx: propose(ctx, book, form, files))
    _show(book, import_id, None)


@imports.command("sample")
@id_argument
@book_option
@click.option("--write", type=out_type, help="Write the list of whom to ask.")
@click.option("--answers", type=file_type, help="The list with its answers.")
@who_option
@password_option
@with_appcontext
def sample_command(
    import_id: UUID, book: str, write: Path | None, answers: Path | None, who: str, password: str
) -> None:
    """Write whom to ask, or take the answers in."""
    login = (who, password)
    if write is not None:
        _run(login, lambda ctx: reports.record_export(ctx, book, import_id, "sample", "csv"))
        rows = _run(login, lambda ctx: list(reports.sample_rows(ctx, book, import_id)))
        write.write_bytes(b"".join(write_sample(rows)))
        click.echo(f"{len(rows)} 位 people: {write}")
    if answers is not None:
        content = answers.read_bytes()
        count = _run(login, lambda ctx: publishing.confirm_sample(ctx, book, import_id, content))
        click.echo(f"{count} 位已确认 confirmed.")


@imports.command("publish")
@id_argument
@book_option
@who_option
@password_option
@with_appcontext
def publish_command(import_id: UUID, book: str, who: str, password: str) -> None:
    """Begin the public notice."""
    _run((who, password), lambda ctx: publishing.publish(ctx, book, import_id))
    found = _run(SYSTEM_ONLY, lambda ctx: reports.one_import(ctx, book, import_id))
    click.echo(f"公示到 Published until {found.notice_ends_on}")


@imports.command("sign")
@id_argument
@book_option
@who_option
@password_option
@with_appcontext
def sign_command(import_id: UUID, book: str, who: str, password: str) -> None:
    """Sign an import that somebody else proposed, after its notice."""

    def act(ctx: Context) -> None:
        seen = reports.one_import(ctx, book, import_id).fingerprint
        signing.sign(ctx, book, import_id, seen)

    _run((who, password), act)
    click.echo("已签署。 Signed.")


@imports.command("withdraw")
@id_argument
@book_option
@reason_option
@who_option
@password_option
@with_appcontext
def withdraw_command(import_id: UUID, book: str, reason: str, who: str, password: str) -> None:
    """Take an import back before it is signed."""
    _run((who, password), lambda ctx: publishing.withdraw(ctx, book, import_id, reason))
    click.echo("已撤回。 Withdrawn.")


@imports.command("undo")
@id_argument
@book_option
@click.option("--reason", help="Why; without it a second administrator signs.")
@who_option
@password_option
@with_appcontext
def undo_command(import_id: UUID, book: str, reason: str | None, who: str, password: str) -> None:
    """Ask for an import to be undone, or sign what another administrator asked for."""

    def act(ctx: Context) -> None:
        if reason is not None:
            signing.ask_undo(ctx, book, import_id, reason)
        else:
            signing.sign_undo(ctx, book, import_id)

    _run((who, password), act)
    click.echo("已登记。 Recorded.")


@imports.command("run")
@id_argument
@book_option
@with_appcontext
def run_command(import_id: UUID, book: str) -> None:
    """Work a signed import off, or an undoing; whoever is stopped may simply start again."""
    found = _run(SYSTEM_ONLY, lambda ctx: reports.one_import(ctx, book, import_id))
    undo = found.state is ImportState.UNDOING
    chunk = undoing.undo_chunk if undo else working.work_chunk
    done = found.undone if undo else found.posted + found.refused
    with click.progressbar(
        length=found.posted if undo else found.rows,
        label="办理 Working",
        file=sys.stderr,
        show_pos=True,
    ) as bar:
        bar.update(done)
        state = found.state
        while state in (ImportState.SIGNED, ImportState.UNDOING):
            progress = _run(SYSTEM_ONLY, partial(chunk, book=book, import_id=import_id))
            through = progress.undone if undo else progress.posted + progress.refused
            bar.update(through - done)
            done, state = through, progress.state
    _show(book, import_id, None)


@imports.command("compare")
@id_argument
@book_option
@click.option("--members", type=file_type, required=True, help="The older system's list of today.")
@who_option
@password_option
@with_appcontext
def compare_command(import_id: UUID, book: str, members: Path, who: str, password: str) -> None:
    """Compare the older system's list of today with what stands here."""
    content = members.read_bytes()
    _run((who, password), lambda ctx: comparing.compare(ctx, book, import_id, content))
    day = _run(SYSTEM_ONLY, lambda ctx: comparing.comparisons(ctx, book, import_id))[0]
    facts: list[tuple[str, Any]] = [
        ("旧系统的行 Rows there", f"{day.rows:,}"),
        ("相同 Equal", f"{day.equal:,}"),
        ("余额不同 Differing", f"{day.differing:,}"),
        ("这里没有 Missing here", f"{day.missing_here:,}"),
        ("旧系统没有 Missing there", f"{day.missing_there:,}"),
    ]
    click.echo(table((str(day.on_day), ""), facts))
    rows = [
        (each.old_key, each.what, _minutes(each.theirs_minutes), _minutes(each.ours_minutes))
        for each in day.differences[:MOST]
    ]
    if rows:
        click.echo("\n" + table(("编号 Key", "差别 What", "旧 There", "这里 Here"), rows))


def _minutes(value: int | None) -> str:
    return "—" if value is None else duration(value)


@imports.command("show")
@id_argument
@book_option
@click.option("--csv", "file", type=out_type, help="Write every row, the refused ones first.")
@with_appcontext
def show_command(import_id: UUID, book: str, file: Path | None) -> None:
    """Print how far an import has come and which rows are refused."""
    _show(book, import_id, file)


@imports.command("list")
@book_option
@with_appcontext
def list_command(book: str) -> None:
    """List the imports of a book, the newest first."""
    found = _run(SYSTEM_ONLY, lambda ctx: reports.imports(ctx, book))
    heads = ("编号 Id", "来源 Source", "状态 State", "行数 Rows", "转入 Posted", "不转入 Refused")
    rows = [
        (each.id, each.source, STATES[each.state], each.rows, each.posted, each.refused)
        for each in found
    ]
    click.echo(table(heads, rows))


@imports.command("leave")
@click.argument("file", type=out_type)
@book_option
@click.option("--code", help="The code that came to the telephone; without it one is sent.")
@who_option
@password_option
@with_appcontext
def leave_command(file: Path, book: str, code: str | None, who: str, password: str) -> None:
    """Write all that a region takes along, as one archive."""
    if code is None:
        _run((who, password), lambda ctx: leaving.send_code(ctx, book))
        click.echo(
            "验证码已发出，请加上 --code 再执行一次。 A code was sent: run again with --code."
        )
        return

    def act(ctx: Context) -> Any:
        leaving.leave(ctx, book, code)
        return ctx.actor

    actor = _run((who, password), act)
    held = timebank()
    with held.uow.read() as session, file.open("wb") as out:
        snapshot(session)
        for part in leaving.archive(Context(session, actor, held.clock(), held.vault), book):
            out.write(part)
    click.echo(f"已写入 Written: {file}")


def _show(book: str, import_id: UUID, file: Path | None) -> None:
    found = _run(SYSTEM_ONLY, lambda ctx: reports.one_import(ctx, book, import_id))
    if file is not None:
        held = timebank()
        with held.uow.read() as session, file.open("wb") as out:
            ctx = Context(session, SYSTEM, held.clock(), held.vault)
            for part in write_report(reports.report(ctx, book, import_id)):
                out.write(part)
    facts: list[tuple[str, Any]] = [
        ("编号 Id", found.id),
        ("编号 Reference", found.reference),
        ("来源 Source", found.source),
        ("状态 State", f"{STATES[found.state]} {found.state.value}"),
        ("行数 Rows", f"{found.rows:,}"),
        ("转入 Posted", f"{found.posted:,}"),
        ("不转入 Refused", f"{found.refused:,}"),
        ("合计 Minutes", duration(found.minutes)),
    ]
    click.echo(table(("转入", "Import"), facts))
    listed = _run(
        SYSTEM_ONLY,
        lambda ctx: reports.rows_after(ctx, book, import_id, reports.REFUSED, limit=MOST),
    )
    if listed.items:
        rows = [(row.line, row.old_key, say(row.sentence, row.params)) for row in listed.items]
        click.echo("\n" + table(("行 Line", "编号 Key", "原因 Why"), rows, right="r"))
    if listed.total > MOST:
        click.echo(f"只列出前 {MOST} 行。 The first {MOST} of {listed.total:,} are shown.")


def _run(login: tuple[str, str], work: Any) -> Any:
    try:
        return run_as(login, work)
    except RowsBad as error:
        lines = [f"第 {line} 行 Line {line}: {bad.message}" for line, bad in error.lines]
        raise click.ClickException("\n".join([error.message, *lines])) from None
    except DomainError as error:
        raise click.ClickException(error.message) from None
