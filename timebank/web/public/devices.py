"""Where somebody is logged in: a list with a way out of each."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.logins import sessions
from timebank import identity
from timebank.edge import declare, perform, reading, timebank
from timebank.login_words import label_words
from timebank.web.forms.keys import kept_key
from timebank.web.public import bp


@bp.get("/me/logins")
@declare("account.use")
def logins() -> ResponseReturnValue:
    """Every login that holds, this browser's first."""
    lasts = timebank().settings.session_lifetime
    with reading() as ctx:
        found = sessions.devices(ctx, identity.login_id(), lasts)
    return render_template("public/logins.html", logins=found, words=label_words)


@bp.post("/me/logins/<uuid:login_id>/end")
@declare("account.use")
def end_login(login_id: UUID) -> ResponseReturnValue:
    """End one of the own logins; this browser's own is the way out."""
    if login_id == identity.login_id():
        return redirect(url_for("public.logout"), code=307)
    key = kept_key(request.form.get("idempotency_key"))
    perform(lambda ctx: sessions.end(ctx, login_id, "elsewhere"), key=key)
    flash(_("那台设备上的登录已经退出。"), "success")
    return redirect(url_for("public.logins"), code=303)


@bp.post("/me/logins/end-others")
@declare("account.use")
def end_other_logins() -> ResponseReturnValue:
    """End all logins but this one."""
    mine = identity.login_id()
    key = kept_key(request.form.get("idempotency_key"))
    perform(lambda ctx: sessions.end_others(ctx, mine), key=key)
    flash(_("其他设备上的登录都已经退出。"), "success")
    return redirect(url_for("public.logins"), code=303)
