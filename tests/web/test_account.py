"""Coming in and going out, the own account, and which face comes first."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.logins import Login
from models.oversight import AuditRecord, OutboxMessage
from models.people import ApiToken
from services.login import api_tokens, set_password
from services.outbox import opened
from services.people.reading import member_row
from tests import factories as make
from tests.factories import NOW
from tests.web.client import Browser
from tests.web.conftest import Clock

Given = Callable[[Callable[[Session], Any]], Any]
PASSWORD = "lan tian bai yun 7"


def with_password(session: Session, member_id: UUID) -> str:
    ctx = make.make_ctx(session, make.actor(session, member_id))
    set_password(ctx, PASSWORD)
    return member_row(session, member_id).number


@pytest.fixture
def volunteer(given: Given) -> tuple[UUID, str]:
    """A volunteer with a password: id and number."""

    def work(session: Session) -> tuple[UUID, str]:
        member_id = make.create_volunteer(session, phone="13700000001")
        return member_id, with_password(session, member_id)

    found: tuple[UUID, str] = given(work)
    return found


def try_login(browser: FlaskClient, who: str, password: str, query: str = "") -> Any:
    return browser.post(f"/login{query}", data={"who": who, "password": password})


def code_sent(app: Flask) -> str:
    held = app.extensions["timebank"]
    with held.uow.read() as session:
        row = session.scalars(
            sa.select(OutboxMessage)
            .where(OutboxMessage.channel == "sms")
            .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
        ).first()
        assert row is not None
        return str(opened(row, held.vault).params["code"])


@pytest.mark.parametrize("who", ["number", "13700000001", "１３７ 0000 0001"])
def test_a_password_opens_the_own_face(
    client: Browser, volunteer: tuple[UUID, str], who: str
) -> None:
    answer = try_login(client, volunteer[1] if who == "number" else who, PASSWORD)
    assert answer.status_code == 303
    assert answer.location == "/volunteer/"
    assert client.get("/me").status_code == 200


def test_a_wrong_password_says_nothing_about_who_is_a_member(
    client: Browser, volunteer: tuple[UUID, str]
) -> None:
    known = try_login(client, volunteer[1], "wrong wrong wrong")
    unknown = try_login(client, "13999999999", "wrong wrong wrong")
    assert known.status_code == unknown.status_code == 422
    wiped = [re.sub(r'value="[^"]*"', "", each.get_data(as_text=True)) for each in (known, unknown)]
    assert wiped[0] == wiped[1]
    assert "没有对上" in wiped[0]
    assert client.get("/me").status_code == 303


def test_every_attempt_is_on_record(
    client: Browser, given: Given, volunteer: tuple[UUID, str]
) -> None:
    try_login(client, volunteer[1], "wrong wrong wrong")
    try_login(client, "nobody-here", "wrong wrong wrong")

    def attempts(session: Session) -> int:
        wanted = sa.select(sa.func.count()).where(AuditRecord.act == "login.password")
        return session.scalar(wanted) or 0

    assert given(attempts) == 2


@pytest.mark.parametrize(
    ("wanted", "landed"),
    [
        ("/me/notices", "/me/notices"),
        ("//evil.example/x", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
    ],
)
def test_next_stays_on_this_site(
    client: Browser, volunteer: tuple[UUID, str], wanted: str, landed: str
) -> None:
    answer = client.post(
        "/login",
        query_string={"next": wanted},
        data={"who": volunteer[1], "password": PASSWORD},
    )
    assert answer.location == landed


def test_a_login_begins_a_new_session(client: Browser, volunteer: tuple[UUID, str]) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    try_login(client, volunteer[1], PASSWORD)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"] == str(volunteer[0])


def test_a_one_time_code_opens_the_door_once(
    app: Flask, client: Browser, volunteer: tuple[UUID, str]
) -> None:
    asked = client.post("/login/code", data={"who": "13700000001"})
    assert asked.location == "/login/code/enter"
    code = code_sent(app)
    answer = client.post(asked.location, data={"code": f" {code[:3]} {code[3:]} "})
    assert answer.location == "/volunteer/"

    again = app.test_client()
    again.post("/login/code", data={"who": "13700000001"})
    assert again.post("/login/code/enter", data={"code": code}).status_code == 422


def test_a_code_for_nobody_gets_the_same_page(client: Browser) -> None:
    asked = client.post("/login/code", data={"who": "13912345678"})
    assert asked.location == "/login/code/enter"
    assert client.post(asked.location, data={"code": "123456"}).status_code == 422


def test_the_code_page_alone_leads_back(client: Browser) -> None:
    assert client.get("/login/code/enter").location == "/login/code"


def test_going_out_ends_the_session(
    login_as: Callable[[UUID], Browser], volunteer: tuple[UUID, str]
) -> None:
    browser = login_as(volunteer[0])
    assert browser.get("/me").status_code == 200
    assert browser.post("/logout").status_code == 303
    assert browser.get("/me").status_code == 303


def test_a_new_password_ends_every_other_login(
    login_as: Callable[[UUID], Browser], clock: Clock, volunteer: tuple[UUID, str]
) -> None:
    here, elsewhere = login_as(volunteer[0]), login_as(volunteer[0])
    clock.now += timedelta(minutes=5)
    new = "shan qing shui xiu 9"
    form = {"current": PASSWORD, "password": new, "again": new}
    assert here.post("/me/password", data=form).location == "/me"
    assert here.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 303
    assert try_login(elsewhere, volunteer[1], PASSWORD).status_code == 422
    assert try_login(elsewhere, volunteer[1], new).status_code == 303


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"current": "no", "password": "shan qing 9 shui", "again": "shan qing 9 shui"}, "密码"),
        ({"current": PASSWORD, "password": "shan qing 9 shui", "again": "x"}, "两次填写的不一样"),
        ({"current": PASSWORD, "password": "1234567890", "again": "1234567890"}, "密码"),
    ],
)
def test_a_password_that_cannot_be_is_refused_at_its_field(
    login_as: Callable[[UUID], Browser],
    volunteer: tuple[UUID, str],
    form: dict[str, str],
    sentence: str,
) -> None:
    answer = login_as(volunteer[0]).post("/me/password", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "错误：" in page.split("</title>")[0]
    assert sentence in page.split('id="errors"')[1]


def test_somebody_without_a_password_sets_one(
    given: Given, login_as: Callable[[UUID], Browser]
) -> None:
    elder = given(make.create_elder)
    browser = login_as(elder)
    assert 'name="current"' not in browser.get("/me/password").get_data(as_text=True)
    form = {"password": PASSWORD, "again": PASSWORD}
    assert browser.post("/me/password", data=form).status_code == 303


def test_contact_is_kept_up_to_date(
    given: Given, login_as: Callable[[UUID], Browser], volunteer: tuple[UUID, str]
) -> None:
    browser = login_as(volunteer[0])
    page = browser.get("/me/contact").get_data(as_text=True)
    assert 'value="13700000001"' in page
    form = {"phone": "137 0000 0002", "address": "新样例路 2 号", "contact": ""}
    assert browser.post("/me/contact", data=form).location == "/me"
    assert "13700000002" in browser.get("/me/contact").get_data(as_text=True)
    assert browser.post("/me/contact", data={"phone": "12"}).status_code == 422


def test_a_token_is_shown_once_and_can_be_ended(
    app: Flask, given: Given, login_as: Callable[[UUID], Browser], volunteer: tuple[UUID, str]
) -> None:
    browser = login_as(volunteer[0])
    made = browser.post("/me/tokens", data={"name": "报表", "days": "30", "scopes": ["care:read"]})
    page = made.get_data(as_text=True)
    found = re.search(r"tb_[\w-]{40,}", page)
    assert found
    assert made.headers["Cache-Control"] == "no-store"
    later = browser.get("/me/tokens").get_data(as_text=True)
    assert found[0] not in later
    assert "报表" in later

    token_id = given(lambda session: session.scalar(sa.select(ApiToken.id)))
    assert browser.post(f"/me/tokens/{token_id}/end").status_code == 303

    def live(session: Session) -> list[bool]:
        ctx = make.make_ctx(session, make.actor(session, volunteer[0]))
        return [each.revoked_at is None for each in api_tokens(ctx)]

    assert given(live) == [False]


def test_another_ones_token_is_not_found(
    given: Given, login_as: Callable[[UUID], Browser], volunteer: tuple[UUID, str]
) -> None:
    login_as(volunteer[0]).post(
        "/me/tokens", data={"name": "报表", "days": "30", "scopes": ["care:read"]}
    )
    token_id = given(lambda session: session.scalar(sa.select(ApiToken.id)))
    stranger = login_as(given(make.create_volunteer))
    assert stranger.post(f"/me/tokens/{token_id}/end").status_code == 404


def test_notices_are_read_in_words(
    login_as: Callable[[UUID], Browser], volunteer: tuple[UUID, str]
) -> None:
    page = login_as(volunteer[0]).get("/me/notices").get_data(as_text=True)
    assert "您的身份已经核验" in page
    assert "{" not in page.split("<main")[1]


FACES = {
    "elder": "/elder/",
    "volunteer": "/volunteer/",
    "staff": "/branch/",
    "region_admin": "/admin/",
    "national_admin": "/admin/",
    "auditor": "/audit/",
}


@pytest.mark.parametrize("part", FACES)
def test_everybody_lands_on_the_own_face(app: Flask, given: Given, part: str) -> None:
    def work(session: Session) -> str:
        return with_password(session, getattr(make, f"create_{part}")(session))

    browser = app.test_client()
    answer = browser.post("/login", data={"who": given(work), "password": PASSWORD})
    if part not in ("elder", "volunteer"):
        # An office is entered by a second step (see test_second_factor).
        assert answer.location == "/login/second"
        given(lambda session: session.execute(sa.update(Login).values(factor_at=NOW)))
        answer = browser.get("/login")
    assert answer.location.rstrip("/") == FACES[part].rstrip("/")
    assert browser.get(answer.location, follow_redirects=True).status_code == 200


def test_somebody_with_several_parts_can_change(
    given: Given, login_as: Callable[[UUID], Browser]
) -> None:
    both = given(lambda s: make.create_staff(s, wants_to_serve=True, wants_to_receive=True))
    page = login_as(both).get("/me").get_data(as_text=True)
    for face in ("branch", "volunteer", "elder"):
        assert f'class="card" href="/{face}' in page
    assert 'href="/audit' not in page
    # An heir who neither gives nor receives has no other way in.
    assert 'href="/giving"' in page


def test_whoever_waits_for_the_identity_check_is_told_so(
    given: Given, login_as: Callable[[UUID], Browser]
) -> None:
    newcomer = given(lambda s: make.create_member(s, is_checked=False, wants_to_serve=True))
    page = login_as(newcomer).get("/me").get_data(as_text=True)
    assert "还差一步" in page
    assert "身份证" in page


def test_whoever_gives_and_receives_comes_in_by_the_simple_face(app: Flask, given: Given) -> None:
    def work(session: Session) -> str:
        both = make.create_elder(session, wants_to_serve=True)
        return with_password(session, both)

    answer = try_login(app.test_client(), given(work), PASSWORD)
    assert answer.location.rstrip("/") == "/elder"
