"""Can tomorrow be paid? Forecasts of a region: run, kept, shown as bands, taken as a file."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import local
from services.errors import Invalid, NotFound
from services.forecast import running, views
from services.forecast.views import ForecastPage
from timebank.edge import declare, now, perform, reading
from timebank.web import exports
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.oversight.forecast_words import FOR_TEMPLATES, charts_of, sheet_of

MORE.append(
    More(
        "oversight.forecasts",
        _l("明天付得出吗"),
        _l("按年龄和来源看欠着的时间，推算三十年，比较几种办法"),
    )
)


class RunForm(PageForm):
    """Which region, and with which numbers."""

    region = f.SelectField(_l("推算哪个地区"), prompt=None)
    runs = f.NumberField(_l("推算多少次"), hint=_l("次数越多，区间越稳；2,000 次约要几秒钟。"))
    seed = f.NumberField(_l("种子"), hint=_l("同样的账本和同样的种子，推算出来的一样。"))


@bp.route("/forecast", methods=["GET", "POST"])
@declare("forecast.run")
def forecasts() -> tuple[str, int] | Response:
    """Kept forecasts, and the form that runs another one."""
    form = RunForm(data={"runs": running.USUAL_RUNS, "seed": 1})
    with reading() as ctx:
        places, kept = views.places(ctx), views.kept(ctx)
    form.region.choices = [(place.code, named(place.name)) for place in places]
    made: list[UUID] = []
    if form.validate_on_submit() and _run(form, made):
        flash(_("推算好了。"), "success")
        return redirect(url_for("oversight.forecast", forecast_id=made[0]), code=303)
    return page("oversight/forecasts.html", form, kept=kept, places=places)


def _run(form: RunForm, made: list[UUID]) -> bool:
    """Compute outside any unit of work: it takes seconds, and nobody waits for a lock."""
    region, runs, seed = form.region.data or "", form.runs.data or 0, form.seed.data
    try:
        with reading() as ctx:
            computed = running.run(ctx, region, seed=-1 if seed is None else seed, runs=runs)
    except (Invalid, NotFound) as error:
        form.refuse(error)
        return False
    return acted(form, lambda ctx: made.append(running.keep(ctx, computed)))


@bp.get("/forecast/<uuid:forecast_id>")
@declare("forecast.read")
def forecast(forecast_id: UUID) -> str:
    """One forecast: what is owed, what may come, what would go wrong, what would help."""
    with reading() as ctx:
        it = views.forecast_page(ctx, forecast_id)
    return render_template("oversight/forecast.html", it=it, charts=charts_of(it), **FOR_TEMPLATES)


@bp.post("/forecast/<uuid:forecast_id>/export")
@declare("forecast.export")
def forecast_export(forecast_id: UUID) -> Response:
    """Every band of every case as a file; that it was taken stands on record."""
    kind = request.form.get("form", "")
    if kind not in exports.FORMS:
        abort(404)
    it: ForecastPage = perform(lambda ctx: views.taken(ctx, forecast_id, kind))
    name = f"forecast-{it.place.code}-{local(now()):%Y%m%d-%H%M%S}"
    return exports.download(sheet_of(it), kind, name)
