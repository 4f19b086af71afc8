"""One act for one form of the member's own pages, and one way to answer."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from timebank.web.acting import acted
from timebank.web.forms.base import PageForm

__all__ = ["acted", "page"]


def page(template: str, form: PageForm | None = None, **known: Any) -> tuple[str, int]:
    """A page; one whose form was refused says so in its status too."""
    is_refused = form is not None and form.errors and request.method == "POST"
    return render_template(
        f"giving/{template}.html", form=form, **known
    ), 422 if is_refused else 200
