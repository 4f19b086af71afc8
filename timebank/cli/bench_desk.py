"""``flask bench desk``: what a page costs over a small ledger and over a large one."""

from __future__ import annotations

import platform
import sys
import tempfile
from pathlib import Path
from statistics import median

import click
from sqlalchemy.engine import make_url

from timebank.bench import desk, desk_town, ledger, world
from timebank.bench.desk import Case
from timebank.cli.db import upgrade_database
from timebank.cli.text import table

SMALL = 10_000


@click.command("desk")
@click.option(
    "--database-url", help="A PostgreSQL to measure as well; schemas of its own are made there."
)
@click.option(
    "--entries",
    type=click.IntRange(100),
    default=1_000_000,
    show_default=True,
    help="Of the large ledger.",
)
@click.option("--small", type=click.IntRange(100), default=SMALL, show_default=True)
@click.option("--turns", type=click.IntRange(1), default=desk.TURNS, show_default=True)
def desk_command(database_url: str | None, entries: int, small: int, turns: int) -> None:
    """Pages of the desk and the cockpit: large to small ledger, as ratios of one run."""
    if database_url and make_url(database_url).get_backend_name() != "postgresql":
        raise click.ClickException(
            "SQLite 总是在临时文件里测量，请不要写地址。"
            " SQLite is measured in a throw-away file: leave the address out."
        )
    grown: list[str] = []
    with tempfile.TemporaryDirectory(prefix="timebank-bench-") as folder:
        urls = [f"sqlite:///{Path(folder) / name}.db" for name in ("small", "large")]
        grown += _measure("SQLite", urls, (small, entries), turns)
    if database_url:
        with (
            ledger.schema_of_its_own(database_url) as (one, _),
            ledger.schema_of_its_own(database_url) as (other, _),
        ):
            grown += _measure("PostgreSQL", [one, other], (small, entries), turns)
    if grown:
        click.echo(f"跟着分录变慢的 Growing with the entries: {', '.join(grown)}")


def _measure(title: str, urls: list[str], sizes: tuple[int, int], turns: int) -> list[str]:
    for url, entries in zip(urls, sizes, strict=True):
        upgrade_database(url)
        label = f"{title} {entries:,}"
        with click.progressbar(length=entries, label=label, file=sys.stderr) as bar:
            desk_town.build(url, entries, bar.update)
        world.settle(url)
    cases = desk.measure(urls[0], urls[1], turns)
    rows = [_row(case) for case in cases]
    machine = f"Python {platform.python_version()} · {platform.machine()}"
    click.echo(f"\n每页毫秒 Milliseconds a page · {title} · {machine}")
    heads = ("页面 Page", f"{sizes[0]:,}", f"{sizes[1]:,}", "比小账本 To the small one", "")
    click.echo(table(heads, rows, right=" rrr "))
    return [f"{title}: {case.name}" for case in cases if case.grows]


def _row(case: Case) -> tuple[str, str, str, str, str]:
    small, large = (f"{median(times) * 1000:,.1f}" for times in (case.small, case.large))
    return case.name, small, large, f"{case.ratio:.2f} ×", "!" if case.grows else ""
