"""What was granted to me: how much, why, and until when."""

from __future__ import annotations

from typing import Any

from services.queries.elder.grants import granted_to
from timebank.web.elder.whom import page, read, show, whom


@page("/grants", "statement.read")
def grants() -> Any:
    """The grants by the quarter in which they end together."""
    found = read(lambda ctx: granted_to(ctx, whom()), sensitive="statement.read")
    return show("grants", found)
