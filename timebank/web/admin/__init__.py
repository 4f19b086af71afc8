"""Administering a region or the nation: issue, reversal, offices, branches, books."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from services.policy import NATIONAL_ADMIN
from timebank.edge import current_actor
from timebank.web.branch.words import FOR_TEMPLATES

bp = Blueprint("admin", __name__, url_prefix="/admin")

#: The audience's own menu: (endpoint, label).
NAV: list[tuple[str, object]] = [
    ("admin.home", _l("我的地区")),
    ("admin.fairness", _l("匹配情况")),
    ("branch.estates", _l("身后事")),
    ("admin.roles", _l("岗位")),
    ("admin.jobs", _l("后台事务")),
]
#: What only the national administrator has.
NATIONAL_NAV = [*NAV, ("admin.regions", _l("地区和账本"))]


@bp.context_processor
def _known() -> dict[str, Any]:
    nav = NATIONAL_NAV if current_actor().has_role(NATIONAL_ADMIN) else NAV
    return {**FOR_TEMPLATES, "nav": nav}


from timebank.web.admin import (  # noqa: E402
    batches,
    care,
    estates,
    fairness,
    funds,
    grants,
    home,
    issue,
    jobs,
    notes,
    places,
    reversals,
    roles,
)

__all__ = [
    "NAV",
    "batches",
    "bp",
    "care",
    "estates",
    "fairness",
    "funds",
    "grants",
    "home",
    "issue",
    "jobs",
    "notes",
    "places",
    "reversals",
    "roles",
]
