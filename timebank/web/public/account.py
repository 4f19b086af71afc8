"""Everybody's own account: the faces to change to, password, contact."""

from __future__ import annotations

from typing import cast

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.context import Context
from services.errors import DomainError
from services.login import change_password, has_password, set_password
from services.notices.inbox import unread_of
from services.people.forms import ContactForm
from services.people.membership import update_contact
from services.people.views import MemberView, member_view
from services.places import branch
from timebank import identity
from timebank.edge import current_actor, declare, perform, reading
from timebank.web.landing import faces_of
from timebank.web.public import bp
from timebank.web.public.factors import asked_again
from timebank.web.public.forms import ContactFields, PasswordForm


@bp.get("/me")
@declare("account.use")
def me() -> ResponseReturnValue:
    """Who I am here, and what I can do."""
    actor = current_actor()
    with reading() as ctx:
        member = member_view(ctx, actor.id)
        own = branch(ctx.session, member.branch_id)
        with_password = has_password(ctx.session, actor.id)
        unread = unread_of(ctx, actor.id)
    return render_template(
        "public/me.html",
        member=member,
        branch=own,
        faces=faces_of(actor) if actor.is_active else (),
        with_password=with_password,
        unread=unread,
    )


@bp.route("/me/password", methods=["GET", "POST"])
@declare("account.use")
def password() -> ResponseReturnValue:
    """Set or change the own password; every other login ends."""
    with reading() as ctx:
        asks = has_password(ctx.session, current_actor().id)
    again = asked_again() if asks else None
    if again is not None:
        return again
    form = PasswordForm()
    if not asks:
        del form.current
    if form.validate_on_submit() and form.agree():
        chosen = form.password.data or ""

        def act(ctx: Context) -> None:
            if asks:
                change_password(ctx, form.current.data or "", chosen)
            else:
                set_password(ctx, chosen)

        try:
            perform(act, key=form.key)
        except DomainError as error:
            form.refuse(error)
        else:
            identity.renew(current_actor())
            flash(_("密码已经更新，其他地方的登录已经退出。"), "success")
            return redirect(url_for("public.me"), code=303)
    return render_template("public/password.html", form=form), 422 if form.errors else 200


@bp.route("/me/contact", methods=["GET", "POST"])
@declare("account.use")
def contact() -> ResponseReturnValue:
    """Keep telephone, address and emergency contact up to date."""
    with reading() as ctx:
        member = member_view(ctx, current_actor().id)
    form = ContactFields(
        data={"phone": member.phone, "address": member.address, "contact": member.contact}
    )
    if form.validate_on_submit():
        wanted = _contact(form, member)
        try:
            perform(lambda ctx: update_contact(ctx, member.id, wanted), key=form.key)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("联系方式已经更新。"), "success")
            return redirect(url_for("public.me"), code=303)
    return render_template("public/contact.html", form=form), 422 if form.errors else 200


def _contact(form: ContactFields, member: MemberView) -> ContactForm:
    """The form's answers. A new address has no place on the map until a branch finds it."""
    address = cast("str | None", form.address.data) or None
    same = address == member.address
    return ContactForm(
        phone=form.phone.data,
        address=address,
        contact=form.contact.data or None,
        latitude_e6=member.latitude_e6 if same else None,
        longitude_e6=member.longitude_e6 if same else None,
    )
