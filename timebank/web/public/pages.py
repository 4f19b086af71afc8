"""Pages of plain words: help, the promise, personal data, accessibility."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from services.privacy.data_map import shown_purposes
from timebank.edge import declare
from timebank.web.public import bp


@bp.get("/promise")
@declare("public.read")
def promise() -> ResponseReturnValue:
    """Why nobody can buy or sell time here, and how to know a fraud."""
    return render_template("public/promise.html")


@bp.get("/help")
@declare("public.read")
def help() -> ResponseReturnValue:  # noqa: A001 - the page's own name
    """How to get help, by telephone first."""
    return render_template("public/help.html")


@bp.get("/privacy")
@declare("public.read")
def privacy() -> ResponseReturnValue:
    """What is kept, how it is kept, and who may read it."""
    return render_template("public/privacy.html", purposes=shown_purposes())


@bp.get("/accessibility")
@declare("public.read")
def accessibility() -> ResponseReturnValue:
    """What has been done so that everybody can use these pages."""
    return render_template("public/accessibility.html")
