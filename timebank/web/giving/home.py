"""The first page: everything that one can do with coins beside using them."""

from __future__ import annotations

from flask import render_template

from timebank.edge import declare
from timebank.web.giving import ACCOUNT, AFTERWARDS, GIVING, bp


@bp.get("")
@declare("account.use")
def home() -> str:
    """Where each thing is done, with a line that says what it is."""
    return render_template(
        "giving/home.html", giving=GIVING, afterwards=AFTERWARDS, account=ACCOUNT
    )
