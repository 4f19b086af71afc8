"""``flask bench``: measure the ledger and the formula on this machine, beside a baseline.

Never on the instance's own database: without ``--database-url`` a throw-away SQLite file, with
it a schema of its own that is dropped again.
"""

from __future__ import annotations

import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from timebank.bench import asking as asking_bench
from timebank.bench import ledger as ledger_bench
from timebank.bench import million, world
from timebank.bench import rates as rates_bench
from timebank.bench.clients import Clients
from timebank.bench.ledger import MANY, WORKS, Bare, Case
from timebank.bench.pgbench import NoProgram, program
from timebank.bench.turns import measure
from timebank.cli.bench_clearing import clearing_command
from timebank.cli.bench_desk import desk_command
from timebank.cli.bench_forecast import forecast_command
from timebank.cli.bench_matching import matching_command
from timebank.cli.bench_web import web_command
from timebank.cli.db import ROOT, upgrade_database
from timebank.cli.text import table

SECONDS, ENTRIES = 3.0, 1_000_000
NAMES = {
    "bare": "只用驱动的最少的行 the driver alone, the least rows",
    "tpc-b": "pgbench TPC-B-like",
    "function": "入账函数，在服务器里 the posting function in the server",
    "function hot": "同上，一个有下限的热账户 the same, one hot account with a floor",
    "function slots": f"同上，热账户分 {world.POOL_SLOTS} 行 the same, in slots",
    "core": "入账核心，从 Python the posting core from Python",
    "core hot": "同上，一个有下限的热账户 the same, one hot account with a floor",
    "core slots": f"同上，热账户分 {world.POOL_SLOTS} 行 the same, in slots",
    "core sealed": "入账核心，同时封存 the posting core while a sealer works",
    "service": "整个服务：权限、编号、估值、通知、记录 the whole service",
    "batch 1000": "每批 1,000 笔 in batches of 1,000",
    "batch 10000": "每批 10,000 笔 in batches of 10,000",
    "plain": "照规则逐分钟用分数算 the rules in fractions, minute by minute",
    "ours": "本产品的公式 this product's formula",
    "verify": "ledger verify",
    "trial-balance": "ledger trial-balance",
    "export": "ledger export --format hledger",
}

ASKING = {
    "broadcast": "同时问最合适的三十位 the best thirty at once",
    "one by one": "每半小时问一位 one every half hour",
    "waves of 5": "每小时问五位 five every hour",
    "adaptive": "本产品：按可能性分批 ours: waves by the chance of a yes",
}
#: What asking must reach: so many filled, with so few messages.
FILLED_PERCENT, MESSAGES_A_FILL = 85, 18

seconds_option = click.option(
    "--seconds",
    type=click.FloatRange(0.1, 3600),
    default=SECONDS,
    show_default=True,
    help="For each turn of each case.",
)
url_option = click.option(
    "--database-url", help="Where to measure; a throw-away SQLite file without."
)
entries_option = click.option(
    "--entries",
    type=click.IntRange(0),
    default=ENTRIES,
    show_default=True,
    help="How many entries are checked; 0 leaves that part out.",
)


@click.group("bench", invoke_without_command=True)
@click.pass_context
def bench(context: click.Context) -> None:
    """Measure: ledger, rates; both without a command."""
    if context.invoked_subcommand is None:
        context.invoke(ledger_command, database_url=None, seconds=SECONDS, entries=100_000)
        context.invoke(rates_command, seconds=SECONDS)


bench.add_command(matching_command)
bench.add_command(clearing_command)
bench.add_command(desk_command)
bench.add_command(forecast_command)
bench.add_command(web_command)


@bench.command("ledger")
@url_option
@seconds_option
@entries_option
def ledger_command(database_url: str | None, seconds: float, entries: int) -> None:
    """Transfers a second and whole checks, as ratios to programs that nobody here wrote."""
    url = make_url(database_url) if database_url else None
    on_postgresql = url is not None and url.get_backend_name() == "postgresql"
    if url is not None and not on_postgresql:
        raise click.ClickException(
            "SQLite 总是在临时文件里测量，请不要写地址。"
            " SQLite is measured in a throw-away file: leave the address out."
        )
    with tempfile.TemporaryDirectory(prefix="timebank-bench-") as folder:
        if on_postgresql:
            assert database_url is not None
            _on_postgresql(database_url, Path(folder), seconds, entries)
        else:
            _on_sqlite(Path(folder), seconds, entries)


def _on_sqlite(folder: Path, seconds: float, entries: int) -> None:
    with _sqlite_clients(folder) as clients, closing(Bare(folder / "bare.db")) as bare:
        cases = ledger_bench.sqlite_cases(clients, bare.case())
        ledger_bench.measure(cases, seconds)
    _print_cases("SQLite", cases)
    click.echo(
        "基准：同样落盘的一笔往来、两条分录、两个余额，没有编号、核对、触发器。\n"
        "Baseline: a transfer, two entries, two balances, equally durable; no keys or checks."
    )
    if entries:
        url = f"sqlite:///{folder / 'large.db'}"
        upgrade_database(url)
        _large(url, entries)


