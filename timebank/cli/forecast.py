"""``flask forecast``: what is owed, what may come, and whether it can be paid."""

from __future__ import annotations

from uuid import UUID

import click
from flask.cli import with_appcontext

from services.context import Context
from services.errors import DomainError
from services.forecast import running, views
from services.forecast.cases import CASES
from services.policy import AUDITOR, NATION, SYSTEM, Actor, Role
from timebank.cli.text import table
from timebank.edge import timebank

#: Whoever may run commands on this machine reads as an auditor of the nation does.
CONSOLE = Actor(id=SYSTEM.id, name=SYSTEM.name, roles=(Role(AUDITOR, "nation", NATION),))
SHOWN = (1, 5, 10, 20, 30)


@click.group("forecast", invoke_without_command=True)
@click.pass_context
@click.option(
    "--region", default=NATION, show_default=True, help="12-digit code; the nation without."
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--runs", type=int, default=running.USUAL_RUNS, show_default=True)
@click.option("--keep", is_flag=True, help="Keep it, so that it is found on the page.")
@with_appcontext
def forecast(context: click.Context, region: str, seed: int, runs: int, keep: bool) -> None:
    """Project the coins, volunteers and elders of a region over thirty years."""
    if context.invoked_subcommand is not None:
        return
    held = timebank()
    try:
        with held.uow.read() as session:
            made = Context(session, CONSOLE, held.clock(), held.vault)
            computed = running.run(made, region, seed=seed, runs=runs)
        _print(computed)
        if keep:
            now = held.clock()
            kept = held.uow.run(
                lambda session: running.keep(Context(session, CONSOLE, now, held.vault), computed)
            )
            click.echo(f"已保存 kept: {kept}")
    except DomainError as error:
        raise click.ClickException(error.message) from error


@forecast.command("repeat")
@click.argument("forecast_id", type=click.UUID)
@with_appcontext
def repeat(forecast_id: UUID) -> None:
    """Compute a kept forecast again from its own inputs and its seed."""
    held = timebank()
    try:
        with held.uow.read() as session:
            made = Context(session, CONSOLE, held.clock(), held.vault)
            other = running.repeat(made, forecast_id)
    except DomainError as error:
        raise click.ClickException(error.message) from error
    if other:
        raise click.ClickException(f"不一样 differs: {', '.join(other)}")
    click.echo("一样 the same")


def _print(computed: running.Computed) -> None:
    """A line for each case."""
    liability = views.liability_of(computed.inputs)
    click.echo(
        f"{computed.region_code}: {len(computed.books)} 个账本 books, "
        f"欠 owed {liability.total_minutes / 60:,.0f} h, 种子 seed {computed.seed}"
    )
    years = [year for year in SHOWN if year <= computed.results["years"]]
    heads = [
        "情形 case",
        "次数 runs",
        *(f"{year} 年后能兑现 met" for year in years),
        "欠 owed h",
        "80 %",
    ]
    rows = []
    for case in CASES:
        found = computed.results["cases"].get(case.code)
        if found is None:
            continue
        owed = found["bands"]["liability"]
        last = years[-1] - 1
        rows.append(
            [
                f"{case.name.zh} {case.name.en}",
                f"{found['runs']:,}",
                *(f"{found['met_percent'][year - 1]} %" for year in years),
                f"{owed['500'][last] / 60:,.0f}",
                f"{owed['100'][last] / 60:,.0f}–{owed['900'][last] / 60:,.0f}",
            ]
        )
    click.echo(table(heads, rows))
