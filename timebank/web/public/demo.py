"""The invented district's own pages: who may be tried out, and what was sent to whom."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.login import verify_password
from services.queries.public import demo_messages
from timebank.demo.founding import PASSWORD
from timebank.demo.logins import LOGINS
from timebank.edge import declare, perform, reading, timebank
from timebank.web.public import bp
from timebank.web.public.login import enter


def _only_in_demo() -> None:
    if not timebank().settings.is_demo:
        abort(404)


@bp.get("/demo")
@declare("demo.read")
def demo() -> ResponseReturnValue:
    """The printed logins, each with a button."""
    _only_in_demo()
    return render_template("public/demo.html", logins=LOGINS, password=PASSWORD)


@bp.post("/demo/enter")
@declare("demo.read")
def demo_enter() -> ResponseReturnValue:
    """Come in as one of the printed people."""
    _only_in_demo()
    wanted = request.form.get("login", "")
    if wanted not in {each.login for each in LOGINS}:
        abort(404)
    member_id = perform(lambda ctx: verify_password(ctx, wanted, PASSWORD))
    if member_id is None:
        # The visitor has changed this password: then it is asked for.
        return redirect(url_for("public.login"), code=303)
    return enter(member_id)


@bp.get("/demo/inbox")
@declare("demo.read")
def demo_inbox() -> ResponseReturnValue:
    """Everybody's messages, newest first."""
    _only_in_demo()
    with reading() as ctx:
        messages = demo_messages(ctx)
    return render_template("public/demo_inbox.html", messages=messages)
