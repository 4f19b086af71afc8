"""The published document is valid, complete and true to the routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from openapi_spec_validator import validate

from services.rights import POLICY
from tests.api.kit import V1, Contract, Program

#: The document itself and its page are no operations.
BESIDE = {f"{V1}/openapi.json", f"{V1}/docs"}


def operations(contract: Contract) -> Iterator[tuple[str, str, dict]]:
    """Every operation of the document."""
    for path, methods in contract.document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield path, method, operation


def test_the_document_is_valid_in_both_languages(anyone: Program) -> None:
    shapes = []
    for language in ("zh", "en"):
        anyone.language = language
        found = anyone.get("/openapi.json")
        shapes.append(without_words(found.json))
        summaries = [
            each["summary"]
            for path in found.json["paths"].values()
            for method, each in path.items()
            if method != "parameters"
        ]
        assert all(text.isascii() == (language == "en") for text in summaries)
    # They differ by their words alone, so that one of them is validated for both.
    assert shapes[0] == shapes[1]
    validate(found.json)


def without_words(part: Any) -> Any:
    """A part of the document with every text that people read left out."""
    if isinstance(part, list):
        return [without_words(each) for each in part]
    if not isinstance(part, dict):
        return part
    words = ("summary", "description", "title")
    return {
        name: None if name in words and isinstance(each, str) else without_words(each)
        for name, each in part.items()
        if name != "tags"
    }


def test_every_route_is_an_operation(app: Flask, contract: Contract) -> None:
    routes = {
        (re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.rule not in BESIDE
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == {(path, method) for path, method, _ in operations(contract)}


def test_operations_have_ids_of_their_own_and_acts_of_the_policy(contract: Contract) -> None:
    found = [operation for _, _, operation in operations(contract)]
    ids = [each["operationId"] for each in found]
    assert len(set(ids)) == len(ids)
    assert all(each["x-act"] in POLICY for each in found)
    assert all(each["summary"] and each["tags"] for each in found)


def test_only_what_anyone_may_do_needs_no_token(contract: Contract) -> None:
    for _, _, operation in operations(contract):
        is_open = {} in operation.get("security", [])
        assert is_open == ("anyone" in POLICY[operation["x-act"]])


def test_every_error_is_a_problem_document(contract: Contract) -> None:
    answers = contract.document["components"]["responses"]
    for _, _, operation in operations(contract):
        for status, answer in operation["responses"].items():
            if status == "default" or int(status) >= 400:
                name = answer["$ref"].rpartition("/")[2]
                assert list(answers[name]["content"]) == ["application/problem+json"]


def test_a_body_allows_no_unknown_names(contract: Contract) -> None:
    schemas = contract.document["components"]["schemas"]
    bodies = 0
    for _, _, operation in operations(contract):
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            name = content["schema"]["$ref"].rpartition("/")[2]
            assert schemas[name]["additionalProperties"] is False
            bodies += 1
    assert bodies > 20


def test_the_page_lists_every_operation(app: Flask, contract: Contract) -> None:
    for language, title in (("zh-CN", "程序接口"), ("en", "Programming interface")):
        page = app.test_client().get(f"{V1}/docs", headers={"Accept-Language": language})
        assert page.status_code == 200
        assert title in page.text
        text = page.text.replace("<wbr>", "")
        missing = [path for path, _, _ in operations(contract) if path not in text]
        assert not missing
        assert "<script>" not in page.text
        # Most of them need a scope, and the page says which.
        assert page.text.count("<code>care:write</code>") > 50
