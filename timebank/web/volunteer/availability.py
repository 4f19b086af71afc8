"""When, where and how a volunteer comes: one page that shows it all, one page for each change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.availability import stating
from services.availability.exceptions import add_exception, end_exception, pause, resume
from services.context import Context
from services.errors import DomainError
from services.people.errors import PlaceWrong
from services.queries.volunteer.availability import AvailabilityPage, availability_page
from services.rules.availability import DAY_MINUTES, DayException, Window, week_of
from timebank.edge import current_actor, declare, perform, reading
from timebank.i18n import is_english
from timebank.web.forms.base import PageForm
from timebank.web.volunteer import availability_forms as forms
from timebank.web.volunteer import bp, words

ROOT = "/availability"


def _page() -> AvailabilityPage:
    with reading() as ctx:
        return availability_page(ctx, current_actor().id)


def _acted(form: PageForm, work: Callable[[Context, UUID], Any]) -> bool:
    """Perform the act behind a form that was sent; a refusal stands on the form."""
    if not form.validate_on_submit():
        return False
    try:
        perform(lambda ctx: work(ctx, current_actor().id), key=form.key)
    except DomainError as error:
        form.refuse(error)
        return False
    return True


def _show(name: str, form: PageForm, page: AvailabilityPage) -> ResponseReturnValue:
    status = 422 if form.is_submitted() and form.errors else 200
    return (
        render_template(f"volunteer/availability/{name}.html", form=form, page=page, words=words),
        status,
    )


def _saved(endpoint: str = "volunteer.availability") -> ResponseReturnValue:
    flash(_("改好了。"), "success")
    return redirect(url_for(endpoint), 303)


@bp.get(ROOT)
@declare("availability.read")
def availability() -> str:
    """Everything that is stated, and how many open requests fit it."""
    return render_template("volunteer/availability/page.html", page=_page(), words=words)


@bp.route(f"{ROOT}/week", methods=["GET", "POST"])
@declare("availability.update")
def availability_week() -> ResponseReturnValue:
    """The hours of each week: what there is, and one more span."""
    form, page = forms.HoursForm(), _page()

    def work(ctx: Context, me: UUID) -> None:
        more = week_of(
            [int(day) for day in form.days.data or ()],
            forms.minute_of(form.from_clock.data),
            forms.minute_of(form.to_clock.data),
        )
        stating.set_week(ctx, me, [*page.stated.windows, *more])

    if _acted(form, work):
        return _saved("volunteer.availability_week")
    return _show("week", form, page)


@bp.post(f"{ROOT}/week/<int:weekday>/<int:from_minute>/end")
@declare("availability.update")
def availability_week_end(weekday: int, from_minute: int) -> ResponseReturnValue:
    """Take a span out of the week."""
    gone = (weekday, from_minute)

    def work(ctx: Context, me: UUID) -> None:
        left: list[Window] = [
            each
            for each in availability_page(ctx, me).stated.windows
            if (each.weekday, each.from_minute) != gone
        ]
        stating.set_week(ctx, me, left)

    form = PageForm()
    if _acted(form, work):
        return _saved("volunteer.availability_week")
    return redirect(url_for("volunteer.availability_week"), 303)


@bp.route(f"{ROOT}/days", methods=["GET", "POST"])
@declare("availability.update")
def availability_days() -> ResponseReturnValue:
    """Days on which the week does not hold."""
    form = forms.DaysForm()

    def work(ctx: Context, me: UUID) -> None:
        whole = form.from_clock.data is None
        add_exception(
            ctx,
            me,
            DayException(
                kind=form.kind.data,
                first_day=form.first_day.data,
                last_day=form.last_day.data or form.first_day.data,
                from_minute=0 if whole else forms.minute_of(form.from_clock.data),
                to_minute=DAY_MINUTES if whole else forms.minute_of(form.to_clock.data),
            ),
        )

    if _acted(form, work):
        return _saved("volunteer.availability_days")
    return _show("days", form, _page())


@bp.post(f"{ROOT}/days/<uuid:exception_id>/end")
@declare("availability.update")
def availability_day_end(exception_id: UUID) -> ResponseReturnValue:
    """The week holds again on those days."""
    _acted(PageForm(), lambda ctx, me: end_exception(ctx, me, exception_id))
    return _saved("volunteer.availability_days")


@bp.route(f"{ROOT}/pause", methods=["GET", "POST"])
@declare("availability.update")
def availability_pause() -> ResponseReturnValue:
    """Nobody asks until a day."""
    form = forms.PauseForm()
    if _acted(form, lambda ctx, me: pause(ctx, me, form.last_day.data)):
        flash(_("好的，到那天为止不来问您。"), "success")
        return redirect(url_for("volunteer.availability"), 303)
    return _show("pause", form, _page())


@bp.post(f"{ROOT}/resume")
@declare("availability.update")
def availability_resume() -> ResponseReturnValue:
    """Here again."""
    if _acted(PageForm(), resume):
        flash(_("欢迎回来。"), "success")
    return redirect(url_for("volunteer.availability"), 303)


@bp.route(f"{ROOT}/travel", methods=["GET", "POST"])
@declare("availability.update")
def availability_travel() -> ResponseReturnValue:
    """How and how far."""
    page = _page()
    stated = page.stated
    form = forms.TravelForm(data={"mode": stated.travel_mode, "radius_m": str(stated.radius_m)})
    form.offer(stated.radius_m)
    if _acted(
        form,
        lambda ctx, me: stating.set_travel(ctx, me, form.mode.data, int(form.radius_m.data)),
    ):
        return _saved()
    return _show("travel", form, page)


@bp.route(f"{ROOT}/languages", methods=["GET", "POST"])
@declare("availability.update")
def availability_languages() -> ResponseReturnValue:
    """What is spoken."""
    page = _page()
    form = forms.LanguagesForm(data={"languages": sorted(page.stated.languages)})
    form.offer()
    if _acted(form, lambda ctx, me: stating.set_languages(ctx, me, form.languages.data or ())):
        return _saved()
    return _show("languages", form, page)


@bp.route(f"{ROOT}/services", methods=["GET", "POST"])
@declare("availability.update")
def availability_services() -> ResponseReturnValue:
    """What not to be asked for."""
    page = _page()
    form = forms.DeclinedForm(data={"declined": sorted(page.stated.declined_codes)})
    form.declined.choices = [(code, _named(name)) for code, name in page.services]
    if _acted(form, lambda ctx, me: stating.set_declined(ctx, me, form.declined.data or ())):
        return _saved()
    return _show("services", form, page)


@bp.route(f"{ROOT}/asking", methods=["GET", "POST"])
@declare("availability.update")
def availability_asking() -> ResponseReturnValue:
    """Whether and how often to be asked, and how much a week."""
    page = _page()
    stated = page.stated
    form = forms.AskingForm(
        data={
            "may_be_asked": "yes" if stated.may_be_asked else "no",
            "asks_per_day": str(stated.asks_per_day),
            "weekly_hours": stated.weekly_minutes and stated.weekly_minutes // 60,
        }
    )

    def work(ctx: Context, me: UUID) -> None:
        hours = form.weekly_hours.data
        stating.set_asking(
            ctx,
            me,
            may_be_asked=form.may_be_asked.data == "yes",
            asks_per_day=int(form.asks_per_day.data),
            weekly_minutes=None if hours is None else hours * 60,
        )

    if _acted(form, work):
        return _saved()
    return _show("asking", form, page)


@bp.route(f"{ROOT}/places", methods=["GET", "POST"])
@declare("availability.update")
def availability_places() -> ResponseReturnValue:
    """Where the volunteer sets out from, beside the own home."""
    page, form = _page(), forms.PlaceForm()
    form.offer(page.branches)

    def work(ctx: Context, me: UUID) -> None:
        latitude_e6, longitude_e6 = _point(form, page)
        stating.add_place(ctx, me, form.label.data, latitude_e6, longitude_e6)

    if _acted(form, work):
        return _saved("volunteer.availability_places")
    return _show("places", form, page)


@bp.post(f"{ROOT}/places/<uuid:place_id>/end")
@declare("availability.update")
def availability_place_end(place_id: UUID) -> ResponseReturnValue:
    """No longer from there."""
    _acted(PageForm(), lambda ctx, me: stating.remove_place(ctx, me, place_id))
    return _saved("volunteer.availability_places")


def _point(form: forms.PlaceForm, page: AvailabilityPage) -> tuple[int, int]:
    """The place of the chosen branch, or the two figures that were typed."""
    for each in page.branches:
        if str(each.id) == form.where.data:
            assert each.latitude_e6 is not None
            assert each.longitude_e6 is not None
            return each.latitude_e6, each.longitude_e6
    found = forms.read_point(form.point.data or "")
    if found is None:
        raise PlaceWrong(field="point")
    return found


def _named(name: Any) -> str:
    return str(name.en if is_english() else name.zh)
