"""Where oversight begins: everything to watch that the reader may read."""

from __future__ import annotations

from flask import render_template

from services.policy import may_ever
from timebank.edge import current_actor, declare
from timebank.security import declared_act
from timebank.web.oversight import MORE, bp


@bp.get("/")
@declare("sheet.read")
def home() -> str:
    """One line for each thing to watch."""
    actor = current_actor()
    shown = [each for each in MORE if may_ever(actor, declared_act(each.endpoint) or "jobs.run")]
    return render_template("oversight/home.html", entries=shown)
