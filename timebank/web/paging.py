"""Which page of a list is asked for, and addresses that keep the query of this one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from urllib.parse import urlencode

from flask import request

#: No list is that long; a larger figure is more than a database counts to.
MOST_PAGES = 100_000
#: What may stand in a query as it is.
_AS_IT_IS = "!$'()*,/:;?@"


def page_number() -> int:
    """The page that the address asks for; the first one when it asks for nonsense."""
    number = request.args.get("page", 1, type=int)
    return min(max(1, number), MOST_PAGES)


def with_query(address: str, pairs: Iterable[tuple[str, str]]) -> str:
    """An address and its query: whatever a name in it is called, it steers nothing."""
    query = urlencode(list(pairs), safe=_AS_IT_IS)
    return f"{address}?{query}" if query else address


def kept_query(leave_out: Collection[str] = ()) -> list[tuple[str, str]]:
    """What stands in the query of this page."""
    return [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in leave_out and not name.startswith("_")
    ]
