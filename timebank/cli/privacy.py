"""``flask privacy``: the data map as the documentation shows it."""

from __future__ import annotations

import click

from services.privacy.documented import document


@click.group("privacy")
def privacy() -> None:
    """Personal data: what is kept, why and how long."""


@privacy.command("map")
def map_command() -> None:
    """Print purposes and tables as Markdown, as they stand in docs/privacy.md."""
    click.echo(document(), nl=False)
