"""How each service is done, for everybody: steps, what to do and what not, a checklist."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from services import rates as published
from services.clock import local_date
from services.rules.errands import takes_money, terms
from services.rules.rule_set import RuleSet
from services.standards.reading import standards as all_standards
from timebank.edge import declare, reading
from timebank.web.public import bp


def _rules() -> RuleSet:
    with reading() as ctx:
        return published.rule_set_on(ctx.session, local_date(ctx.now))


@bp.get("/standards")
@declare("public.read")
def standards() -> ResponseReturnValue:
    """Every service of the catalogue, each with its standard."""
    return render_template("public/standards.html", rules=_rules(), known=all_standards())


@bp.get("/standards/<code>")
@declare("public.read")
def standard(code: str) -> ResponseReturnValue:
    """The standard of one service."""
    rules, found = _rules(), all_standards().get(code)
    if found is None or code not in rules.services:
        abort(404)
    return render_template(
        "public/standard.html",
        it=found,
        line=rules.service(code),
        takes_money=takes_money(rules, code),
        limit_fen=terms().limit_fen_a_visit,
    )
