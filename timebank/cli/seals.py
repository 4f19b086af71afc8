"""``flask seals``: seal, publish and countersign the heads, keep the keys, hand out receipts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import sqlalchemy as sa
from flask.cli import with_appcontext
from sqlalchemy.exc import IntegrityError

from models.ledger import Transfer
from models.seals import Unsealed
from services import sealing
from services.clock import local
from services.errors import DomainError
from services.ledger.seals import heads, proofs
from services.ledger.seals.daylist import COUNTERSIGNATURE, WITNESSES, dumps, loads
from services.ledger.seals.headers import Malformed, hex_in, text_in
from services.ledger.verify.seals import unwitnessed
from services.ledger.verify.whole import books
from timebank.cli.text import table
from timebank.edge import timebank
from timebank.seals import sealing as running
from timebank.seals.keys import SealKeyError

DAY = click.DateTime(["%Y-%m-%d"])
file_option = click.option(
    "--output",
    "file",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where to write it.",
)


@click.group("seals")
def seals() -> None:
    """Seals over the books: run, status, publish, keys and witnesses, receipts."""


@seals.command("run")
@with_appcontext
def run_command() -> None:
    """Seal everything that has been posted."""
    with _plainly():
        done = running.seal_all(timebank())
    click.echo(f"已封存 {done:,} 项。 {done:,} sealed.")


@seals.command("status")
@with_appcontext
def status_command() -> None:
    """Every book's newest block and what waits; keys, witnesses and the newest list."""
    held = timebank()
    with held.uow.read() as session:
        known = {head.book: head for head in heads.heads(session)}
        waiting = {
            row.book: row.waiting
            for row in session.execute(
                sa.select(Unsealed.book, sa.func.count().label("waiting"))
                .group_by(Unsealed.book)
                .execution_options(cross_book=True)
            )
        }
        every = books(session)
        newest = heads.newest_list(session)
        signed = [] if newest is None else heads.read_back(session, newest).witnessed_by()
        day = "—" if newest is None else newest.day.isoformat()
        short = unwitnessed(session)
    rows = []
    for book in every:
        head = known.get(book)
        shown = ("", "", "") if head is None else _shown(head.height, head.size, head.sealed_at)
        rows.append((book, *shown, f"{waiting.get(book, 0):,}"))
    titles = ("账本 Book", "区块 Block", "已封存 Sealed", "封存时间 At", "待封存 Waiting")
    click.echo(table(titles, rows, right=" rr r"))
    ring = running.ring_of(held)
    click.echo(f"\n密钥 Key in force: {ring.in_force.public_key if ring.in_force else '—'}")
    for witness in ring.witnesses():
        click.echo(f"见证人 Witness {witness.holder}: {witness.public_key}")
    click.echo(f"最近清单 Newest list: {day} · 见证人签名 countersigned {len(signed)}/{WITNESSES}")
    if short:
        days = "、".join(day for day, _ in short[:7])
        click.echo(
            f"缺少见证人签名的清单 {len(short)} 份：{days}"
            f" Lists that lack their witnesses: {len(short)}."
        )


def _shown(height: int, size: int, at: datetime) -> tuple[str, str, str]:
    return f"{height:,}", f"{size:,}", f"{local(at):%Y-%m-%d %H:%M}"


@seals.command("publish")
@with_appcontext
def publish_command() -> None:
    """Sign today's list of all books' heads."""
    with _plainly():
        done = running.publish(timebank())
    click.echo(
        "今天的清单已签名。 Today's list is signed."
        if done
        else "今天的清单早已签名。 Today's list was signed before."
    )


@seals.command("rotate")
@with_appcontext
def rotate_command() -> None:
    """Put a new signing key in force; the first time, make the first one."""
    with _plainly():
        new, old = running.rotate(timebank())
    click.echo(f"新公钥 New public key: {new.public_key}")
    if old is not None:
        click.echo(
            f"旧密钥 {old[:16]} 已停用，私钥已删除；它签过的仍然有效。"
            " The old key is retired and its private half deleted; what it signed stays valid."
        )
    click.echo("请备份新的私钥文件。 Back up the new private key's file.")


@seals.command("witness-add")
@click.argument("public_key", metavar="PUBLIC_KEY")
@click.option("--holder", required=True, help="Who holds the key, for people.")
@with_appcontext
def witness_add_command(public_key: str, holder: str) -> None:
    """Introduce a witness by its public key."""
    held = timebank()
    with _plainly():
        key = running.operator_key(held)
        act = partial(sealing.add_witness, key=key, public_key=public_key, holder=holder)
        running.perform(held, act)
    click.echo(f"已登记见证人 {holder}。 The witness is introduced.")


@seals.command("witness-retire")
@click.argument("key_id", metavar="KEY_ID")
@with_appcontext
def witness_retire_command(key_id: str) -> None:
    """End a witness's time; what it signed stays signed."""
    held = timebank()
    with _plainly():
        key = running.operator_key(held)
        running.perform(held, partial(sealing.retire_witness, key=key, key_id=key_id))
    click.echo("已停用。 Retired.")


@seals.command("countersign")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def countersign_command(file: Path) -> None:
    """Record what a witness has signed."""
    with _plainly():
        given = _read(file)
        if given.get("kind") != COUNTERSIGNATURE:
            raise Malformed("kind")
        day = date.fromisoformat(text_in(given, "day"))
        key_id, signature = hex_in(given, "key_id"), hex_in(given, "signature", 64)
        act = partial(sealing.countersign, day=day, key_id=key_id, signature=signature)
        done = running.perform(timebank(), act)
    click.echo(
        f"{day} 的见证人签名已登记。 The countersignature is recorded."
        if done
        else "这份签名早已登记。 It was recorded before."
    )


@seals.command("receipt")
@click.argument("transfer", type=click.UUID)
@click.option("--book", help="The transfer's book; looked for in all of them without.")
@file_option
@with_appcontext
def receipt_command(transfer: UUID, book: str | None, file: Path) -> None:
    """Write a transfer's receipt, for anybody to check."""
    with _plainly(), timebank().uow.read() as session:
        found = book or session.scalar(
            sa.select(Transfer.book)
            .where(Transfer.id == transfer)
            .execution_options(cross_book=True)
        )
        if found is None:
            raise proofs.NoSuchTransfer
        _write(file, proofs.receipt(session, found, transfer))


@seals.command("heads")
@click.option("--day", type=DAY, help="The list of this day; the newest without.")
@click.option("--since", type=DAY, help="Prove growth from this day's list, not the one before.")
@file_option
@with_appcontext
def heads_command(day: datetime | None, since: datetime | None, file: Path) -> None:
    """Write a published list with its signatures and proofs."""
    with _plainly(), timebank().uow.read() as session:
        found = heads.published(
            session, None if day is None else day.date(), None if since is None else since.date()
        )
        _write(file, found)


@contextmanager
def _plainly() -> Iterator[None]:
    """A plain sentence in place of a traceback."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(error.message) from None
    except SealKeyError as error:
        raise click.ClickException(str(error)) from None
    except ValueError as error:
        raise click.ClickException(
            f"文件内容不完整或已损坏（{error}）。 The file is incomplete or damaged."
        ) from None
    except IntegrityError:
        raise click.ClickException(
            "另一个程序刚刚改了密钥，请再试一次。 Another process was first; try again."
        ) from None


def _read(file: Path) -> Any:
    found = loads(file.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise Malformed("kind")
    return found


def _write(file: Path, found: dict[str, Any]) -> None:
    file.write_text(dumps(found), encoding="utf-8")
    click.echo(f"→ {file}")
