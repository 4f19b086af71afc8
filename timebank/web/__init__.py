"""The page edge: one blueprint package for each audience, and the kit they share."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from flask import Flask, request

from services.policy import NOBODY
from timebank.edge import current_actor, timebank
from timebank.i18n import is_english
from timebank.web import filters

AUDIENCES = (
    "public",
    "elder",
    "family",
    "volunteer",
    "giving",
    "branch",
    "admin",
    "audit",
    "oversight",
)


def init_app(app: Flask) -> None:
    """Register filters, every audience's pages, and what all templates know."""
    filters.register(app)
    for audience in AUDIENCES:
        app.register_blueprint(import_module(f"timebank.web.{audience}").bp)
    import_module("timebank.web.public.kept").init_app(app)
    app.context_processor(_known_to_templates)


def _known_to_templates() -> dict[str, Any]:
    settings = timebank().settings
    actor = current_actor()
    audience = request.blueprint if request.blueprint in AUDIENCES else "public"
    package = import_module(f"timebank.web.{audience}")
    public = import_module("timebank.web.public")
    return {
        "product_name": settings.product_name_en if is_english() else settings.product_name,
        "hotline": settings.hotline,
        "env": settings.env,
        "settings": settings,
        "current_actor": None if actor.id == NOBODY.id else actor,
        "audience": audience,
        "nav": package.NAV,
        "footer_nav": public.FOOTER,
        "footer_more": public.FOOTER_MORE,
    }
