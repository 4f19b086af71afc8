"""Service days that one is invited to, and group sessions to lead: a yes is one's own."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.errors import DomainError, NotFound
from services.groups import leading
from services.groups import reading as groups
from services.service_days import sheets, team
from timebank.dates import day_in
from timebank.edge import declare, perform, reading
from timebank.errors import STATUS
from timebank.i18n import say
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.volunteer import bp
from timebank.web.volunteer.forms import ActForm
from timebank.web.words.care import FOR_TEMPLATES

ROUND = "/service-days/<book>/<uuid:day_id>/<rule_day>"


class BackForm(PageForm):
    """Why somebody cannot lead a session after all."""

    reason = f.LongTextField(_l("理由"), required=_l("请写明理由，对方会看到。"), max_length=300)


@bp.get("/service-days")
@declare("round.browse")
def service_days() -> str:
    """The dates to which one is invited."""
    with reading() as ctx:
        found = sheets.invitations(ctx)
    return render_template("volunteer/service_days.html", rows=found, **FOR_TEMPLATES)


@bp.get(ROUND)
@declare("round.browse")
def service_round(book: str, day_id: UUID, rule_day: str) -> str:
    """One's own visits of a date, with the addresses of those one has promised to see."""
    line, mine = perform(lambda ctx: sheets.my_sheet(ctx, book, day_id, day_in(rule_day)))
    return render_template("volunteer/service_round.html", line=line, mine=mine)


@bp.post(f"{ROUND}/<any(yes, no):said>")
@declare("round.answer")
def round_answer(book: str, day_id: UUID, rule_day: str, said: str) -> ResponseReturnValue:
    """Yes or no to a date; a yes claims nothing by itself."""
    perform(
        lambda ctx: team.answer(ctx, book, day_id, day_in(rule_day), comes=said == "yes"),
        key=ActForm().key,
    )
    flash(
        _("记下了：您参加。去哪一家，会再一家一家问您。")
        if said == "yes"
        else _("记下了：您这次不参加。"),
        "success",
    )
    return redirect(url_for("volunteer.service_days"), 303)


@bp.get("/groups")
@declare("group.browse")
def group_list() -> str:
    """Sessions that one leads, and those that nobody leads yet."""
    return _groups()


def _groups(refusal: str = "") -> str:
    with reading() as ctx:
        found = groups.for_volunteer(ctx)
    return render_template("volunteer/groups.html", rows=found, refusal=refusal, **FOR_TEMPLATES)


@bp.post("/groups/<book>/<uuid:session_id>/lead")
@declare("group.lead")
def group_lead(book: str, session_id: UUID) -> ResponseReturnValue:
    """Say that one will lead it."""
    try:
        perform(lambda ctx: leading.lead(ctx, book, session_id), key=ActForm().key)
    except DomainError as error:
        return _groups(say(error.sentence, error.params)), STATUS[error.kind]
    flash(_("谢谢您，这场活动由您带领。"), "success")
    return redirect(url_for("volunteer.group_list"), 303)


@bp.route("/groups/<book>/<uuid:session_id>/back", methods=["GET", "POST"])
@declare("group.step_back")
def group_back(book: str, session_id: UUID) -> ResponseReturnValue:
    """Give it back in time, so that somebody else can lead it."""
    form = BackForm()
    reason = form.reason.data or ""
    if form.validate_on_submit():
        try:
            perform(lambda ctx: leading.step_back(ctx, book, session_id, reason), key=form.key)
        except NotFound:
            raise
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("已经交回，网点会另找一位。"), "success")
            return redirect(url_for("volunteer.group_list"), 303)
    with reading() as ctx:
        mine = [each.view for each in groups.for_volunteer(ctx) if each.is_mine]
    view = next((each for each in mine if each.id == session_id), None)
    if view is None:
        raise NotFound
    return render_template("volunteer/group_back.html", form=form, view=view), (
        422 if form.errors else 200
    )
