"""Whom I may act for, and how one of them is today."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.notices.subscriptions import subscribe, subscription_of
from services.people.kin import revoke_delegation
from services.queries import elder as elder_queries
from services.queries import family as queries
from services.queries.family import Event
from services.queries.payments import payments_of
from timebank import wording
from timebank.edge import declare, perform, reading
from timebank.i18n import is_english
from timebank.web.elder.forms import PlainForm
from timebank.web.elder.whom import named
from timebank.web.family import bp
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm


class HearForm(PageForm):
    """What a relative wants to hear at once."""

    events = f.ManyField(
        _l("什么时候告诉我？"),
        choices=[("arrived", _l("有人到了")), ("left", _l("人走了"))],
    )


@bp.get("")
@declare("account.use")
def home() -> Any:
    """The elders whom the reader may act for."""
    with reading() as ctx:
        page = queries.family_home(ctx)
    return render_template("family/home.html", page=page)


@bp.get("/<uuid:elder_id>")
@declare("account.use")
def elder_day(elder_id: UUID) -> Any:
    """One elder today. The look is recorded: there is an emergency contact on the page."""
    with reading() as ctx:
        page = queries.elder_day(ctx, elder_id)
        heard = subscription_of(ctx, elder_id)
    perform(lambda ctx: elder_queries.note_look(ctx, elder_id, "member.read", elder_id))
    return render_template(
        "family/elder_day.html",
        page=page,
        events=[_said(event) for event in page.events],
        form=PlainForm(),
        hear=HearForm(data={"events": sorted(heard)}),
    )


@bp.get("/payments")
@declare("payment.read")
def payments() -> Any:
    """What the reader pays for parents and grandparents this year."""
    with reading() as ctx:
        page = payments_of(ctx, ctx.actor.id)
    return render_template("family/payments.html", page=page)


@bp.post("/<uuid:elder_id>/hear")
@declare("subscription.update")
def hear(elder_id: UUID) -> Any:
    """Hear at once when somebody has arrived, and has left."""
    form = HearForm()
    if form.validate_on_submit():
        events = frozenset(form.events.data or ())
        perform(lambda ctx: subscribe(ctx, elder_id, events), key=form.key)
        flash(_("已经记下，什么时候都可以改。"), "success")
    return redirect(url_for(".elder_day", elder_id=elder_id), 303)


@bp.post("/<uuid:elder_id>/give-up")
@declare("account.use")
def give_up(elder_id: UUID) -> Any:
    """End one's own delegation."""
    with reading() as ctx:
        delegation = queries.elder_day(ctx, elder_id).card.delegation
    if delegation.is_guardian:
        # A guardianship ends at the counter, with its reason.
        return redirect(url_for(".elder_day", elder_id=elder_id), 303)
    form = PlainForm()
    if form.validate_on_submit():
        perform(lambda ctx: revoke_delegation(ctx, elder_id, delegation.id), key=form.key)
        flash(_("您不再代%(name)s办理了。", name=delegation.member_name), "success")
    return redirect(url_for(".home"), 303)


def _said(event: Event) -> dict[str, str]:
    words = {
        "asked": _("%(who)s申请了%(service)s"),
        "accepted": _("%(who)s接了%(service)s"),
        "came": _("%(who)s来了，开始做%(service)s"),
        "left": _("%(who)s做完了%(service)s"),
        "confirmed": _("确认了%(who)s做的%(service)s"),
    }
    title = words[event.what] % {"who": event.who, "service": named(event.service)}
    tone = "good" if event.what in ("left", "confirmed") else "plain"
    return {"when": wording.clock(event.at, is_english()), "title": title, "tone": tone}
