"""`flask serve`: the product on this machine, once its database is up to date."""

from __future__ import annotations

from collections.abc import Callable

import click
from alembic.migration import MigrationContext
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from timebank.edge import timebank
from timebank.serve import claim_port, serve
from timebank.snapshots import warm


def run_product(prepare: Callable[[], None]) -> None:
    """Claim the port first, then prepare, then serve until told to stop.

    Raises a click error with one sentence when the port is taken, before anything else is done.
    """
    held = timebank()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with claim_port(held.settings.port, held.settings.host) as listener:
        prepare()
        serve(app, held.settings, listener, lambda: warm(held))


def refuse_unmigrated() -> None:
    """Raise a click error when the database is out of reach or not at the newest migration."""
    held = timebank()
    wanted = held.settings.newest_migration
    try:
        with held.uow.read() as session:
            found = MigrationContext.configure(session.connection()).get_current_revision()
    except SQLAlchemyError as error:
        # The driver's text may name hosts and people; its kind is enough here.
        raise click.ClickException(
            f"连不上数据库（{type(error).__name__}），请检查 TIMEBANK_DATABASE_URL。"
            " The database is out of reach: check TIMEBANK_DATABASE_URL."
        ) from None
    if found != wanted:
        raise click.ClickException(
            f"数据库的版本是 {found or '空'}，需要 {wanted}，请先执行：flask --app app db upgrade。"
            f" The database is at {found or 'nothing'} and {wanted} is needed; run the command"
            " above first."
        )


@click.command("serve")
@with_appcontext
def serve_command() -> None:
    """Serve on 127.0.0.1 with the job process beside (PORT chooses the port)."""

    def prepare() -> None:
        refuse_unmigrated()
        settings = timebank().settings
        click.echo(f"{settings.product_name}  http://127.0.0.1:{settings.port}/  (Ctrl-C)")

    run_product(prepare)
