"""The published document, and the same as a plain page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template

from timebank.api.describing import KEY_PARAMETER, MATCH_PARAMETER, PREFIX
from timebank.api.wiring import TimebankApi, document
from timebank.edge import declare
from timebank.scope_words import SCOPE_NAMES

bp = Blueprint("api_docs", __name__, url_prefix=PREFIX)

METHODS = ("get", "post", "put", "patch", "delete")


def _document() -> dict[str, Any]:
    api: TimebankApi = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    return document(api)


@bp.get("/openapi.json")
@declare("public.read")
def openapi() -> Response:
    """The OpenAPI document."""
    return jsonify(_document())


@bp.get("/docs")
@declare("public.read")
def docs() -> str:
    """Every operation in a table, by area."""
    found = _document()
    areas: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in found["tags"]}
    for path, operations in found["paths"].items():
        for method in METHODS:
            if method in operations:
                each = operations[method]
                areas[each["tags"][0]].append(_row(path, method, each))
    return render_template(
        "api/docs.html",
        areas=[(tag["description"], areas[tag["name"]]) for tag in found["tags"]],
        scopes=SCOPE_NAMES,
    )


def _row(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    refs = {each.get("$ref") for each in operation.get("parameters", [])}
    return {
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "is_open": {} in operation["security"],
        "scope": operation.get("x-scope", ""),
        "needs_key": f"#/components/parameters/{KEY_PARAMETER}" in refs,
        "takes_match": f"#/components/parameters/{MATCH_PARAMETER}" in refs,
    }
