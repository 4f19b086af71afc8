"""Reading what a program sends: strict JSON, no unknown names, complaints as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import flask
import marshmallow as ma
from flask_babel import gettext as _
from webargs import core
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.datastructures import MultiDict

from services.rules.checked import BadDocument
from services.rules.published import parse_document
from timebank.api.refusing import refuse
from timebank.i18n import say, translated

#: Where the complaint about a body as a whole stands.
WHOLE_BODY = "body"


class Parser(FlaskParser):
    """webargs with our manners: the same problem document as everywhere else."""

    #: Query strings are as strict as bodies: a mistyped filter must not list everything.
    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 - as webargs asks
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": None,
    }

    def load_querystring(self, req: flask.Request, schema: ma.Schema) -> Any:
        """The query string without what says which part of a list is wanted, once that is read."""
        args = MultiDict(req.args)
        if "cut" in flask.g:
            for name in ("limit", "cursor"):
                args.pop(name, None)
        return self._makeproxy(args, schema)

    def load_json(self, req: flask.Request, schema: ma.Schema) -> Any:
        """The body, read once; an empty one counts as an object without names."""
        text = req.get_data(cache=True)
        if not text:
            return core.missing
        if not is_json_request(req):
            refuse(415, "not_json", _("内容要以 application/json 发送。"))
        try:
            return parse_document(text.decode("utf-8"))
        except (BadDocument, UnicodeDecodeError):
            refuse(400, "bad_json", _("这不是有效的 JSON，请检查后再发送。"))

    def handle_error(
        self,
        error: ma.ValidationError,
        req: flask.Request,
        schema: ma.Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        """Refuse with every complaint, each under the name of its field."""
        complain(error.messages)


def complain(messages: Any) -> NoReturn:
    """Refuse with marshmallow's messages by location."""
    errors: dict[str, list[str]] = {}
    for location in messages.values():
        for place, sentence in _complaints(location, ""):
            errors.setdefault(place or WHOLE_BODY, []).append(sentence)
    refuse(422, "invalid", _("填写的内容有误，请检查后再试。"), errors=errors)


def _complaints(messages: Any, place: str) -> Iterator[tuple[str, str]]:
    """Places and sentences of marshmallow's nested messages: ``breaks[0]``, ``guardian.name``."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            if key == "_schema":
                yield from _complaints(inner, place)
            elif isinstance(key, int):
                yield from _complaints(inner, f"{place}[{key}]")
            else:
                joint = "" if not place or str(key).startswith("[") else "."
                yield from _complaints(inner, f"{place}{joint}{key}")
        return
    for each in messages:
        # Our own fields complain with a sentence and its params, marshmallow's with a text.
        yield place, say(*each) if isinstance(each, tuple) else translated(str(each))
