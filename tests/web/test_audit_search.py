"""Audit records looked for across books, and one of them with its seal and its proof."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from models.oversight import AuditRecord
from models.people import Member
from models.requests import Request
from services import audit
from services.ledger.check.command import main
from services.policy import NATION
from services.queries.audit import act_groups, searching
from services.queries.audit.searching import Search
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG, NOW, actor, make_ctx
from tests.web.audit_kit import WENZHOU, audited_world, auditor, paid_visit, words
from tests.web.client import Browser
from timebank.seals.sealing import publish


@pytest.fixture
def world_url(databases: Databases) -> Iterator[str]:
    """The audited world in place of the bare one."""
    url = databases.fresh("sqlite", audited_world)
    yield url
    databases.discard(url)


def found(session: Session, scope: str = WENZHOU, **wanted: str) -> list[tuple[str, str]]:
    """(book, act) of what an auditor finds."""
    ctx = make_ctx(session, actor(session, auditor(session, scope)))
    rows = searching.search(ctx, Search(**wanted)).rows
    return [(book, line.act) for book, line in rows]


def test_search_by_what_who_group_and_detail(app: Flask) -> None:
    with app.extensions["timebank"].uow.read() as session:
        visit = paid_visit(session)
        reference, elder, provider = session.execute(
            sa.select(Request.reference, Request.elder_id, Member.number)
            .join(Member, Member.id == Request.elder_id)
            .where(Request.book == LONGWAN, Request.id == visit.request_id)
        ).one()
        about = found(session, about=str(visit.id))
        assert (LONGWAN, "visit.credit") in about
        by_reference = found(session, about=f" {reference.lower()} ")
        assert set(about) < set(by_reference)
        assert found(session, about="XX-0000") == []
        assert {act for _, act in found(session, about=provider)} >= {"member.register"}
        money = found(session, about=str(visit.id), group="money")
        assert {act for _, act in money} == {"visit.credit"}
        assert (LONGWAN, "visit.credit") in found(session, key="earn_minutes")
        assert found(session, key="no_such_key") == []
        assert {book for book, _ in found(session)} == {LONGWAN, LUCHENG}
        assert {book for book, _ in found(session, book=LUCHENG)} == {LUCHENG}
        assert {book for book, _ in found(session, LUCHENG)} == {LUCHENG}
        assert found(session, LUCHENG, about=str(visit.id)) == []
        assert NATION in {book for book, _ in found(session, NATION, group="administrative")}
        by_elder = sa.select(Member.number).where(Member.id == elder)
        number = session.scalars(by_elder).one()
        assert found(session, number=number)
        acts = set(session.scalars(sa.select(AuditRecord.act).execution_options(cross_book=True)))
        sorted_out: list[set[str]] = []
        for group in act_groups.GROUPS:
            of_group = {act for _, act in found(session, NATION, group=group)}
            sorted_out.append(of_group)
        # Every act is in exactly one group.
        assert set.union(*sorted_out) == acts
        assert sum(map(len, sorted_out)) == len(acts)


def test_pages_follow_one_another_without_a_gap(app: Flask) -> None:
    def note(session: Session) -> None:
        for number in range(120):
            moment = NOW + timedelta(seconds=number // 3)
            book = (LONGWAN, LUCHENG)[number % 2]
            ctx = make_ctx(session, now=moment)
            audit.record(ctx, "audit.export", "export", UUID(int=7), book=book)

    held = app.extensions["timebank"]
    held.uow.run(note)
    seen: list[UUID] = []
    with held.uow.read() as session:
        ctx = make_ctx(session, actor(session, auditor(session, WENZHOU)))
        after, pages = "", 0
        while after or not pages:
            page = searching.search(ctx, Search(about=str(UUID(int=7)), after=after))
            seen += [line.id for _, line in page.rows]
            after, pages = page.next, pages + 1
    assert (pages, len(seen), len(set(seen))) == (3, 120, 120)


def test_a_record_shows_its_seal_and_its_proof(
    app: Flask, login_as: Callable[[UUID], Browser], tmp_path: Path
) -> None:
    held = app.extensions["timebank"]
    with held.uow.read() as session:
        watcher, visit = auditor(session), paid_visit(session)
    browser = login_as(watcher)
    page = browser.get(f"/audit/search?about={visit.id}&group=money").get_data(as_text=True)
    (there,) = set(re.findall(r'href="(/audit/books/\d+/records/[0-9a-f-]{36})"', page))
    said = words(browser.get(there).get_data(as_text=True))
    assert "还没有封存" in said
    assert browser.get(f"{there}.json").status_code == 409
    publish(held)
    said = words(browser.get(there).get_data(as_text=True))
    assert "这条记录已封存：第 1 号区块" in said
    assert "公布的清单里" in said
    answer = browser.get(f"{there}.json")
    path = tmp_path / "record.json"
    path.write_bytes(answer.data)
    lines: list[str] = []
    assert main([str(path), "--witnesses", "0"], lines.append) == 0, lines
    assert json.loads(answer.data)["record"]["act"] == "visit.credit"
    other = there.replace(LONGWAN, LUCHENG)
    assert browser.get(other).status_code == 404
    assert browser.get("/audit/search?after=x").status_code == 422
