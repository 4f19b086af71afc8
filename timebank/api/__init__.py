"""The API edge under /api/v1: the same acts for programs, wire formats in marshmallow."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the API's blueprints."""
