"""A blueprint of the API: every view declares its act, writes carry a key, all is documented."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from flask import g, request
from flask_babel import gettext as _
from flask_smorest import Blueprint  # type: ignore[import-untyped]
from marshmallow import Schema

from services.context import Context
from services.rights import POLICY
from timebank.api.parsing import Parser
from timebank.api.refusing import refuse
from timebank.edge import perform

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])

PREFIX = "/api/v1"
KEY_HEADER = "Idempotency-Key"
#: The name of the header's description among the document's components.
KEY_PARAMETER = "idempotency_key"
_KEY = re.compile(r"[\x21-\x7e]{1,80}")


class Area(Blueprint):  # type: ignore[misc]
    """One area of the API. ``says`` is a view's summary, in Chinese; ``keyed`` whether it writes.

    A view without a declared act cannot be registered at all.
    """

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, title: str) -> None:
        super().__init__(f"api_{name}", __name__, url_prefix=PREFIX, description=title)
        self.tag = name
        self._prepare_doc_cbks.append(_describe)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,
        provide_automatic_options: bool | None = None,
        *,
        says: str = "",
        keyed: bool = False,
        **options: Any,
    ) -> None:
        """Register a view with its documentation."""
        act = view_func.policy_act
        view: Any = _keyed(view_func) if keyed else view_func
        view._apidoc = {  # noqa: SLF001 - where flask-smorest looks
            **getattr(view_func, "_apidoc", {}),
            "edge": {"id": view_func.__name__, "act": act, "says": says, "keyed": keyed},
        }
        options["tags"] = [self.tag]
        super().add_url_rule(rule, endpoint, view, provide_automatic_options, **options)

    def get(self, rule: str, *, says: str) -> Callable[[View], View]:
        """Register a view that reads."""
        decorated: Callable[[View], View] = super().get(rule, says=says)
        return decorated

    def post(self, rule: str, *, says: str, keyed: bool = True) -> Callable[[View], View]:
        """Register a view that writes, or (without a key) one that only looks like it."""
        decorated: Callable[[View], View] = super().post(rule, says=says, keyed=keyed)
        return decorated

    def delete(self, rule: str, *, says: str, keyed: bool = True) -> Callable[[View], View]:
        """Register a view that ends something."""
        decorated: Callable[[View], View] = super().delete(rule, says=says, keyed=keyed)
        return decorated

    def arguments(
        self, schema: type[Schema], *, location: str = "json", required: bool = True
    ) -> Callable[[View], Callable[..., Any]]:
        """Read a body or a query string by its schema; it becomes the view's first argument."""
        decorated: Callable[[View], Callable[..., Any]] = super().arguments(
            schema, location=location, required=required
        )
        return decorated

    def response(
        self, status: int, schema: type[Schema] | None = None
    ) -> Callable[[View], Callable[..., Any]]:
        """Write what the view returns by its schema."""
        decorated: Callable[[View], Callable[..., Any]] = super().response(status, schema)
        return decorated


def _keyed(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view behind its key: nothing is written for a program that cannot safely repeat it."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(KEY_HEADER, "").strip()
        if not key:
            refuse(400, "key_missing", _("写操作要带 Idempotency-Key，每件事用一个新的编号。"))
        if not _KEY.fullmatch(key):
            refuse(400, "key_malformed", _("Idempotency-Key 要用 1 到 80 个英文字母、数字或符号。"))
        g.idempotency_key = key
        return view(*args, **kwargs)

    return checked


def writing(work: Callable[[Context], T]) -> T:
    """One unit of work under the request's key, committed."""
    return perform(work, key=g.idempotency_key)


def _describe(doc: dict[str, Any], doc_info: Mapping[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """What the decorators do not know: the key, who may, and an id that clients are made from."""
    edge = doc_info["edge"]
    responses = doc.setdefault("responses", {})
    if edge["keyed"]:
        doc.setdefault("parameters", []).append(KEY_PARAMETER)
        responses.setdefault("400", "BAD_REQUEST")
        responses.setdefault("409", "CONFLICT")
    if "anyone" in POLICY[edge["act"]]:
        doc["security"] = [{}, {"token": []}]
    else:
        responses.setdefault("401", "UNAUTHORIZED")
        responses.setdefault("403", "FORBIDDEN")
    doc["operationId"] = edge["id"]
    doc["x-act"] = edge["act"]
    doc["x-says"] = edge["says"]
    return doc
