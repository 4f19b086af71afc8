"""The answers given so far: kept by the browser, sealed, so that nothing is asked twice.

The cookie can be read with this instance's key only, and counts only for the same person acting
for the same elder. It outlives a log-out, so that whoever has to log in again goes on where he
was. The database knows nothing of a request before it is sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import after_this_request, request
from werkzeug.wrappers import Response

from services.vault import Unreadable
from timebank.cookies import cookie_name, is_bound
from timebank.edge import current_actor, timebank

COOKIE = "ask"
PURPOSE = "ask.draft"
PATH = "/elder"
KEPT_S = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Sent:
    """The last request that was sent from here: a second press of its button finds it."""

    key: str
    book: str
    request_id: UUID


@dataclass(slots=True)
class Draft:
    """Answers by question; an empty text is an answer too."""

    elder_id: UUID
    answers: dict[str, str] = field(default_factory=dict)
    sent: Sent | None = None
    #: Which questions these are the answers to: each has a cookie of its own, for its own pages.
    cookie: str = COOKIE
    path: str = PATH


def draft_of(elder_id: UUID, cookie: str = COOKIE, path: str = PATH) -> Draft:
    """What the browser keeps for this elder; an empty draft when there is nothing of use."""
    kept = _opened(cookie_name(cookie, path))
    if not kept or kept.get("by") != str(current_actor().id) or kept.get("for") != str(elder_id):
        return Draft(elder_id, cookie=cookie, path=path)
    sent = kept.get("sent")
    return Draft(
        elder_id,
        dict(kept.get("answers", {})),
        Sent(sent["key"], sent["book"], UUID(sent["id"])) if sent else None,
        cookie,
        path,
    )


def keep(draft: Draft) -> None:
    """Send the draft along with the answer to this request."""
    content: dict[str, Any] = {
        "by": str(current_actor().id),
        "for": str(draft.elder_id),
        "answers": draft.answers,
    }
    if draft.sent is not None:
        sent = draft.sent
        content["sent"] = {"key": sent.key, "book": sent.book, "id": str(sent.request_id)}
    sealed = timebank().vault.seal(PURPOSE, json.dumps(content, ensure_ascii=False))

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            cookie_name(draft.cookie, draft.path),
            sealed,
            max_age=KEPT_S,
            path=draft.path,
            httponly=True,
            samesite="Lax",
            secure=is_bound(),
        )
        return response


def _opened(cookie: str) -> dict[str, Any]:
    sealed = request.cookies.get(cookie, "")
    if not sealed:
        return {}
    try:
        content = json.loads(timebank().vault.open(PURPOSE, sealed))
    except (Unreadable, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
