"""What the counter's views share: the chosen branch, one act for one form, one way to answer."""

from __future__ import annotations

from typing import Any

from flask import render_template, session

from services.context import Context
from services.queries.branch.desks import Desk, my_desks
from timebank.web.acting import acted
from timebank.web.forms.base import PageForm

__all__ = ["CHOSEN", "ChooseFirst", "acted", "here", "page"]

#: Where the session keeps which branch somebody with several works at now.
CHOSEN = "branch"


class ChooseFirst(Exception):
    """Somebody who works at several branches has not said at which one now."""


def here(ctx: Context) -> Desk:
    """The branch at which the actor works now; raises :class:`ChooseFirst`."""
    desks = my_desks(ctx)
    for desk in desks:
        if str(desk.id) == session.get(CHOSEN):
            return desk
    if len(desks) != 1:
        raise ChooseFirst
    return desks[0]


def page(template: str, form: PageForm | None = None, **known: Any) -> tuple[str, int]:
    """A page; one whose form was refused says so in its status too."""
    status = 422 if form is not None and form.errors else 200
    return render_template(template, form=form, **known), status
