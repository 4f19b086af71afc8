"""My time: what is there, what is set aside, and what came and went."""

from __future__ import annotations

from typing import Any

from flask import request

from services.queries import elder as queries
from timebank.web.elder.whom import page, read, show, whom


@page("/coins", "statement.read")
def coins() -> Any:
    """The big figure, what is set aside, and the rows of the book."""
    number = request.args.get("page", 1, type=int)
    found = read(lambda ctx: queries.coins_of(ctx, whom(), number), sensitive="statement.read")
    return show("coins", found)
