"""The books as of a day, in the auditor's pages, the members' months, commands and the job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from models.ledger import Closing, ClosingKind
from models.oversight import AuditRecord
from services.context import Context
from services.errors import Forbidden
from services.ledger.accounts import pool_of
from services.ledger.as_of import balance_at
from services.ledger.trial import trials_at
from services.months import close, due
from services.policy import NATION, NOBODY, SYSTEM
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG, VAULT
from tests.services.ledger.tampering import change, tamper
from tests.services.visits.conftest import START
from tests.web.audit_kit import (
    BOOK,
    WENZHOU,
    ZHEJIANG,
    audited_world,
    auditor,
    links,
    member,
    paid_visit,
    rows,
    words,
)
from tests.web.client import Browser
from tests.web.conftest import Clock
from timebank.jobs import runner
from timebank.wording import signed

#: A day after the paid world's first visit and before the door that nobody opened.
DAY = START.date()
EVENING = datetime(DAY.year, DAY.month, DAY.day, 15, 59, 59, 999999, tzinfo=UTC)
MAY = datetime(2026, 5, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def world_url(databases: Databases) -> Iterator[str]:
    """The audited world in place of the bare one."""
    url = databases.fresh("sqlite", audited_world)
    yield url
    databases.discard(url)


@pytest.fixture
def look(app: Flask, clock: Clock) -> Callable[..., Any]:
    """Reads something from the database, months after everything happened."""
    clock.now = MAY

    def read(work: Callable[..., Any], *more: Any) -> Any:
        with app.extensions["timebank"].uow.read() as session:
            return work(session, *more)

    return read


@pytest.fixture
def sees(look: Callable[..., Any], login_as: Callable[[UUID], Browser]) -> Callable[..., Browser]:
    """A browser of the auditor of a scope."""
    return lambda scope=LONGWAN: login_as(look(auditor, scope))


@pytest.fixture
def run(app: Flask, look: Callable[..., Any]) -> Callable[..., Any]:
    """Runs a command; its result has the exit code and what was printed."""
    runner = app.test_cli_runner()
    return lambda *given: runner.invoke(args=list(given))


def get(browser: Browser, path: str) -> str:
    """The page at an address."""
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return str(answer.get_data(as_text=True))


def then(session: Session) -> Any:
    """The trial balance that the ledger gives for the evening."""
    return trials_at(session, [LONGWAN], EVENING)[LONGWAN]


def test_a_books_trial_balance_on_a_day_is_the_ledgers(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    found = look(then)
    page = get(sees(), f"{BOOK}?at={DAY}")
    assert f"下面是截至 {DAY} 23:59 的账。" in words(page)
    cells = {row[0]: row[4] for row in rows(page, "按账户类别")}
    assert cells["公益池"] == signed(found.pool_minutes)
    assert cells["合计"] == "0 分"
    now = {row[0]: row[4] for row in rows(get(sees(), BOOK), "按账户类别")}
    assert now["公益池"] != cells["公益池"]
    early = words(get(sees(), f"{BOOK}?at=2026-01-01"))
    assert "试算平衡" in early


def test_every_level_agrees_and_leads_down_with_the_day(
    sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    found = look(then)
    browser = sees(NATION)
    path, seen = "/audit/", []
    for code in (ZHEJIANG, WENZHOU, LONGWAN):
        page = get(browser, f"{path}?at={DAY}")
        seen.append({row[0]: row[4] for row in rows(page, "按账户类别")})
        at = rf"at={DAY}"
        assert "相符" in words(page)
        (path,) = {each.split("?")[0] for each in links(page, rf"{code}\?{at}")}
    assert path == BOOK
    assert seen[0] == seen[1] == seen[2]
    assert seen[0]["公益池"] == signed(found.pool_minutes)
    assert seen[0]["合计"] == "0 分"


def test_a_day_to_come_is_moved_back_and_says_so(sees: Callable[..., Browser]) -> None:
    assert "您选的时刻还没有过去" in words(get(sees(), f"{BOOK}?at=2026-12-31"))
    assert "您选的时刻还没有过去" in words(get(sees(WENZHOU), "/audit/?at=2026-12-31"))
    assert "下面是截至" not in words(get(sees(), f"{BOOK}?at=nonsense"))


def test_an_account_on_a_day(sees: Callable[..., Browser], look: Callable[..., Any]) -> None:
    pool = pool_of(LONGWAN)
    minutes = look(lambda session: balance_at(session, LONGWAN, pool, EVENING))
    text = words(get(sees(), f"{BOOK}/accounts/{pool}?at={DAY}"))
    assert f"当时入账的余额 {signed(minutes)}" in text
    assert f"按生效时间的余额 {signed(minutes)}" in text
    assert "当时入账的余额" not in words(get(sees(), f"{BOOK}/accounts/{pool}"))


def test_the_job_closes_months_once_and_the_book_lists_them(
    app: Flask, sees: Callable[..., Browser], look: Callable[..., Any]
) -> None:
    assert "还没有结过月" in words(get(sees(), BOOK))
    assert runner.run_once(app, "close-months") == "ok: 2"
    with app.extensions["timebank"].uow.read() as session:
        kept = session.execute(
            sa.select(Closing.month, Closing.content_hash).order_by(Closing.month)
        ).all()
        records = session.scalars(
            sa.select(AuditRecord.after).where(AuditRecord.act == "month.close")
        ).all()
        assert due(Context(session=session, actor=SYSTEM, now=MAY, vault=VAULT)) == []
    assert [each.month for each in kept] == ["2026-03", "2026-04"]
    assert {each["content_hash"] for each in records} == {each.content_hash for each in kept}
    page = get(sees(), BOOK)
    assert [row[0] for row in rows(page, "月结")] == ["2026年4月", "2026年3月"]
    (last,) = links(page, r"at=2026-03-31")
    assert "合计" in words(get(sees(), last.split("#")[0]))


def test_nobody_but_the_job_process_closes_a_month(app: Flask, look: Callable[..., Any]) -> None:
    def work(session: Session) -> None:
        ctx = Context(session=session, actor=NOBODY, now=MAY, vault=VAULT)
        with pytest.raises(Forbidden):
            close(ctx, LONGWAN, "2026-03")

    look(work)


def test_the_elders_month(look: Callable[..., Any], login_as: Callable[[UUID], Browser]) -> None:
    browser = login_as(look(paid_visit).elder_id)
    text = words(get(browser, "/elder/coins?month=2026-03"))
    assert "2026年3月开始的时候有 0 分" in text
    assert "+40 分" in text
    assert "−40 分" in text
    assert "2026年3月结束的时候有" in text
    assert "到现在有" in words(get(browser, "/elder/coins?month=2026-05"))
    empty = words(get(browser, "/elder/coins?month=2026-04"))
    assert "这个月没有来往。" in empty
    assert "开始的时候有" not in words(get(browser, "/elder/coins?month=never"))


def test_the_volunteers_month(
    look: Callable[..., Any], login_as: Callable[[UUID], Browser]
) -> None:
    browser = login_as(look(paid_visit).provider_id)
    page = get(browser, "/volunteer/coins?month=2026-03")
    text = words(page)
    assert "2026年3月月初" in text
    assert "2026年3月月末" in text
    assert 'value="2026-04"' in page
    assert "这个月没有记录。" in words(get(browser, "/volunteer/coins?month=2026-04"))


def test_trial_balances_by_command(run: Callable[..., Any], app: Flask, world_url: str) -> None:
    done = run("ledger", "trial-balance", "--region", ZHEJIANG, "--at", f"{DAY} 12:00")
    assert done.exit_code == 0, done.output
    for code in (ZHEJIANG, WENZHOU, LONGWAN, LUCHENG):
        assert code in done.output
    assert f"{DAY} 12:00:00" in done.output
    late = run("ledger", "trial-balance", "--book", LONGWAN, "--at", "2030-01-01")
    assert "Too recent" in late.output
    assert "−83 小时 20 分" in late.output
    assert run("ledger", "trial-balance", "--region", "11").exit_code == 1
    assert "There is no book" in run("ledger", "trial-balance", "--region", "110000000000").output
    assert run("ledger", "trial-balance", "--book", LONGWAN, "--region", ZHEJIANG).exit_code == 2
    assert run("ledger", "trial-balance", "--at", "yesterday").exit_code == 2
    assert run("ledger", "trial-balance", "--at", "2026-02-30").exit_code == 2


def test_a_book_that_is_off_fails_the_command(
    run: Callable[..., Any], app: Flask, world_url: str
) -> None:
    assert run("ledger", "close-months").exit_code == 0
    forged = change(ClosingKind, ClosingKind.kind == "pool", in_minutes=1)
    tamper(app.extensions["timebank"].uow, world_url, forged)
    done = run("ledger", "trial-balance", "--at", "2026-05-01")
    assert done.exit_code == 1
    assert "not balanced" in done.output


def test_balances_and_statements_by_command(
    run: Callable[..., Any], app: Flask, look: Callable[..., Any]
) -> None:
    pool = pool_of(LONGWAN)
    minutes = look(lambda session: balance_at(session, LONGWAN, pool, EVENING))
    done = run("ledger", "balance", str(pool), "--at", str(DAY))
    assert done.exit_code == 0, done.output
    assert f"Recorded {signed(minutes)}" in done.output
    assert run("ledger", "balance", str(UUID(int=5))).exit_code == 1
    number = look(member, look(paid_visit).elder_id).number
    whole = run("ledger", "statement", number, "--from", "2026-03-01", "--to", "2026-03-31")
    assert "−40 分" in whole.output
    assert "Opening 0 分" in whole.output
    before = START - timedelta(minutes=1)
    early = run("ledger", "statement", number, "--at", before.isoformat())
    assert "−40 分" not in early.output
    assert "Closing 40 分" in early.output
    assert run("ledger", "statement", number, "--at", str(DAY), "--to", str(DAY)).exit_code == 2


def test_months_are_closed_by_command(run: Callable[..., Any]) -> None:
    done = run("ledger", "close-months")
    assert done.exit_code == 0, done.output
    assert "2026-03" in done.output
    assert "Nothing to close" in run("ledger", "close-months").output
