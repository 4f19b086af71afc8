"""Oversight: what administrators and auditors watch together, and what a branch answers.

Auditors propose and note; nothing here lets them move a minute.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from services.policy import AUDITOR, NATIONAL_ADMIN, REGION_ADMIN
from timebank.edge import current_actor
from timebank.web.admin import NATIONAL_NAV
from timebank.web.admin import NAV as ADMIN_NAV
from timebank.web.audit import NAV as AUDIT_NAV
from timebank.web.audit.words import FOR_TEMPLATES
from timebank.web.branch import NAV as BRANCH_NAV
from timebank.web.more import More

bp = Blueprint("oversight", __name__, url_prefix="/oversight")

#: For pages that an error shows before anybody is known; the menu follows the reader's role.
NAV: list[tuple[str, object]] = []
#: What stands on the first page, in this order; whoever may not read a thing does not see it.
MORE: list[More] = []


@bp.context_processor
def _known() -> dict[str, Any]:
    actor = current_actor()
    nav = BRANCH_NAV
    if actor.has_role(REGION_ADMIN):
        nav = ADMIN_NAV
    if actor.has_role(NATIONAL_ADMIN):
        nav = NATIONAL_NAV
    # Whoever audits keeps that menu, whatever else he is.
    return {**FOR_TEMPLATES, "nav": AUDIT_NAV if actor.has_role(AUDITOR) else nav}


from timebank.web.oversight import (  # noqa: E402
    callbacks,
    cockpit,
    complaints,
    entries,
    flags,
    forecast,
    home,
    perks,
    records,
    returns,
    reversals,
    rolls,
    sheets,
    stars,
)

__all__ = [
    "MORE",
    "NAV",
    "bp",
    "callbacks",
    "cockpit",
    "complaints",
    "entries",
    "flags",
    "forecast",
    "home",
    "perks",
    "records",
    "returns",
    "reversals",
    "rolls",
    "sheets",
    "stars",
]
