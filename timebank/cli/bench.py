"""``flask bench``: measure the ledger and the formula on this machine, beside a baseline.

Never on the instance's own database: without ``--database-url`` a throw-away SQLite file, with
it a schema of its own that is dropped again.
"""

from __future__ import annotations

import platform
import tempfile
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from timebank.bench import ledger as ledger_bench
from timebank.bench import rates as rates_bench
from timebank.bench.turns import Case, measure
from timebank.cli.db import upgrade_database
from timebank.cli.text import table

SECONDS = 5.0
NAMES = {
    "bare one": "只用驱动，逐笔提交 driver alone, one by one",
    "ours one": "本账本，逐笔提交 this ledger, one by one",
    "bare batch": f"只用驱动，每 {ledger_bench.BATCH} 笔提交 driver alone, in batches",
    "ours batch": f"本账本，每 {ledger_bench.BATCH} 笔提交 this ledger, in batches",
    "plain": "照规则逐分钟用分数算 the rules in fractions, minute by minute",
    "ours": "本产品的公式 this product's formula",
}
#: Which cases are compared with which baseline.
BASELINES = {"ours one": "bare one", "ours batch": "bare batch", "ours": "plain"}

seconds_option = click.option(
    "--seconds",
    type=click.FloatRange(0.1, 3600),
    default=SECONDS,
    show_default=True,
    help="For each case.",
)
url_option = click.option(
    "--database-url", help="Where to measure; a throw-away SQLite file without."
)


@click.group("bench", invoke_without_command=True)
@click.pass_context
def bench(context: click.Context) -> None:
    """Measure: ledger, rates; both without a command."""
    if context.invoked_subcommand is None:
        context.invoke(ledger_command, database_url=None, seconds=SECONDS)
        context.invoke(rates_command, seconds=SECONDS)


@bench.command("ledger")
@url_option
@seconds_option
def ledger_command(database_url: str | None, seconds: float) -> None:
    """Transfers a second: bare inserts against the ledger, one by one and in batches."""
    _refuse_existing(database_url)
    with tempfile.TemporaryDirectory(prefix="timebank-bench-") as folder:
        url = database_url or f"sqlite:///{Path(folder) / 'bench.db'}"
        with ledger_bench.place(url) as (own_url, schema):
            upgrade_database(own_url)
            bare, ours = ledger_bench.bare_of(url, schema), ledger_bench.Ours(own_url)
            try:
                cases = ledger_bench.cases(bare, ours)
                measure(cases, seconds)
            finally:
                ours.close()
                bare.close()
    engine = url.partition(":")[0]
    _print(f"往来每秒 Transfers a second · {engine}", cases)
    click.echo(
        "基准：同一台机器、同一个库、同样落盘的最少的行：一笔往来、两条分录、两个余额，"
        "没有编号、核对、锁、约束和触发器。\n"
        "Baseline: the least rows that a double entry needs, equally durable, without keys, "
        "checks, locks, constraints or triggers."
    )


@bench.command("rates")
@seconds_option
def rates_command(seconds: float) -> None:
    """Valuations a second: the formula against the rules written down in fractions."""
    wrong = rates_bench.differences(*rates_bench.published())
    if wrong:
        raise click.ClickException(f"两种算法结果不同 The two differ: {', '.join(wrong[:3])}")
    cases = rates_bench.cases()
    measure(cases, seconds)
    _print("估值每秒 Valuations a second", cases)


def _refuse_existing(database_url: str | None) -> None:
    """A SQLite file that is there may be somebody's ledger."""
    if database_url is None or make_url(database_url).get_backend_name() != "sqlite":
        return
    path = make_url(database_url).database
    if path and Path(path).exists():
        raise click.ClickException(
            f"{path} 已经存在，请换一个文件名。 The file is there already; name another one."
        )


def _print(title: str, cases: list[Case]) -> None:
    known = {case.name: case for case in cases}
    rows = []
    for case in cases:
        baseline = BASELINES.get(case.name)
        ratio = f"{case.per_second / known[baseline].per_second:.2f} ×" if baseline else "1 ×"
        rows.append(
            (
                NAMES[case.name],
                f"{case.per_second:,.0f}",
                f"{min(case.rates):,.0f}–{max(case.rates):,.0f}",
                ratio,
            )
        )
    python = f"Python {platform.python_version()} · {platform.machine()}"
    click.echo(f"\n{title} · {python}")
    heads = ("情形 Case", "每秒 A second", "各轮 Turns", "比基准 To baseline")
    click.echo(table(heads, rows, right=" rrr"))
