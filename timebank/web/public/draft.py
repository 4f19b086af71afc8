"""A sign-up on its way: kept in the session, sealed, because anyone can read a signed cookie."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import session

from services.vault import Unreadable
from timebank.edge import timebank

SLOT, PURPOSE = "joining", "joining.draft"
DONE = "joined"


def read_draft() -> dict[str, Any]:
    """The answers so far; none when there is no draft, or it is from under other keys."""
    sealed = session.get(SLOT)
    if not sealed:
        return {}
    try:
        kept: dict[str, Any] = json.loads(timebank().vault.open(PURPOSE, sealed))
    except (Unreadable, ValueError):
        return {}
    return kept


def keep(answers: Mapping[str, Any]) -> None:
    """Add answers to the draft; JSON values only."""
    text = json.dumps({**read_draft(), **answers}, ensure_ascii=False)
    session[SLOT] = timebank().vault.seal(PURPOSE, text)


def begin(how: str) -> None:
    """Forget an older draft and begin a new one."""
    session.pop(SLOT, None)
    session.pop(DONE, None)
    keep({"how": how})


def finish(number: str, branch_id: str) -> None:
    """The draft has become a member: only what the next page shows is kept."""
    session.pop(SLOT, None)
    session[DONE] = {"number": number, "branch_id": branch_id}
