"""Public notices of estates: masked names, until when, and how to object. No login."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from services.errors import DomainError
from services.queries.estate_notice import public_notice, public_notices
from services.rules.region_code import parse_region_code
from timebank.edge import declare, reading
from timebank.web.branch.words import named
from timebank.web.paging import page_number
from timebank.web.public import bp


@bp.get("/estates")
@declare("estate.notices")
def estates() -> ResponseReturnValue:
    """The notices that run or stand still now, of a region where one is asked for."""
    with reading() as ctx:
        found = public_notices(ctx, page_number(), _region())
    return render_template("public/estates.html", page=found, named=named)


@bp.get("/estates/<book>/<uuid:estate_id>")
@declare("estate.notices")
def estate(book: str, estate_id: UUID) -> ResponseReturnValue:
    """One notice, and how to object to it: by login, at the counter, by telephone."""
    with reading() as ctx:
        found = public_notice(ctx, book, estate_id)
    return render_template("public/estate.html", it=found, named=named)


def _region() -> str | None:
    """The region that the address names; nonsense names none."""
    try:
        return parse_region_code(request.args.get("region", ""))
    except DomainError:
        return None
