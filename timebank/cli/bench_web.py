"""``flask bench web``: pages and acts through the real server, small ledger to large."""

from __future__ import annotations

import importlib.util
import platform
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from timebank.bench import ledger, web, web_world, world
from timebank.bench.own_postgresql import NoServer, own_postgresql
from timebank.bench.web import Found
from timebank.bench.web_app import BARE, empty_path
from timebank.bench.web_world import Place
from timebank.cli.db import ROOT, upgrade_database
from timebank.cli.text import table

SMALL, LARGE, SECONDS = 1_000, 1_000_000, 60.0
ENGINES = ("sqlite", "postgresql")


@click.command("web")
@click.option("--engine", type=click.Choice(["both", *ENGINES]), default="both", show_default=True)
@click.option(
    "--database-url",
    help="A PostgreSQL to measure on, in schemas of its own; without it one is started.",
)
@click.option("--small", type=click.IntRange(100), default=SMALL, show_default=True)
@click.option("--entries", type=click.IntRange(100), default=LARGE, show_default=True)
@click.option(
    "--seconds",
    type=click.FloatRange(1, 3600),
    default=SECONDS,
    show_default=True,
    help="For each size on each engine.",
)
@click.option("--turns", type=click.IntRange(1), default=web.TURNS, show_default=True)
def web_command(
    engine: str, database_url: str | None, small: int, entries: int, seconds: float, turns: int
) -> None:
    """The real server under few people: each page to the empty one, and large to small ledger."""
    if importlib.util.find_spec("locust") is None:
        raise click.ClickException(
            "没有安装 locust，它在开发用的包里：make lint 会安装。"
            " locust is not installed; it is in the development set, which make lint installs."
        )
    if database_url and make_url(database_url).get_backend_name() != "postgresql":
        raise click.ClickException(
            "SQLite 总是在临时文件里测量，请不要写地址。"
            " SQLite is measured in a throw-away file: leave the address out."
        )
    missed = 0
    for each in ENGINES if engine == "both" else (engine,):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="timebank-web-")))
            urls = _urls(stack, folder, each, database_url)
            places = [
                Place(ROOT, folder / name, url)
                for name, url in zip(("small", "large"), urls, strict=True)
            ]
            tokens = [
                _build(each, place, size)
                for place, size in zip(places, (small, entries), strict=True)
            ]
            found = web.measure(places, tokens, seconds, turns)
            _print(each, (small, entries), *found)
            missed += sum(not judged.holds for judged in web.judge(*found))
    if missed:
        click.echo("没有全部达到目标。 Not every goal was reached.")


def _urls(stack: ExitStack, folder: Path, engine: str, database_url: str | None) -> list[str]:
    if engine == "sqlite":
        return [f"sqlite:///{folder / name}.db" for name in ("small", "large")]
    try:
        address = database_url or stack.enter_context(own_postgresql(folder / "server"))
    except NoServer as reason:
        raise click.ClickException(
            f"没有可用的 PostgreSQL，请写 --database-url。"
            f" There is no PostgreSQL here, give --database-url: {reason}"
        ) from None
    return [stack.enter_context(ledger.schema_of_its_own(address))[0] for _ in range(2)]


def _build(engine: str, place: Place, entries: int) -> dict[str, str]:
    upgrade_database(place.url)
    label = f"{engine} {entries:,}"
    with click.progressbar(length=entries, label=label, file=sys.stderr) as bar:
        tokens = web_world.build(place, entries, bar.update)
    world.settle(place.url)
    return dict(tokens)


def _print(engine: str, sizes: tuple[int, int], small: Found, large: Found) -> None:
    machine = f"Python {platform.python_version()} · {platform.machine()}"
    click.echo(f"\n毫秒 Milliseconds · {engine} · {sizes[0]:,} / {sizes[1]:,} · {machine}")
    heads = (
        "页面 Page",
        "p50",
        "p95",
        "p99",
        "大 p50",
        "p95",
        "p99",
        "÷ empty",
        "÷ small",
        "!",
        "n",
    )
    names = sorted(set(small.by_name) | set(large.by_name), key=_order)
    rows = [_row(name, small, large) for name in names]
    click.echo(table(heads, rows, right=" rrrrrrrrrr"))
    for judged in web.judge(small, large):
        mark = "✓" if judged.holds else "✗"
        click.echo(
            f"{mark} {judged.audience}: p95 {judged.small_times:.2f} × / {judged.large_times:.2f} ×"
            f" empty (≤ {web.MOST_TIMES:g}), large to small {judged.growth:.2f} ×"
            f" (≤ {web.MOST_GROWTH:g})"
        )
    click.echo(
        f"{web.USERS} people, {web.THINKS_S:g} s between answers:"
        f" {small.a_second:.1f} / {large.a_second:.1f} answers a second"
    )
    for found in (small, large):
        for name, times in found.by_name.items():
            for error in sorted(set(times.errors)):
                click.echo(f"! {name}: {error} × {times.errors.count(error)}", err=True)


def _order(name: str) -> tuple[int, str]:
    first = (BARE, empty_path("elder"), empty_path("volunteer"))
    return (first.index(name) if name in first else len(first), name)


def _row(name: str, small: Found, large: Found) -> tuple[str, ...]:
    both = small.by_name[name], large.by_name[name]
    figures = [f"{times.at(percent):.1f}" for times in both for percent in (50, 95, 99)]
    ratio = large.times_empty(name)
    growth = both[1].at(95) / both[0].at(95) if both[0].took and both[1].took else 0.0
    errors = sum(len(times.errors) for times in both)
    return (
        name,
        *figures,
        f"{ratio:.2f}" if ratio else "",
        f"{growth:.2f}",
        str(errors or ""),
        str(sum(len(times.took) for times in both)),
    )
