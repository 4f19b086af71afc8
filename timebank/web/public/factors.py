"""The second factor of whoever has an office: asked for after the password, set up, renewed."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from services.errors import DomainError
from services.logins import factors
from services.policy import Actor
from timebank import identity
from timebank.codes import qr_svg
from timebank.edge import current_actor, declare, now, perform, reading, timebank
from timebank.i18n import is_english
from timebank.security import limiter
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.landing import home_of
from timebank.web.preferences import local_path
from timebank.web.public import bp, kept

FACTORS_AN_ADDRESS = "30 per 5 minutes"


class ShowForm(PageForm):
    """The six digits of the app, or a recovery code."""

    code = f.TextField(
        _l("手机应用里的六位数字"),
        required=_l("请填写六位数字，或者一个恢复码"),
        max_length=20,
        autocomplete="one-time-code",
        hint=_l("手机不在身边？填一个恢复码也可以，每个只能用一次。"),
    )


class FirstForm(PageForm):
    """The first code of a new app."""

    code = f.CodeField(_l("应用里现在显示的六位数字"), required=_l("请填写六位数字"))


@bp.route("/login/second", methods=["GET", "POST"])
@declare("public.read")
@limiter.limit(FACTORS_AN_ADDRESS, methods=["POST"])
def second() -> ResponseReturnValue:
    """After the password: the second factor; whoever has none sets one up."""
    waits = identity.waiting()
    if waits is None:
        return redirect(url_for("public.login", next=kept.wanted()), code=303)
    with reading() as ctx:
        if not factors.factor_of(ctx.session, waits.actor.id).is_set:
            return redirect(url_for("public.second_set", next=kept.wanted()), code=303)
    form = ShowForm()
    if form.validate_on_submit():
        code = form.code.data or ""
        try:
            perform(lambda ctx: factors.show(ctx.as_actor(waits.actor), code))
        except DomainError as error:
            form.refuse(error)
        else:
            identity.strengthen(waits.actor, waits.login.id)
            return kept.onwards(waits.actor)
    return second_page(form)


def second_page(form: ShowForm | None = None) -> ResponseReturnValue:
    """The page that asks for the code; it carries along what was sent too late."""
    form = form or ShowForm(formdata=None)
    action = url_for("public.second", next=kept.wanted())
    page = render_template("public/second.html", form=form, action=action, kept=kept.carried())
    return page, 422 if form.errors else 200


@bp.route("/login/second/set", methods=["GET", "POST"])
@declare("public.read")
@limiter.limit(FACTORS_AN_ADDRESS, methods=["POST"])
def second_set() -> ResponseReturnValue:
    """Whoever has an office and no second factor yet sets one up, and can do nothing else."""
    waits = identity.waiting()
    if waits is None:
        return redirect(url_for("public.login", next=kept.wanted()), code=303)
    with reading() as ctx:
        if factors.factor_of(ctx.session, waits.actor.id).is_set:
            return redirect(url_for("public.second", next=kept.wanted()), code=303)
    form = FirstForm()
    codes = _confirmed(form, waits.actor)
    if codes:
        identity.strengthen(waits.actor, waits.login.id)
        wanted = kept.wanted()
        there = local_path(wanted) if wanted else home_of(waits.actor)
        return _codes_page(codes, there)
    return _set_page(form, waits.actor, None)


def _confirmed(form: FirstForm, actor: Actor) -> tuple[str, ...]:
    if not form.validate_on_submit():
        return ()
    code = form.code.data or ""
    try:
        return perform(lambda ctx: factors.confirm(ctx.as_actor(actor), code), key=form.key)
    except DomainError as error:
        form.refuse(error)
        return ()


def _set_page(form: FirstForm, actor: Actor, back: str | None) -> ResponseReturnValue:
    settings = timebank().settings
    issuer = settings.product_name_en if is_english() else settings.product_name
    fresh = perform(lambda ctx: factors.start(ctx.as_actor(actor), issuer))
    page = render_template(
        "public/second_set.html",
        form=form,
        fresh=fresh,
        svg=qr_svg(fresh.address),
        back=back,
        next=kept.wanted(),
    )
    return page, 422 if form.errors else 200


def _codes_page(codes: tuple[str, ...], there: str) -> ResponseReturnValue:
    return render_template("public/recovery_codes.html", codes=codes, there=there, made_at=now())


@bp.get("/me/second-factor")
@declare("account.use")
def factor() -> ResponseReturnValue:
    """The own second factor, and what can be done about it."""
    with reading() as ctx:
        it = factors.factor_of(ctx.session, current_actor().id)
    return render_template("public/factor.html", it=it)


def asked_again() -> ResponseReturnValue | None:
    """The way to the second factor once more, where it is not fresh; None where it is."""
    try:
        with reading() as ctx:
            factors.require_fresh(ctx)
    except DomainError:
        return redirect(url_for("public.factor_again", next=request.path), code=303)
    return None


@bp.route("/me/second-factor/again", methods=["GET", "POST"])
@declare("account.use")
@limiter.limit(FACTORS_AN_ADDRESS, methods=["POST"])
def factor_again() -> ResponseReturnValue:
    """The second factor once more, before something that a stranger would like to do."""
    form, me = ShowForm(), current_actor()
    login_id = identity.login_id()
    if form.validate_on_submit() and login_id is not None:
        code = form.code.data or ""
        try:
            perform(lambda ctx: factors.show(ctx, code))
        except DomainError as error:
            form.refuse(error)
        else:
            identity.strengthen(me, login_id)
            wanted = kept.wanted()
            there = local_path(wanted) if wanted else url_for("public.factor")
            return redirect(there, code=303)
    page = render_template("public/second.html", form=form, again=True)
    return page, 422 if form.errors else 200


@bp.route("/me/second-factor/codes", methods=["GET", "POST"])
@declare("account.use")
def factor_codes() -> ResponseReturnValue:
    """Ten new recovery codes; the old ones are void."""
    again = asked_again()
    if again is not None:
        return again
    form = PageForm()
    if form.validate_on_submit():
        try:
            codes = perform(factors.new_recovery_codes, key=form.key)
        except DomainError as error:
            form.refuse(error)
        else:
            return _codes_page(codes, url_for("public.factor"))
    page = render_template("public/factor_codes.html", form=form)
    return page, 422 if form.errors else 200


@bp.route("/me/second-factor/new", methods=["GET", "POST"])
@declare("account.use")
def factor_new() -> ResponseReturnValue:
    """Another telephone: its app takes the place of the old one."""
    again = asked_again()
    if again is not None:
        return again
    form = FirstForm()
    codes = _confirmed(form, current_actor())
    if codes:
        return _codes_page(codes, url_for("public.factor"))
    return _set_page(form, current_actor(), url_for("public.factor"))
