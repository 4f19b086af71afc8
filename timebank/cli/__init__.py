"""Commands: one file for each group. They call the services and print; they decide nothing."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

#: Module under timebank.cli -> the names of its commands or groups.
GROUPS = {
    "serve": ("serve_command",),
    "db": ("db",),
    "backup": ("backup",),
    "rates": ("rates",),
    "people": ("people",),
    "ledger": ("ledger",),
    "seals": ("seals",),
    "keys": ("keys",),
    "privacy": ("privacy",),
    "ledger_reports": (),  # adds its commands to the group above
    "audit": ("audit",),
    "batches": ("batches",),
    "imports": ("imports",),
    "estates": ("estates",),
    "flags": ("flags",),
    "records": ("records",),
    "forecast": ("forecast",),
    "jobs": ("jobs",),
    "demo": ("demo",),
    "bench": ("bench",),
    "bench_suggesting": (),  # the same
    "bench_fraud": (),  # the same
}


def init_app(app: Flask) -> None:
    """Add every command to ``flask --app app``."""
    for module, names in GROUPS.items():
        found = import_module(f"timebank.cli.{module}")
        for name in names:
            app.cli.add_command(getattr(found, name))
