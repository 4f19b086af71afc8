"""The administrator's page of the scheduler, its figures on the command line, and "try again"."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.jobs import DueTask, JobRun
from services.ids import derived
from services.jobs import due
from services.jobs.runs import take_lease
from services.policy import SYSTEM
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG, NOW
from tests.web.branch_kit import Counter, hidden_of, open_counter
from tests.web.volunteer_kit import Browser
from timebank.edge import Timebank
from timebank.jobs import JOBS
from timebank.jobs.runner import due_time, run_job
from timebank.jobs.sweeping import sweep

SUBJECT = derived("test", "jobs")


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


@pytest.fixture
def admin(counter: Counter) -> Browser:
    return counter.town.phone(counter.street.admins[0])


@pytest.fixture
def nation(counter: Counter) -> Browser:
    branch = counter.street.branch
    return counter.town.phone(
        counter.given(lambda s: factories.create_national_admin(s, branch_id=branch))
    )


def held(counter: Counter) -> Timebank:
    found: Timebank = counter.town.app.extensions["timebank"]
    return found


def lease(counter: Counter) -> None:
    take = partial(take_lease, name="scheduler", holder="machine:7:abc", seconds=30)
    counter.street.act(SYSTEM, take, now=counter.town.now)


def failed(counter: Counter, book: str = LONGWAN, subject: UUID = SUBJECT) -> UUID:
    """A task that has failed once."""
    counter.street.act(SYSTEM, lambda ctx: due.plan(ctx, "broken", book, subject, NOW))

    def fail(_held: Any, _book: str, _about: UUID) -> None:
        raise ValueError("林秀英")

    sweep(held(counter), {"broken": fail}, fence=1)
    return counter.street.look(
        lambda s: s.scalars(sa.select(DueTask.id).filter_by(subject_id=subject)).one()
    )


def task(counter: Counter) -> DueTask:
    return counter.street.look(
        lambda s: s.scalars(sa.select(DueTask).filter_by(subject_id=SUBJECT)).one()
    )


def test_without_a_scheduler_the_page_says_so(counter: Counter, admin: Browser) -> None:
    said = admin.open("/admin/jobs")
    assert "后台进程没有在运行" in said
    assert "还没有后台进程来过" in said
    assert "发送消息" in said


def test_all_is_well_when_everything_has_run(counter: Counter, nation: Browser) -> None:
    lease(counter)
    with counter.town.app.app_context():
        for job in JOBS.values():
            run_job(held(counter), job, 1)
    said = nation.open("/admin/jobs")
    assert "一切正常" in said
    assert "machine:7:abc" in said
    assert "正在运行" not in said
    counter.town.now += timedelta(minutes=10)
    assert "有事要看一看" in nation.open("/admin/jobs")


def test_a_failed_run_and_a_late_one_stand_out(counter: Counter, admin: Browser) -> None:
    lease(counter)
    job = JOBS["remind"]
    due_at = due_time(job, NOW)
    run = JobRun(
        job="remind",
        scheduled_for=due_at,
        started_at=NOW,
        finished_at=NOW,
        outcome="failed",
        error="ValueError (services/jobs/due.py:1)",
        fence=1,
    )
    counter.given(lambda s: s.add(run))
    said = admin.open("/admin/jobs")
    assert "ValueError (services/jobs/due.py:1)" in said
    counter.town.now += timedelta(hours=3)
    row = admin.open("/admin/jobs").split("提醒快要开始的服务")[1]
    assert "2 小时" in row.split("出错")[1]


def test_a_failed_task_is_tried_again_and_the_act_is_on_record(
    counter: Counter, admin: Browser
) -> None:
    key = failed(counter)
    counter.town.now += timedelta(seconds=1)
    said = admin.open("/admin/jobs")
    assert "ValueError (tests/web/test_admin_jobs.py:" in said
    assert "林秀英" not in said
    answers = hidden_of(admin)
    assert "马上再试一次" in admin.send(f"/admin/jobs/{key}/retry", **answers)
    row = task(counter)
    assert (row.attempts, row.try_at, row.given_up_at) == (0, counter.town.now, None)
    assert counter.audited("job.retry") == 1
    admin.send(f"/admin/jobs/{key}/retry", **answers)
    assert counter.audited("job.retry") == 1
    done: list[UUID] = []
    sweep(held(counter), {"broken": lambda _h, _b, about: done.append(about)}, fence=2)
    assert done == [SUBJECT]
    said = admin.send(f"/admin/jobs/{key}/retry", 409)
    assert "没有出错" in said


def test_a_region_sees_and_retries_its_own_tasks_only(
    counter: Counter, admin: Browser, nation: Browser
) -> None:
    key = failed(counter, LUCHENG)
    assert "ValueError" not in admin.open("/admin/jobs")
    assert LUCHENG in nation.open("/admin/jobs")
    answers = hidden_of(nation)
    admin.open("/admin/jobs")
    admin.send(f"/admin/jobs/{key}/retry", 403, **hidden_of(admin))
    assert "马上再试一次" in nation.send(f"/admin/jobs/{key}/retry", **answers)


def test_an_unknown_task_is_not_found(counter: Counter, admin: Browser) -> None:
    admin.open("/admin/jobs")
    admin.send(f"/admin/jobs/{SUBJECT}/retry", 404)


@pytest.mark.parametrize("who", ["staff", "volunteer", "elder"])
def test_others_see_nothing_of_it(counter: Counter, who: str) -> None:
    browser = counter.town.phone(getattr(counter.street, who))
    browser.open("/admin/jobs", 403)


def test_the_status_on_the_command_line(counter: Counter) -> None:
    runner = counter.town.app.test_cli_runner()
    said = runner.invoke(args=["jobs", "status"]).output
    assert "No scheduler has been here yet" in said
    assert "The due-table is empty." in said
    assert "Somebody should look." in said
    lease(counter)
    key = failed(counter)
    said = runner.invoke(args=["jobs", "status"]).output
    assert "held by machine:7:abc, fence 1" in said
    assert f"broken {LONGWAN} {key}: ValueError" in said
    assert "林秀英" not in said
    counter.town.now += timedelta(minutes=5)
    said = runner.invoke(args=["jobs", "status"]).output
    assert "LAPSED" in said
    [line] = [each for each in said.splitlines() if each.startswith("broken  ")]
    assert "0:05:00" in line


def test_the_due_table_is_swept_from_the_command_line(counter: Counter) -> None:
    failed(counter)
    counter.town.now += timedelta(minutes=1)
    runner = counter.town.app.test_cli_runner()
    assert runner.invoke(args=["jobs", "run", "--once", "due"]).output == "due: ok: 1\n"
    assert task(counter).error.startswith("NobodyKnows")
