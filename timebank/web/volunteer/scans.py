"""Where the QR codes of cards and door signs lead: /c/… and /d/…, at the root of the site.

The address with the token answers at once with a redirect to one without it, so that the token
stands in no page, no link and no Referer; until the button is pressed it is kept, sealed, in
the reader's own session.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import redirect, render_template, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from services.errors import DomainError
from services.queries import volunteer as read
from services.visits import checking, closed_door
from services.visits.checking import Proof
from timebank.edge import declare, now, perform, reading, timebank
from timebank.errors import STATUS
from timebank.i18n import say
from timebank.web import public
from timebank.web.forms.base import PageForm
from timebank.web.volunteer import bp
from timebank.web.volunteer.forms import ActForm, BreakForm

PURPOSE = "session.scan"
#: A scanned token is forgotten after this.
KEPT = timedelta(minutes=30)
CARD, DOOR = "card", "door"


@declare("public.read")
def scanned(kind: str, token: str) -> ResponseReturnValue:
    """Take the token out of the address; 303 to the page with the button."""
    sealed = timebank().vault.seal(PURPOSE, f"{now().isoformat()} {token}")
    session[f"scan_{kind}"] = sealed
    answer = redirect(url_for(f"volunteer.{kind}"), 303)
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@declare("public.read")
def landing(kind: str) -> ResponseReturnValue:
    """The button for whoever was promised here, a calm page for everybody else."""
    return _page(kind, _form(kind))


@declare("visit.check")
def press_card() -> ResponseReturnValue:
    """Begin or end with the elder's card."""
    return _press(CARD)


@declare("visit.closed_door")
def press_door() -> ResponseReturnValue:
    """Report that nobody opens, before the door sign."""
    return _press(DOOR)


def _press(kind: str) -> ResponseReturnValue:
    form, token = _form(kind), _token(kind)
    with reading() as ctx:
        found = read.scan(ctx, kind, token) if token else None
    if found is None or found.card is None or found.act is None:
        return _page(kind, form, status=409)
    _offer(form, found)
    if not form.validate_on_submit():
        return _page(kind, form, status=422)
    try:
        _do(found, token, form)
    except DomainError as error:
        if error.field == "breaks":
            error.field = "break_from"
            form.refuse(error)
            return _page(kind, form, status=422)
        return _page(kind, form, say(error.sentence, error.params), STATUS[error.kind])
    session.pop(f"scan_{kind}", None)
    return redirect(url_for("volunteer.visit", visit_id=found.card.id), 303)


def _do(found: read.Scan, token: str, form: PageForm) -> None:
    assert found.card is not None
    visit_id, book = found.card.id, found.card.book
    if found.act == "door":
        perform(
            lambda ctx: closed_door.report_closed_door(ctx, book, visit_id, token), key=form.key
        )
        return
    proof = Proof(card_token=token)
    if found.act == "in":
        perform(lambda ctx: checking.check_in(ctx, book, visit_id, proof), key=form.key)
        return
    begun = found.checked_in_at
    breaks = form.breaks(begun) if isinstance(form, BreakForm) and begun else ()
    ticks = form.ticks() if isinstance(form, BreakForm) else None
    perform(lambda ctx: checking.check_out(ctx, book, visit_id, proof, breaks, ticks), key=form.key)


def _offer(form: PageForm, found: read.Scan) -> None:
    """The checklist of the service that ends."""
    if isinstance(form, BreakForm) and found.card is not None:
        form.offer(found.card.service_code)


def _form(kind: str) -> PageForm:
    """A card may end a visit, and then there may have been a break."""
    return BreakForm() if kind == CARD else ActForm()


def _token(kind: str) -> str:
    """The token scanned a moment ago, or an empty text."""
    sealed = session.get(f"scan_{kind}")
    if not sealed:
        return ""
    try:
        at, _, token = timebank().vault.open(PURPOSE, sealed).partition(" ")
    except DomainError:
        return ""
    return token if now() - datetime.fromisoformat(at) <= KEPT else ""


def _page(kind: str, form: PageForm, refusal: str = "", status: int = 200) -> ResponseReturnValue:
    token = _token(kind)
    with reading() as ctx:
        found = read.scan(ctx, kind, token) if token else None
    if found is not None and found.card is not None and found.act is not None:
        _offer(form, found)
        template, context = "volunteer/scan.html", {"form": form, "refusal": refusal}
    else:
        # Whoever else picks the card up sees no menu of ours and nobody's name.
        template = "volunteer/scan_calm.html"
        context = {"audience": "public", "nav": public.NAV, "refusal": refusal}
    page = render_template(template, scan=found, kind=kind, now=now(), **context)
    return page, status


def _at_the_root(state: BlueprintSetupState) -> None:
    """Short addresses make small QR codes: these rules stand outside the blueprint's prefix."""
    app = state.app
    for short, kind, press in (("c", CARD, press_card), ("d", DOOR, press_door)):
        app.add_url_rule(
            f"/{short}/<token>", f"volunteer.{kind}_scanned", scanned, defaults={"kind": kind}
        )
        app.add_url_rule(f"/{short}", f"volunteer.{kind}", landing, defaults={"kind": kind})
        app.add_url_rule(f"/{short}", f"volunteer.{kind}_press", press, methods=["POST"])


bp.record(_at_the_root)
