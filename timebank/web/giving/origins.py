"""Where my time comes from: what may be given, what is left, what ends, what goes first."""

from __future__ import annotations

from flask import render_template

from services.origins import my_origins
from timebank.edge import declare, reading
from timebank.web.giving import bp
from timebank.web.words import coins as coin_words


@bp.get("/origins")
@declare("statement.read")
def origins() -> str:
    """Every account by its origin, one total, and the four things that follow."""
    with reading() as ctx:
        found = my_origins(ctx)
    return render_template("giving/origins.html", it=found, coin_words=coin_words)
