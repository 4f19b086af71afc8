"""``flask bench fraud``: what the flags find, what they find wrongly, and how long it takes."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click

from services.rules.flags.rows import Thresholds
from timebank.bench.fraud import (
    GRID,
    NAIVE,
    Drawn,
    Report,
    choose,
    draw,
    many,
    report,
    shipped,
    timed,
    with_figures,
)
from timebank.bench.fraud_book import fill, scan
from timebank.bench.fraud_crooks import KINDS
from timebank.cli.bench import bench
from timebank.cli.db import upgrade_database
from timebank.cli.text import table
from timebank.uow import UnitOfWork, make_engine

#: Seeds of the towns that thresholds are chosen on begin here, those of the report there.
TRAINING, REPORTED = 1, 1_001


@bench.command("fraud")
@click.option("--towns", type=click.IntRange(1, 200), default=20, show_default=True)
@click.option("--training", type=click.IntRange(0, 200), default=20, show_default=True)
@click.option("--visits", type=click.IntRange(0), default=1_000_000, show_default=True)
@click.option("--book", type=click.IntRange(0), default=100_000, show_default=True)
def fraud_command(towns: int, training: int, visits: int, book: int) -> None:
    """Precision and recall of every flag over invented towns, and visits a second of CPU.

    Thresholds are chosen on TRAINING towns and reported on TOWNS others; beside them stand the
    thresholds that are shipped, naive ones, and choosing at random. VISITS go through the rules
    alone, and so many of a BOOK through a database in a throw-away file.
    """
    held = shipped()
    tested = draw(range(REPORTED, REPORTED + towns))
    click.echo(f"\n{towns} 个样例城镇 towns, seeds {REPORTED}-{REPORTED + towns - 1}")
    _show("公布的门槛 the published thresholds", report(tested, held), whole=True)
    if training:
        _chosen(tested, held, training)
    _show("天真的门槛 naive thresholds", report(tested, with_figures(held, NAIVE)), whole=True)
    if visits:
        _speed(visits, held)
    if book:
        _book(book)


def _chosen(tested: list[Drawn], held: Thresholds, training: int) -> None:
    best = choose(draw(range(TRAINING, TRAINING + training)), held)
    last = TRAINING + training - 1
    click.echo(f"\n在种子 {TRAINING}-{last} 上选出的门槛 chosen on seeds {TRAINING}-{last}")
    rows = [
        (code, name, held.held_to[code][name], best[code][name])
        for code in GRID
        for name in GRID[code]
    ]
    click.echo(
        table(("代码 Flag", "门槛 Threshold", "公布 Published", "选出 Chosen"), rows, right="  rr")
    )
    _show("选出的门槛 the chosen thresholds", report(tested, with_figures(held, best)), whole=False)


def _show(title: str, found: Report, *, whole: bool) -> None:
    click.echo(f"\n{title}")
    if whole:
        heads = (
            "代码 Flag",
            "提示 Flags",
            "准确 Precision",
            "查全 Recall",
            "老实城镇 Honest towns",
        )
        rows = [
            (
                code,
                f"{each.findings:,}",
                _percent(each.precision_permille),
                _percent(each.recall_permille),
                found.honest_flags[code],
            )
            for code, each in found.by_code.items()
        ]
        click.echo(table(heads, rows, right=" rrrr"))
        missed = [
            f"{kind} {each.found}/{each.schemes}"
            for kind, each in found.by_kind.items()
            if each.found < each.schemes
        ]
        click.echo(f"没有查出的做法 schemes that no flag found: {', '.join(missed) or '—'}")
    _show_visits(found)


def _show_visits(found: Report) -> None:
    """All flags together, by visit, beside choosing as many visits at random."""
    base = found.crooked * 1_000 // found.visits
    rows = [
        (
            "提示 flagged",
            f"{found.flagged:,}",
            _percent(found.rightly_flagged * 1_000 // max(1, found.flagged)),
            _percent(found.rightly_flagged * 1_000 // max(1, found.crooked)),
        ),
        (
            "随机抽同样多 as many at random",
            f"{found.flagged:,}",
            _percent(base),
            _percent(found.flagged * 1_000 // found.visits),
        ),
    ]
    heads = ("服务 Visits", "个数 Number", "准确 Precision", "查全 Recall")
    click.echo(table(heads, rows, right=" rrr"))
    honest = sum(found.honest_flags.values()) * 10_000 // max(1, found.honest_visits)
    click.echo(
        f"基准率 base rate {_percent(base)} ({found.crooked:,}/{found.visits:,}) · "
        f"老实城镇每万次服务 flags in 10,000 honest visits: {honest}"
    )


def _speed(visits: int, held: Thresholds) -> None:
    window = many(visits)
    began = time.process_time()
    lines = list(timed(window, held))
    seconds = time.process_time() - began
    rows = [(code, f"{each:,.2f}", f"{found:,}") for code, each, found in lines]
    click.echo(table(("代码 Flag", "CPU 秒 seconds", "提示 Flags"), rows, right=" rr"))
    number = len(window.served)
    click.echo(
        f"{number:,} 次服务 visits, {len(KINDS)} 种做法 kinds: {seconds:,.1f} 秒 s of CPU, "
        f"{int(number / seconds):,} 次/秒 visits/s"
    )


def _book(visits: int) -> None:
    window = many(visits)
    with tempfile.TemporaryDirectory(prefix="timebank-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'book.db'}"
        upgrade_database(url)
        work = UnitOfWork(make_engine(url))
        fill(work, window)
        seconds, made = scan(work)
        work.engine.dispose()
    number = len(window.served)
    click.echo(
        f"账本里 in a book: {number:,} 次服务 visits, {made:,} 条提示 flags, "
        f"{seconds:,.1f} 秒 s of CPU, {int(number / seconds):,} 次/秒 visits/s; "
        f"1,000,000 次 visits: {int(seconds * 1_000_000 / number):,} 秒 s"
    )


def _percent(permille: int) -> str:
    return f"{permille // 10}.{permille % 10} %"
