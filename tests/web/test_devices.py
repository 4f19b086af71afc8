"""The mark of a device: after the first login, tied to none, kept as a digest on what is done."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask

from services.context import Context
from tests import factories
from tests.web.client import Browser
from timebank import devices
from timebank.edge import perform


def _mark(app: Flask, cookie: str | None) -> str | None:
    headers = {} if cookie is None else {"Cookie": f"{devices.COOKIE}={cookie}"}
    with app.test_request_context("/", headers=headers):
        return devices.of_cookie()


def test_only_a_browser_with_a_login_gets_a_mark_and_keeps_it(
    client: Browser, given: Callable[..., UUID], login_as: Callable[[UUID], Browser]
) -> None:
    for page in ("/", "/privacy"):
        assert "device=" not in str(client.get(page).headers)
    browser = login_as(given(factories.create_volunteer))
    first = str(browser.get("/volunteer/").headers)
    assert "device=" in first
    assert "HttpOnly" in first
    assert "SameSite=Lax" in first
    assert "device=" not in str(browser.get("/volunteer/").headers)


def test_every_act_from_the_browser_knows_its_device(
    app: Flask,
    given: Callable[..., UUID],
    login_as: Callable[[UUID], Browser],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Context] = []

    def spy() -> str:
        perform(seen.append)
        return ""

    browser = login_as(given(factories.create_volunteer))
    browser.get("/volunteer/")
    monkeypatch.setitem(app.view_functions, "public.privacy", spy)
    spy.policy_act = "public.read"  # type: ignore[attr-defined]
    browser.get("/privacy")
    app.test_client().get("/privacy")
    cookie = browser.get_cookie(devices.COOKIE)
    assert cookie is not None
    assert [each.device for each in seen] == [_mark(app, cookie.value), None]


def test_a_keyed_digest_and_never_the_mark_itself(app: Flask) -> None:
    one, other = "a" * 24, "b" * 24
    assert _mark(app, one) == _mark(app, one)
    assert _mark(app, one) != _mark(app, other)
    assert one not in str(_mark(app, one))
    assert len(str(_mark(app, one))) == 64
    assert _mark(app, None) is None
    assert _mark(app, "<script>") is None


def test_a_programs_token_stands_for_its_device(app: Flask) -> None:
    with app.app_context():
        assert devices.of_token("t" * 24) == devices.of_token("t" * 24)
        assert devices.of_token("t" * 24) != devices.of_token("u" * 24)


def test_the_page_on_personal_data_says_so(client: Browser) -> None:
    page = client.get("/privacy").get_data(as_text=True)
    assert "随机的设备编号" in page
    assert "签到和确认用的设备" in page
