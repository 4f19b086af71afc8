"""Who is here: Flask-Login for people in a browser, bearer tokens for programs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from services.errors import NotFound
from services.login import actor_of_token, login_stands
from services.people.actors import actor_for
from services.policy import NOBODY, Actor
from timebank import devices
from timebank.edge import now, reading


class Login(UserMixin):  # type: ignore[misc]
    """A logged-in member, as Flask-Login wants to see one."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.id = str(actor.id)


manager = LoginManager()
# A telephone changes its address on the way: that is no reason to send an elder to the door.
manager.session_protection = None
#: When the login began, as ISO text in the session; a later password ends it.
SINCE = "login_at"


def init_app(app: Flask) -> None:
    """Load the actor before every request."""
    manager.init_app(app)
    app.before_request(_load_actor)


@manager.user_loader  # type: ignore[untyped-decorator]
def _load(member_id: str) -> Login | None:
    try:
        with reading() as ctx:
            actor = actor_for(ctx.session, UUID(member_id), ctx.now)
            since = datetime.fromisoformat(session.get(SINCE, ""))
            still = login_stands(ctx.session, actor.id, since)
    except (NotFound, ValueError):
        return None
    return Login(actor) if still else None


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
        actor = actor_of_token(ctx, token.strip())
    if actor is None:
        return NOBODY
    # A program has no cookie: each installation of it holds a token of its own.
    g.device = devices.of_token(token.strip())
    return actor


def log_in(actor: Actor) -> None:
    """Begin a session of this member: a new one, whatever was in the browser before."""
    session.clear()
    session.permanent = True
    session[SINCE] = now().isoformat()
    login_user(Login(actor))
    g.actor = actor


def renew() -> None:
    """Keep this session when its owner has just set a new password."""
    session[SINCE] = now().isoformat()


def log_out() -> None:
    """End the session and forget everything in it."""
    logout_user()
    session.clear()
    g.actor = NOBODY
