"""``flask keys``: a new key for what is sealed, while the product runs."""

from __future__ import annotations

from collections import Counter
from functools import partial

import click
from flask.cli import with_appcontext

from services.privacy.rotating import UNNAMED, counted, sealed_columns
from timebank.cli.text import table
from timebank.edge import timebank
from timebank.jobs.base import peek
from timebank.jobs.privacy import seal_anew
from timebank.keys import KeyFileError, drop_older_keys, renew_data_key


@click.group("keys")
def keys() -> None:
    """The keys of sealed columns: status, renew, rotate, forget."""


@keys.command("status")
@with_appcontext
def status_command() -> None:
    """Say which key has sealed how many values, and what is left to rotate."""
    held, total, rows = timebank(), Counter[str](), []
    for place in sealed_columns():
        found = peek(held, partial(counted, place=place))
        total.update(found)
        rows += [(f"{place.table}.{place.column}", *each) for each in sorted(found.items())]
    click.echo(table(("列 Column", "密钥 Key", "条数 Values"), rows, right="  r"))
    click.echo()
    ring = held.vault.ring
    for key, count in sorted(total.items()):
        click.echo(f"{key} {_place(key, ring, held.vault.newest)}: {count:,}")
    left = sum(count for key, count in total.items() if key != held.vault.newest)
    click.echo(
        f"还有 {left:,} 条要用新密钥重新加密。 {left:,} left to rotate."
        if left
        else "全部由当前密钥加密，旧密钥可以删除。 All is sealed by the newest key."
    )


@keys.command("renew")
@with_appcontext
def renew_command() -> None:
    """Put a new key into the instance's key file; the old one goes on opening."""
    try:
        renew_data_key(timebank().settings.instance)
    except KeyFileError as error:
        raise click.ClickException(str(error)) from None
    click.echo(
        "新密钥已写入密钥文件。请重启所有进程，再执行 keys rotate。"
        " A new key is in the key file: restart every process, then run keys rotate."
    )


@keys.command("rotate")
@with_appcontext
def rotate_command() -> None:
    """Seal anew with the newest key whatever another one has sealed."""
    done = seal_anew(timebank())
    click.echo(f"已重新加密 {done.rewritten:,} 条。 {done.rewritten:,} sealed anew.")
    if done.unreadable:
        raise click.ClickException(
            f"有 {done.unreadable:,} 条任何密钥都打不开，请找回旧密钥。"
            f" {done.unreadable:,} open with no key of the ring: find the older key."
        )


@keys.command("forget")
@with_appcontext
def forget_command() -> None:
    """Take the older keys out of the instance's key file; refused while a value needs one."""
    held = timebank()
    for place in sealed_columns():
        found = peek(held, partial(counted, place=place))
        if set(found) - {held.vault.newest}:
            raise click.ClickException(
                "还有资料由旧密钥加密，请先执行 keys rotate。"
                " An older key is still needed: run keys rotate first."
            )
    try:
        drop_older_keys(held.settings.instance)
    except KeyFileError as error:
        raise click.ClickException(str(error)) from None
    click.echo("旧密钥已从密钥文件删除。 The older keys are out of the key file.")


def _place(key: str, ring: dict[str, bytes], newest: str) -> str:
    if key == newest:
        return "当前 newest"
    if key == UNNAMED:
        return "未标明密钥 unnamed"
    return "旧 older" if key in ring else "没有这把密钥 MISSING"
