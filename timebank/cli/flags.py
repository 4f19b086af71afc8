"""``flask flags``: look through a book now, and how many flags there are."""

from __future__ import annotations

from functools import partial

import click
from flask.cli import with_appcontext

from services.flags import scanning
from timebank.edge import timebank
from timebank.jobs.base import as_system, peek


@click.group("flags")
def flags() -> None:
    """What rules found odd; a flag proves nothing."""


@flags.command("scan")
@click.option("--book", help="Only this book (twelve digits); all of them otherwise.")
@with_appcontext
def scan_command(book: str | None) -> None:
    """Look through the books and write down what is new; says how many flags each got."""
    held = timebank()
    books = peek(held, scanning.books)
    if book is not None and book not in books:
        raise click.BadParameter(f"没有这个账本 No such book: {book}", param_hint="--book")
    for each in [book] if book is not None else books:
        made = scanning.scan_book(partial(as_system, held), partial(peek, held), each)
        click.echo(f"{each}: {made:,} 条新提示 new flags")
