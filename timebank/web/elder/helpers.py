"""Who may act for me, in what, how much and until when; and taking that leave back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from services.people.kin import revoke_delegation
from services.queries.elder.helping import helpers_page
from timebank.web.elder.forms import PlainForm
from timebank.web.elder.whom import done, page, read, show, whom


@page("/helpers", "member.read")
def helpers() -> Any:
    """Everybody who may act for the elder now."""
    return show("helpers", read(lambda ctx: helpers_page(ctx, whom())), PlainForm())


@page("/helpers/<uuid:delegation_id>/end", "delegation.revoke", ("POST",))
def end_helper(delegation_id: UUID) -> Any:
    """Take the leave back; it ends at once."""
    form = PlainForm()
    if done(form, lambda ctx: revoke_delegation(ctx, whom(), delegation_id)):
        flash(_("从现在起不能再代办了，已经通知对方。"), "success")
        return redirect(url_for(".helpers"), 303)
    return show("helpers", read(lambda ctx: helpers_page(ctx, whom())), form)
