"""One act for one form: what every audience's views do with a form that was sent."""

from __future__ import annotations

from collections.abc import Callable

from services.context import Context
from services.errors import DomainError, Forbidden, NotFound
from timebank.edge import perform
from timebank.web.forms.base import PageForm


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
