"""Benefit funds, for anybody: whom each is for, what was given, what is there."""

from __future__ import annotations

from flask import render_template

from services.queries.donations import all_funds
from timebank.edge import declare, reading
from timebank.web.public import bp
from timebank.web.words.funds import FOR_TEMPLATES


@bp.get("/funds")
@declare("public.read")
def funds() -> str:
    """Every fund of every region, the open ones first."""
    with reading() as ctx:
        found = all_funds(ctx)
    return render_template("public/funds.html", books=found, **FOR_TEMPLATES)
