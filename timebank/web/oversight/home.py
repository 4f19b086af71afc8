"""Where oversight begins: everything to watch that the reader may read."""

from __future__ import annotations

from flask import render_template

from services.policy import STAFF, Actor
from services.rights import POLICY
from timebank.edge import current_actor, declare
from timebank.security import declared_act
from timebank.web.oversight import MORE, bp
from timebank.web.oversight.sheet_words import sheet_word


@bp.app_template_global("sheet_about")
def sheet_about(code: str) -> str:
    """What a work sheet is about, for the inbox of a branch."""
    return sheet_word("about", code)


@bp.get("/")
@declare("sheet.read")
def home() -> str:
    """One line for each thing to watch."""
    actor = current_actor()
    shown = [each for each in MORE if _watches(actor, declared_act(each.endpoint) or "jobs.run")]
    return render_template("oversight/home.html", entries=shown)


def _watches(actor: Actor, act: str) -> bool:
    """Whether a role of the reader allows it; what he may do as a member is not here."""
    roles = {"staff" if role.name == STAFF else role.name for role in actor.roles}
    return bool(roles & POLICY[act]) or "anyone" in POLICY[act]
