"""What the document says of an operation beside its schemas: scope, key, conditions, refusals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from timebank.api.conditions import object_of

PREFIX = "/api/v1"
KEY_HEADER = "Idempotency-Key"
#: The names of the headers' and parameters' descriptions among the document's components.
KEY_PARAMETER, MAY_KEY_PARAMETER = "idempotency_key", "perhaps_idempotency_key"
MATCH_PARAMETER, NONE_MATCH_PARAMETER = "if_match", "if_none_match"
LIMIT_PARAMETER, CURSOR_PARAMETER = "limit", "cursor"

JSON = "application/json"
_KEY_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 80, "pattern": "^[!-~]{1,80}$"}
_KEY_WORDS = "A new one for every act; the same again gives the same answer."
#: name -> where it stands, and what it is.
PARAMETERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    KEY_PARAMETER: (
        "header",
        {"name": KEY_HEADER, "required": True, "description": _KEY_WORDS, "schema": _KEY_SCHEMA},
    ),
    MAY_KEY_PARAMETER: (
        "header",
        {"name": KEY_HEADER, "required": False, "description": _KEY_WORDS, "schema": _KEY_SCHEMA},
    ),
    MATCH_PARAMETER: (
        "header",
        {
            "name": "If-Match",
            "required": False,
            "description": "The ETag of the object of x-object as it was read: when it has "
            "changed since, nothing is done (412). Ask in the language that it was read in.",
            "schema": {"type": "string", "pattern": '^("[!#-~]*"|\\*)$'},
        },
    ),
    NONE_MATCH_PARAMETER: (
        "header",
        {
            "name": "If-None-Match",
            "required": False,
            "description": "The ETag of an earlier answer: 304 while it still stands.",
            "schema": {"type": "string", "pattern": '^(W/)?"[!#-~]*"$'},
        },
    ),
    LIMIT_PARAMETER: (
        "query",
        {
            "name": "limit",
            "required": False,
            "description": "How many rows at most.",
            "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 100},
        },
    ),
    CURSOR_PARAMETER: (
        "query",
        {
            "name": "cursor",
            "required": False,
            "description": "The next_cursor of the answer before.",
            "schema": {"type": "string"},
        },
    ),
}
ETAG = {
    "description": "The answer's tag, for If-None-Match and If-Match.",
    "schema": {"type": "string"},
}


@dataclass(frozen=True, slots=True)
class Edge:
    """What holds for one operation at the edge."""

    id: str
    act: str
    says: str
    rule: str
    method: str
    keyed: bool | Literal["may"]
    #: The scope that a token needs; None where none is needed, or any token will do.
    scope: str | None
    is_open: bool
    #: A list that its view gives whole and the edge cuts.
    is_whole: bool
    produces: str


def describe_operation(
    doc: dict[str, Any], doc_info: Mapping[str, Any], **_kwargs: Any
) -> dict[str, Any]:
    """What the decorators do not know, and an id that clients are made from."""
    edge: Edge = doc_info["edge"]
    parameters = doc.setdefault("parameters", [])
    about = object_of(edge.rule) if edge.keyed else None
    if edge.keyed:
        parameters.append(KEY_PARAMETER if edge.keyed is True else MAY_KEY_PARAMETER)
    if about is not None:
        parameters.append(MATCH_PARAMETER)
        doc["x-object"] = path_of("/".join((PREFIX, *about.parts)))
    if edge.method == "GET":
        parameters.append(NONE_MATCH_PARAMETER)
    if edge.is_whole:
        parameters.extend([LIMIT_PARAMETER, CURSOR_PARAMETER])
    if edge.is_open:
        doc["security"] = [{}, {"token": []}]
    elif edge.scope is None:
        doc["security"] = [{"token": []}]
    else:
        doc["security"] = [{"token": [edge.scope]}]
        doc["x-scope"] = edge.scope
    doc["responses"] = _answers(doc, edge, has_object=about is not None)
    doc["operationId"] = edge.id
    doc["x-act"] = edge.act
    doc["x-says"] = edge.says
    return doc


def path_of(rule: str) -> str:
    """A rule of the router as a path of the document."""
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule)


def _answers(doc: dict[str, Any], edge: Edge, *, has_object: bool) -> dict[str, Any]:
    """Every answer that the operation can give: what is not among these is a fault."""
    found = {str(status): answer for status, answer in doc.get("responses", {}).items()}
    found.pop("default", None)
    has_query = any(isinstance(each, dict) and each["in"] == "query" for each in doc["parameters"])
    if edge.method == "GET" and "200" in found:
        found["200"] = {**found["200"], "headers": {"ETag": ETAG}}
        found["304"] = {"description": "Nothing has changed.", "headers": {"ETag": ETAG}}
    if edge.produces != JSON:
        content = {edge.produces: {"schema": {"type": "string", "format": "binary"}}}
        found["200"]["content"] = content
    for status in _refusals(edge, has_query=has_query, has_object=has_object):
        found.setdefault(str(int(status)), status.name)
    if "requestBody" in doc:
        for status in (
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        ):
            found.setdefault(str(int(status)), status.name)
    return dict(sorted(found.items()))


def _refusals(edge: Edge, *, has_query: bool, has_object: bool) -> list[HTTPStatus]:
    # 400: an address with a byte in it that no text has.
    found = [HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_ACCEPTABLE]
    if not edge.is_open:
        found += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
    if edge.is_whole or edge.keyed == "may":
        found.append(HTTPStatus.UNPROCESSABLE_ENTITY)
    if edge.keyed == "may":
        found.append(HTTPStatus.UNAUTHORIZED)
    if has_query or "<" in edge.rule or edge.method != "GET":
        # What is named may be gone, wrong, or not in a state in which it can be asked about.
        found += [
            HTTPStatus.NOT_FOUND,
            HTTPStatus.CONFLICT,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        ]
    if edge.method != "GET":
        # What throttles is told of all writes: each address and each login has its measure.
        found += [HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS]
    if has_object:
        found.append(HTTPStatus.PRECONDITION_FAILED)
    return found
