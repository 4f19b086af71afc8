"""My time: what is there, what is set aside, and what came and went."""

from __future__ import annotations

from typing import Any

from services.queries import elder as queries
from timebank.web.elder.whom import page, read, show, whom
from timebank.web.forms.months import MonthForm, mark_asked, month_asked
from timebank.web.words import coins as coin_words
from timebank.web.words.moves import left_line


@page("/coins", "statement.read")
def coins() -> Any:
    """The big figure, what is set aside, and the rows of the book, of a month or of all."""
    found = read(
        lambda ctx: queries.coins_of(ctx, whom(), month=month_asked(), after=mark_asked()),
        sensitive="statement.read",
    )
    return show(
        "coins", found, months=MonthForm(found.months), coin_words=coin_words, left_line=left_line
    )
