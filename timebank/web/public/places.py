"""Regions as they stood on any day, and the branches in them."""

from __future__ import annotations

from datetime import date

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from services.clock import local_date
from services.queries.public import region_page
from timebank.edge import declare, now, reading
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm
from timebank.web.public import bp

#: Codes are kept from this day on.
REGISTER_BEGINS = date(2010, 1, 1)


class DayForm(FilterForm):
    """On which day the register is looked at."""

    on = f.DateField(_l("看哪一天的区划"), single=True, earliest=REGISTER_BEGINS)


@bp.get("/regions")
@bp.get("/regions/<code>")
@declare("public.read")
def regions(code: str | None = None) -> ResponseReturnValue:
    """A region, what lies in it, and its branches."""
    today = local_date(now())
    form = DayForm()
    day = form.chosen().get("on", today)
    with reading() as ctx:
        page = region_page(ctx, code, day)
    return render_template(
        "public/regions.html",
        page=page,
        day=day,
        on=day.isoformat() if day != today else None,
        form=form if form.errors else None,
        filters=form,
    )
