"""What the counter's views share: the chosen branch, one act for one form, one way to answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, session

from services.context import Context
from services.errors import DomainError, Forbidden, NotFound
from services.queries.branch.desks import Desk, my_desks
from timebank.edge import perform
from timebank.web.forms.base import PageForm

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


def acted(form: PageForm, work: Callable[[Context], object]) -> bool:
    """Perform the act behind a form that was sent; a refusal stands on the form.

    What nobody may do or what is not there at all is no matter of the form: it is raised on.
    """
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
    status = 422 if form is not None and form.errors else 200
    return render_template(template, form=form, **known), status
