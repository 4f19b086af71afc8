"""The API's document and its place in the application: one error format, one door."""

from __future__ import annotations

from copy import deepcopy
from http import HTTPStatus
from typing import Any

import marshmallow as ma
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask_smorest import Api  # type: ignore[import-untyped]
from flask_smorest.utils import prepare_response  # type: ignore[import-untyped]
from werkzeug.routing import BaseConverter

from services.rules import checked
from services.rules.wire import Moment, Pause
from timebank.api.area import Area
from timebank.api.describing import PARAMETERS
from timebank.api.linking import add_links
from timebank.api.schemas import base
from timebank.i18n import translated

PROBLEM = "application/problem+json"


#: What a refusal says in its headers.
HEADERS = {
    HTTPStatus.UNAUTHORIZED.name: ("WWW-Authenticate", "How to come in."),
    HTTPStatus.TOO_MANY_REQUESTS.name: ("Retry-After", "In how many seconds to try again."),
}


class BookConverter(BaseConverter):
    """A book in a path: the twelve digits of a county-level region."""

    regex = "[0-9]{12}"


class ProblemSchema(base.Out):
    """RFC 9457: what went wrong, as a code for programs and a sentence for people."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True)
    detail = ma.fields.String(required=True)
    #: The request's id, as the log has it.
    instance = ma.fields.String()
    field = ma.fields.String()
    errors = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.List(ma.fields.String()))
    reasons = ma.fields.List(ma.fields.Nested(base.SentenceOut))
    reference = ma.fields.String()
    #: The scope that the token lacks.
    scope = ma.fields.String()


class TimebankApi(Api):  # type: ignore[misc]
    """flask-smorest with our problem documents, and without its handlers and pages."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """None: the application's own module answers every error, here and on pages."""

    def _register_doc_blueprint(self) -> None:
        """None: the document and its page are views that declare their act."""

    def _register_responses(self) -> None:
        """Every error is a problem document."""
        for status in HTTPStatus:
            self._register_problem(status.name, status.phrase)
        self._register_problem("DEFAULT_ERROR", "Any other problem")

    def _register_problem(self, name: str, description: str) -> None:
        response: dict[str, Any] = {"description": description, "schema": self.ERROR_SCHEMA}
        if name in HEADERS:
            header, words = HEADERS[name]
            response["headers"] = {header: {"description": words, "schema": {"type": "string"}}}
        prepare_response(response, self.spec, PROBLEM)
        self.spec.components.response(name, response, lazy=True)

    def register_area(self, area: Area) -> None:
        """Register an area under its own name, tagged as the document shows it."""
        app = self._app
        app.extensions["flask-smorest"]["blp_name_to_api"][area.name] = self
        app.register_blueprint(area)
        area.register_views_in_doc(self, app, self.spec, name=area.name, parameters=None)
        self.spec.tag({"name": area.tag, "description": area.description})


def make_api(title: str) -> TimebankApi:
    """The API before it meets an application."""
    return TimebankApi(
        spec_kwargs={
            "title": title,
            "version": "1",
            "openapi_version": "3.1.0",
            "marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=_schema_name),
            "servers": [{"url": "/"}],
            "security": [{"token": []}],
        }
    )


def describe(api: TimebankApi) -> None:
    """What the document says beside the operations: the token, the key, our own fields."""
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for name, (place, parameter) in PARAMETERS.items():
        api.spec.components.parameter(name, place, deepcopy(parameter))
    api.register_converter(
        BookConverter, lambda _converter: {"type": "string", "pattern": "^[0-9]{12}$"}
    )
    api.ma_plugin.converter.add_attribute_function(own_field)


def own_field(self: OpenAPIConverter, field: ma.fields.Field[Any], **_: Any) -> dict[str, Any]:
    """The JSON schema of the strict fields that apispec does not know."""
    found = _shape(self, field)
    if found and field.allow_none:
        return {"anyOf": [found, {"type": "null"}]}
    return found


def _shape(self: OpenAPIConverter, field: Any) -> dict[str, Any]:  # noqa: PLR0911 - a table
    match field:
        case checked.Whole() | base.Figures():
            return {"type": "integer", "minimum": field.least, "maximum": field.most}
        case checked.Choice():
            return {"type": "string", "enum": list(field.choices)}
        case checked.Flag():
            return {"type": "boolean"}
        case checked.Day():
            return {"type": "string", "format": "date"}
        case base.Id():
            return {"type": "string", "format": "uuid"}
        case Moment() | base.At():
            return {"type": "string", "format": "date-time"}
        case Pause():
            moment = {"type": "string", "format": "date-time"}
            return {"type": "array", "items": moment, "minItems": 2, "maxItems": 2}
        case checked.Listed():
            items = self.field2property(field.item)
            return {
                "type": "array",
                "items": items,
                "minItems": field.least,
                "maxItems": field.most,
            }
        case checked.Part():
            nested: Any = self.resolve_nested_schema
            return dict(nested(field.schema_class))
        case checked.Words() | checked.Code() | base.Prose() | base.Said() | base.First():
            return {"type": "string"}
    return {}


def _schema_name(schema: Any) -> str:
    """``RequestOut`` is simply a request; what comes in keeps its ending."""
    given = schema if isinstance(schema, type) else type(schema)
    return given.__name__.removesuffix("Schema").removesuffix("Out")


def document(api: TimebankApi) -> dict[str, Any]:
    """The OpenAPI document with its summaries in the reader's language."""
    found: dict[str, Any] = deepcopy(api.spec.to_dict())
    for operations in found["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict) and "x-says" in operation:
                operation["summary"] = translated(operation.pop("x-says"))
    for tag in found["tags"]:
        tag["description"] = translated(tag["description"])
    add_links(found)
    return found
