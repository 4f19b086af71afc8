"""Units of work inside a task are one: a refusal goes back, a recorded one stays."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobEvent,
)
from sqlalchemy.orm import Session

from models.jobs import Lease
from models.oversight import AuditRecord
from services import audit
from services.errors import Conflict, LockWider, RecordedRefusal
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import LONGWAN, NOW, make_ctx
from tests.services.conftest import settled_world
from tests.services.jobs.kit import held_by, scheduler_of, subject
from timebank.edge import Timebank
from timebank.jobs import HANDLERS, JOBS
from timebank.jobs.fenced import joined
from timebank.jobs.runner import TURNS


@pytest.fixture(params=EACH_DIALECT)
def held(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Timebank]:
    url = databases.fresh(request.param, settled_world)
    made = held_by(url, NOW)
    yield made
    made.uow.engine.dispose()
    databases.discard(url)


def note(session: Session, name: str) -> None:
    audit.record(make_ctx(session), "test.note", "test", subject(name), book=LONGWAN)


def notes(held: Timebank) -> set[str]:
    names = ("before", "inside", "after", "kept")
    with held.uow.read() as session:
        found = set(session.scalars(sa.select(AuditRecord.subject_id)))
    return {name for name in names if subject(name) in found}


def test_all_of_it_stands_or_none(held: Timebank) -> None:
    def work(session: Session) -> None:
        with joined(held.uow, session) as inside:
            inside.run(lambda s: note(s, "before"))
            inside.run(lambda s: note(s, "inside"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        held.uow.run(work)
    assert notes(held) == set()


def test_what_was_refused_goes_back_alone(held: Timebank) -> None:
    def refuse(session: Session) -> None:
        note(session, "inside")
        raise Conflict

    def record(session: Session) -> None:
        note(session, "kept")
        raise RecordedRefusal

    def work(session: Session) -> None:
        with joined(held.uow, session) as inside:
            inside.run(lambda s: note(s, "before"))
            with pytest.raises(Conflict):
                inside.run(refuse)
            with pytest.raises(RecordedRefusal):
                inside.run(record)
            inside.run(lambda s: note(s, "after"))

    held.uow.run(work)
    assert notes(held) == {"before", "kept", "after"}


def test_inside_one_reads_what_was_written_inside(held: Timebank) -> None:
    seen = []

    def work(session: Session) -> None:
        with joined(held.uow, session) as inside:
            inside.run(lambda s: note(s, "before"))
            with inside.read() as looking:
                seen.append(looking.scalar(sa.select(sa.func.count()).select_from(AuditRecord)))

    before = held.uow.run(lambda s: s.scalar(sa.select(sa.func.count()).select_from(AuditRecord)))
    held.uow.run(work)
    assert seen == [before + 1]


def test_in_another_thread_and_afterwards_it_is_an_ordinary_one(held: Timebank) -> None:
    """A keeper of a snapshot may hold on to it: it must never use the session of a task."""
    kept = []
    used: list[bool] = []

    def look(outer: Session) -> None:
        with kept[0].read() as session:
            used.append(session is outer)

    def work(session: Session) -> None:
        with joined(held.uow, session) as inside:
            kept.append(inside)
            thread = threading.Thread(target=look, args=(session,))
            thread.start()
            thread.join()
            with inside.read() as same:
                used.append(same is session)

    held.uow.run(work)
    assert used == [False, True]
    kept[0].run(lambda s: note(s, "after"))
    assert notes(held) == {"after"}


def test_a_task_that_must_lock_more_runs_again_as_a_whole(held: Timebank) -> None:
    runs = []

    def inner(session: Session) -> None:
        runs.append(session.info["wide"])
        note(session, "inside")
        if not session.info["wide"]:
            raise LockWider

    def work(session: Session) -> None:
        with joined(held.uow, session) as inside:
            inside.run(inner)

    held.uow.run(work)
    assert runs == [False, True]
    assert notes(held) == {"inside"}


def test_turns_that_came_late_are_counted_beside_the_lease(held: Timebank) -> None:
    mine = scheduler_of(held)
    mine.beat()
    codes = EVENT_JOB_MISSED, EVENT_JOB_MISSED, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_ERROR
    for code in codes:
        mine.count(JobEvent(code, "due", "default"))
    mine.beat()
    with held.uow.read() as session:
        row = session.execute(sa.select(Lease.missed, Lease.crowded, Lease.failed)).one()
    assert tuple(row) == (2, 1, 1)
    mine.leave()
    other = scheduler_of(held, "other")
    other.beat()
    with held.uow.read() as session:
        row = session.execute(sa.select(Lease.missed, Lease.crowded, Lease.failed)).one()
    assert tuple(row) == (0, 0, 0)


def test_turns_are_plain_functions_with_plain_words() -> None:
    for _name, function, given, _seconds in TURNS:
        assert pickle.loads(pickle.dumps(function)) is function
        assert all(isinstance(word, str) for word in given)
    assert {name: seconds for name, _f, _g, seconds in TURNS}["due"] <= 10


def test_every_job_has_its_lane_and_names_fit_their_columns() -> None:
    assert all(len(name) <= 40 for name in JOBS)
    assert all(len(kind) <= 24 for kind in HANDLERS)
    assert not set(JOBS) & set(HANDLERS)
