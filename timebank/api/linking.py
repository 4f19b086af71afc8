"""Links of the document: what the ids of an answer are good for.

They follow from the paths: what is made or listed can be read by its own path, and whatever can
be read by a path can be done something with below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_NAME = re.compile(r"\{(\w+)\}")
METHODS = ("get", "post", "put", "patch", "delete")


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of every operation."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


def add_links(document: dict[str, Any]) -> None:
    """Say of every answer with ids in it which operations take them."""
    schemas = document["components"]["schemas"]
    reads = [
        (path, operation)
        for path, method, operation in operations_of(document)
        if method == "get" and "{" in path
    ]
    acts = [
        (path, operation)
        for path, method, operation in operations_of(document)
        if method != "get" and "{" in path
    ]
    for path, method, operation in operations_of(document):
        for status, answer in operation["responses"].items():
            if not status.startswith("2"):
                continue
            names, place = _names(answer, schemas)
            links = _to_reads(path, names, place, reads)
            if method == "get" and "{" in path:
                links |= _to_acts(path, acts)
            links.pop(operation["operationId"], None)
            if links:
                answer["links"] = links


def _names(answer: dict[str, Any], schemas: dict[str, Any]) -> tuple[set[str], str]:
    """The names in an answer, or in the first row of a list, and the pointer to where they are."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    names = schemas.get(schema.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
    if "items" not in names:
        return set(names), ""
    row = names["items"].get("items", {}).get("$ref", "").rpartition("/")[2]
    return set(schemas.get(row, {}).get("properties", {})), "/items/0"


def _to_reads(
    path: str, names: set[str], place: str, reads: list[tuple[str, dict[str, Any]]]
) -> dict[str, Any]:
    """Operations that read what the answer's ids name."""
    links = {}
    own = set(_NAME.findall(path))
    for target, operation in reads:
        wanted = _NAME.findall(target)
        if target.rpartition("/")[2] != f"{{{wanted[-1]}}}":
            continue
        parameters: dict[str, str] = {}
        for name in wanted:
            is_last = name == wanted[-1]
            if name in names:
                parameters[name] = f"$response.body#{place}/{name}"
            elif is_last and "id" in names and _is_kind_of(path, target):
                parameters[name] = f"$response.body#{place}/id"
            elif name in own:
                parameters[name] = f"$request.path.{name}"
        given = any(each.startswith("$response") for each in parameters.values())
        if given and set(parameters) == set(wanted):
            links[operation["operationId"]] = _link(operation, parameters)
    return links


def _is_kind_of(path: str, target: str) -> bool:
    """Whether ``id`` in an answer by this path is what the target's last name means."""
    return _last_word(path) == _last_word(target)


def _last_word(path: str) -> str:
    return [each for each in path.split("/") if not each.startswith("{")][-1]


def _to_acts(path: str, acts: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Operations below an object's own path that need no further name."""
    own = _NAME.findall(path)
    return {
        operation["operationId"]: _link(operation, {name: f"$request.path.{name}" for name in own})
        for target, operation in acts
        if target.startswith(path) and _NAME.findall(target) == own
    }


def _link(operation: dict[str, Any], parameters: dict[str, str]) -> dict[str, Any]:
    return {"operationId": operation["operationId"], "parameters": parameters}
