"""The first page, the notices, and the list to take along on paper."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for

from services.queries import volunteer as read
from timebank.edge import current_actor, declare, now, perform, reading
from timebank.web import inboxes
from timebank.web.volunteer import MORE, bp


@bp.get("/")
@declare("request.browse")
def home() -> str:
    """What is next, what the day still holds, what is asked for."""
    with reading() as ctx:
        page = read.home(ctx)
    return render_template("volunteer/home.html", page=page, now=now())


@bp.get("/more")
@declare("request.browse")
def more() -> str:
    """Everything that is used less often."""
    return render_template("volunteer/more.html", entries=MORE)


@bp.get("/messages")
@declare("account.use")
def messages() -> Any:
    """What the branch and the other side have told this volunteer."""
    return inboxes.inbox_page(_face())


@bp.post("/messages/read")
@declare("notice.mark")
def read_messages() -> Any:
    """The volunteer has read them."""
    return inboxes.read_all(_face())


_LINKS = {
    "back": "volunteer.home",
    "inbox": "volunteer.messages",
    "read": "volunteer.read_messages",
    "reach": "public.reach",
}


def _face() -> inboxes.Face:
    return inboxes.Face(
        "layouts/work.html", current_actor().id, lambda name: url_for(_LINKS[name]), {}
    )


@bp.get("/calendar")
@declare("request.browse")
def calendar() -> str:
    """All promises with their addresses, for paper."""
    lines = perform(read.calendar)
    return render_template("volunteer/calendar.html", lines=lines, now=now())
