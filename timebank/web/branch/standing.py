"""Standing visits at the counter: the list, letting one through, and dates that need a hand."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.queries.schedule.branch import PAGE, BranchSeries, branch_series
from services.schedule.exceptions import ask_again
from services.schedule.series import review
from timebank.edge import declare, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, here, page
from timebank.web.forms.base import PageForm
from timebank.web.paging import page_number

ONE = "/standing/<book>/<uuid:series_id>"


@bp.get("/standing")
@declare("branch.work")
def standing() -> tuple[str, int]:
    """The branch's standing visits, and above them the dates that could not be asked for."""
    return _list(PageForm())


@bp.post(f"{ONE}/review")
@declare("series.review")
def standing_review(book: str, series_id: UUID) -> tuple[str, int] | Response:
    """Let all further dates of a standing visit through."""
    form = PageForm()
    if acted(form, lambda ctx: review(ctx, book, series_id)):
        flash(_("以后每次直接找志愿者，老人会收到通知。"), "success")
        return redirect(url_for("branch.standing"), 303)
    return _list(form)


@bp.post(f"{ONE}/<day>/again")
@declare("series.change")
def standing_again(book: str, series_id: UUID, day: str) -> tuple[str, int] | Response:
    """Ask for a date once more."""
    form = PageForm()
    rule_day = _day(day)
    if acted(form, lambda ctx: ask_again(ctx, book, series_id, rule_day)):
        flash(_("又试了一次。还在上面的，就是还没有约成。"), "success")
        return redirect(url_for("branch.standing"), 303)
    return _list(form)


def _list(form: PageForm) -> tuple[str, int]:
    number = page_number()
    waiting = request.args.get("waiting") == "1"
    with reading() as ctx:
        found: BranchSeries = branch_series(
            ctx, here(ctx).id, offset=(number - 1) * PAGE, waiting=waiting
        )
    pages = max(1, -(-found.total // PAGE))
    return page(
        "branch/standing.html", form, listed=found, number=number, pages=pages, waiting=waiting
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)
