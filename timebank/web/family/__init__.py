"""For relatives: whom they may act for. What they do for them happens on the elder's pages."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import lazy_gettext as _l

bp = Blueprint("family", __name__, url_prefix="/family")

#: The audience's own menu: (endpoint, label).
NAV: list[tuple[str, object]] = [("family.home", _l("我的家人"))]

from timebank.web.family import home  # noqa: E402

__all__ = ["NAV", "bp", "home"]
