"""A volunteer's week: promises, stated hours, what one is asked, service days."""

from __future__ import annotations

from flask import render_template

from services.queries.volunteer.week import week as week_of
from timebank.edge import declare, now, reading
from timebank.web.days import asked_day
from timebank.web.volunteer import bp


@bp.get("/week")
@declare("request.browse")
def week() -> str:
    """Seven days from a date on; this week without one."""
    with reading() as ctx:
        found = week_of(ctx, asked_day("from"))
    return render_template("volunteer/week.html", week=found, now=now())
