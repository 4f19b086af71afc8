"""The front page: what this is, where to go in, what has been given so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from services.policy import NOBODY
from services.queries.public import Statistics, statistics
from timebank.edge import current_actor, declare, now, reading
from timebank.web.landing import faces_of
from timebank.web.preferences import preferences
from timebank.web.public import bp

#: The sums are taken anew after so long: the front page is read far more often than it changes.
KEPT = timedelta(minutes=5)
_SUMS = "timebank.public.statistics"

bp.get("/preferences")(declare("public.read")(preferences))


@dataclass(frozen=True, slots=True)
class _Kept:
    at: datetime
    sums: Statistics


@bp.get("/")
@declare("public.read")
def home() -> ResponseReturnValue:
    """The doors, the promises and the figures."""
    actor = current_actor()
    faces = () if actor.id == NOBODY.id else faces_of(actor)
    return render_template("public/home.html", faces=faces, sums=_sums(), path_of=_path_of)


@bp.get("/elder-version")
@declare("public.read")
def elder_version() -> ResponseReturnValue:
    """Large letters, and the pages that ask one thing at a time."""
    return redirect(
        url_for("public.preferences", text_size="2", next=_path_of("elder.home") or "/"), code=303
    )


@bp.get("/settings")
@declare("public.read")
def settings() -> ResponseReturnValue:
    """Text size and language on a page of their own, for whoever missed the small links."""
    return render_template("public/settings.html")


def _path_of(endpoint: str) -> str | None:
    """The path of a face, if it is there."""
    return url_for(endpoint) if endpoint in current_app.view_functions else None


def _sums() -> Statistics:
    kept: _Kept | None = current_app.extensions.get(_SUMS)
    if kept is None or not timedelta() <= now() - kept.at < KEPT:
        with reading() as ctx:
            kept = _Kept(now(), statistics(ctx))
        current_app.extensions[_SUMS] = kept
    return kept.sums
