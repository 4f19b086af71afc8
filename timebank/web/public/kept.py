"""Where somebody wanted to go, and what was sent when the login had just run out.

A form that arrives too late is not done, and not lost: its answers travel, sealed, through the
login pages and back into the browser, where one press sends them again. Nothing is stored here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from services.policy import Actor
from services.vault import Unreadable
from timebank.edge import timebank
from timebank.security import LoginOver
from timebank.web.landing import home_of
from timebank.web.preferences import local_path
from timebank.web.public.forms import LoginForm

#: The field that carries the sealed answers from page to page.
FIELD = "kept"
PURPOSE = "login.kept"
#: Larger forms and files are not carried along; the page says so.
MOST_CHARS = 100_000
NOT_KEPT = frozenset({"csrf_token", FIELD})


@dataclass(frozen=True, slots=True)
class Answers:
    """A form that came too late: whose, where to, and what was in it."""

    member_id: str
    address: str
    fields: tuple[tuple[str, str], ...]


def init_app(app: Flask) -> None:
    """Answer whatever is sent after the login has run out."""
    app.register_error_handler(LoginOver, _on_over)


def wanted() -> str | None:
    """The local path that a login was asked for, if there is one."""
    return request.args.get("next") or None


def carried() -> str:
    """The sealed answers that this request carries along, or nothing."""
    return str(request.form.get(FIELD, ""))[: 2 * MOST_CHARS]


def onwards(actor: Actor) -> ResponseReturnValue:
    """After the login: the form that came too late, the page that was wanted, or the first one."""
    found = _opened(carried())
    if found is not None and found.member_id == str(actor.id):
        return render_template("public/kept.html", it=found, home=home_of(actor))
    there = wanted()
    return redirect(local_path(there) if there else home_of(actor), code=303)


def _on_over(over: LoginOver) -> ResponseReturnValue:
    """The login page at once, with what was sent; status 401, since nothing was done."""
    sealed = "" if request.files else _sealed(over.member_id)
    action = url_for("public.login", next=_page_before())
    page = render_template(
        "public/login.html", form=LoginForm(formdata=None), over=True, kept=sealed, action=action
    )
    return Response(page, status=401, mimetype="text/html")


def _page_before() -> str | None:
    """The page whose button was pressed: where to go when its answers were too many to carry."""
    try:
        came = urlsplit(request.referrer or "")
    except ValueError:  # a bracket that is never closed
        return None
    return "/" + came.path.lstrip("/") if came.netloc == request.host else None


def _sealed(member_id: str) -> str:
    fields = [
        (name, value) for name, value in request.form.items(multi=True) if name not in NOT_KEPT
    ]
    text = json.dumps([member_id, request.full_path.rstrip("?"), fields])
    return timebank().vault.seal(PURPOSE, text) if len(text) <= MOST_CHARS else ""


def _opened(sealed: str) -> Answers | None:
    if not sealed:
        return None
    try:
        member_id, address, fields = json.loads(timebank().vault.open(PURPOSE, sealed))
    except Unreadable:
        return None
    return Answers(member_id, address, tuple((name, value) for name, value in fields))
