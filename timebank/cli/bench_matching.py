"""``flask bench matching``: cities out of a seed, matched in several ways side by side."""

from __future__ import annotations

import platform

import click

from timebank.bench import matching
from timebank.bench.matching import Outcome
from timebank.cli.text import table

#: Size of the city in which every pair is looked at, and of that with two people to a request.
DENSE, DENSE_PEOPLE, PAIRS, PAIRS_PEOPLE = 1_000, 10_000, 1_000, 2_000
PARTS = ("instant", "optimum", "abundant", "contested", "pairs")
WAYS = {
    "optimum": ("first come", "greedy", "flow", "dense"),
    "abundant": ("first come", "greedy", "flow", "flow 100", "flow twice"),
    "contested": ("first come", "greedy", "flow", "flow 100", "flow twice"),
    "pairs": ("flow", "highs"),
}
#: What the cost of the others is set against.
BASELINES = {"optimum": "dense", "abundant": "flow 100", "contested": "flow 100", "pairs": "highs"}
NAMES = {
    "first come": "先到先得 first come, first served",
    "greedy": "逐对取最省 the cheapest pair, then the next",
    "dense": "全部配对的最优 dense optimum (scipy)",
    "highs": "两人同行的最优 optimum with pairs (HiGHS)",
    "highs, not proven": "两人同行，未证最优 with pairs, not proven (HiGHS)",
}


@click.command("matching")
@click.option("--seed", type=int, default=1, show_default=True, help="The city.")
@click.option("--requests", type=click.IntRange(1), default=10_000, show_default=True)
@click.option("--volunteers", type=click.IntRange(1), default=100_000, show_default=True)
@click.option(
    "--only", multiple=True, type=click.Choice(PARTS), help="Some of the parts; all without."
)
@click.option(
    "--turns", type=click.IntRange(20), default=1_000, show_default=True, help="Rankings."
)
def matching_command(
    seed: int, requests: int, volunteers: int, only: tuple[str, ...], turns: int
) -> None:
    """Cost, unmatched, seconds and peak memory of ways to match a city's requests."""
    click.echo(f"Python {platform.python_version()} · {platform.machine()} · seed {seed}")
    sizes = {
        "instant": (min(requests, 2_000), volunteers, 0),
        "optimum": (min(DENSE, requests), min(DENSE_PEOPLE, volunteers), 0),
        "abundant": (requests, volunteers, 0),
        "contested": (requests, max(1, volunteers // 5), 0),
        "pairs": (min(PAIRS, requests), min(PAIRS_PEOPLE, volunteers), 10),
    }
    for part in only or PARTS:
        tasks, people, pairs = sizes[part]
        shot = matching.snapshot(seed, tasks, people, pairs)
        click.echo(f"\n{part}: {tasks:,} requests × {people:,} volunteers")
        if part == "instant":
            for clock, (middle, most, worst) in matching.instant(shot, turns).items():
                figures = f"p50 {middle:.2f} · p95 {most:.2f} · max {worst:.2f}"
                click.echo(f"ranking, ms ({clock}): {figures}")
        else:
            _print(matching.compared(shot, WAYS[part]), BASELINES[part])


def _print(outcomes: list[Outcome], baseline: str) -> None:
    base = next(each for each in outcomes if each.name.startswith(baseline))
    rows = [
        (
            NAMES.get(each.name, each.name.replace("flow", "最小费用流 flow, K =")),
            f"{each.cost:,.1f}",
            "1 ×" if each is base else f"{each.cost / base.cost:.6f} ×",
            f"{each.unmatched} ({100 * each.unmatched / each.seats:.2f} %)",
            str(each.without_candidate),
            str(each.unmatched - each.without_candidate),
            f"{each.seconds:.2f}",
            f"{each.cpu_seconds:.2f}",
            "" if each.peak_mb is None else f"{each.peak_mb:,.0f}",
        )
        for each in outcomes
    ]
    heads = (
        "方法 Way",
        "分钟 Cost",
        "比基准 To baseline",
        "未配上 Unmatched",
        "无人可选 Nobody fits",
        "让给别人 Lost",
        "秒 Seconds",
        "CPU",
        "内存 MB",
    )
    click.echo(table(heads, rows, right=" rrrrrrrr"))
