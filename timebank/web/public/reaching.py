"""The own inbox, and how one wants to be reached."""

from __future__ import annotations

from typing import Any

from flask import url_for

from timebank.edge import current_actor, declare
from timebank.web import inboxes
from timebank.web.public import bp

_LINKS = {
    "back": "public.me",
    "inbox": "public.notices",
    "read": "public.read_notices",
    "reach": "public.reach",
    "email": "public.reach_email",
    "code": "public.reach_code",
    "end": "public.end_email",
}


def _face() -> inboxes.Face:
    links = dict(_LINKS)
    if current_actor().has_role("auditor"):
        links["reach"] = ""
    return inboxes.Face(
        "layouts/public.html",
        current_actor().id,
        lambda name: url_for(links[name]) if links[name] else "",
        {},
    )


@bp.get("/me/notices")
@declare("account.use")
def notices() -> Any:
    """What the product has told me."""
    return inboxes.inbox_page(_face())


@bp.post("/me/notices/read")
@declare("notice.mark")
def read_notices() -> Any:
    """I have read them."""
    return inboxes.read_all(_face())


@bp.route("/me/reach", methods=["GET", "POST"])
@declare("contact.update")
def reach() -> Any:
    """How I want to be reached."""
    return inboxes.reach_page(_face())


@bp.route("/me/reach/email", methods=["GET", "POST"])
@declare("contact.update")
def reach_email() -> Any:
    """A mail address of mine."""
    return inboxes.email_page(_face())


@bp.route("/me/reach/code", methods=["GET", "POST"])
@declare("contact.update")
def reach_code() -> Any:
    """The code that came to it."""
    return inboxes.code_page(_face())


@bp.post("/me/reach/email/end")
@declare("contact.update")
def end_email() -> Any:
    """No more mail."""
    return inboxes.end_email(_face())
