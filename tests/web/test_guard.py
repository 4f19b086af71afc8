"""Every address declares what it does, and whoever may not do it never reaches it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.routing import Rule

from services.policy import NOBODY, may_ever
from services.rights import POLICY
from tests import factories as make
from tests.web.client import Browser
from timebank.security import HEADERS, declared_act

API = "/api/"


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def is_open(act: str) -> bool:
    return may_ever(NOBODY, act)


def test_every_address_declares_an_act_of_the_policy(app: Flask) -> None:
    with app.app_context():
        acts = {rule.endpoint: declared_act(rule.endpoint) for rule in rules(app)}
    assert len(acts) > 60
    assert {name: act for name, act in acts.items() if act not in POLICY} == {}


def test_nobody_is_sent_to_the_login_from_every_page_that_is_not_open(
    app: Flask, client: Browser
) -> None:
    seen = 0
    with app.app_context():
        closed = [
            rule
            for rule in rules(app)
            if "GET" in (rule.methods or ())
            and not rule.arguments
            and not rule.rule.startswith(API)
            and not is_open(declared_act(rule.endpoint) or "")
        ]
    for rule in closed:
        answer = client.get(rule.rule)
        assert (answer.status_code, answer.location) == (303, _login(rule.rule)), rule.endpoint
        seen += 1
    assert seen > 10


def _login(path: str) -> str:
    return f"/login?next={path}"


def test_an_open_page_is_there_for_nobody(app: Flask, client: Browser) -> None:
    refused = {}
    with app.app_context():
        opened = [
            rule.rule
            for rule in rules(app)
            if "GET" in (rule.methods or ())
            and not rule.arguments
            and not rule.rule.startswith(API)
            and is_open(declared_act(rule.endpoint) or "")
            and not rule.endpoint.startswith("public.demo")
        ]
    for path in opened:
        status = client.get(path, follow_redirects=True).status_code
        # The page after joining belongs to whoever has just joined.
        if status != (404 if path == "/join/done" else 200):
            refused[path] = status
    assert refused == {}


def _filled(rule: Rule) -> str:
    """The rule's path with something of the right kind in every gap."""

    def fill(gap: re.Match[str]) -> str:
        converter: Any = rule._converters[gap[1]]
        kind = type(converter).__name__
        if kind == "AnyConverter":
            return str(min(converter.items))
        return {"UUIDConverter": str(UUID(int=7)), "IntegerConverter": "7"}.get(kind, "x")

    return re.sub(r"<(?:[^<>]*:)?(\w+)>", fill, rule.rule)


def test_a_post_without_a_token_is_refused_everywhere(
    app: Flask, given: Callable[..., Any], login_as: Callable[[UUID], Browser]
) -> None:
    browser = login_as(given(make.create_staff))
    posts = [
        rule
        for rule in rules(app)
        if "POST" in (rule.methods or ()) and not rule.rule.startswith(API)
    ]
    assert len(posts) > 20
    for rule in posts:
        answer = browser.post(_filled(rule), forged=True)
        assert answer.status_code == 400, rule.endpoint
        assert "这个页面放得太久了" in answer.get_data(as_text=True), rule.endpoint


def test_a_face_is_closed_to_whoever_has_no_part_in_it(
    app: Flask, given: Callable[..., Any], login_as: Callable[[UUID], Browser]
) -> None:
    plain = login_as(given(make.create_member))
    for face in ("branch", "admin", "audit", "volunteer"):
        rule = next(r for r in rules(app) if r.endpoint == f"{face}.home")
        assert plain.get(rule.rule).status_code == 403, face


@pytest.mark.parametrize("path", ["/", "/login", "/me", "/rates.json", "/no-such-page", "/help"])
def test_headers_stand_on_pages_redirects_and_errors(client: Browser, path: str) -> None:
    answer = client.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_a_page_of_somebody_is_kept_nowhere(
    given: Callable[..., Any], login_as: Callable[[UUID], Browser]
) -> None:
    page = login_as(given(make.create_member)).get("/me")
    assert page.headers["Cache-Control"] == "no-store"


def test_the_session_cookie_is_not_for_scripts_nor_other_sites(client: Browser) -> None:
    cookie = client.get("/login").headers["Set-Cookie"]
    assert cookie.startswith("timebank=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_wrong_page_is_a_page(client: Browser) -> None:
    answer = client.get("/no-such-page")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "<h1" in answer.get_data(as_text=True)


def test_a_wrong_call_is_a_problem_document(client: Browser) -> None:
    answer = client.get("/api/v1/no-such-thing")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem["status"] == 404
    assert problem["detail"]


def test_a_wrong_method_says_which_are_right(client: Browser) -> None:
    answer = client.get("/logout")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_session_cookie_opens_nothing_in_the_api(
    app: Flask, given: Callable[..., Any], login_as: Callable[[UUID], Browser]
) -> None:
    closed = [
        rule.rule
        for rule in rules(app)
        if rule.rule.startswith(API) and "GET" in (rule.methods or ()) and not rule.arguments
    ]
    browser = login_as(given(make.create_national_admin))
    with app.app_context():
        for path in closed:
            endpoint = app.url_map.bind("").match(path)[0]
            if not is_open(declared_act(endpoint) or ""):
                assert browser.get(path).status_code == 401, path


def test_one_address_cannot_try_for_ever(make_app: Callable[..., Flask]) -> None:
    browser = make_app("demo").test_client()
    tries = [
        browser.post("/login", data={"who": f"somebody{n}", "password": "x"}) for n in range(31)
    ]
    assert [each.status_code for each in tries] == [422] * 30 + [429]
    assert "操作太频繁了" in tries[-1].get_data(as_text=True)
    assert browser.get("/login").status_code == 200
