"""The cockpit's pages: one question each, for whoever oversees, with files and links."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from models.oversight import AuditRecord
from services.policy import NATION, REGION_ADMIN
from services.queries.cockpit.questions import QUESTIONS
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG
from tests.web.audit_kit import (
    WENZHOU,
    ZHEJIANG,
    audited_world,
    auditor,
    holder,
    links,
    paid_visit,
    words,
)
from tests.web.client import Browser

COCKPIT = "/oversight/cockpit"


@pytest.fixture
def world_url(databases: Databases) -> Iterator[str]:
    """The audited world in place of the bare one."""
    url = databases.fresh("sqlite", audited_world)
    yield url
    databases.discard(url)


@pytest.fixture
def look(app: Flask) -> Callable[..., Any]:
    """Reads something from the database."""

    def read(work: Callable[..., Any], *more: Any) -> Any:
        with app.extensions["timebank"].uow.read() as session:
            return work(session, *more)

    return read


def get(browser: Browser, path: str, status: int = 200) -> str:
    """The page at an address."""
    answer = browser.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return str(answer.get_data(as_text=True))


def test_the_first_page_leads_to_every_question(
    login_as: Callable[[UUID], Browser], look: Callable[..., Any]
) -> None:
    browser = login_as(look(auditor))
    page = get(browser, COCKPIT)
    for question in QUESTIONS:
        (link,) = set(links(page, f"/cockpit/{question}"))
        assert "<table" in get(browser, link) or "没有数" in get(browser, link)


def test_from_the_nation_to_a_street_and_a_branch_and_back(
    login_as: Callable[[UUID], Browser], look: Callable[..., Any]
) -> None:
    browser = login_as(look(auditor, NATION))
    here = f"{COCKPIT}/supply"
    for code in (ZHEJIANG, WENZHOU, LONGWAN):
        page = get(browser, here)
        here = next(each for each in links(page, "/cockpit/supply") if f"at={code}" in each)
    page = get(browser, here)
    assert links(page, f"at={WENZHOU}"), "the way back"
    street = next(
        each
        for each in links(page, "/cockpit/supply")
        if "at=330303" in each[-20:] and f"at={LONGWAN}" not in each
    )
    page = get(browser, street)
    assert links(page, f"/audit/books/{LONGWAN}/branches/")
    assert links(page, f"at={LONGWAN}")
    # A street has no fund of its own.
    assert "公益池和备付" not in words(get(browser, street.replace("/supply", "")))
    get(browser, street.replace("/supply", "/reserve"), 404)


@pytest.mark.parametrize("query", ["at=110000000000", "at=nonsense", f"at={LUCHENG}"])
def test_a_place_outside_the_scope_is_not_there(
    login_as: Callable[[UUID], Browser], look: Callable[..., Any], query: str
) -> None:
    get(login_as(look(auditor)), f"{COCKPIT}?{query}", 404)
    get(login_as(look(auditor)), f"{COCKPIT}/elders?{query}", 404)


def test_who_oversees_nothing_is_turned_away(
    client: Browser, login_as: Callable[[UUID], Browser], look: Callable[..., Any]
) -> None:
    assert client.get(COCKPIT).status_code == 303
    get(login_as(look(paid_visit).elder_id), COCKPIT, 403)
    get(login_as(look(holder, REGION_ADMIN)), COCKPIT)
    get(login_as(look(auditor)), f"{COCKPIT}/nothing", 404)


def test_months_are_the_address(
    login_as: Callable[[UUID], Browser], look: Callable[..., Any]
) -> None:
    browser = login_as(look(auditor))
    page = get(browser, f"{COCKPIT}/redemption?from_month=2026-03&to_month=2026-03")
    assert "2026-03 到 2026-03" in words(page)
    assert 'data-figure="redemption.earned_minutes" data-of="330303000000" data-value="62"' in page
    page = get(browser, f"{COCKPIT}/redemption?from_month=2025-01&to_month=2025-02")
    assert 'data-figure="redemption.earned_minutes" data-of="330303000000" data-value="0"' in page
    assert "请写成年份和月份" in words(get(browser, f"{COCKPIT}/redemption?from_month=2026-99"))
    # The chart has words of its own for whoever does not see it.
    page = get(browser, f"{COCKPIT}/redemption")
    assert "<svg" in page
    assert "<desc" in page


def test_small_groups_are_not_told_apart(
    login_as: Callable[[UUID], Browser], look: Callable[..., Any]
) -> None:
    page = get(login_as(look(auditor)), f"{COCKPIT}/waiting")
    assert f'data-figure="waiting.median_hours" data-of="{LONGWAN}" data-value=""' in page
    assert "少于 10 次" in words(page)


def test_a_table_is_exported_with_its_cover_and_on_record(
    login_as: Callable[[UUID], Browser], look: Callable[..., Any]
) -> None:
    browser = login_as(look(auditor))
    address = f"{COCKPIT}/supply/export?table=supply.service&at={LONGWAN}"
    answer = browser.post(address, data={"form": "csv"})
    assert answer.status_code == 200
    assert "申请的时长（标准分钟）" in answer.data.decode("utf-8-sig")
    assert browser.post(address, data={"form": "xlsx"}).data[:2] == b"PK"
    assert browser.post(address, data={"form": "exe"}).status_code == 404
    assert browser.post(address.replace(".service", ".x"), data={"form": "csv"}).status_code == 404
    found = look(
        lambda s: s.scalars(
            sa.select(AuditRecord.after).where(AuditRecord.act == "cockpit.export")
        ).all()
    )
    assert [each["what"] for each in found] == ["supply.service"] * 2


def test_every_page_of_the_cockpit_reads_in_english(
    login_as: Callable[[UUID], Browser], look: Callable[..., Any]
) -> None:
    browser = login_as(look(auditor))
    browser.set_cookie("lang", "en")
    for path in (COCKPIT, *(f"{COCKPIT}/{each}" for each in QUESTIONS)):
        text = words(get(browser, path))
        assert not [sign for sign in text if "\u4e00" <= sign <= "\u9fff"], path
