"""Coins given and left: gifts, donations, who inherits, and what follows a death.

The pages are every member's own, elder or volunteer, in large print. Nobody gives for another:
at the counter a branch does it with both parties named (``timebank.web.branch``).
"""

from __future__ import annotations

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from timebank.web.more import More

bp = Blueprint("giving", __name__, url_prefix="/giving")

#: The audience's own menu: (endpoint, label).
NAV: list[tuple[str, object]] = [
    ("public.me", _l("我的")),
    ("giving.home", _l("赠送和传承")),
]
#: What the first page leads to, in this order.
MORE: list[More] = []

from timebank.web.giving import (  # noqa: E402, F401
    deaths,
    designations,
    donations,
    estate_notices,
    gift_new,
    gifts,
    home,
    inheriting,
    origins,
    papers,
)
