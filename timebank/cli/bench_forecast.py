"""``flask bench forecast``: does the band hold the truth as often as it says, and how fast."""

from __future__ import annotations

import click

from timebank.bench import forecast as forecast_bench
from timebank.cli.text import table

WORLDS, RUNS, SPEED_RUNS = 200, 400, 2_000
NAIVE = "基准：用直线外推 baseline: a straight line"


@click.command("forecast")
@click.option("--worlds", type=click.IntRange(2), default=WORLDS, show_default=True)
@click.option("--runs", type=click.IntRange(50), default=RUNS, show_default=True)
def forecast_command(worlds: int, runs: int) -> None:
    """Backtest on invented worlds beside a straight line, and the time of one forecast."""
    found = forecast_bench.backtest(worlds, runs)
    heads = ["数目 figure", "80 %", "95 %", f"80 %，{NAIVE}", "95 %"]
    rows = []
    for name in forecast_bench.FIGURES:
        ours = [f"{100 * found.held[percent][name]:.1f} %" for percent in (80, 95)]
        naive = [
            f"{100 * found.naive[percent][name]:.1f} %" if name in found.naive[percent] else "—"
            for percent in (80, 95)
        ]
        rows.append([name, *ours, *naive])
    click.echo(f"{worlds} 个虚构的世界，8 年历史，往后 10 年 worlds, 8 years known, 10 ahead")
    click.echo(table(heads, rows))
    seconds = forecast_bench.speed(SPEED_RUNS)
    click.echo(
        f"30 年，{SPEED_RUNS:,} 次，八种情形 30 years and eight cases: {seconds:.1f} s (CPU)"
    )
