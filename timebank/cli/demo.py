"""``flask demo``: an invented district to look at, seeded through the services and served."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from timebank.cli.db import upgrade_database
from timebank.demo import logins, story
from timebank.edge import timebank
from timebank.serve import HOST, claim_port, serve
from timebank.snapshots import warm

PEOPLE, DAYS, SEED = 300, 90, 1


@click.group("demo")
def demo() -> None:
    """An invented district: seed it, or seed and serve it."""


@demo.command("seed")
@click.option("--people", type=click.IntRange(20, 5000), default=PEOPLE, show_default=True)
@click.option("--days", type=click.IntRange(3, 400), default=DAYS, show_default=True)
@click.option("--seed", "seed_number", type=int, default=SEED, show_default=True)
@with_appcontext
def seed_command(people: int, days: int, seed_number: int) -> None:
    """Fill an empty database with an invented district."""
    _refuse_production()
    upgrade_database(timebank().settings.database_url)
    if not story.is_empty(timebank()):
        raise click.ClickException(
            "数据库里已经有内容，不再重复生成。 The database is not empty; nothing was done."
        )
    _seed(people, days, seed_number)


@demo.command("run")
@with_appcontext
def run_command() -> None:
    """Migrate, seed when empty, print the logins, and serve with the job process beside."""
    _refuse_production()
    held = timebank()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    listener = claim_port(held.settings.port, held.settings.host)
    upgrade_database(held.settings.database_url)
    if story.is_empty(held):
        _seed(PEOPLE, DAYS, SEED)
    click.echo(f"\n{held.settings.product_name} · {held.settings.product_name_en}")
    click.echo(f"  http://{HOST}:{held.settings.port}/\n")
    click.echo(logins.table())
    click.echo("\n  停止 Stop: Ctrl-C\n")
    serve(app, held.settings, listener, lambda: warm(held))


def _seed(people: int, days: int, seed_number: int) -> None:
    label = "生成演示数据 Making the district"
    lived = story.seed(timebank(), people, days, seed_number)
    with click.progressbar(lived, length=days + 1, label=label) as bar:
        for _day in bar:
            pass


def _refuse_production() -> None:
    if timebank().settings.is_production:
        raise click.ClickException(
            "正式环境不能生成演示数据。 Demo data has no place in production."
        )
