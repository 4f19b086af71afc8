"""The elder's notices in large print, and how the elder wants to be reached."""

from __future__ import annotations

from typing import Any

from flask import url_for

from services.queries import elder as queries
from timebank.edge import reading
from timebank.web import inboxes
from timebank.web.elder.whom import page, whom

_LINKS = {
    "back": ".more",
    "inbox": ".notices",
    "read": ".read_notices",
    "reach": ".reach",
    "email": ".reach_email",
    "code": ".reach_code",
    "end": ".end_email",
}


def _face() -> inboxes.Face:
    with reading() as ctx:
        elder = queries.elder_view(ctx, whom())
    is_family = elder.acting == "family"

    def link(name: str) -> str:
        if name == "reach" and is_family:
            return ""
        return url_for(_LINKS[name])

    return inboxes.Face("elder/_face.html", elder.id, link, {"elder": elder}, only_reads=is_family)


@page("/notices", "notice.read")
def notices() -> Any:
    """What the elder has been told."""
    return inboxes.inbox_page(_face())


@page("/notices/read", "notice.mark", ("POST",))
def read_notices() -> Any:
    """The elder has read them, or has had them read out."""
    return inboxes.read_all(_face())


@page("/reach", "contact.update", ("GET", "POST"))
def reach() -> Any:
    """By which way, in which language, and when not."""
    return inboxes.reach_page(_face())


@page("/reach/email", "contact.update", ("GET", "POST"))
def reach_email() -> Any:
    """A mail address of the elder's."""
    return inboxes.email_page(_face())


@page("/reach/code", "contact.update", ("GET", "POST"))
def reach_code() -> Any:
    """The code that came to it."""
    return inboxes.code_page(_face())


@page("/reach/email/end", "contact.update", ("POST",))
def end_email() -> Any:
    """No more mail."""
    return inboxes.end_email(_face())
