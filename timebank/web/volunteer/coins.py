"""A volunteer's coins and honours."""

from __future__ import annotations

from flask import render_template

from services.queries import volunteer as read
from timebank.edge import declare, reading
from timebank.web.forms.months import MonthForm, mark_asked, month_asked
from timebank.web.volunteer import bp, words
from timebank.web.words import coins as coin_words
from timebank.web.words.moves import left_line


@bp.get("/coins")
@declare("statement.read")
def coins() -> str:
    """What there is, what is to come, and what happened."""
    with reading() as ctx:
        found = read.coins(ctx, month=month_asked(), after=mark_asked())
    return render_template(
        "volunteer/coins.html",
        coins=found,
        months=MonthForm(found.months),
        words=words,
        coin_words=coin_words,
        left_line=left_line,
    )


@bp.get("/honours")
@declare("member.read")
def honours() -> str:
    """Hours, stars, level, papers, and what to do next."""
    with reading() as ctx:
        found = read.honours(ctx)
    return render_template("volunteer/honours.html", honours=found, words=words)
