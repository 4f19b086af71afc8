"""The branch's day on a board: by the hour, late ones on top, and on paper."""

from __future__ import annotations

from services.queries.branch.day import day_board
from timebank.edge import declare, now, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import here, page
from timebank.web.days import asked_day


@bp.get("/day")
@declare("branch.work")
def day() -> tuple[str, int]:
    """One day of the branch; today without a date."""
    with reading() as ctx:
        found = day_board(ctx, here(ctx).id, asked_day("day"))
    return page("branch/day.html", board=found, now=now())
