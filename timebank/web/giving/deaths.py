"""A relative has died: said here, with no hurry; two officials look at the papers afterwards."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import local_date
from services.estates.reporting import FAMILY, DeathReport, report
from services.queries.deaths import Relative, relative, relatives
from timebank.edge import declare, now, reading
from timebank.web.branch.words import word
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.giving import bp
from timebank.web.giving.acting import acted, page

Answer = tuple[str, int] | Response


class WhoForm(PageForm):
    """Which of the relatives."""

    answer = f.ChoiceField(_l("谁去世了？"), choices=[], required=_l("请选一位。"))

    def offer(self, found: tuple[Relative, ...]) -> None:
        """The relatives whose death is not reported yet."""
        self.answer.choices = [
            (str(each.member_id), _named(each)) for each in found if not each.is_reported
        ]


class DayForm(PageForm):
    """On which day."""

    died_on = f.DateField(_l("哪一天去世的？"), required=_l("请写上日期。"))


@bp.route("/deaths", methods=["GET", "POST"])
@declare("estate.report")
def deaths() -> Answer:
    """Of whom it is said."""
    with reading() as ctx:
        found = relatives(ctx)
    form = WhoForm()
    form.offer(found)
    if form.validate_on_submit():
        return redirect(url_for("giving.death_day", member_id=form.answer.data), 303)
    return page("deaths", form, found=found)


@bp.route("/deaths/<uuid:member_id>", methods=["GET", "POST"])
@declare("estate.report")
def death_day(member_id: UUID) -> Answer:
    """On which day."""
    it, form = _relative(member_id), DayForm()
    if form.validate_on_submit():
        day = form.died_on.data.isoformat()
        return redirect(url_for("giving.death_check", member_id=member_id, day=day), 303)
    return page("death_day", form, it=it)


@bp.route("/deaths/<uuid:member_id>/check", methods=["GET", "POST"])
@declare("estate.report")
def death_check(member_id: UUID) -> Answer:
    """Everything once more; the button reports it."""
    it, day, form = _relative(member_id), _day_asked(), PageForm()
    if day is None:
        return redirect(url_for("giving.death_day", member_id=member_id), 303)
    if acted(form, lambda ctx: report(ctx, DeathReport(member_id, day), FAMILY)):
        return redirect(url_for("giving.death_done", member_id=member_id), 303)
    return page("death_check", form, it=it, day=day, today=local_date(now()))


@bp.get("/deaths/<uuid:member_id>/done")
@declare("estate.report")
def death_done(member_id: UUID) -> Answer:
    """What happens next, and whom to ask."""
    return page("death_done", it=_relative(member_id))


def _relative(member_id: UUID) -> Relative:
    with reading() as ctx:
        return relative(ctx, member_id)


def _named(each: Relative) -> str:
    if not each.relation:
        return each.name
    said = _("%(name)s（%(relation)s）", name=each.name, relation=word("relation", each.relation))
    return str(said)


def _day_asked() -> date | None:
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
