"""Coming in by password or by a one-time code, and going out again.

Whether somebody is a member is never given away: an unknown name gets the same pages.
"""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.errors import DomainError
from services.login import send_code, verify_code, verify_password
from services.logins import factors
from services.people.actors import actor_for
from services.policy import NOBODY
from timebank import identity
from timebank.edge import current_actor, declare, perform, reading
from timebank.security import limiter
from timebank.web.public import bp, kept
from timebank.web.public.factors import second_page
from timebank.web.public.forms import AskCodeForm, EnterCodeForm, LoginForm

#: Whom a code was asked for, between the two pages: what was typed, nothing more.
ASKED = "code_for"
PASSWORDS_AN_ADDRESS = "30 per 5 minutes"
CODES_AN_ADDRESS = "20 per hour"


@bp.route("/login", methods=["GET", "POST"])
@declare("public.read")
@limiter.limit(PASSWORDS_AN_ADDRESS, methods=["POST"])
def login() -> ResponseReturnValue:
    """Ask for name and password."""
    form = LoginForm()
    if not form.is_submitted():
        if identity.waiting() is not None:
            return redirect(url_for("public.second", next=kept.wanted()), code=303)
        if current_actor().id != NOBODY.id:
            return kept.onwards(current_actor())
    if form.validate_on_submit():
        try:
            member_id = perform(
                lambda ctx: verify_password(ctx, form.who.data or "", form.password.data or "")
            )
        except DomainError as error:
            form.refuse(error)
        else:
            if member_id is not None:
                return enter(member_id)
            form.form_errors.append(
                _("没有对上。请核对后再试，或者改用短信验证码登录，也可以打电话给我们。")
            )
    page = render_template("public/login.html", form=form, next=kept.wanted(), kept=kept.carried())
    return page, _status(form)


@bp.route("/login/code", methods=["GET", "POST"])
@declare("public.read")
@limiter.limit(CODES_AN_ADDRESS, methods=["POST"])
def login_code() -> ResponseReturnValue:
    """Ask whom to send a code to."""
    form = AskCodeForm()
    if form.validate_on_submit():
        who = form.who.data or ""
        perform(lambda ctx: send_code(ctx, who))
        session[ASKED] = who
        return redirect(url_for("public.login_enter", next=kept.wanted()), code=303)
    page = render_template("public/login_code.html", form=form, next=kept.wanted())
    return page, _status(form)


@bp.route("/login/code/enter", methods=["GET", "POST"])
@declare("public.read")
@limiter.limit(PASSWORDS_AN_ADDRESS, methods=["POST"])
def login_enter() -> ResponseReturnValue:
    """Ask for the code."""
    who = session.get(ASKED)
    if not who:
        return redirect(url_for("public.login_code", next=kept.wanted()), code=303)
    form = EnterCodeForm()
    if form.validate_on_submit():
        member_id = perform(lambda ctx: verify_code(ctx, who, form.code.data or ""))
        if member_id is not None:
            return enter(member_id, "code")
        form.form_errors.append(
            _("验证码没有对上，或者已经过期。请核对短信，或者重新要一个验证码。")
        )
    page = render_template("public/login_enter.html", form=form, next=kept.wanted())
    return page, _status(form)


@bp.post("/logout")
@declare("public.read")
def logout() -> ResponseReturnValue:
    """Go out; the page that follows says so, and the browser forgets what it has stored."""
    identity.log_out()
    flash(_("您已经退出。"), "success")
    answer = redirect(url_for("public.home"), code=303)
    # Not the cookies: language and text size stay, and the login's own is void on this side.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def enter(member_id: UUID, how: str = "password") -> ResponseReturnValue:
    """Begin the session and go on: to the second factor where an office calls for it."""
    with reading() as ctx:
        actor = actor_for(ctx.session, member_id, ctx.now)
        has_factor = bool(actor.roles) and factors.factor_of(ctx.session, member_id).is_set
    identity.log_in(actor, how)
    if identity.waiting() is None:
        return kept.onwards(actor)
    if has_factor and kept.carried():
        return second_page()
    return redirect(url_for("public.second", next=kept.wanted()), code=303)


def _status(form: LoginForm | AskCodeForm | EnterCodeForm) -> int:
    return 422 if form.errors else 200
