"""Language and text size: two cookies, set by plain links that need no script and no session."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from timebank.cookies import cookie_name, is_bound
from timebank.i18n import COOKIE as LANG_COOKIE
from timebank.i18n import LANGUAGES
from timebank.web.assets import YEAR_S
from timebank.web.paging import kept_query, with_query

SIZE_COOKIE = "text_size"
#: 1 is the base of 22 px on the elder face, then 26 and 30.
SIZES = ("1", "2", "3")
ENDPOINT = "public.preferences"


def preferences() -> Response:
    """Remember ``lang`` and ``text_size`` for a year and go back to where the reader was."""
    answer = redirect(local_path(request.args.get("next")), code=303)
    for cookie, allowed in ((LANG_COOKIE, tuple(LANGUAGES)), (SIZE_COOKIE, SIZES)):
        chosen = request.args.get(cookie)
        if chosen in allowed:
            answer.set_cookie(
                cookie_name(cookie), chosen, max_age=YEAR_S, samesite="Lax", secure=is_bound()
            )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def local_path(target: str | None) -> str:
    """The target if it is a path of this site, else the front page."""
    path = (target or "").replace("\\", "/")
    try:
        parts = urlsplit(path)
    except ValueError:  # a bracket that is never closed
        return "/"
    safe = path.startswith("/") and not path.startswith("//")
    if not safe or parts.scheme or parts.netloc or not path.isprintable():
        return "/"
    return path


def text_size() -> str:
    """The size this reader has chosen."""
    chosen = request.cookies.get(cookie_name(SIZE_COOKIE), "") if request else ""
    return chosen if chosen in SIZES else SIZES[0]


def preference_url(**chosen: str) -> str:
    """The link that sets a preference and comes back to this page."""
    if ENDPOINT not in current_app.view_functions:
        return "/"
    values: dict[str, Any] = {"next": _here(), **chosen}
    return url_for(ENDPOINT, **values)


def url_with(**changes: Any) -> str:
    """This page's address with some of its query changed; ``None`` takes a part away."""
    known = request.view_args or {}
    kept = kept_query({*changes, *known})
    kept.extend((name, str(value)) for name, value in changes.items() if value is not None)
    return with_query(url_for(request.endpoint or "static", **known), kept)


def _here() -> str:
    """Where to come back to: an answer to a POST has the page that asked for it."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    try:
        current_app.url_map.bind("").match(request.path, method="GET")
    except HTTPException:
        return "/"
    return request.path
