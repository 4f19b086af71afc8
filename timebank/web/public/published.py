"""What is published: figures, rules and tables, call-backs, suspensions; nobody has to log in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Response, abort, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from services.callbacks.results import (
    draw_file,
    published_draws,
    published_results,
    published_suspensions,
)
from services.callbacks.terms import terms
from services.context import Context
from services.errors import NotFound
from services.queries import public as queries
from services.queries import seals
from services.queries.published import counties, county, published_figures
from services.returns.reading import published as published_returns
from services.rules.tables import all_tables, text_of
from timebank.edge import declare, now, reading
from timebank.seals.files import FILES_AN_ADDRESS, saved
from timebank.security import limiter
from timebank.web import exports
from timebank.web.public import bp
from timebank.web.public.published_sheets import SHEETS, table_name

T = TypeVar("T")
#: Everything here is counted anew after so long, and a browser keeps it as long.
KEPT = timedelta(minutes=15)
_KEPT = "timebank.public.published"
#: Pages and files of one address: each may read rows of every book.
PAGES_AN_ADDRESS = "60 per minute"


@dataclass(frozen=True, slots=True)
class _Held:
    at: datetime
    found: Any


@bp.get("/published")
@declare("public.read")
@limiter.limit(PAGES_AN_ADDRESS)
def published() -> Response:
    """All counties together: figures, rules, tables, heads, returns, suspensions."""
    return _open(render_template("public/published.html", it=kept("", _whole), **_known()))


@bp.get("/published/<book>")
@declare("public.read")
@limiter.limit(PAGES_AN_ADDRESS)
def published_county(book: str) -> Response:
    """One county: figures, results by branch and month, draws."""
    found = kept(f"county:{book}", lambda ctx: _county(ctx, book))
    return _open(render_template("public/published_county.html", it=found, **_known()))


@bp.get("/published/<what>.csv")
@declare("public.read")
@limiter.limit(FILES_AN_ADDRESS)
def published_file(what: str) -> Response:
    """A table of the first page as CSV."""
    return _csv(what, kept("", _whole))


@bp.get("/published/<book>/<what>.csv")
@declare("public.read")
@limiter.limit(FILES_AN_ADDRESS)
def published_county_file(book: str, what: str) -> Response:
    """A table of a county's page as CSV."""
    return _csv(what, kept(f"county:{book}", lambda ctx: _county(ctx, book)), f"-{book}")


@bp.get("/published/<book>/draws/<period>.json")
@declare("public.read")
@limiter.limit(FILES_AN_ADDRESS)
def published_draw(book: str, period: str) -> ResponseReturnValue:
    """A closed list and its draw, for whoever wants to repeat it."""
    with reading() as ctx:
        found = draw_file(ctx, book, period)
    return _kept_by_browsers(saved(found, f"timebank-draw-{book}-{period}"))


@bp.get("/published/tables/<version>.json")
@declare("public.read")
@limiter.limit(FILES_AN_ADDRESS)
def published_table(version: str) -> Response:
    """A table as it is hashed, byte for byte."""
    try:
        content = text_of(version)
    except LookupError:
        raise NotFound from None
    return _kept_by_browsers(Response(content, mimetype="application/json"))


def _whole(ctx: Context) -> dict[str, Any]:
    return {
        "figures": published_figures(ctx),
        "counties": counties(ctx),
        "versions": queries.versions(ctx),
        "tables": all_tables(),
        "heads": seals.lists(ctx, 1).lines[:7],
        "returns": published_returns(ctx.session),
        "suspensions": published_suspensions(ctx.session),
    }


def _county(ctx: Context, book: str) -> dict[str, Any]:
    here, where_zh, where_en = county(ctx, book)
    return {
        "county": here,
        "where_zh": where_zh,
        "where_en": where_en,
        "figures": published_figures(ctx, book),
        "results": published_results(ctx.session, book, ctx.now),
        "draws": published_draws(ctx, book),
        "suspensions": published_suspensions(ctx.session, [book]),
    }


def _known() -> dict[str, Any]:
    """What both pages say besides."""
    return {
        "least": terms().least_published,
        "terms": terms(),
        "in_english": str(get_locale()) == "en",
        "table_name": table_name,
    }


def kept(name: str, work: Callable[[Context], dict[str, Any]]) -> dict[str, Any]:
    """What was found a while ago, or found now; a county that is not there is not kept."""
    held: dict[str, _Held] = current_app.extensions.setdefault(_KEPT, {})
    # A test, or an operator, may point the application at another database.
    key = f"{id(current_app.extensions['timebank'])}:{name}"
    known = held.get(key)
    if known is None or not timedelta() <= now() - known.at < KEPT:
        with reading() as ctx:
            known = _Held(now(), work(ctx))
        if len(held) > 400:
            held.clear()
        held[key] = known
    found: dict[str, Any] = known.found
    return found


def _csv(what: str, found: dict[str, Any], of: str = "") -> Response:
    sheet = SHEETS.get(what)
    if sheet is None or sheet.part not in found:
        abort(404)
    rows = found[sheet.part]
    made = exports.Sheet(
        str(sheet.title()), sheet.columns(), rows if isinstance(rows, tuple) else (rows,)
    )
    answer = exports.download(made, "csv", f"published-{what}{of}")
    return _kept_by_browsers(answer)


def _open(page: str) -> Response:
    """A page that is the same for everybody may be kept; one with a name in its head may not."""
    answer = make_response(page)
    if not request.cookies:
        return _kept_by_browsers(answer)
    return answer


def _kept_by_browsers(answer: Response) -> Response:
    answer.vary.update(("Accept-Language", "Cookie"))
    answer.headers["Cache-Control"] = f"public, max-age={int(KEPT.total_seconds())}"
    return answer
