"""The elder's pages; every one of them also stands under ``/elder/for/<id>`` for a helper."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import lazy_gettext as _l

bp = Blueprint("elder", __name__, url_prefix="/elder")

#: The audience's own menu: (endpoint, label).
NAV: list[tuple[str, object]] = [
    ("elder.home", _l("首页")),
    ("elder.requests", _l("申请")),
    ("elder.coins", _l("时间")),
    ("elder.call", _l("电话")),
]

from timebank.web.elder import (  # noqa: E402
    asking,
    coins,
    door,
    helpers,
    home,
    requests,
    visits,
)

__all__ = ["NAV", "asking", "bp", "coins", "door", "helpers", "home", "requests", "visits"]
