"""Commands of the books: verify, trial balance, accounts, statement, records, db, bench."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click import ClickException
from flask import Flask
from sqlalchemy.orm import Session

from models.ledger import Balance, Entry
from models.oversight import AuditRecord
from services.ledger.accounts import pool_of
from services.rules.published import shipped_calendar, shipped_rule_set
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG
from tests.services.ledger.tampering import change, tamper
from tests.web.audit_kit import audited_world, member, paid_visit
from timebank.bench import rates as rates_bench
from timebank.bench.turns import Case, measure
from timebank.cli.db import head, revision_of, upgrade_database
from timebank.cli.text import table, width
from timebank.wording import duration


@pytest.fixture
def world_url(databases: Databases) -> Iterator[str]:
    """The audited world in place of the bare one."""
    url = databases.fresh("sqlite", audited_world)
    yield url
    databases.discard(url)


@pytest.fixture
def run(app: Flask) -> Callable[..., Any]:
    """Runs a command; its result has the exit code and what was printed."""
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=list(words))


def look(app: Flask, work: Callable[..., Any], *more: Any) -> Any:
    """Reads something from the database."""
    with app.extensions["timebank"].uow.read() as session:
        return work(session, *more)


def pool_is_off(app: Flask, url: str) -> int:
    """One minute more on a row of the pool than its entries say; returns what they do say."""
    row = (Balance.account_id == pool_of(LONGWAN)) & (Balance.slot == 0)
    right: int = look(app, lambda s: s.scalars(sa.select(Balance.posted_minutes).where(row)).one())
    tamper(app.extensions["timebank"].uow, url, change(Balance, row, posted_minutes=right + 1))
    return right


def counted(text: str, what: str) -> int:
    """The figure beside a word in the table of what was checked."""
    found = re.search(rf"\b{what}\s+([\d,]+)$", text, re.MULTILINE)
    assert found, text
    return int(found[1].replace(",", ""))


def test_verify_counts_what_it_checked_and_finds_nothing(run: Callable[..., Any]) -> None:
    done = run("ledger", "verify")
    assert done.exit_code == 0, done.output
    assert "Everything agrees" in done.output
    assert counted(done.output, "books") == 2
    assert counted(done.output, "transfers") == 4
    assert counted(done.output, "entries") == 9
    assert counted(done.output, "valuations") == 1
    assert counted(done.output, "visits") == 2


def test_verify_of_one_book(run: Callable[..., Any]) -> None:
    done = run("ledger", "verify", "--book", LUCHENG)
    assert done.exit_code == 0
    assert counted(done.output, "books") == 1
    assert counted(done.output, "transfers") == 0
    done = run("ledger", "verify", "--book", "nowhere")
    assert done.exit_code == 1
    assert "没有账本 nowhere" in done.output


def test_verify_fails_and_names_the_breach_and_its_place(
    run: Callable[..., Any], app: Flask, world_url: str
) -> None:
    right = pool_is_off(app, world_url)
    done = run("ledger", "verify")
    assert done.exit_code == 1
    assert "balance_differs" in done.output
    assert f"account {pool_of(LONGWAN)}/0" in done.output
    assert f"余额应为 {duration(right)}，登记为 {duration(right + 1)}。" in done.output
    assert "Everything agrees" not in done.output
    # The other book is not touched by it.
    assert run("ledger", "verify", "--book", LUCHENG).exit_code == 0


def test_many_breaches_are_counted_though_not_all_are_printed(
    run: Callable[..., Any], app: Flask, world_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebank.cli.ledger.MOST", 3)
    everywhere = change(Entry, Entry.book == LONGWAN, balance_after_minutes=7)
    tamper(app.extensions["timebank"].uow, world_url, everywhere)
    done = run("ledger", "verify")
    assert done.exit_code == 1
    assert done.output.count("running_balance_broken") == 3
    assert "The first 3 are shown" in done.output


def test_the_trial_balance(run: Callable[..., Any], app: Flask, world_url: str) -> None:
    done = run("ledger", "trial-balance", "--book", LONGWAN)
    assert done.exit_code == 0
    assert "−83 小时 20 分" in done.output
    assert "+81 小时 48 分" in done.output
    pool_is_off(app, world_url)
    done = run("ledger", "trial-balance")
    assert done.exit_code == 1
    assert "not balanced" in done.output


def test_accounts_come_fullest_first(run: Callable[..., Any]) -> None:
    done = run("ledger", "accounts", "--book", LONGWAN, "--limit", "2")
    lines = done.output.splitlines()
    assert len(lines) == 4
    assert "公益池" in lines[2]
    assert "1 小时 32 分" in lines[3]
    assert "自己" not in run("ledger", "accounts", "--kind", "pool").output


def test_a_statement_by_volunteer_number(run: Callable[..., Any], app: Flask) -> None:
    elder = look(app, member, look(app, paid_visit).elder_id)
    done = run("ledger", "statement", elder.number)
    assert done.exit_code == 0, done.output
    assert "−40 分" in done.output
    assert "+40 分" in done.output
    assert "There is more" in run("ledger", "statement", elder.number, "--limit", "1").output
    done = run("ledger", "statement", "V1")
    assert done.exit_code == 1
    assert "V 加 12 位数字" in done.output
    assert run("ledger", "statement", "V000000000000").exit_code == 1


def test_audit_records_by_act_and_subject(run: Callable[..., Any], app: Flask) -> None:
    done = run("audit", "records", "--act", "visit.credit")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert len(lines) == 3
    assert str(look(app, paid_visit).id) in lines[2]
    assert "rates.publish" in run("audit", "records", "--act", "rates.publish").output
    assert len(run("audit", "records", "--limit", "5").output.splitlines()) == 7
    assert run("audit", "records", "--actor", "nobody").exit_code == 1
    assert run("audit", "records", "--book", "nowhere").exit_code == 1
    nothing = run("audit", "records", "--to", "2020-01-01").output
    assert len(nothing.splitlines()) == 2


def test_audit_records_as_a_file_are_themselves_on_record(
    run: Callable[..., Any], app: Flask, tmp_path: Path
) -> None:
    file = tmp_path / "records.csv"
    done = run("audit", "records", "--book", LONGWAN, "--act", "issue.sign", "--csv", str(file))
    assert done.exit_code == 0, done.output
    lines = list(csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"))))
    assert [line["act"] for line in lines] == ["issue.sign"]
    assert lines[0]["after"] == '{"amount_minutes": 5000}'

    def exports(session: Session) -> list[dict[str, Any]]:
        wanted = sa.select(AuditRecord.after).where(AuditRecord.act == "audit.export")
        return list(session.scalars(wanted))

    assert look(app, exports) == [{"what": "records", "form": "csv", "rows": 1, "by": "console"}]


# The database


def test_an_empty_database_is_brought_to_the_newest_migration(empty_database_url: str) -> None:
    assert revision_of(empty_database_url) is None
    assert upgrade_database(empty_database_url) == (None, head())
    assert revision_of(empty_database_url) == head()
    assert upgrade_database(empty_database_url) == (head(), head())


def test_a_migrated_database_refuses_to_forget(empty_database_url: str) -> None:
    """The command's own connection leaves the same triggers behind as Alembic's."""
    upgrade_database(empty_database_url)
    engine = sa.create_engine(empty_database_url)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            names = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            )
        else:
            names = connection.exec_driver_sql(
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
            )
        found = {row[0] for row in names}
    engine.dispose()
    assert any(name.startswith("transfers_") for name in found)


def test_the_commands_say_where_the_database_stands(
    run: Callable[..., Any], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("db", "current").output.strip() == head()
    assert run("db", "check").exit_code == 0
    assert "already" in run("db", "upgrade").output
    monkeypatch.setattr("timebank.cli.db.head", lambda: "9999")
    done = run("db", "check")
    assert done.exit_code == 1
    assert "9999" in done.output


def test_a_database_out_of_reach_is_one_plain_sentence() -> None:
    url = "postgresql+psycopg://nobody:secret@127.0.0.1:1/none?connect_timeout=1"
    with pytest.raises(ClickException) as refused:
        revision_of(url)
    assert "TIMEBANK_DATABASE_URL" in refused.value.message
    assert "secret" not in refused.value.message


# Measurements


def test_the_formula_is_measured_beside_a_plain_one(run: Callable[..., Any]) -> None:
    done = run("bench", "rates", "--seconds", "0.2")
    assert done.exit_code == 0, done.output
    assert len(re.findall(r"\d\.\d\d ×", done.output)) == 1


def test_the_plain_formula_gives_the_same_figures() -> None:
    rules, calendar = shipped_rule_set(), shipped_calendar()
    assert len(rates_bench.visits(rules)) == 4 * len(rules.services)
    assert rates_bench.differences(rules, calendar) == []


def test_cases_take_turns() -> None:
    seen: list[str] = []

    def work(name: str) -> int:
        if seen[-1:] != [name]:
            seen.append(name)
        return 1

    cases = [Case(name, lambda name=name: work(name)) for name in "ab"]
    measure(cases, 0.01, turns=2)
    # Backwards to warm up, forwards, backwards: each once a round, neither always first.
    assert "".join(seen) == "baba"
    assert [len(case.rates) for case in cases] == [2, 2]


def test_a_table_lines_up_though_chinese_is_wide() -> None:
    text = table(("名", "n"), [("王秀英", 1), ("a", 20)], right=" r")
    assert {width(line) for line in text.splitlines()} == {10}
