"""Pages for the audience of this name; the views are in the modules beside."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import lazy_gettext as _l

bp = Blueprint("audit", __name__, url_prefix="/audit" or None)

#: The audience's own menu: (endpoint, label).
NAV: list[tuple[str, object]] = []
