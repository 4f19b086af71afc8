"""Jobs as the process runs them: each due time once, every notice once, nothing credited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from models.jobs import JobRun
from models.oversight import OutboxMessage
from services import outbox
from services.context import Context
from services.notices.sending import SENT, Outgoing
from services.policy import SYSTEM
from tests.factories import VAULT, create_elder
from tests.web.conftest import Clock
from timebank import jobs
from timebank.jobs import runner
from timebank.notices.carriers import carrier_of


def unsent(app: Flask) -> int:
    with app.extensions["timebank"].uow.read() as session:
        return session.scalar(
            sa.select(sa.func.count())
            .select_from(OutboxMessage)
            .where(OutboxMessage.sent_at.is_(None))
        )


def test_notices_go_out_once(
    app: Flask, clock: Clock, given: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    elder = given(create_elder)

    def send(session: Any) -> None:
        ctx = Context(session=session, actor=SYSTEM, now=clock.now, vault=VAULT)
        outbox.tell(
            ctx, "330303000000", elder, "您的验证码是{code}。", channel="sms", code="123456"
        )

    given(send)
    assert runner.run_once(app, "outbox").startswith("ok: ")
    assert "123456" in capsys.readouterr().out
    assert unsent(app) == 0
    assert runner.run_once(app, "outbox") == "done already"
    clock.now += timedelta(seconds=10)
    assert runner.run_once(app, "outbox") == "ok: 0"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", sorted(jobs.JOBS))
def test_every_job_runs_on_an_empty_district(app: Flask, name: str) -> None:
    assert runner.run_once(app, name).startswith("ok: ")


def test_a_failed_run_says_so_and_is_not_repeated(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_held: object) -> int:
        raise RuntimeError("no")

    broken = jobs.Job("remind", timedelta(minutes=15), fail)
    monkeypatch.setitem(jobs.JOBS, "remind", broken)
    with pytest.raises(RuntimeError):
        runner.run_once(app, "remind")
    with app.extensions["timebank"].uow.read() as session:
        assert session.scalars(sa.select(JobRun.outcome)).one() == "failed"
    assert runner.run_once(app, "remind") == "done already"


def test_a_production_spool_is_for_the_owner_only(make_app: Callable[..., Flask]) -> None:
    app = make_app("production")
    held = app.extensions["timebank"]
    going = Outgoing(
        book="330303000000",
        id=SYSTEM.id,
        channel="sms",
        attempt=1,
        to="13900000000",
        number="TB-0000000",
        language="zh",
        sentence="您的验证码是{code}。",
        params={"code": "123456"},
        topic="code",
        created_at=held.clock(),
    )
    carrier = carrier_of(held.settings, "sms")
    assert carrier is not None
    with app.app_context():
        assert list(carrier.send([going])) == [(going, SENT)]
    spool = held.settings.instance / "outbox.jsonl"
    assert "123456" in spool.read_text(encoding="utf-8")
    assert spool.stat().st_mode & 0o077 == 0
