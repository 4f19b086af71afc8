"""For whom a page is: the elder who is logged in, or somebody whom the actor helps.

Every page is registered twice, at its own address and under ``/for/<elder_id>``. The id is taken
out of the address here and put back into every link, so that views and templates are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar
from uuid import UUID

from flask import abort, current_app, g, redirect, render_template, request, url_for

from services.context import Context
from services.errors import DomainError, Forbidden, NotFound
from services.queries import elder as queries
from services.queries.elder.near import ElderView
from services.rules.names import Name
from timebank.edge import current_actor, declare, perform, reading
from timebank.errors import on_domain_error
from timebank.i18n import is_english, say
from timebank.web.elder import bp
from timebank.web.forms.base import PageForm

View = TypeVar("View", bound=Callable[..., Any])


class About(Protocol):
    """What a query answers: it says whose affairs it shows."""

    @property
    def elder(self) -> ElderView: ...


Shown = TypeVar("Shown", bound=About)


def page(rule: str, act: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Register a view for the elder and for whoever acts for the elder."""

    def register(view: View) -> View:
        marked = declare(act)(view)
        for prefix in ("", "/for/<uuid:elder_id>"):
            bp.add_url_rule(prefix + rule, view.__name__, marked, methods=list(methods))
        return marked

    return register


@bp.url_value_preprocessor
def _take_elder(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.elder_for = values.pop("elder_id", None) if values else None


@bp.url_defaults
def _put_elder(endpoint: str, values: dict[str, Any]) -> None:
    elder_id = g.get("elder_for")
    if elder_id is None or "elder_id" in values:
        return
    if current_app.url_map.is_endpoint_expecting(endpoint, "elder_id"):
        values["elder_id"] = elder_id


def whom() -> UUID:
    """The elder whom this page is about."""
    elder_id: UUID | None = g.get("elder_for")
    return elder_id or current_actor().id


def read(query: Callable[[Context], Shown], *, sensitive: str = "") -> Shown:
    """What a page shows. ``sensitive`` is the act that somebody else's look is recorded as.

    A request or a visit at another elder's address is not there; at one's own address it is
    shown at the elder's.
    """
    with reading() as ctx:
        found = query(ctx)
    if found.elder.id != whom():
        if g.get("elder_for") is not None or request.method != "GET":
            raise NotFound
        here = {**(request.view_args or {}), "elder_id": found.elder.id}
        abort(redirect(url_for(request.endpoint or "elder.home", **here), 303))
    if sensitive and found.elder.id != current_actor().id:
        subject_id = getattr(found, "id", found.elder.id)
        perform(lambda ctx: queries.note_look(ctx, found.elder.id, sensitive, subject_id))
    return found


def show(template: str, about: About, form: PageForm | None = None, **known: Any) -> Any:
    """Render a page about an elder; a form that was refused says so in the status too."""
    status = 422 if form is not None and form.errors and request.method == "POST" else 200
    known = {"page": about, "elder": about.elder, **known}
    if form is not None:
        known["form"] = form
    return render_template(f"elder/{template}.html", **known), status


def done(form: PageForm, work: Callable[[Context], Any]) -> bool:
    """Perform the act behind a form that was sent; what can be mended is said on the form."""
    if not form.validate_on_submit():
        return False
    try:
        perform(work, key=form.key)
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        form.refuse(error)
        return False
    return True


@bp.app_template_filter("named")
def named(name: Name | None) -> str:
    """A name of rule data in the reader's language."""
    if name is None:
        return ""
    return name.en if is_english() else name.zh


@bp.errorhandler(Forbidden)
def _beyond_scope(error: Forbidden) -> Any:
    """A relative with some leave is told which, instead of a bare refusal."""
    scopes = current_actor().kin.get(whom(), frozenset())
    view = current_app.view_functions.get(request.endpoint or "")
    act = getattr(view, "policy_act", "")
    if not scopes:
        return on_domain_error(error)
    with reading() as ctx:
        elder = queries.elder_view(ctx, whom())
    sentence = say(error.sentence, error.params)
    return (
        render_template(
            "elder/refused.html", elder=elder, scopes=scopes, act=act, sentence=sentence
        ),
        403,
    )
