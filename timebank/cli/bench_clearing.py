"""``flask bench clearing``: transfers between regions beside transfers within one."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from timebank.bench import clearing, ledger, world
from timebank.bench.clients import Clients
from timebank.bench.ledger import MANY, Case
from timebank.cli.db import upgrade_database
from timebank.cli.text import table

NAMES = {
    "same": "本地区一笔，入账核心 within a region, the posting core",
    "across": "跨地区两笔相连，入账核心 across, two linked halves, the posting core",
    "same service": "本地区一次服务 a service within a region",
    "across service": "跨地区一次服务，含额度 a service across, its caps included",
}


@click.command("clearing")
@click.option(
    "--database-url", help="A PostgreSQL to measure as well; a schema of its own is made there."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 3600),
    default=3.0,
    show_default=True,
    help="For each turn of each case.",
)
def clearing_command(database_url: str | None, seconds: float) -> None:
    """Cross-region against same-region transfers a second, as ratios of one run."""
    if database_url and make_url(database_url).get_backend_name() != "postgresql":
        raise click.ClickException(
            "SQLite 总是在临时文件里测量，请不要写地址。"
            " SQLite is measured in a throw-away file: leave the address out."
        )
    with tempfile.TemporaryDirectory(prefix="timebank-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'clearing.db'}"
        upgrade_database(url)
        _measure("SQLite", url, (1,), seconds)
    if database_url:
        with ledger.schema_of_its_own(database_url) as (own_url, _):
            upgrade_database(own_url)
            _measure("PostgreSQL", own_url, (1, MANY), seconds)


def _measure(title: str, url: str, numbers: Sequence[int], seconds: float) -> None:
    clearing.build(url)
    world.settle(url)
    with closing(Clients(url, max(numbers), clearing.WORKS)) as clients:
        cases = [case for number in numbers for case in clearing.cases(clients, number)]
        ledger.measure(cases, seconds)
    known = {(case.name, case.clients): case.per_second for case in cases}
    rows = [
        (
            NAMES[case.name],
            case.clients,
            f"{case.per_second:,.0f}",
            _ratio(case, known),
        )
        for case in cases
    ]
    machine = f"Python {platform.python_version()} · {platform.machine()}"
    click.echo(f"\n往来每秒 Transfers a second · {title} · {machine}")
    heads = ("情形 Case", "客户端 Clients", "每秒 A second", "比本地区 To within a region")
    click.echo(table(heads, rows, right=" rrr"))


def _ratio(case: Case, known: dict[tuple[str, int], float]) -> str:
    return f"{case.per_second / known[case.baseline]:.2f} ×" if case.baseline else "1 ×"
