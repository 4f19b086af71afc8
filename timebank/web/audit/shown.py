"""Who was shown to whom: the rankings that staff looked at, and one of them in full."""

from __future__ import annotations

from uuid import UUID

from flask import render_template
from flask_babel import lazy_gettext as _l

from services.queries.audit.scope import require_book
from services.queries.audit.shown import ACT, ShownFilter, shown_page, shown_rankings
from timebank.edge import declare, perform, reading
from timebank.explaining import FOR_TEMPLATES
from timebank.web.audit import bp
from timebank.web.audit.forms import DaysFilter, NumberFilter, want
from timebank.web.forms import fields as f


class ShownFilterForm(DaysFilter):
    """Rankings by request, by whoever looked, and by day."""

    reference = f.TextField(_l("申请编号"), max_length=24)
    number = NumberFilter(_l("谁看的（志愿者编号）"))

    def wanted(self) -> ShownFilter:
        """What was chosen."""
        return ShownFilter(**self.given())


@bp.get("/books/<book>/shown")
@declare(ACT)
def shown(book: str) -> str:
    """Looks at rankings that fit the filter, the latest first."""
    form = ShownFilterForm()
    with reading() as ctx:
        place = require_book(ctx, book, ACT)
        page = shown_rankings(ctx, book, form.wanted(), want())
    return render_template("audit/shown.html", form=form, place=place, page=page)


@bp.get("/books/<book>/shown/<uuid:shown_id>")
@declare(ACT)
def shown_one(book: str, shown_id: UUID) -> str:
    """Everybody who was on one ranking; names are whole, so the look is recorded."""
    found = perform(lambda ctx: shown_page(ctx, book, shown_id))
    return render_template("audit/shown_one.html", it=found, place=found.place, **FOR_TEMPLATES)
