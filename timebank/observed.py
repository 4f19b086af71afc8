"""What is known of every request from outside: its id, its log line, its figures, the way out.

It stands around the application: whatever answers, or fails to, is counted and logged here once.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any
from uuid import uuid4

from flask import Flask, Response, request
from werkzeug.wsgi import ClosingIterator

from services.policy import AUDITOR, NATIONAL_ADMIN, NOBODY, REGION_ADMIN, STAFF, Actor
from timebank import counters, logs
from timebank.edge import Timebank, current_actor

log = logging.getLogger(__name__)

Environ = dict[str, Any]
HEADER = "X-Request-ID"
SEEN = "timebank.seen"
METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
#: What a proxy may call a request: 32 hexadecimal digits or a UUID. A number of a card or of a
#: telephone, which somebody might send to have it logged, is neither.
_WELL_FORMED = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Said to whoever comes while the process ends: the next one is up in seconds.
CLOSING = b'{"title":"Service Unavailable","status":503,"code":"stopping"}'


@dataclass(slots=True)
class Seen:
    """One request: nothing in it says who asked or about whom."""

    id: str
    method: str
    began: float
    route: str = "-"
    endpoint: str = "-"
    act: str = "-"
    role: str = "-"
    status: int = 500


class Observed:
    """The application with an eye on it. ``draining`` ends its taking of new requests."""

    def __init__(self, application: Any, trusts_proxy: bool) -> None:
        self._application = application
        self._trusts_proxy = trusts_proxy
        self._lock = threading.Lock()
        self.running = 0
        self.draining = False

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen = Seen(self._id(environ), _method(environ), perf_counter())
        environ[SEEN] = seen
        if self.draining and not environ.get("PATH_INFO", "").startswith("/health/"):
            return self._refused(seen, start_response)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            seen.status = int(status[:3])
            return start_response(status, [*headers, (HEADER, seen.id)], exc_info)

        with self._lock:
            self.running += 1
        try:
            with logs.bound(request=seen.id):
                answer = self._application(environ, start)
        except BaseException:
            self._done(seen)
            raise
        return ClosingIterator(answer, partial(self._done, seen))

    def _id(self, environ: Environ) -> str:
        given: str = environ.get("HTTP_X_REQUEST_ID", "").lower()
        if self._trusts_proxy and _WELL_FORMED.fullmatch(given):
            return given
        return uuid4().hex

    def _refused(self, seen: Seen, start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = [
            ("Content-Type", "application/problem+json"),
            ("Content-Length", str(len(CLOSING))),
            ("Retry-After", "5"),
            (HEADER, seen.id),
        ]
        start_response("503 Service Unavailable", headers)
        return [CLOSING]

    def _done(self, seen: Seen) -> None:
        with self._lock:
            self.running -= 1
        seconds = perf_counter() - seen.began
        counters.count_request(seen.method, seen.route, seen.status, seconds)
        logs.say(
            log,
            "request",
            _level(seen, self.draining),
            request=seen.id,
            method=seen.method,
            route=seen.route,
            endpoint=seen.endpoint,
            act=seen.act,
            role=seen.role,
            status=seen.status,
            duration_ms=round(seconds * 1000),
        )


def init_app(app: Flask) -> None:
    """Stand around the application; called before anything else looks at requests."""
    held: Timebank = app.extensions["timebank"]
    around = Observed(app.wsgi_app, held.settings.trusted_proxies > 0)
    app.extensions["observed"] = around
    app.wsgi_app = around  # type: ignore[method-assign]
    app.log_exception = _crashed  # type: ignore[method-assign]
    app.before_request(_note_route)
    app.after_request(_note_role)


def seen_now() -> Seen:
    """What is known of this request."""
    found: Seen | None = request.environ.get(SEEN)
    if found is None:
        # A request that a test made without the application around it.
        found = request.environ[SEEN] = Seen(uuid4().hex, _method(request.environ), perf_counter())
    return found


def _note_route() -> None:
    seen = seen_now()
    if request.url_rule is None or request.endpoint is None:
        return
    from timebank.security import declared_act  # noqa: PLC0415 - it stands on what is here

    # The rule, not the path: paths hold tokens of cards and ids of people.
    seen.route, seen.endpoint = request.url_rule.rule, request.endpoint
    seen.act = declared_act(request.endpoint) or "-"


def _note_role(response: Response) -> Response:
    seen_now().role = role_kind(current_actor())
    return response


def role_kind(actor: Actor) -> str:
    """What somebody is here, never who."""
    if actor.id == NOBODY.id:
        return "nobody"
    for name in (NATIONAL_ADMIN, AUDITOR, REGION_ADMIN, STAFF):
        if actor.has_role(name):
            return name
    if actor.is_provider:
        return "volunteer"
    return "elder" if actor.is_recipient else "member"


def _crashed(exc_info: Any) -> None:
    """Flask's own line would name the path; ours has the same request id."""
    log.error("unexpected error", exc_info=exc_info)


def _method(environ: Environ) -> str:
    method = environ.get("REQUEST_METHOD", "")
    return method if method in METHODS else "OTHER"


def _level(seen: Seen, draining: bool) -> int:
    if seen.endpoint.startswith("health."):
        return logging.DEBUG if seen.status < 500 or draining else logging.WARNING
    if seen.status >= 500:
        return logging.ERROR
    return logging.DEBUG if seen.endpoint == "static" else logging.INFO
