"""Who is here: Flask-Login for people in a browser, bearer tokens for programs.

A browser's cookie holds the token of a login that the server keeps (``services.logins``). Whoever
has an office and has not shown a second factor yet is nobody: only the pages that ask for it
know who waits there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from services.errors import NotFound
from services.login import holder_of_token
from services.logins import sessions
from services.logins.factors import FactorNeeded
from services.logins.labels import label_of
from services.logins.sessions import Held
from services.people.actors import actor_for
from services.policy import NOBODY, Actor
from timebank import devices
from timebank.edge import now, perform, reading, timebank

#: What the session holds: the login's id and its token.
LOGIN = "login"


class Visitor(UserMixin):  # type: ignore[misc]
    """A logged-in member, as Flask-Login wants to see one."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.id = str(actor.id)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody with an office who has given the first factor and not the second."""

    actor: Actor
    login: Held


manager = LoginManager()
# A telephone changes its address on the way: that is no reason to send an elder to the door.
manager.session_protection = None


def init_app(app: Flask) -> None:
    """Load the actor before every request."""
    manager.init_app(app)
    app.before_request(_load_actor)


@manager.user_loader  # type: ignore[untyped-decorator]
def _load(member_id: str) -> Visitor | None:
    try:
        with reading() as ctx:
            held = sessions.opened(ctx, UUID(member_id), session.get(LOGIN, ""))
            if held is None or sessions.is_closed(ctx.session, held.member_id):
                return None
            actor = actor_for(ctx.session, held.member_id, ctx.now)
    except (NotFound, ValueError):
        return None
    return _let_in(actor, held)


def _let_in(actor: Actor, held: Held) -> Visitor | None:
    """The visitor, unless the login has run out or an office lacks its second factor."""
    settings = timebank().settings
    office = bool(actor.roles) and not settings.is_demo
    if held.is_over(now(), settings.session_lifetime, office=office):
        g.login_over = held.member_id
        return None
    if office and held.factor_at is None:
        g.waiting = Waiting(actor, held)
        return None
    g.login = held
    g.factor_at = now() if settings.is_demo else held.factor_at
    if held.is_stale(now(), office=office):
        perform(lambda ctx: sessions.touch(ctx, held))
        session.modified = True  # the cookie's own age begins anew, too
    return Visitor(actor)


def _load_actor() -> None:
    """Bearer tokens are for the API, sessions for pages; neither is taken for the other."""
    if request.endpoint is None or request.endpoint == "static":
        return
    if request.path.startswith("/api/"):
        g.actor = _bearer()
    elif current_user.is_authenticated:
        g.actor = current_user.actor
        g.device = devices.of_cookie()


def _bearer() -> Actor:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        return NOBODY
    with reading() as ctx:
        holder = holder_of_token(ctx, token.strip())
    if holder is None:
        return NOBODY
    if holder.actor.roles and holder.factor_at is None and not timebank().settings.is_demo:
        # It was given without a second factor: before this office, or before this rule.
        raise FactorNeeded
    g.token_scopes = holder.scopes
    # A program has no cookie: each installation of it holds a token of its own.
    g.device = devices.of_token(token.strip())
    return holder.actor


def waiting() -> Waiting | None:
    """Who stands before the second factor in this browser."""
    found: Waiting | None = g.get("waiting")
    return found


def login_id() -> UUID | None:
    """The login of this request; None for nobody and for programs."""
    held: Held | None = g.get("login")
    return held.id if held else None


def over() -> UUID | None:
    """Whose login in this browser has just run out."""
    found: UUID | None = g.get("login_over")
    return found


def log_in(actor: Actor, how: str = "password", *, factor_at: datetime | None = None) -> None:
    """Begin a session of this member: a new one, whatever was in the browser before."""
    label, mark = label_of(request.user_agent.string), devices.of_browser()
    cookie = perform(
        lambda ctx: sessions.begin(ctx.as_actor(actor), how, label, mark, factor_at=factor_at)
    )
    _keep(actor, cookie)


def strengthen(actor: Actor, login_id: UUID) -> None:
    """The second factor has been shown: the login holds, under a new token."""
    _keep(actor, perform(lambda ctx: sessions.strengthen(ctx.as_actor(actor), login_id)))


def renew(actor: Actor) -> None:
    """Go on in this browser after a new password has ended every login."""
    log_in(actor, factor_at=g.get("factor_at"))


def _keep(actor: Actor, cookie: str) -> None:
    """A new session that holds this login and nothing from before; see who comes in by it."""
    logout_user()
    session.clear()
    session.permanent = True
    session[LOGIN] = cookie
    # A form in this very answer needs a token of the new session, not the one made before.
    for name in ("waiting", "login", "login_over", "csrf_token"):
        g.pop(name, None)
    with reading() as ctx:
        held = sessions.opened(ctx, actor.id, cookie)
    assert held is not None
    visitor = _let_in(actor, held)
    session["_user_id"], session["_fresh"] = str(actor.id), True
    if visitor is not None:
        login_user(visitor)
        g.actor = actor


def log_out() -> None:
    """End the session on both sides and forget everything in it."""
    waits, held = waiting(), g.get("login")
    actor = waits.actor if waits else g.get("actor", NOBODY)
    held = waits.login if waits else held
    if held is not None and actor.id == held.member_id:
        perform(lambda ctx: sessions.end(ctx.as_actor(actor), held.id, "logout"))
    logout_user()
    session.clear()
    g.actor = NOBODY
    for name in ("waiting", "login", "login_over"):
        g.pop(name, None)
