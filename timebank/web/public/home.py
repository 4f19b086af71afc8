"""The front page: what this is, where to go in, what has been given so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, render_template
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
    return render_template("public/home.html", faces=faces, sums=_sums())


def _sums() -> Statistics:
    kept: _Kept | None = current_app.extensions.get(_SUMS)
    if kept is None or not timedelta() <= now() - kept.at < KEPT:
        with reading() as ctx:
            kept = _Kept(now(), statistics(ctx))
        current_app.extensions[_SUMS] = kept
    return kept.sums
