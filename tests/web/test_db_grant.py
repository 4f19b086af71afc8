"""``flask db grant``: what it executes, and what it says where there are no roles."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.databases import APP_ROLE, Databases, owner_url


def test_sqlite_has_no_roles(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["db", "grant", "anybody"])
    assert done.exit_code == 0
    assert "SQLite has no roles" in done.output


@pytest.mark.postgresql
def test_it_prints_what_it_executes(
    app: Flask, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases.empty("postgresql")
    monkeypatch.setattr("timebank.cli.db.owner_url", lambda: url)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["db", "upgrade"]).exit_code == 0
    done = runner.invoke(args=["db", "grant", APP_ROLE])
    assert done.exit_code == 0, done.output
    assert f"GRANT SELECT ON entries TO {APP_ROLE}\n" in done.output
    assert "GRANT EXECUTE ON FUNCTION timebank_post" in done.output
    assert (
        f"GRANT UPDATE (ceiling_minutes, closed_at, slots) ON accounts TO {APP_ROLE}\n"
        in done.output
    )
    again = runner.invoke(args=["db", "grant", APP_ROLE])
    assert again.output == f"{APP_ROLE} ✓ 0 处更改 changes\n"
    databases.discard(url)


@pytest.mark.postgresql
def test_an_unfit_role_is_one_plain_sentence(
    app: Flask, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases.fresh("postgresql")
    assert owner_url(url) != url
    monkeypatch.setattr("timebank.cli.db.owner_url", lambda: url)
    done = app.test_cli_runner().invoke(args=["db", "grant", "nobody"])
    assert done.exit_code == 1
    assert "no such role" in done.output
    done = app.test_cli_runner().invoke(args=["db", "grant", "postgres"])
    assert "no right binds it" in done.output
    databases.discard(url)
