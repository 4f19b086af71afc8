"""My data: what a member reads and asks, what a branch answers, and who may open none of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from models.oversight import AuditRecord
from models.people import Assessment, Member
from services.privacy.data_map import shown_purposes
from services.privacy.emptying import ERASED_NAME
from services.vault import Vault
from tests import factories
from tests.web.client import Browser

Given = Callable[..., UUID]
LoginAs = Callable[[UUID], Browser]


def rows(app: Flask, statement: sa.Select) -> list:
    with app.extensions["timebank"].uow.read() as session:
        return list(session.scalars(statement))


@pytest.fixture
def elder(given: Given) -> UUID:
    given(factories.create_branch)
    return given(factories.create_elder)


def test_the_public_page_says_what_the_map_says(client: Browser) -> None:
    text = client.get("/privacy").get_data(as_text=True)
    for each in shown_purposes():
        assert each.title.zh in text
        assert each.kept.zh in text


def test_a_member_reads_everything(elder: UUID, login_as: LoginAs, app: Flask) -> None:
    browser = login_as(elder)
    shown = browser.get("/me/data", follow_redirects=True)
    assert shown.status_code == 200
    assert "谁看过我的资料" in shown.get_data(as_text=True)
    for page in ("looks", "copy", "correct", "erase", "consents/health", "consents/place"):
        assert browser.get(f"/data/{elder}/{page}").status_code == 200, page
    copied = json.loads(browser.get(f"/data/{elder}/copy.json").get_data(as_text=True))
    member = copied["tables"]["members"][0]
    with app.extensions["timebank"].uow.read() as session:
        row = session.get_one(Member, elder)
        vault: Vault = app.extensions["timebank"].vault
        assert member["name"] == row.name
        assert member["id_number_sealed"] == vault.open("member.id_number", row.id_number_sealed)
    assert {"assessments", "consents", "members", "outbox"} <= copied["tables"].keys()
    assert "credentials" not in copied["tables"] or "password_hash" not in str(copied)
    for _ in range(3):
        assert browser.get(f"/data/{elder}/copy.json").status_code == 200
    assert browser.get(f"/data/{elder}/copy.json").status_code == 429
    made = sa.select(AuditRecord.id).where(AuditRecord.act == "privacy.export")
    assert len(rows(app, made)) == 5


def test_a_consent_taken_back_takes_its_data(
    elder: UUID, login_as: LoginAs, app: Flask, given: Given
) -> None:
    browser = login_as(elder)
    browser.post(f"/data/{elder}/consents/health")
    assert "同意 </" not in browser.get(f"/data/{elder}").get_data(as_text=True)
    browser.post(f"/data/{elder}/consents/health")
    assert rows(app, sa.select(Assessment.id).where(Assessment.member_id == elder)) == []
    staff = given(factories.create_staff)
    form = {"grade": "2", "assessed_on-year": "2026", "assessed_on-month": "3"}
    assert login_as(staff).post(f"/branch/members/{elder}/assessment", data=form)
    assert rows(app, sa.select(Assessment.id).where(Assessment.member_id == elder)) == []
    browser.post(f"/data/{elder}/consents/place")
    browser.post(f"/data/{elder}/consents/place")
    assert rows(app, sa.select(Member.latitude_e6).where(Member.id == elder)) == [None]


def test_nobody_else_opens_it(elder: UUID, login_as: LoginAs, given: Given) -> None:
    volunteer = given(factories.create_volunteer)
    auditor = given(factories.create_auditor)
    pages = "looks copy copy.json erase correct consents/health consents/place".split()
    for page in ("", *(f"/{each}" for each in pages)):
        assert login_as(volunteer).get(f"/data/{elder}{page}").status_code in (403, 404), page
    seen = login_as(auditor)
    assert seen.get(f"/data/{elder}").status_code == 200
    for page in ("/copy", "/copy.json"):
        assert seen.get(f"/data/{elder}{page}").status_code == 403, page
    assert seen.post(f"/data/{elder}/erase", data={"sure": "y"}).status_code == 403


def test_a_correction_from_asking_to_the_answer(
    elder: UUID, login_as: LoginAs, app: Flask, given: Given
) -> None:
    browser = login_as(elder)
    assert browser.post(f"/data/{elder}/correct").status_code == 422
    assert browser.post(f"/data/{elder}/correct", data={"name": "王更正"}).status_code == 303
    staff = login_as(given(factories.create_staff))
    listed = staff.get("/branch/data-requests").get_data(as_text=True)
    link = listed.split('href="/branch/data-requests/')[1].split('"')[0]
    page = f"/branch/data-requests/{link}"
    assert "王更正" in staff.get(page).get_data(as_text=True)
    assert staff.post(page, data={"answer": "refuse"}).status_code == 422
    done = staff.post(page, data={"answer": "grant", "evidence": "card"})
    assert done.status_code == 303
    assert rows(app, sa.select(Member.name).where(Member.id == elder)) == ["王更正"]
    looks = browser.get(f"/data/{elder}/looks").get_data(as_text=True)
    assert "网点工作人员" in looks


def test_leaving_is_asked_for_and_carried_out(
    elder: UUID, login_as: LoginAs, app: Flask, given: Given
) -> None:
    browser = login_as(elder)
    assert browser.post(f"/data/{elder}/erase").status_code == 422
    assert browser.post(f"/data/{elder}/erase", data={"sure": "y"}).status_code == 303
    staff = login_as(given(factories.create_staff))
    listed = staff.get("/branch/data-requests").get_data(as_text=True)
    link = listed.split('href="/branch/data-requests/')[1].split('"')[0]
    page = f"/branch/data-requests/{link}"
    assert staff.post(page, data={"answer": "grant", "evidence": "card"}).status_code == 303
    assert "撤回这份申请" in browser.get(f"/data/{elder}").get_data(as_text=True)
    assert rows(app, sa.select(Member.name).where(Member.id == elder)) != [ERASED_NAME]
