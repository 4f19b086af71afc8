"""Who comes when, who that is, and both on paper for the wall."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.queries.elder.coming import coming_of, name_card, paper_of
from timebank.web.elder.whom import page, read, show, whom


@page("/today", "visit.read")
def today() -> Any:
    """Who comes today, tomorrow, this week and later."""
    return show("today", read(lambda ctx: coming_of(ctx, whom())))


@page("/today/paper", "visit.read")
def coming_paper() -> Any:
    """The next weeks in large print, with a card of everybody who comes."""
    found = read(lambda ctx: paper_of(ctx, whom()), sensitive="visit.read")
    return show("coming_paper", found)


@page("/visits/<book>/<uuid:visit_id>/name-card", "visit.read")
def visitor_card(book: str, visit_id: UUID) -> Any:
    """The name card of whoever comes."""
    return show(
        "name_card", read(lambda ctx: name_card(ctx, book, visit_id), sensitive="visit.read")
    )
