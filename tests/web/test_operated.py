"""Health, figures and the last full check: what an operator and an auditor can rely on."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from prometheus_client import generate_latest
from sqlalchemy.exc import OperationalError

from models.jobs import JobRun, Lease
from models.verifications import Verification
from services.jobs.runs import FAILED
from services.policy import NATION
from services.verification import results
from tests import factories as make
from tests.unit.test_serve import free_port
from tests.web.client import Browser
from tests.web.conftest import Clock
from timebank import counters, health, metrics
from timebank.edge import Timebank
from timebank.jobs.verifying import verify_books
from timebank.serve import showing_figures

#: Two in the morning in China.
NIGHT = make.NOW + timedelta(hours=17)


@pytest.fixture
def held(app: Flask) -> Timebank:
    found: Timebank = app.extensions["timebank"]
    return found


def test_a_healthy_product_says_so_to_anybody(client: Browser) -> None:
    assert client.get("/health/live").json == {"status": "live"}
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json) == (200, {"status": "ready"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def _fails(*_: Any, **__: Any) -> Any:
    raise OperationalError("SELECT 1", None, Exception("db.example.org refused 王秀英"))


@pytest.mark.parametrize("name", health.CHECKS)
def test_what_fails_is_named_and_nothing_more(
    name: str, app: Flask, client: Browser, held: Timebank, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "database":
        monkeypatch.setattr(type(held.uow), "read", _fails)
    elif name == "schema":
        other = replace(held.settings, root=app.instance_path and held.settings.root / "tests")
        monkeypatch.setattr(health, "timebank", lambda: replace(held, settings=other))
        monkeypatch.setattr(type(other), "newest_migration", property(lambda _self: "9999"))
    elif name == "disk":
        usage = type("Usage", (), {"free": 1000})
        monkeypatch.setattr(health.shutil, "disk_usage", lambda _path: usage)
    else:
        broken = replace(held, vault=replace(held.vault, data_key=b"short"))
        monkeypatch.setattr(health, "timebank", lambda: broken)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert set(answer.json) == {"status", "failed"}
    assert name in answer.json["failed"]
    if name != "database":
        assert answer.json["failed"] == [name]
    assert client.get("/health/live").status_code == 200


def test_health_is_not_counted_against_an_address(app: Flask) -> None:
    assert "health" in str(sorted(_exempt(app)))


def _exempt(app: Flask) -> set[str]:
    from timebank.security import limiter

    return {str(each) for each in limiter.limit_manager._blueprint_exemptions}


def figures(held: Timebank) -> dict[str, float]:
    text = generate_latest(metrics.exposed(held, shared=True)).decode()
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in rows}


def test_requests_are_counted_by_template_and_status(client: Browser, held: Timebank) -> None:
    name = 'timebank_requests_total{method="GET",route="/seals/<day>.json",status="404"}'
    before = figures(held).get(name, 0)
    client.get("/seals/2026-01-01.json", buffered=True)
    after = figures(held)
    assert after[name] == before + 1
    assert 'timebank_request_seconds_count{route="/seals/<day>.json"}' in after
    assert not [each for each in after if "2026-01-01" in each]


def test_refusals_and_runs_again_are_counted(client: Browser, held: Timebank) -> None:
    before = figures(held)
    client.get("/api/v1/ledger/330303000000/trial-balance", buffered=True)
    tries = iter([OperationalError("", None, Exception("database is locked")), None])

    def locked(_session: Any) -> None:
        error = next(tries)
        if error is not None:
            raise error

    held.uow.run(locked)
    after = figures(held)
    again = 'timebank_retries_total{why="database"}'
    assert after[again] == before.get(again, 0) + 1


def test_what_stands_in_the_database_is_shown(held: Timebank) -> None:
    now = held.clock()

    def scene(session: Any) -> None:
        session.add(
            Lease(
                name="scheduler",
                holder="a",
                expires_at=now + timedelta(seconds=20),
                fence=3,
                since=now,
                renewed_at=now,
                missed=0,
                crowded=0,
                failed=0,
            )
        )
        for minutes, outcome in ((10, "ok: 1"), (5, FAILED)):
            at = now - timedelta(minutes=minutes)
            session.add(JobRun(job="seal", scheduled_for=at, started_at=at, finished_at=at,
                               outcome=outcome, attempts=1))  # fmt: skip

    held.uow.run(scene)
    found = figures(held)
    assert found["timebank_database_up"] == 1
    assert found["timebank_lease_seconds"] == 20
    success = found['timebank_job_last_success_timestamp_seconds{job="seal"}']
    assert success == (now - timedelta(minutes=10)).timestamp()
    assert found['timebank_job_last_failure_timestamp_seconds{job="seal"}'] == success + 300
    assert found["timebank_unverified_books"] == 2
    assert found['timebank_database_connections{state="size"}'] > 0
    assert {"timebank_unsealed_transfers", "timebank_unsealed_records", "timebank_tasks_late"} < {
        *found
    }


def test_a_database_that_is_gone_is_a_figure_too(
    held: Timebank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(held.uow), "read", _fails)
    found = figures(held)
    assert found["timebank_database_up"] == 0
    assert "timebank_unsealed_transfers" not in found


def test_figures_are_shown_only_where_the_settings_say(app: Flask, held: Timebank) -> None:
    with showing_figures(app, shared=True):
        pass  # no port is named: nothing listens
    port = free_port()
    app.extensions["timebank"] = replace(held, settings=replace(held.settings, metrics_port=port))
    try:
        with showing_figures(app, shared=True):
            text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
        assert "timebank_requests_total" in text
        assert "timebank_lease_seconds" in text
    finally:
        app.extensions["timebank"] = held


@pytest.fixture
def night(app: Flask, clock: Clock) -> Iterator[Clock]:
    clock.now = NIGHT
    yield clock
    clock.now = make.NOW


def kept(held: Timebank) -> list[tuple[str, int, dict[str, Any]]]:
    with held.uow.read() as session:
        rows = session.scalars(
            sa.select(Verification).order_by(Verification.book).execution_options(cross_book=True)
        )
        return [(row.book, row.breaches, row.codes) for row in rows]


def test_every_book_is_checked_once_a_night_and_the_result_kept(
    held: Timebank, night: Clock
) -> None:
    assert verify_books(held) == 2
    assert kept(held) == [(NATION, 0, {}), (make.LONGWAN, 0, {})]
    assert verify_books(held) == 0
    # By day nobody's work is disturbed; what two nights have missed is not put off again.
    night.now = NIGHT + timedelta(hours=24 + 8)
    assert verify_books(held) == 0
    night.now = NIGHT + timedelta(hours=48 + 8)
    assert verify_books(held) == 2


def test_by_day_a_new_book_waits_for_the_night(held: Timebank, clock: Clock) -> None:
    assert verify_books(held) == 0


def test_a_breach_is_counted_and_on_the_desk(
    app: Flask, held: Timebank, night: Clock, login_as: Any
) -> None:
    branch = held.uow.run(make.create_branch)
    auditor = held.uow.run(lambda session: make.create_auditor(session, branch_id=branch))
    client = login_as(auditor)
    page = client.get(f"/audit/books/{make.LONGWAN}").get_data(as_text=True)
    assert "还没有完整核对过" in page
    found = results.Checked(make.LONGWAN, NIGHT, 12, results.Counter({"root_differs": 2}))
    held.uow.run(
        lambda session: results.keep(make.make_ctx(session, now=NIGHT), found, "job", "0017")
    )
    page = client.get(f"/audit/books/{make.LONGWAN}").get_data(as_text=True)
    assert "发现 2 处不一致" in page
    assert "root_differs" in page
    assert figures(held)["timebank_breaches"] == 2
    night.now += timedelta(hours=1)
    assert app.test_cli_runner().invoke(args=["ledger", "verify"]).exit_code == 0
    page = client.get(f"/audit/books/{make.LONGWAN}").get_data(as_text=True)
    assert "没有发现问题" in page
    assert figures(held)["timebank_breaches"] == 0


def test_the_transfers_that_are_counted_are_those_that_were_kept(held: Timebank) -> None:
    before = counters.TRANSFERS._value.get()

    def refused(session: Any) -> None:
        session.info["posted"] = 5
        raise RuntimeError

    def done(session: Any) -> None:
        session.info["posted"] = 2

    with pytest.raises(RuntimeError):
        held.uow.run(refused)
    held.uow.run(done)
    assert counters.TRANSFERS._value.get() == before + 2
