"""Administering a region or the nation: issue, reversal, offices, branches, books."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from services.policy import AUDITOR, NATIONAL_ADMIN
from timebank.edge import current_actor
from timebank.web.audit import NAV as AUDIT_NAV
from timebank.web.branch.words import FOR_TEMPLATES

bp = Blueprint("admin", __name__, url_prefix="/admin")

#: The audience's own menu: (endpoint, label).
NAV: list[tuple[str, object]] = [
    ("admin.home", _l("我的地区")),
    ("oversight.home", _l("监督")),
    ("admin.fairness", _l("匹配情况")),
    ("admin.corridors_home", _l("互认和备付")),
    ("admin.clearing_home", _l("跨地区清算")),
    ("branch.estates", _l("身后事")),
    ("admin.roles", _l("岗位")),
    ("admin.jobs", _l("后台事务")),
]
#: What only the national administrator has.
NATIONAL_NAV = [*NAV, ("admin.regions", _l("地区和账本"))]


@bp.context_processor
def _known() -> dict[str, Any]:
    actor = current_actor()
    nav = NATIONAL_NAV if actor.has_role(NATIONAL_ADMIN) else NAV
    # Auditors read some of these pages and keep their own menu.
    return {**FOR_TEMPLATES, "nav": AUDIT_NAV if actor.has_role(AUDITOR) else nav}


from timebank.web.admin import (  # noqa: E402
    batches,
    caps,
    care,
    clearing,
    corridors,
    estates,
    factors,
    fairness,
    funds,
    grants,
    home,
    import_acts,
    imports,
    installations,
    issue,
    jobs,
    notes,
    places,
    reserve,
    reversals,
    roles,
    successions,
)

__all__ = [
    "NAV",
    "batches",
    "bp",
    "caps",
    "care",
    "clearing",
    "corridors",
    "estates",
    "factors",
    "fairness",
    "funds",
    "grants",
    "home",
    "import_acts",
    "imports",
    "installations",
    "issue",
    "jobs",
    "notes",
    "places",
    "reserve",
    "reversals",
    "roles",
    "successions",
]
