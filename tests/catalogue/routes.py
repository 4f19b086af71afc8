"""Which addresses are pages, whose they are, and which nobody has to look at."""

from __future__ import annotations

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule

AUDIENCES = (
    "public", "elder", "family", "giving", "volunteer", "branch", "admin", "audit", "oversight",
)  # fmt: skip
#: What a browser keeps rather than shows: told by how the address ends.
FILES = (".csv", ".json", ".pdf", ".xlsx", ".ics", ".svg", ".txt", ".zip", ".<form>", "<form>")
#: Routes without a page of their own -> what they give instead.
NO_PAGE = {
    "public.preferences": "sets a cookie and goes back",
    "public.elder_version": "sets the large letters and goes back",
    "public.my_data": "leads to the data of whoever comes",
    "admin.corridors_home": "leads to the one book of whoever comes",
    "elder.ask_for": "begins a draft and leads to its first question",
    "volunteer.asked": "leads to the request that is asked about",
    "volunteer.card": "keeps what was scanned and leads on",
    "volunteer.card_scanned": "keeps what was scanned and leads on",
    "volunteer.door": "keeps what was scanned and leads on",
    "volunteer.door_scanned": "keeps what was scanned and leads on",
}


def is_file(rule: Rule) -> bool:
    """Whether the address gives a download, an image or a document for programs."""
    return rule.rule.endswith(FILES) or "file_id" in rule.arguments


def pages_of(app: Flask, audience: str) -> dict[str, Rule]:
    """Every page of an audience by its endpoint."""
    # A page that somebody else may open for an elder has two addresses; the shorter one counts.
    return {
        rule.endpoint: rule
        for rule in sorted(app.url_map.iter_rules(), key=lambda each: -len(each.arguments))
        if rule.endpoint.startswith(f"{audience}.")
        and "GET" in (rule.methods or ())
        and not is_file(rule)
        and rule.endpoint not in NO_PAGE
    }


def endpoint_of(app: Flask, address: str) -> str | None:
    """What answers an address of this site; None where nothing does."""
    path = address.split("#", maxsplit=1)[0].split("?", maxsplit=1)[0]
    try:
        found, _arguments = app.url_map.bind("localhost").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return str(found)


#: Who goes through the pages of an audience, one after the other.
LOGINS: dict[str, list[str | None]] = {
    "public": [None, "elder", "volunteer"],
    "elder": ["elder", "elder2", "family", "branch"],
    "family": ["family"],
    "giving": ["elder", "volunteer", "family"],
    "volunteer": ["volunteer", "volunteer2"],
    "branch": ["branch"],
    "admin": ["admin", "national", "admin2"],
    "audit": ["auditor", "admin"],
    "oversight": ["admin", "auditor", "national"],
}
