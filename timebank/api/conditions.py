"""Conditional requests: an answer's tag, asking only for what has changed, and not writing over
what somebody else has changed meanwhile (RFC 9110, section 13).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask import Response, make_response, request
from flask_babel import gettext as _

from services.context import Context
from timebank.api.refusing import refuse
from timebank.edge import within

#: A program may keep what it has read, and asks each time whether it still stands.
OPEN_CACHE, OWN_CACHE = "public, no-cache", "private, no-cache"
VARIES = ("Authorization", "Accept", "Accept-Language")
IF_MATCH = "If-Match"

View = Callable[..., Any]


class Read(NamedTuple):
    """A view that reads one object, by its path: words, and names in their places."""

    parts: tuple[str, ...]
    view: View

    def names(self, parts: tuple[str, ...], args: Mapping[str, Any]) -> dict[str, Any] | None:
        """The view's arguments by those of a path that goes on from its own; None for others."""
        found: dict[str, Any] = {}
        for own, other in zip(self.parts, parts, strict=False):
            if own.startswith("<") and other.startswith("<"):
                found[_name(own)] = args[_name(other)]
            elif own != other:
                return None
        return found if len(self.parts) <= len(parts) else None


def parts_of(rule: str) -> tuple[str, ...]:
    """A rule of the router in its parts."""
    return tuple(rule.strip("/").split("/"))


def _name(part: str) -> str:
    return part.strip("<>").rpartition(":")[2]


#: Every view that reads one object: what writes are about.
READS: list[Read] = []


def remember(rule: str, view: View) -> None:
    """Keep a view that reads one object, so that writes below its path can be held to it."""
    parts = parts_of(rule)
    if len(parts) > 1:
        READS.append(Read(parts, view))


def object_of(rule: str) -> Read | None:
    """What a write is about: the object with the longest path that its own goes on from."""
    parts = parts_of(rule)
    args = {_name(part): part for part in parts}
    found = [each for each in READS if each.names(parts, args) is not None]
    return max(found, key=lambda each: len(each.parts), default=None)


def tag_of(response: Response) -> str:
    """The strong tag of an answer: it follows from the body, byte by byte."""
    return hashlib.sha256(response.get_data()).hexdigest()[:32]


def tagged(response: Response, *, is_open: bool) -> Response:
    """An answer with its tag; without its body for whoever has it already."""
    if response.status_code != 200 or response.is_streamed:
        return response
    tag = tag_of(response)
    if request.if_none_match.contains_weak(tag):
        response.status_code = 304
        response.set_data(b"")
        del response.headers["Content-Type"], response.headers["Content-Length"]
    response.set_etag(tag)
    # What a view wants kept by nobody stays so.
    response.headers.setdefault("Cache-Control", OPEN_CACHE if is_open else OWN_CACHE)
    response.vary.update(VARIES)
    return response


def unchanged(rule: str, args: Mapping[str, Any]) -> Callable[[Context], None] | None:
    """Whether the object that the program saw still stands, if this request asks for that.

    It is read anew in the unit of work of the write itself.
    """
    if IF_MATCH not in request.headers:
        return None
    read = object_of(rule)
    if read is None:
        refuse(400, "no_such_condition", _("这件事不接受 If-Match。"))
    names = read.names(parts_of(rule), args) or {}

    def check(ctx: Context) -> None:
        with within(ctx):
            seen = make_response(read.view(**names))
        ctx.session.expire_all()
        if not request.if_match.contains(tag_of(seen)):
            refuse(412, "changed", _("内容已经变化，请重新读取后再办。"))

    return check
