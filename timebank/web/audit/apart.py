"""How many people do not meet, and what was reported: counts, nobody's names."""

from __future__ import annotations

from flask import render_template

from services.queries.audit.apart import ACT, apart_page
from timebank.edge import declare, reading
from timebank.web.audit import bp
from timebank.web.words.incidents import KINDS, STATES


@bp.get("/books/<book>/apart")
@declare(ACT)
def apart(book: str) -> str:
    """Avoidances in force, and reports by kind and state."""
    with reading() as ctx:
        page = apart_page(ctx, book)
    return render_template("audit/apart.html", page=page, kinds=KINDS, states=STATES)
