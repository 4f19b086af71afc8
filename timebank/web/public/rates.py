"""The published rules for everybody: the table, the file behind it, the year's calendar."""

from __future__ import annotations

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from services import rates as published
from services.clock import local_date
from services.context import Context
from services.queries.public import versions, year_page
from services.rules.rule_set import RuleSet, canonical_json
from timebank.edge import declare, now, reading
from timebank.web.public import bp

FIRST_YEAR, LAST_YEAR = 2010, 2100


@bp.get("/rates")
@declare("public.read")
def rates() -> ResponseReturnValue:
    """The whole table of one version, by default the one in force."""
    with reading() as ctx:
        in_force = published.rule_set_on(ctx.session, local_date(ctx.now))
        rules = _asked(ctx) or in_force
        known = versions(ctx)
        calendar = published.calendar_on(ctx.session)
    return render_template(
        "public/rates.html",
        rules=rules,
        in_force=in_force,
        versions=known,
        calendar=calendar,
        certificates=rules.certificates,
    )


@bp.get("/rates.json")
@declare("public.read")
def rates_json() -> ResponseReturnValue:
    """The document itself, byte for byte what the content hash was taken of."""
    with reading() as ctx:
        rules = _asked(ctx) or published.rule_set_on(ctx.session, local_date(ctx.now))
    answer = Response(canonical_json(rules.content), mimetype="application/json")
    name = "".join(c for c in rules.version if c.isalnum() or c in "-._")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    answer.headers["X-Content-Hash"] = f"sha256:{rules.content_hash}"
    return answer


def _asked(ctx: Context) -> RuleSet | None:
    version = request.args.get("version")
    return published.rule_set(ctx.session, version) if version else None


@bp.get("/calendar")
@bp.get("/calendar/<int:year>")
@declare("public.read")
def calendar(year: int | None = None) -> ResponseReturnValue:
    """A year's holidays and working weekends."""
    year = year or local_date(now()).year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        abort(404)
    with reading() as ctx:
        page = year_page(ctx, year)
        rules = published.rule_set_on(ctx.session, local_date(ctx.now))
    return render_template("public/calendar.html", page=page, kinds=rules.day_kinds)
