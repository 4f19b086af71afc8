"""``flask bench suggesting``: how long one request waits for its list of people."""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path

import click

from timebank.bench.suggesting import fill, measure
from timebank.cli.bench import bench
from timebank.cli.db import upgrade_database
from timebank.cli.text import table
from timebank.uow import UnitOfWork, make_engine

NAMES = {
    "load": "读入全部志愿者 reading every volunteer",
    "follow": "十人有变动后跟上 following ten changes",
    "rank cold": "排序，第一次 ranking, the first time",
    "rank": "排序 ranking",
    "suggest": "排序并按账本核对 ranking, held to the truth",
}


@bench.command("suggesting")
@click.option("--volunteers", type=click.IntRange(100), default=100_000, show_default=True)
@click.option("--requests", type=click.IntRange(10), default=300, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def suggesting_command(volunteers: int, requests: int, seed: int) -> None:
    """The ranked list of people for one request, over many volunteers, in a throw-away file."""
    with tempfile.TemporaryDirectory(prefix="timebank-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'city.db'}"
        upgrade_database(url)
        work = UnitOfWork(make_engine(url))
        fill(work, seed, requests, volunteers)
        before = _peak_mb()
        found = measure(work)
        work.engine.dispose()
    rows = [
        (NAMES[each.name], *(f"{each.at(part) * 1000:,.1f}" for part in (500, 950, 1000)))
        for each in found
    ]
    click.echo(f"\n{volunteers:,} 位志愿者 volunteers · {requests:,} 项申请 requests · SQLite")
    heads = ("毫秒 Milliseconds", "一半 Half", "95 %", "最久 Longest")
    click.echo(table(heads, rows, right=" rrr"))
    click.echo(f"内存峰值 Peak memory: {_peak_mb():,} MB（写入后 after writing {before:,}）")


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
