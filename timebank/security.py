"""Deny by default, forgery protection, throttling and response headers."""

from __future__ import annotations

from uuid import UUID

from flask import Flask, abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from services.errors import Forbidden
from services.evidence import MOST_BYTES, MOST_FILES
from services.policy import NO_RIGHT, NOBODY, NOT_LOGGED_IN, may_ever
from timebank import identity
from timebank.edge import Timebank, current_actor

csrf = CSRFProtect()
#: Per address and per process; a login's own count is kept in the database.
limiter = Limiter(
    get_remote_address,
    storage_uri="memory://",
    headers_enabled=False,
    # Whoever has not logged in asks for so many pages: a house behind one address has enough.
    default_limits=["600 per minute"],
    default_limits_exempt_when=lambda: request.endpoint == "static" or _is_here(),
)

#: A form with evidence: every file as large as it may be, and the rest of the form.
FILES_BYTES = MOST_FILES * MOST_BYTES + 1024 * 1024

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=()",
}
#: Sent by the product itself where a visit came over TLS, so that no proxy can forget it: two
#: years, and every host below this one.
OVER_TLS = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


class LoginOver(Exception):
    """Something was sent by a browser whose login had just run out (see web.public.kept)."""

    def __init__(self, member_id: UUID) -> None:
        super().__init__()
        self.member_id = str(member_id)


def init_app(app: Flask) -> None:
    """Wire the guards; order matters: who is here, then what may be done, then the view."""
    held: Timebank = app.extensions["timebank"]
    settings = held.settings
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        behind = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
        app.wsgi_app = behind  # type: ignore[method-assign]
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["RATELIMIT_ENABLED"] = settings.env != "test"
    csrf.init_app(app)
    limiter.init_app(app)
    app.before_request(_guard)
    app.after_request(_headers)


def _refuse_unstorable() -> None:
    """A sign that no database keeps is in nobody's words: refuse it before anybody asks for it."""
    told = [request.args] if request.path.startswith("/api/") else [request.args, request.form]
    if "\0" in request.path or any(
        "\0" in value for each in told for _name, value in each.items(multi=True)
    ):
        abort(400)


def _is_here() -> bool:
    return current_actor().id != NOBODY.id


def _guard() -> Response | None:
    """Refuse whatever does not declare an act that this actor could ever be allowed."""
    endpoint = request.endpoint
    if endpoint is None or endpoint == "static":
        return None
    is_api = request.path.startswith("/api/")
    if getattr(current_app.view_functions[endpoint], "takes_files", False):
        request.max_content_length = FILES_BYTES
    if not is_api and request.method not in ("GET", "HEAD", "OPTIONS"):
        csrf.protect()
    _refuse_unstorable()
    act = declared_act(endpoint)
    if act is None:
        abort(403)
    if may_ever(current_actor(), act):
        return None
    if current_actor().id != NOBODY.id:
        raise Forbidden(NO_RIGHT)
    if is_api:
        abort(401, NOT_LOGGED_IN)
    return _to_the_door()


def _to_the_door() -> Response:
    """To the login page, to the second factor, or back to the login that has run out."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    if identity.waiting() is not None:
        return redirect(url_for("public.second", next=back), code=303)
    over = identity.over()
    if over is not None:
        if request.method != "GET":
            raise LoginOver(over)
        flash(_("离开的时间长了，登录已经结束。请再登录一次，就回到刚才的页面。"), "message")
    return redirect(url_for("public.login", next=back), code=303)


def declared_act(endpoint: str) -> str | None:
    """The policy act of a view, None when it declares none."""
    view = current_app.view_functions[endpoint]
    act: str | None = getattr(view, "policy_act", None)
    return act


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.update(OVER_TLS)
    if request.endpoint != "static" and current_actor().id != NOBODY.id:
        # A shared computer at a branch must not show the last person's page with "back". A
        # program may keep an answer that carries a tag, for itself, and asks whether it stands.
        kept = request.path.startswith("/api/") and "ETag" in response.headers
        if not kept:
            response.headers["Cache-Control"] = "no-store"
    return response
