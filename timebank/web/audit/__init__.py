"""The auditor's pages: everything in scope can be read, nothing can be moved."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from timebank.web.audit.words import FOR_TEMPLATES

bp = Blueprint("audit", __name__, url_prefix="/audit")

#: The audience's own menu: (endpoint, label).
NAV: list[tuple[str, object]] = [
    ("audit.home", _l("地区和账本")),
    ("oversight.home", _l("监督")),
    ("admin.corridors_home", _l("互认和备付")),
    ("admin.clearing_home", _l("跨地区清算")),
]

bp.context_processor(lambda: dict(FOR_TEMPLATES))

from timebank.web.audit import (  # noqa: E402
    accounts,
    apart,
    desk,
    estates,
    exporting,
    giving,
    home,
    records,
    requests,
    search,
    shown,
    transfers,
)

__all__ = [
    "NAV",
    "accounts",
    "apart",
    "bp",
    "desk",
    "estates",
    "exporting",
    "giving",
    "home",
    "records",
    "requests",
    "search",
    "shown",
    "transfers",
]
