"""A blueprint of the API: every view declares its act, writes carry a key, all is documented."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, TypeVar

from flask import g, make_response, request
from flask_babel import gettext as _
from flask_smorest import Blueprint  # type: ignore[import-untyped]
from marshmallow import Schema

from services.context import Context
from services.rights import POLICY
from services.scopes import READ, WRITE, allows, area_of
from timebank.api import conditions, lists
from timebank.api.describing import KEY_HEADER, PREFIX, Edge, describe_operation
from timebank.api.lists import WholeList
from timebank.api.parsing import Parser
from timebank.api.refusing import refuse
from timebank.api.schemas.base import ListOut
from timebank.edge import current_scopes, perform

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])
#: Whether a view carries a key: it must, it may, or it only looks like a write.
Keyed = bool | Literal["may"]

#: Every token may do it: end itself.
ANY_SCOPE = "any"
JSON = "application/json"
_KEY = re.compile(r"[\x21-\x7e]{1,80}")


class Area(Blueprint):  # type: ignore[misc]
    """One area of the API. ``says`` is a view's summary, in Chinese; ``keyed`` whether it writes;
    ``about`` the area of scopes where the declared act (``account.use``) does not tell it.

    A view without a declared act cannot be registered at all.
    """

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, title: str) -> None:
        super().__init__(f"api_{name}", __name__, url_prefix=PREFIX, description=title)
        self.tag = name
        self._prepare_doc_cbks.append(describe_operation)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,
        provide_automatic_options: bool | None = None,
        *,
        says: str = "",
        keyed: Keyed = False,
        about: str = "",
        **options: Any,
    ) -> None:
        """Register a view with its documentation."""
        method = options["methods"][0]
        act = view_func.policy_act
        schema = getattr(view_func, "gives", None)
        edge = Edge(
            id=view_func.__name__,
            act=act,
            says=says,
            rule=rule,
            method=method,
            keyed=keyed,
            scope=scope_of(act, about, reads=method == "GET" or keyed is False),
            is_open="anyone" in POLICY[act],
            is_whole=_is(schema, WholeList),
            produces=getattr(view_func, "produces", JSON),
        )
        if method == "GET" and not _is(schema, ListOut):
            conditions.remember(rule, view_func)
        view: Any = _edged(view_func, edge)
        view._apidoc = {  # noqa: SLF001 - where flask-smorest looks
            **getattr(view_func, "_apidoc", {}),
            "edge": edge,
        }
        options["tags"] = [self.tag]
        super().add_url_rule(rule, endpoint, view, provide_automatic_options, **options)

    def get(self, rule: str, *, says: str, about: str = "") -> Callable[[View], View]:
        """Register a view that reads."""
        decorated: Callable[[View], View] = super().get(rule, says=says, about=about)
        return decorated

    def post(
        self, rule: str, *, says: str, keyed: Keyed = True, about: str = ""
    ) -> Callable[[View], View]:
        """Register a view that writes, or (without a key) one that only looks like it."""
        decorated: Callable[[View], View] = super().post(rule, says=says, keyed=keyed, about=about)
        return decorated

    def delete(
        self, rule: str, *, says: str, keyed: Keyed = True, about: str = ""
    ) -> Callable[[View], View]:
        """Register a view that ends something."""
        decorated: Callable[[View], View] = super().delete(
            rule, says=says, keyed=keyed, about=about
        )
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
        self, status: int, schema: type[Schema] | None = None, *, produces: str = JSON
    ) -> Callable[[View], Callable[..., Any]]:
        """Write what the view returns by its schema, or as the file that it is."""
        decorate: Callable[[View], Callable[..., Any]] = super().response(status, schema)

        def decorated(view: View) -> Callable[..., Any]:
            answering: Any = decorate(view)
            answering.gives, answering.produces = schema, produces
            return answering  # type: ignore[no-any-return]

        return decorated


def scope_of(act: str, about: str, *, reads: bool) -> str | None:
    """The scope that a token needs for an act; None where no token is needed, or any will do."""
    if "anyone" in POLICY[act] or about == ANY_SCOPE:
        return None
    return f"{about or area_of(act)}:{READ if reads else WRITE}"


def _is(schema: Any, kind: type) -> bool:
    return isinstance(schema, type) and issubclass(schema, kind)


def _edged(view: Callable[..., Any], edge: Edge) -> Callable[..., Any]:
    """The view behind what holds for all of them: scope, key, conditions, what it can give."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        _check_scope(edge.scope)
        _check_accept(edge.produces)
        if edge.method != "GET":
            g.idempotency_key = _key(edge.keyed)
            g.before = conditions.unchanged(edge.rule, kwargs) if edge.keyed else None
            return view(*args, **kwargs)
        if edge.is_whole:
            lists.begin()
        return conditions.tagged(make_response(view(*args, **kwargs)), is_open=edge.is_open)

    return checked


def _check_scope(scope: str | None) -> None:
    if scope is not None and not allows(current_scopes(), scope):
        sentence = _("这个令牌没有 %(scope)s 权限，请换一个有它的令牌。", scope=scope)
        refuse(403, "scope_missing", sentence, scope=scope)


def _check_accept(produces: str) -> None:
    wanted = request.accept_mimetypes
    if wanted and wanted.best_match([produces]) is None:
        refuse(406, "not_acceptable", _("这里只能给出 %(kind)s。", kind=produces))


def _key(keyed: Keyed) -> str | None:
    """Nothing is written for a program that cannot safely repeat it."""
    key = request.headers.get(KEY_HEADER, "").strip()
    if not key:
        if keyed is True:
            refuse(400, "key_missing", _("写操作要带 Idempotency-Key，每件事用一个新的编号。"))
        return None
    if not _KEY.fullmatch(key):
        refuse(400, "key_malformed", _("Idempotency-Key 要用 1 到 80 个英文字母、数字或符号。"))
    return key


def writing(work: Callable[[Context], T]) -> T:
    """One unit of work under the request's key and condition, committed."""
    return perform(work, key=g.idempotency_key, before=g.before)
