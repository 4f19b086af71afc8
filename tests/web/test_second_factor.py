"""Logging in with an office: the second page, its refusals, time-outs, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from models.logins import Login
from services.login import set_password
from services.logins import factors, sessions
from services.people.reading import member_row
from tests import factories as make
from tests.web.client import Browser
from tests.web.conftest import Clock

Given = Callable[[Callable[[Session], Any]], Any]
PASSWORD = "lan tian bai yun 7"
KEY = re.compile(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}")
CODE = re.compile(r"<code>([A-Z2-9]{5}-[A-Z2-9]{5})</code>")
HIDDEN = re.compile(r'name="([a-z_]+)" value="([^"]*)"')


class Clerk:
    """Somebody who works at a branch, with a browser."""

    def __init__(self, app: Flask, given: Given, clock: Clock, kind: str = "staff") -> None:
        self.app, self.clock = app, clock
        self.id: UUID = given(getattr(make, f"create_{kind}"))
        self.secret = ""

        def with_password(session: Session) -> str:
            ctx = make.make_ctx(session, make.actor(session, self.id))
            set_password(ctx, PASSWORD)
            return member_row(session, self.id).number

        self.number: str = given(with_password)
        self.browser = self.fresh()

    def fresh(self) -> Browser:
        browser = self.app.test_client()
        assert isinstance(browser, Browser)
        return browser

    def login(self, query: str = "", **more: str) -> Any:
        form = {"who": self.number, "password": PASSWORD, **more}
        return self.browser.post(f"/login{query}", data=form)

    def code(self) -> str:
        return pyotp.TOTP(self.secret).at(self.clock.now)

    def enrol(self) -> list[str]:
        """Log in for the first time; the recovery codes."""
        assert self.login().location == "/login/second"
        assert self.browser.get("/login/second").location == "/login/second/set"
        page = self.browser.get("/login/second/set").get_data(as_text=True)
        found = KEY.search(page)
        assert found
        self.secret = found[0].replace(" ", "")
        shown = self.browser.post("/login/second/set", data={"code": self.code()})
        return CODE.findall(shown.get_data(as_text=True))

    def come(self, *, minutes: int = 1) -> Any:
        """Log in again, a while later."""
        self.clock.now += timedelta(minutes=minutes)
        self.browser = self.fresh()
        self.login()
        return self.browser.post("/login/second", data={"code": self.code()})


@pytest.fixture
def clerk(app: Flask, given: Given, clock: Clock) -> Clerk:
    return Clerk(app, given, clock)


def test_whoever_has_an_office_sets_it_up_and_can_do_nothing_else(clerk: Clerk) -> None:
    clerk.login()
    for path in ("/branch/", "/me", "/me/password", "/me/tokens", "/me/logins", "/volunteer/"):
        answer = clerk.browser.get(path)
        assert answer.status_code == 303
        assert answer.location.startswith("/login/second?next="), path
    assert clerk.browser.post("/me/logins/end-others").location == "/login/second"
    assert clerk.browser.get("/help").status_code == 200
    codes = clerk.enrol()
    assert len(set(codes)) == factors.RECOVERY_CODES
    assert clerk.browser.get("/branch/").status_code == 200
    assert clerk.browser.get("/login/second").location == "/login"


def test_a_wrong_first_code_keeps_the_key_on_the_page(clerk: Clerk) -> None:
    clerk.login()
    before = clerk.browser.get("/login/second/set").get_data(as_text=True)
    answer = clerk.browser.post("/login/second/set", data={"code": "123456"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "错误：" in page.split("</title>")[0]
    assert KEY.findall(page) == KEY.findall(before)


def test_the_second_page_follows_the_password(clerk: Clerk) -> None:
    clerk.enrol()
    clerk.clock.now += timedelta(minutes=1)
    clerk.browser = clerk.fresh()
    assert clerk.login("?next=/branch/requests").location == "/login/second?next=/branch/requests"
    there = "/login/second?next=/branch/requests"
    with clerk.browser.session_transaction() as held:
        before = held["login"]
    refused = clerk.browser.post(there, data={"code": "000000"})
    assert refused.status_code == 422
    assert clerk.browser.get("/branch/").status_code == 303
    answer = clerk.browser.post(there, data={"code": clerk.code()})
    assert answer.location == "/branch/requests"
    with clerk.browser.session_transaction() as held:
        assert held["login"] != before
    assert clerk.browser.get("/branch/").status_code == 200
    # The same six digits open no second browser.
    clerk.browser = clerk.fresh()
    clerk.login()
    assert clerk.browser.post(there, data={"code": clerk.code()}).status_code == 422


def test_a_recovery_code_opens_the_door_once(clerk: Clerk) -> None:
    codes = clerk.enrol()
    for status in (303, 422):
        clerk.browser = clerk.fresh()
        clerk.login()
        answer = clerk.browser.post("/login/second", data={"code": codes[3].lower()})
        assert answer.status_code == status


def test_an_elder_never_sees_the_second_page(app: Flask, given: Given, clock: Clock) -> None:
    elder = Clerk(app, given, clock, "elder")
    assert elder.login().location.rstrip("/") == "/elder"
    assert elder.browser.get("/login/second").location == "/login"
    assert "第二步" not in elder.browser.get("/me").get_data(as_text=True)


def test_the_demo_exempts_its_logins_and_says_so(
    make_app: Callable[..., Flask], clock: Clock
) -> None:
    app = make_app("demo")
    clerk = Clerk(app, app.extensions["timebank"].uow.run, clock)
    assert clerk.login().location.rstrip("/") == "/branch"
    page = clerk.browser.get("/me").get_data(as_text=True)
    assert "不用第二步验证" in page
    assert clerk.browser.get("/me/tokens").status_code == 200


@pytest.mark.parametrize("minutes", [61, 8 * 60 + 1])
def test_an_office_times_out_and_comes_back_to_its_page(clerk: Clerk, minutes: int) -> None:
    clerk.enrol()
    if minutes > 120:
        for _ in range(minutes // 30):
            clerk.clock.now += timedelta(minutes=30)
            last = clerk.browser.get("/branch/")
        clerk.clock.now += timedelta(minutes=minutes % 30)
        assert last.status_code == 200
    else:
        clerk.clock.now += timedelta(minutes=minutes)
    answer = clerk.browser.get("/branch/requests")
    assert answer.location == "/login?next=/branch/requests"
    page = clerk.browser.get(answer.location).get_data(as_text=True)
    assert "登录已经结束" in page
    assert clerk.login("?next=/branch/requests").location.endswith("next=/branch/requests")


def test_what_was_sent_too_late_can_be_sent_again(clerk: Clerk) -> None:
    clerk.enrol()
    clerk.clock.now += timedelta(minutes=61)
    sent = {"phone": "137 0000 0002", "address": '新样例路 "2" 号', "contact": ""}
    late = clerk.browser.post("/me/contact", data=sent)
    page = late.get_data(as_text=True)
    assert late.status_code == 401
    assert "还没有交上去" in page
    kept = dict(HIDDEN.findall(page))["kept"]
    second = clerk.login(kept=kept).get_data(as_text=True)
    assert dict(HIDDEN.findall(second))["kept"] == kept
    form = {"code": clerk.code(), "kept": kept}
    answer = clerk.browser.post("/login/second", data=form).get_data(as_text=True)
    assert 'action="/me/contact"' in answer
    found = {name: value.replace("&#34;", '"') for name, value in HIDDEN.findall(answer)}
    assert sent.items() <= found.items()
    assert clerk.browser.post("/me/contact", data=sent).location == "/me"
    # Nobody else is given it.
    other = Clerk(clerk.app, clerk.app.extensions["timebank"].uow.run, clerk.clock, "volunteer")
    assert other.login(kept=kept).location == "/volunteer/"
    assert other.login(kept="v1.forged").status_code == 303


def test_a_password_and_a_token_ask_for_the_factor_again(clerk: Clerk) -> None:
    clerk.enrol()
    assert clerk.browser.get("/me/password").status_code == 200
    clerk.clock.now += timedelta(minutes=11)
    for path in ("/me/password", "/me/tokens", "/me/second-factor/codes", "/me/second-factor/new"):
        again = clerk.browser.get(path)
        assert again.location == f"/me/second-factor/again?next={path}"
    assert clerk.browser.post(again.location, data={"code": "000000"}).status_code == 422
    answer = clerk.browser.post(again.location, data={"code": clerk.code()})
    assert answer.location == "/me/second-factor/new"
    page = clerk.browser.get("/me/second-factor/codes")
    assert page.status_code == 200
    shown = clerk.browser.post("/me/second-factor/codes", data={})
    assert len(CODE.findall(shown.get_data(as_text=True))) == factors.RECOVERY_CODES
    moved = clerk.browser.get("/me/second-factor/new").get_data(as_text=True)
    found = KEY.search(moved)
    assert found
    clerk.secret = found[0].replace(" ", "")
    done = clerk.browser.post("/me/second-factor/new", data={"code": clerk.code()})
    assert CODE.findall(done.get_data(as_text=True))
    new = {"current": PASSWORD, "password": "shan qing shui xiu 9", "again": "shan qing shui xiu 9"}
    assert clerk.browser.post("/me/password", data=new).location == "/me"
    assert clerk.browser.get("/branch/").status_code == 200
    assert "第二步验证" in clerk.browser.get("/me/second-factor").get_data(as_text=True)


def test_an_administrator_takes_a_lost_factor_away(
    clerk: Clerk, given: Given, login_as: Callable[[UUID], Browser]
) -> None:
    clerk.enrol()
    admin = login_as(given(make.create_region_admin))
    path = f"/admin/roles/{clerk.id}/second-factor"
    assert path in admin.get("/admin/roles").get_data(as_text=True)
    assert "身份证" in admin.get(path).get_data(as_text=True)
    assert admin.post(path, data={}).status_code == 422
    assert admin.post(path, data={"how": "card"}).location == "/admin/roles"
    assert clerk.browser.get("/branch/").status_code == 303
    clerk.login()
    assert clerk.browser.get("/login/second").location == "/login/second/set"
    assert login_as(clerk.id).get(path).status_code == 403


def test_the_operator_helps_the_last_administrator(app: Flask, given: Given, clock: Clock) -> None:
    admin = Clerk(app, given, clock, "national_admin")
    admin.enrol()
    run = app.test_cli_runner()
    done = run.invoke(args=["people", "reset-second-factor", admin.number, "--yes"])
    assert done.exit_code == 0, done.output
    assert admin.browser.get("/admin/").status_code == 303
    again = run.invoke(args=["people", "reset-second-factor", admin.number, "--yes"])
    assert again.exit_code == 1
    assert "还没有第二步验证" in again.output


def test_going_out_ends_the_login_on_this_side_too(app: Flask, given: Given, clock: Clock) -> None:
    member = Clerk(app, given, clock, "volunteer")
    member.login()
    with member.browser.session_transaction() as held:
        kept = dict(held)
    out = member.browser.post("/logout")
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'
    thief = member.fresh()
    with thief.session_transaction() as held:
        held.update(kept)
    assert thief.get("/me").status_code == 303
    ended = given(lambda session: session.scalars(sa.select(Login.end_reason)).all())
    assert ended == ["logout"]


def test_a_session_from_before_the_login_is_worth_nothing_after_it(
    app: Flask, given: Given, clock: Clock
) -> None:
    member = Clerk(app, given, clock, "volunteer")
    member.login()
    with member.browser.session_transaction() as held:
        before = dict(held)
    member.login()
    with member.browser.session_transaction() as held:
        assert held["login"] != before["login"]


def test_devices_are_listed_and_ended(app: Flask, given: Given, clock: Clock) -> None:
    member = Clerk(app, given, clock, "volunteer")
    phone = {"User-Agent": "Mozilla/5.0 (Linux; Android 13) Chrome/120 MicroMessenger/8.0"}
    there = member.fresh()
    form = {"who": member.number, "password": PASSWORD}
    there.post("/login", data=form, headers=phone)
    member.login()
    page = member.browser.get("/me/logins").get_data(as_text=True)
    assert "微信 · 安卓" in page
    assert "这一台" in page
    notices = member.browser.get("/me/notices").get_data(as_text=True)
    assert "新的手机或电脑" in notices
    other = re.search(r'action="(/me/logins/[0-9a-f-]{36}/end)"', page)
    assert other
    stranger = Clerk(app, given, clock, "volunteer")
    stranger.login()
    assert stranger.browser.post(other[1]).status_code == 404
    assert there.get("/me").status_code == 200
    assert member.browser.post(other[1]).location == "/me/logins"
    assert there.get("/me").status_code == 303
    there.post("/login", data=form, headers=phone)
    assert member.browser.post("/me/logins/end-others").location == "/me/logins"
    assert there.get("/me").status_code == 303
    assert member.browser.get("/me").status_code == 200


def test_reading_writes_the_last_use_about_once_an_hour(
    app: Flask, given: Given, clock: Clock
) -> None:
    member = Clerk(app, given, clock, "volunteer")
    member.login()
    began = clock.now

    def seen(minutes: int) -> int:
        clock.now = began + timedelta(minutes=minutes)
        member.browser.get("/me")
        at = given(lambda session: session.scalar(sa.select(Login.seen_at)))
        return int((at - began).total_seconds() // 60)

    assert [seen(minutes) for minutes in (1, 59, 61, 90, 122)] == [0, 0, 61, 61, 122]
    assert timedelta(hours=1) == sessions.SEEN_EVERY


def test_in_production_the_cookie_is_bound_to_this_host(make_app: Callable[..., Flask]) -> None:
    app = make_app("production")
    cookie = app.test_client().get("/login", base_url="https://localhost").headers["Set-Cookie"]
    assert cookie.startswith("__Host-timebank=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
