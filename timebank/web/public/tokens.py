"""Keys for programs: made and ended by their owner, shown once."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.errors import DomainError
from services.login import api_tokens, issue_api_token, revoke_api_token
from timebank.edge import declare, now, perform, reading
from timebank.scope_words import SCOPE_NAMES
from timebank.web.forms.keys import kept_key
from timebank.web.public import bp
from timebank.web.public.factors import asked_again
from timebank.web.public.forms import TokenForm


@bp.route("/me/tokens", methods=["GET", "POST"])
@declare("account.use")
def tokens() -> ResponseReturnValue:
    """List the own keys and make one.

    A new key is shown in the answer itself, never kept for a next page: to press the button
    again shows the same one, to come back later shows none.
    """
    again = asked_again()
    if again is not None:
        return again
    form = TokenForm()
    made = None
    if form.validate_on_submit():
        name, days = form.name.data or "", int(form.days.data or 0)
        may = tuple(form.scopes.data or ())
        try:
            made = perform(lambda ctx: issue_api_token(ctx, name, days, may), key=form.key)
        except DomainError as error:
            form.refuse(error)
    with reading() as ctx:
        own = api_tokens(ctx)
    page = render_template(
        "public/tokens.html", form=form, tokens=own, made=made, now=now(), names=SCOPE_NAMES
    )
    return page, 422 if form.errors else 200


@bp.post("/me/tokens/<uuid:token_id>/end")
@declare("account.use")
def end_token(token_id: UUID) -> ResponseReturnValue:
    """End one of the own keys."""
    key = kept_key(request.form.get("idempotency_key"))
    perform(lambda ctx: revoke_api_token(ctx, token_id), key=key)
    flash(_("这个密钥已经停用。"), "success")
    return redirect(url_for("public.tokens"), code=303)
