"""The first page, the notices, and the list to take along on paper."""

from __future__ import annotations

from flask import render_template

from services import outbox
from services.queries import volunteer as read
from timebank.edge import current_actor, declare, now, perform, reading
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
def messages() -> str:
    """What the branch and the other side have told this volunteer."""
    with reading() as ctx:
        notices = outbox.notices_of(ctx, current_actor().id)
    return render_template("volunteer/messages.html", notices=notices)


@bp.get("/calendar")
@declare("request.browse")
def calendar() -> str:
    """All promises with their addresses, for paper."""
    lines = perform(read.calendar)
    return render_template("volunteer/calendar.html", lines=lines, now=now())
