"""Which device an act came from: a random mark in a cookie, of which only a digest is kept.

It tells two telephones apart and nothing else: it is made of nothing that the device is or has,
it is tied to no login, and no other site sees it. Oversight needs it to find where one device
has both shown that somebody came and given the elder's word (see docs/flags.md).
"""

from __future__ import annotations

import re
import secrets

from flask import Flask, g, request
from werkzeug.wrappers import Response

from services.policy import NOBODY
from timebank.cookies import cookie_name, is_bound
from timebank.edge import current_actor, timebank

COOKIE = "device"
#: Two years, begun anew on no visit: a mark has an end.
LASTS_S = 2 * 365 * 24 * 3600
_MARK = re.compile(r"[A-Za-z0-9_-]{24}")
#: What the digests are keyed for.
PURPOSE = "device"


def init_app(app: Flask) -> None:
    """Give every browser in which somebody has logged in a mark of its own."""
    app.after_request(_marked)


def of_cookie() -> str | None:
    """The digest of this browser's mark; None before it has one."""
    mark = request.cookies.get(cookie_name(COOKIE), "")
    return _digest(f"cookie:{mark}") if _MARK.fullmatch(mark) else None


def of_browser() -> str:
    """The same for a login: a browser without a mark gets one with this answer."""
    known = of_cookie()
    if known is not None:
        return known
    g.fresh_mark = secrets.token_urlsafe(18)
    return _digest(f"cookie:{g.fresh_mark}")


def of_token(token: str) -> str:
    """The digest that stands for a program with this token."""
    return _digest(f"token:{token}")


def _digest(text: str) -> str:
    return timebank().vault.blind(PURPOSE, text)


def _marked(response: Response) -> Response:
    """Only whoever has logged in gets a mark: open pages need none."""
    fresh = g.get("fresh_mark")
    is_here = current_actor().id != NOBODY.id and not g.get("device")
    if request.path.startswith("/api/") or not (fresh or is_here):
        return response
    response.set_cookie(
        cookie_name(COOKIE),
        fresh or secrets.token_urlsafe(18),
        max_age=LASTS_S,
        httponly=True,
        samesite="Lax",
        secure=is_bound(),
    )
    return response
