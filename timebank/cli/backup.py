"""``flask backup``: make one while people work, look whether it is whole, put it back.

Keys are in no back-up. They are kept apart: see docs/backup.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from services.vault import Vault
from timebank.cli import backup_postgres, backup_sqlite
from timebank.cli.backup_files import (
    described,
    forget_old,
    name_at,
    open_folder,
    private,
    read_manifest,
    refuse,
    write_manifest,
)
from timebank.cli.db import grant_to, owner_url, upgrade_database
from timebank.cli.ledger import verify_command
from timebank.cli.serve import refuse_unmigrated
from timebank.edge import timebank

folder_argument = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@click.group("backup")
def backup() -> None:
    """Back-ups: make, check, restore."""


@backup.command("make")
@folder_argument
@click.option("--keep", type=click.IntRange(1), help="Remove all but so many when this is whole.")
@with_appcontext
def make_command(folder: Path, keep: int | None) -> None:
    """Copy the whole database into a new folder within FOLDER, while the product runs."""
    refuse_unmigrated()
    held = timebank()
    with private():
        made = make(folder)
    click.echo(str(made))
    if keep:
        for name in forget_old(folder, keep):
            click.echo(f"已删除旧备份 removed {name}")
    if held.settings.env == "production":
        click.echo("密钥不在备份里，请另行保管。 Keys are not in it: keep them apart.", err=True)


@backup.command("check")
@folder_argument
@with_appcontext
def check_command(folder: Path) -> None:
    """Say whether the back-up in FOLDER is whole, unaltered, and of these keys."""
    content = read_manifest(folder, timebank().settings)
    _require_keys(content, timebank().vault)
    click.echo(_summary(content))


@backup.command("restore")
@folder_argument
@click.pass_context
@with_appcontext
def restore_command(context: click.Context, folder: Path) -> None:
    """Put the back-up in FOLDER into an EMPTY database, and verify the ledger.

    The database is the one of the settings; on PostgreSQL as its tables' owner.
    """
    with private():
        restore(folder)
    click.echo("已恢复，现在核对。 Restored; now everything is checked.")
    context.invoke(verify_command, book=None)


def make(folder: Path) -> Path:
    """Make a back-up and return its own folder, which appears when it is whole."""
    held = timebank()
    settings, now = held.settings, held.clock()
    open_folder(folder)
    target = folder / name_at(now)
    draft = folder / f".{target.name}.part"
    draft.mkdir(mode=0o700)
    engine = sa.make_url(settings.database_url).get_backend_name()
    copy_out = backup_sqlite.copy_out if engine == "sqlite" else backup_postgres.copy_out
    files, watermark = copy_out(settings.database_url, draft)
    content = described(
        files,
        made_at=now.isoformat(),
        engine=engine,
        migration=settings.newest_migration,
        data_key=held.vault.newest,
        books=watermark,
    )
    write_manifest(draft, settings, content)
    draft.rename(target)
    return target


def restore(folder: Path) -> None:
    """Put a back-up into the empty database of the settings and compare what came of it."""
    held = timebank()
    settings, url = held.settings, owner_url()
    content = read_manifest(folder, settings)
    _require_keys(content, held.vault)
    engine = sa.make_url(url).get_backend_name()
    if engine != content["engine"]:
        raise refuse(
            f"这是 {content['engine']} 的备份，不能恢复到 {engine}。",
            f"This is a back-up of {content['engine']}; it does not fit {engine}.",
        )
    if content["migration"] != settings.newest_migration:
        raise refuse(
            f"备份的版本是 {content['migration']}，请用当时的程序恢复，再执行 db upgrade。",
            f"It is of schema {content['migration']}: restore it with the program of that time,"
            " then run db upgrade.",
        )
    if engine == "sqlite":
        backup_sqlite.require_empty(url)
        found = backup_sqlite.copy_in(url, folder)
    else:
        backup_postgres.require_empty(url)
        upgrade_database(url)
        found = backup_postgres.copy_in(url, folder, content["files"])
        _give_rights(settings.database_url, url)
    if found != content["books"]:
        raise refuse(
            "恢复出来的账本与备份清单不符。",
            "What was restored is not what the manifest says of the books.",
        )


def _give_rights(served: str, owner: str) -> None:
    role = sa.make_url(served).username
    if role and role != sa.make_url(owner).username:
        grant_to(owner, role)


def _require_keys(content: dict[str, Any], vault: Vault) -> None:
    if content["data_key"] not in vault.ring:
        raise refuse(
            "现在的数据密钥打不开这个备份，请放回当时的密钥。",
            "The data keys at hand do not open this back-up: put those of that time back.",
        )


def _summary(content: dict[str, Any]) -> str:
    size = sum(each["bytes"] for each in content["files"])
    books = content["books"]
    transfers = sum(said.get("transfers", 0) for said in books.values())
    return (
        f"完好 Whole: {content['made_at']}, {content['engine']}, schema {content['migration']},"
        f" {len(content['files'])} files, {size:,} bytes, {len(books)} books,"
        f" {transfers:,} transfers"
    )
