"""Bodies that the API takes: what each schema asks for, filled with something that may be there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.security.people import World
from timebank.api.wiring import document

ANYTHING: dict[str, Any] = {
    "date": "2026-11-25",
    "date-time": "2026-11-25T10:00:00+08:00",
    "uuid": str(UUID(int=9)),
}


class Contract:
    """The published document, asked for bodies."""

    def __init__(self, world: World) -> None:
        with world.app.test_request_context("/"):
            found = world.app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
            self._document = document(found)

    def body(self, template: str, method: str) -> Any:
        """A body for an operation; None when it takes none."""
        given = self._operation(template, method).get("requestBody")
        if not given:
            return None
        schema = given["content"].get("application/json", {}).get("schema")
        return None if schema is None else self._value(schema, 0)

    def properties(self, template: str, method: str) -> dict[str, Any]:
        """The names that the body of an operation may hold."""
        given = self._operation(template, method).get("requestBody")
        if not given:
            return {}
        schema = self._whole(given["content"].get("application/json", {}).get("schema", {}))
        found: dict[str, Any] = schema.get("properties", {})
        return found

    def operations(self) -> list[tuple[str, str]]:
        """Every address and method of the document."""
        return [
            (template, method)
            for template, operations in self._document["paths"].items()
            for method in operations
            if method in ("get", "post", "put", "patch", "delete")
        ]

    def _operation(self, template: str, method: str) -> dict[str, Any]:
        found: dict[str, Any] = self._document["paths"].get(template, {}).get(method.lower(), {})
        return found

    def _whole(self, schema: dict[str, Any]) -> dict[str, Any]:
        name = schema.get("$ref", "").rpartition("/")[2]
        return self._document["components"]["schemas"][name] if name else schema

    def _value(self, schema: dict[str, Any], depth: int) -> Any:
        schema = self._whole(schema)
        for key in ("anyOf", "oneOf", "allOf"):
            if key in schema:
                return self._value(schema[key][0], depth)
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object" or "properties" in schema:
            if depth > 4:
                return {}
            return {
                name: self._value(each, depth + 1)
                for name, each in schema.get("properties", {}).items()
                if not self._whole(each).get("readOnly")
            }
        if kind == "array":
            return [self._value(schema["items"], depth + 1)] * max(1, schema.get("minItems") or 1)
        if kind == "integer":
            return max(schema.get("minimum") or 0, min(30, schema.get("maximum") or 30))
        if kind == "boolean":
            return True
        if kind == "number":
            return 1
        return ANYTHING.get(schema.get("format", ""), "写一句话")
