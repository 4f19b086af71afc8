"""The elder's front page, and whom to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.places import BranchView
from services.queries import elder as queries
from services.queries.elder.near import ElderView
from timebank.web.elder import MORE
from timebank.web.elder.whom import page, read, show, whom
from timebank.web.more import More


@dataclass(frozen=True, slots=True)
class Calling:
    """Whom to call, and whose page it is."""

    elder: ElderView
    branch: BranchView


@dataclass(frozen=True, slots=True)
class Further:
    """What stands behind 更多, and whose page it is."""

    elder: ElderView
    entries: list[More]


@page("", "statement.read")
def home() -> Any:
    """At most four cards, and on top what wants attention."""
    return show("home", read(lambda ctx: queries.home_of(ctx, whom())))


@page("/more", "statement.read")
def more() -> Any:
    """Everything that is used less often."""
    return show("more", read(lambda ctx: Further(queries.elder_view(ctx, whom()), MORE)))


@page("/call", "account.use")
def call() -> Any:
    """The hotline, the branch, and the card."""
    return show(
        "call",
        read(lambda ctx: Calling(queries.elder_view(ctx, whom()), queries.branch_of(ctx, whom()))),
    )
