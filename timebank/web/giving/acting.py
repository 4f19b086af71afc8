"""One act for one form of the member's own pages, and one way to answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request

from services.context import Context
from services.errors import DomainError, Forbidden, NotFound
from timebank.edge import perform
from timebank.web.forms.base import PageForm


def acted(form: PageForm, work: Callable[[Context], object]) -> bool:
    """Perform the act behind a form that was sent; what can be mended is said on the form."""
    if not form.validate_on_submit():
        return False
    try:
        perform(work, key=form.key)
    except (Forbidden, NotFound) as error:
        if error.field is None:
            raise
        form.refuse(error)
        return False
    except DomainError as error:
        form.refuse(error)
        return False
    return True


def page(template: str, form: PageForm | None = None, **known: Any) -> tuple[str, int]:
    """A page; one whose form was refused says so in its status too."""
    is_refused = form is not None and form.errors and request.method == "POST"
    return render_template(
        f"giving/{template}.html", form=form, **known
    ), 422 if is_refused else 200