def _on_postgresql(database_url: str, folder: Path, seconds: float, entries: int) -> None:
    try:
        program()
    except NoProgram:
        raise click.ClickException(
            "没有找到 pgbench，它随 PostgreSQL 一起安装。"
            " pgbench, which comes with PostgreSQL, is not installed."
        ) from None
    with ledger_bench.schema_of_its_own(database_url) as (own_url, pgbench):
        upgrade_database(own_url)
        pgbench.prepare()
        world.build(own_url)
        world.settle(own_url)
        with (
            closing(Clients(own_url, MANY, WORKS)) as clients,
            _sqlite_clients(folder) as on_sqlite,
        ):
            cases = ledger_bench.postgresql_cases(pgbench, clients)
            cases += ledger_bench.sqlite_cases(on_sqlite, None)
            ledger_bench.measure(cases, seconds)
    _print_cases("PostgreSQL", cases)
    click.echo(
        "基准：pgbench 的 TPC-B 类事务，同样多的客户端；逐批的与一个客户端相比。\n"
        "Baseline: pgbench's TPC-B-like transactions with as many clients; batches against one."
    )
    if entries:
        with ledger_bench.schema_of_its_own(database_url) as (own_url, _):
            upgrade_database(own_url)
            _large(own_url, entries)


@contextmanager
def _sqlite_clients(folder: Path) -> Iterator[Clients]:
    url = f"sqlite:///{folder / 'bench.db'}"
    upgrade_database(url)
    world.build(url)
    with closing(Clients(url, 1, WORKS)) as clients:
        yield clients


def _large(url: str, entries: int) -> None:
    """Fill a ledger and let the commands run over it."""
    world.build(url)
    with click.progressbar(length=entries, label="入账 Posting", file=sys.stderr) as bar:
        million.fill(url, entries, bar.update)
    world.settle(url)
    ran = million.compare(url, ROOT)
    ours = next(each for each in ran if each.name == "verify")
    rows = [
        (
            NAMES.get(each.name, each.name),
            f"{each.seconds:.1f}",
            f"{each.peak_mb:,.0f}",
            "1 ×" if each is ours else f"{each.seconds / ours.seconds:.2f} ×",
            "✓" if each.ok else "✗",
        )
        for each in ran
    ]
    click.echo(f"\n核对 {entries:,} 条分录 Checking {entries:,} entries")
    heads = ("程序 Program", "秒 Seconds", "内存 MB", "比 verify To verify", "")
    click.echo(table(heads, rows, right=" rrr "))
    if not all(each.ok for each in ran):
        raise click.ClickException("有程序没有成功。 A program has failed.")


@bench.command("rates")
@seconds_option
def rates_command(seconds: float) -> None:
    """Valuations a second: the formula against the rules written down in fractions."""
    wrong = rates_bench.differences(*rates_bench.published())
    if wrong:
        raise click.ClickException(f"两种算法结果不同 The two differ: {', '.join(wrong[:3])}")
    plain, ours = cases = rates_bench.cases()
    measure(cases, seconds)
    rows = [
        (
            NAMES[case.name],
            f"{case.per_second:,.0f}",
            _range(case.rates),
            f"{case.per_second / plain.per_second:.2f} ×" if case is ours else "1 ×",
        )
        for case in cases
    ]
    click.echo(f"\n估值每秒 Valuations a second · {_machine()}")
    heads = ("情形 Case", "每秒 A second", "各轮 Turns", "比基准 To baseline")
    click.echo(table(heads, rows, right=" rrr"))


@bench.command("asking")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the invented town.")
def asking_command(seed: int) -> None:
    """Policies of asking people in one invented town: what is filled, and how loudly."""
    found = asking_bench.compare(seed)
    rows = [
        (
            ASKING[each.name],
            f"{each.filled_percent:.1f}",
            f"{each.messages_a_fill:.1f}",
            f"{each.hours:.1f}",
        )
        for each in found
    ]
    size = f"{asking_bench.VOLUNTEERS:,} / {asking_bench.REQUESTS:,} / {asking_bench.DAYS}"
    click.echo(f"\n志愿者／申请／天数 Volunteers / requests / days: {size} · seed {seed}")
    heads = ("办法 Policy", "有人去 % Filled", "每次消息 Messages a fill", "小时 Hours")
    click.echo(table(heads, rows, right=" rrr"))
    ours = found[-1]
    if ours.filled_percent < FILLED_PERCENT or ours.messages_a_fill > MESSAGES_A_FILL:
        raise click.ClickException("没有达到目标。 The aim was missed.")


def _print_cases(title: str, cases: Sequence[Case]) -> None:
    known = {(case.name, case.clients): case.per_second for case in cases}
    rows = [
        (
            NAMES[case.name.removeprefix("sqlite ")]
            + (" · SQLite" if case.name.startswith("sqlite ") else ""),
            case.clients,
            f"{case.per_second:,.0f}",
            _range([turn.per_second for turn in case.turns]),
            f"{case.per_second / known[case.baseline]:.2f} ×" if case.baseline else "1 ×",
            f"{case.peak_mb:,.0f}" if case.peak_mb else "",
        )
        for case in cases
    ]
    click.echo(f"\n往来每秒 Transfers a second · {title} · {_machine()}")
    heads = ("情形 Case", "客户端", "每秒 A second", "各轮 Turns", "比基准 To baseline", "内存 MB")
    click.echo(table(heads, rows, right=" rrrrr"))


def _range(rates: Sequence[float]) -> str:
    return f"{min(rates):,.0f}–{max(rates):,.0f}"


def _machine() -> str:
    return f"Python {platform.python_version()} · {platform.machine()}"
