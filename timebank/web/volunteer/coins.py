"""A volunteer's coins and honours."""

from __future__ import annotations

from flask import render_template, request

from services.queries import volunteer as read
from timebank.edge import declare, reading
from timebank.web.volunteer import bp, words


@bp.get("/coins")
@declare("statement.read")
def coins() -> str:
    """What there is, what is to come, and what happened."""
    page = max(1, request.args.get("page", 1, type=int))
    with reading() as ctx:
        found = read.coins(ctx, page)
    return render_template("volunteer/coins.html", coins=found, number=page, words=words)


@bp.get("/honours")
@declare("member.read")
def honours() -> str:
    """Hours, stars, level, papers, and what to do next."""
    with reading() as ctx:
        found = read.honours(ctx)
    return render_template("volunteer/honours.html", honours=found, words=words)
